//! Joining on a machine and a network of a test's making.

mod joining;
mod keeping;
mod world;
