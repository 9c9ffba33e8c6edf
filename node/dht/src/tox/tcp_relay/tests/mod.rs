//! The relay among clients in memory, in virtual time: what it does for good ones, and what others cannot do to it.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

mod bad_input;
mod crowds;
mod meeting;
mod slow;
mod soup;
mod world;
