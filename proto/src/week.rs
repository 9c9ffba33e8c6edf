//! Weeks: the time that one seal key serves.
//!
//! Knows no key; how they follow from each other stands in [`crate::seal`].

use std::fmt;

use crate::clock::CLOCK_SKEW;
use crate::ids::UnixSeconds;
use crate::period::PERIOD_LEN;

/// Length of a week, in seconds.
pub const WEEK_LEN: u64 = 7 * 86_400;

/// How long after its week's end a seal secret is kept, in seconds: 28 days, which is how long a message sealed in the
/// week's last second may live, and 6 h, because the sender's clock and the receiver's may each be 3 h off.
pub const SEAL_SECRET_KEPT: u64 = PERIOD_LEN + 2 * CLOCK_SKEW;

const _: () = assert!(
    PERIOD_LEN.is_multiple_of(WEEK_LEN),
    "a period is whole weeks"
);

/// A week's number: ⌊Unix time / 7 days⌋. Weeks begin on Thursdays at 00:00 UTC, as 1970-01-01 was one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Week(u64);

impl Week {
    /// The week in which `time` lies.
    #[must_use]
    pub const fn at(time: UnixSeconds) -> Self {
        Self(time.0 / WEEK_LEN)
    }

    /// The week with this number.
    #[must_use]
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// Its first second; the end of time if that would overflow.
    #[must_use]
    pub const fn begin(self) -> UnixSeconds {
        UnixSeconds(self.0.saturating_mul(WEEK_LEN))
    }

    /// The first second after it.
    #[must_use]
    pub const fn end(self) -> UnixSeconds {
        self.begin().plus(WEEK_LEN)
    }

    /// So many weeks later.
    #[must_use]
    pub const fn plus(self, weeks: u64) -> Self {
        Self(self.0.saturating_add(weeks))
    }

    /// Weeks from `earlier` to this; zero if this is not later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// When this week's seal secret is due to be erased: [`SEAL_SECRET_KEPT`] after the week's end.
    #[must_use]
    pub const fn secret_due(self) -> UnixSeconds {
        self.end().plus(SEAL_SECRET_KEPT)
    }

    /// The oldest week whose seal secret is still needed at `now`: all before it are due.
    #[must_use]
    pub const fn oldest_needed(now: UnixSeconds) -> Self {
        Self::at(UnixSeconds(now.0.saturating_sub(SEAL_SECRET_KEPT)))
    }
}

impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn weeks_begin_on_thursdays() {
        // 2026-01-01 was a Thursday.
        let thursday = UnixSeconds(1_767_225_600);
        assert_eq!(Week::at(thursday).begin(), thursday);
        assert_eq!(Week::at(thursday).number(), 2922);
    }

    #[test]
    fn a_secret_is_needed_until_it_is_due_and_not_a_second_longer() {
        let week = Week::from_number(2922);
        let due = week.secret_due();
        assert_eq!(due.0, (2922 + 1) * 604_800 + 28 * 86_400 + 6 * 3600);
        assert_eq!(Week::oldest_needed(UnixSeconds(due.0 - 1)), week);
        assert_eq!(Week::oldest_needed(due), week.plus(1));
    }

    proptest! {
        #[test]
        fn a_time_lies_between_the_begin_and_the_end_of_its_week(time in 0..u64::MAX - WEEK_LEN) {
            let week = Week::at(UnixSeconds(time));
            prop_assert!(week.begin().0 <= time && time < week.end().0);
            prop_assert_eq!(week.end(), week.plus(1).begin());
        }

        #[test]
        fn exactly_the_weeks_before_the_oldest_needed_are_due(now in 10 * WEEK_LEN..u64::MAX / 2) {
            let oldest = Week::oldest_needed(UnixSeconds(now));
            prop_assert!(oldest.secret_due().0 > now);
            prop_assert!(Week::from_number(oldest.number() - 1).secret_due().0 <= now);
        }

        #[test]
        fn no_time_overflows(number in any::<u64>(), now in any::<u64>()) {
            let week = Week::from_number(number);
            prop_assert!(week.end() >= week.begin() && week.secret_due() >= week.end());
            prop_assert!(Week::oldest_needed(UnixSeconds(now)) <= Week::at(UnixSeconds(now)));
        }
    }
}
