//! The two clocks that the engine is told, as arguments.
//!
//! Reads no clock: whoever drives the engine does.

use std::time::Duration;

use toxdrop_proto::ids::UnixSeconds;

/// One moment by both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Since some start, the same at each call; never goes back.
    pub mono: Duration,
    /// By the wall clock.
    pub unix: UnixSeconds,
}
