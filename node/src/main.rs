//! `toxdrop`: node, daemon and command line for offline messages over Tox's DHT.
//!
//! Only starts: every part lives in a module of its own.

#![forbid(unsafe_code)]

mod always_held;
mod cli;
mod clock;
mod config;
mod daemon;
mod join;
mod mail;
mod net;
mod paths;
mod rpc;
mod stamp;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
