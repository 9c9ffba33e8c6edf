//! Tests of mail as a whole: people with data directories of their own, on a network in memory, in a time of its own.
//!
//! The proof of work is real, on one thread of the CPU, and little.

mod devices;
mod identities;
mod people;
mod places;
mod profiles;
mod publishing;
mod recalling;
mod receivers;
mod receiving;
mod removing;
mod seals;
mod secrecy;
mod sending;
mod unlinkable;
mod watching;
mod windows;
