//! Periods: the 28 days after which every place of an inbox moves by itself.
//!
//! Knows no place; which places there are stands in [`crate::place`].

use std::fmt;

use crate::clock::CLOCK_SKEW;
use crate::ids::UnixSeconds;

/// Length of a period, in seconds (28 days).
///
/// It is also the longest life of a packet, so that what may still lie in a place lies there since this period or the
/// one before.
pub const PERIOD_LEN: u64 = 28 * 86_400;

/// A period's number: ⌊Unix time / 28 days⌋.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period(u64);

impl Period {
    /// The period in which `time` lies.
    #[must_use]
    pub const fn at(time: UnixSeconds) -> Self {
        Self(time.0 / PERIOD_LEN)
    }

    /// The period with this number.
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
        UnixSeconds(self.0.saturating_mul(PERIOD_LEN))
    }

    /// The first second after it.
    #[must_use]
    pub const fn end(self) -> UnixSeconds {
        self.begin().plus(PERIOD_LEN)
    }

    /// The period before; the first is its own.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// The period after.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The periods whose places an owner reads at `now`, oldest first: two, within [`CLOCK_SKEW`] of a boundary three.
    ///
    /// A sender stores in the period of the sender's own clock. Mail that may still be alive was therefore stored in a
    /// period that had begun 3 h from now (by the clock of a sender who is ahead), and that had not ended 28 days and
    /// 3 h ago. Those are this period and the previous one; in the last 3 h of a period also the next; and in the first
    /// 3 h also the one before the previous, in which what was stored at its very end for 28 days is just ending.
    pub fn read_at(now: UnixSeconds) -> impl DoubleEndedIterator<Item = Self> + Clone {
        let oldest = Self::at(UnixSeconds(now.0.saturating_sub(CLOCK_SKEW))).previous();
        let newest = Self::at(now.plus(CLOCK_SKEW));
        (oldest.0..=newest.0).map(Self)
    }

    /// Whether [`Period::read_at`] names this period at `now`.
    #[must_use]
    pub fn is_read_at(self, now: UnixSeconds) -> bool {
        Self::read_at(now).any(|period| period == self)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_at(now: u64) -> Vec<u64> {
        Period::read_at(UnixSeconds(now))
            .map(Period::number)
            .collect()
    }

    #[test]
    fn an_owner_reads_two_periods_and_three_near_a_boundary() {
        let begin = 700 * PERIOD_LEN;
        assert_eq!(read_at(begin + PERIOD_LEN / 2), [699, 700]);
        assert_eq!(read_at(begin + CLOCK_SKEW - 1), [698, 699, 700]);
        assert_eq!(read_at(begin + CLOCK_SKEW), [699, 700]);
        let end = begin + PERIOD_LEN;
        assert_eq!(read_at(end - CLOCK_SKEW - 1), [699, 700]);
        assert_eq!(read_at(end - CLOCK_SKEW), [699, 700, 701]);
    }

    #[test]
    fn the_ends_of_time_are_periods_too() {
        assert_eq!(read_at(0), [0]);
        assert_eq!(read_at(PERIOD_LEN), [0, 1]);
        let last = Period::at(UnixSeconds(u64::MAX));
        assert!(last.is_read_at(UnixSeconds(u64::MAX)));
        assert_eq!(Period::from_number(u64::MAX).begin().0, u64::MAX);
        assert_eq!(Period::from_number(u64::MAX).next().number(), u64::MAX);
    }

    proptest! {
        #[test]
        fn a_time_lies_between_the_begin_and_the_end_of_its_period(time in 0..u64::MAX - PERIOD_LEN) {
            let period = Period::at(UnixSeconds(time));
            prop_assert!(period.begin().0 <= time && time < period.end().0);
            prop_assert_eq!(period.end(), period.next().begin());
            prop_assert_eq!(Period::at(period.begin()), period);
        }

        #[test]
        fn what_may_still_live_lies_in_a_period_that_is_read(
            now in 100 * PERIOD_LEN..10_000 * PERIOD_LEN,
            age in 0..=PERIOD_LEN,
            skew in -(CLOCK_SKEW as i64)..=CLOCK_SKEW as i64,
        ) {
            let stored_in = Period::at(UnixSeconds((now - age).saturating_add_signed(skew)));
            prop_assert!(stored_in.is_read_at(UnixSeconds(now)));
        }
    }
}
