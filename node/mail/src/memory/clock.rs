//! Time that passes only when it is told to.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use toxdrop_proto::ids::{UnixMillis, UnixSeconds};

use crate::time::{Now, Time};

/// A clock that stands still until it is moved. Only who asks for milliseconds moves it, by one of them, so that things have an
/// order.
#[derive(Debug)]
pub struct ManualClock {
    /// Milliseconds since it was made.
    passed: AtomicU64,
    /// What the wall clock is ahead of that, in milliseconds.
    ahead: AtomicU64,
}

impl ManualClock {
    /// A clock that shows this time.
    #[must_use]
    pub fn new(now: UnixSeconds) -> Self {
        Self {
            passed: AtomicU64::new(0),
            ahead: AtomicU64::new(now.0.saturating_mul(1_000)),
        }
    }

    /// Lets time pass, by both clocks.
    pub fn pass(&self, seconds: u64) {
        let millis = seconds.saturating_mul(1_000);
        self.passed.fetch_add(millis, Ordering::Relaxed);
    }

    /// Sets the wall clock, to earlier or later; what is measured by the other one goes on as before.
    pub fn set(&self, now: UnixSeconds) {
        let passed = self.passed.load(Ordering::Relaxed);
        let ahead = now.0.saturating_mul(1_000).wrapping_sub(passed);
        self.ahead.store(ahead, Ordering::Relaxed);
    }

    /// The wall clock.
    #[must_use]
    pub fn unix(&self) -> UnixSeconds {
        UnixMillis(self.wall(self.passed.load(Ordering::Relaxed))).seconds()
    }

    fn wall(&self, passed: u64) -> u64 {
        self.ahead.load(Ordering::Relaxed).wrapping_add(passed)
    }
}

impl Time for ManualClock {
    fn now(&self) -> Now {
        let passed = self.passed.load(Ordering::Relaxed);
        Now {
            mono: Duration::from_millis(passed),
            unix: UnixMillis(self.wall(passed)).seconds(),
        }
    }

    fn now_ms(&self) -> UnixMillis {
        UnixMillis(self.wall(self.passed.fetch_add(1, Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_passes_by_both_clocks_and_only_the_wall_clock_is_set() {
        let clock = ManualClock::new(UnixSeconds(1_000));
        clock.pass(50);
        assert_eq!(clock.unix(), UnixSeconds(1_050));
        assert_eq!(clock.now().mono, Duration::from_secs(50));
        for now in [UnixSeconds(10), UnixSeconds(2_000)] {
            clock.set(now);
            assert_eq!(clock.now().unix, now);
            assert_eq!(clock.now().mono, Duration::from_secs(50));
        }
        assert_eq!(clock.now_ms(), UnixMillis(2_000_000));
        assert_eq!(clock.now_ms(), UnixMillis(2_000_001));
    }
}
