//! `toxdrop`: node, daemon and command line for offline messages over Tox's DHT.
//!
//! Only starts: every part lives in a module of its own.

#![forbid(unsafe_code)]
#![allow(dead_code, reason = "parts land before those that use them")]

mod clock;
mod dht;
mod mail;
mod net;
mod store;

fn main() {}
