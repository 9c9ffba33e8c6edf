//! The edge where time enters: everything below it takes [`Now`] as an argument.
//!
//! Sets no timers; the driver does.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use toxdrop_dht::Now;
use toxdrop_proto::ids::{UnixMillis, UnixSeconds};

/// The machine's clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    start: Instant,
}

impl Clock {
    /// Starts the monotonic clock at zero.
    pub(crate) fn start() -> Self {
        Self {
            start: Instant::now(),
        }
    }

    /// This moment.
    pub(crate) fn now(&self) -> Now {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Now {
            mono: self.start.elapsed(),
            unix: UnixSeconds(since_epoch.as_secs()),
        }
    }

    /// The wall clock, in milliseconds.
    pub(crate) fn now_ms(&self) -> UnixMillis {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        UnixMillis(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
    }

    /// The system's instant for a time on the monotonic clock.
    pub(crate) fn instant(&self, mono: Duration) -> Instant {
        self.start.checked_add(mono).unwrap_or(self.start)
    }
}
