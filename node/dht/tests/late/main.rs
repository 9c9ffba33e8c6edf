//! That dead nodes near a location cost hardly any time, and that nothing is lost by not waiting for them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code, outside of the functions that clippy knows as tests"
)]

mod client;
mod losses;
mod newcomers;
mod times;
