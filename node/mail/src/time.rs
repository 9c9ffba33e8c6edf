//! Where mail gets the time from: the machine's clocks, or a test's own.
//!
//! Sets no timers.

use std::time::Duration;

use toxdrop_proto::ids::{UnixMillis, UnixSeconds};

/// One moment by both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Since some fixed moment, such as the program's start; never goes back. Pauses are measured by it.
    pub mono: Duration,
    /// By the wall clock. Lives of messages and records are measured by it.
    pub unix: UnixSeconds,
}

/// A source of time.
pub trait Time: Send + Sync {
    /// This moment.
    fn now(&self) -> Now;

    /// The wall clock, in milliseconds.
    fn now_ms(&self) -> UnixMillis;
}
