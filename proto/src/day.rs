//! Days since 1970: the coarse time that a packet carries in clear.
//!
//! Reads no clock; what a packet's last day means stands in [`crate::packet`].

use std::fmt;

use crate::clock::CLOCK_SKEW;
use crate::ids::UnixSeconds;

/// Length of a day, in seconds.
pub const DAY_LEN: u64 = 86_400;

/// How many days after it was made a packet's last day may lie.
pub const MAX_LAST_DAYS: u16 = 28;

/// A day's number: ⌊Unix time / 86,400 s⌋, up to the year 2149.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(u16);

impl Day {
    /// The day in which `time` lies; the last one that there is for times after it.
    #[must_use]
    pub const fn at(time: UnixSeconds) -> Self {
        let number = time.0 / DAY_LEN;
        if number > u16::MAX as u64 {
            return Self(u16::MAX);
        }
        // Just compared.
        #[allow(clippy::cast_possible_truncation, reason = "checked above")]
        Self(number as u16)
    }

    /// The day with this number.
    #[must_use]
    pub const fn from_number(number: u16) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }

    /// Its first second.
    #[must_use]
    pub const fn begin(self) -> UnixSeconds {
        UnixSeconds(self.0 as u64 * DAY_LEN)
    }

    /// The first second after it.
    #[must_use]
    pub const fn end(self) -> UnixSeconds {
        self.begin().plus(DAY_LEN)
    }

    /// So many days later; the last day that there is if that would overflow.
    #[must_use]
    pub const fn plus(self, days: u16) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// So many days earlier; the first day if there is none.
    #[must_use]
    pub const fn minus(self, days: u16) -> Self {
        Self(self.0.saturating_sub(days))
    }

    /// The last day of a packet that is made at `made`, the latest that is allowed.
    #[must_use]
    pub const fn last_for(made: UnixSeconds) -> Self {
        Self::at(made).plus(MAX_LAST_DAYS)
    }

    /// The latest last day that a packet can have that exists at `now`, whose maker's clock may be ahead.
    #[must_use]
    pub const fn latest_last(now: UnixSeconds) -> Self {
        Self::last_for(now.plus(CLOCK_SKEW))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_packets_last_day_is_28_days_after_it_was_made() {
        let made = UnixSeconds(20_000 * DAY_LEN + DAY_LEN - 1);
        assert_eq!(Day::last_for(made).number(), 20_028);
        assert_eq!(Day::latest_last(made).number(), 20_029);
    }

    #[test]
    fn days_end_in_2149() {
        assert_eq!(Day::at(UnixSeconds(u64::MAX)).number(), u16::MAX);
        assert_eq!(Day::last_for(UnixSeconds(u64::MAX)).number(), u16::MAX);
        assert_eq!(Day::from_number(3).minus(4).number(), 0);
    }

    proptest! {
        #[test]
        fn a_time_lies_between_the_begin_and_the_end_of_its_day(time in 0..65_536 * DAY_LEN) {
            let day = Day::at(UnixSeconds(time));
            prop_assert!(day.begin().0 <= time && time < day.end().0);
        }
    }
}
