//! A node serves those who ask it through Tox's onion, and what they cannot do to it: shown by somebody who speaks the wire
//! format by hand.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code, outside of the functions that clippy knows as tests"
)]

mod asker;
#[allow(dead_code, reason = "each test program uses a part")]
#[path = "../tox/client.rs"]
mod client;
mod exit;
mod floods;
mod puzzles;
mod session;
mod tokens;
mod whole_way;
