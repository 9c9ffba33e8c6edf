//! What a Tox node does for others beside ping and nodes, shown by a client who speaks the wire format by hand: relaying
//! the onion, keeping announcements, forwarding.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code, outside of the functions that clippy knows as tests"
)]

mod announcements;
mod bad_input;
mod budgets;
mod client;
mod forwarding;
mod onion;
