//! What hostile and broken peers cannot do, shown by a stranger who speaks the wire format by hand.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code, outside of the functions that clippy knows as tests"
)]

mod dial_backs;
mod dialled;
mod hand_overs;
mod joining;
mod peers;
mod places;
mod requests;
mod stranger;
