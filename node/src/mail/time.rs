//! Where the mail layer gets the time from: the machine's clocks, or a test's own.
//!
//! Sets no timers.

use toxdrop_proto::ids::UnixMillis;

use crate::clock::Clock;
use toxdrop_dht::Now;

/// A source of time.
pub(super) trait Time: Send + Sync {
    /// This moment.
    fn now(&self) -> Now;
    /// The wall clock, in milliseconds.
    fn now_ms(&self) -> UnixMillis;
}

impl Time for Clock {
    fn now(&self) -> Now {
        Self::now(self)
    }

    fn now_ms(&self) -> UnixMillis {
        Self::now_ms(self)
    }
}
