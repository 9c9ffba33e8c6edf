//! How long a message counts, and in which weeks it can have been sealed.
//!
//! Reads no clock.

use std::ops::RangeInclusive;

use crate::clock::CLOCK_SKEW;
use crate::day::{Day, MAX_LAST_DAYS};
use crate::ids::UnixSeconds;
use crate::week::{SEAL_SECRET_KEPT, Week};

/// How long after it was received a message may still come again, in seconds (28 days and 6 h): the longest life of a
/// packet, and twice the clock skew. What senders ask beyond that is not kept in mind.
pub const MAX_NOT_AFTER: u64 = SEAL_SECRET_KEPT;

/// After which time a message that is received at `now` is dropped, and forgotten to have been seen: what its sender
/// says, but at most [`MAX_NOT_AFTER`] from now.
#[must_use]
pub fn drop_after(not_after: UnixSeconds, now: UnixSeconds) -> UnixSeconds {
    not_after.min(now.plus(MAX_NOT_AFTER))
}

/// The weeks whose seal keys a packet with this last day can have been made for, if it is there at `now`.
///
/// Its sender takes the key of the present week by its own clock, or the first key of a record whose week has not begun
/// by it. The last day is at most 28 days after that by the same clock; and neither sender nor record can be further
/// ahead of the receiver than two clocks may be apart.
#[must_use]
pub fn seal_weeks(last: Day, now: UnixSeconds) -> RangeInclusive<Week> {
    let made = last.minus(MAX_LAST_DAYS).begin();
    Week::at(made)..=Week::at(last.end().min(now).plus(2 * CLOCK_SKEW))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::day::DAY_LEN;
    use crate::seal::{SealChain, SealKeys};
    use crate::week::WEEK_LEN;

    #[test]
    fn a_message_counts_until_its_sender_says_and_not_for_longer_than_it_can_come_again() {
        let now = UnixSeconds(1_800_000_000);
        let most = now.plus(28 * DAY_LEN + 6 * 3600);
        for (said, kept) in [
            (now.plus(60), now.plus(60)),
            (most, most),
            (UnixSeconds(u64::MAX), most),
            (UnixSeconds(0), UnixSeconds(0)),
        ] {
            assert_eq!(drop_after(said, now), kept);
        }
    }

    #[test]
    fn only_a_few_weeks_come_into_question() {
        let now = UnixSeconds(2976 * WEEK_LEN + WEEK_LEN / 2);
        let weeks = seal_weeks(Day::last_for(now), now);
        assert_eq!((weeks.start().number(), weeks.end().number()), (2976, 2976));
        let old = Day::last_for(UnixSeconds(now.0 - 28 * DAY_LEN));
        let weeks = seal_weeks(old, now);
        assert_eq!((weeks.start().number(), weeks.end().number()), (2972, 2976));
    }

    fn keys(first: Week) -> SealKeys {
        SealChain::from_parts(first, &[7; 32])
            .public_keys(first)
            .unwrap()
    }

    proptest! {
        #[test]
        fn whatever_week_a_sender_seals_for_is_tried(
            record in 2960u64..2970, age in 0u64..28 * DAY_LEN, after in 0..28 * DAY_LEN, skew in 0u64..=2 * CLOCK_SKEW, shorter in 0u16..28,
        ) {
            // By the sender's clock; the receiver's is up to 6 h ahead or behind.
            let record = keys(Week::from_number(record));
            let sealed = UnixSeconds((record.first.begin().0 + age).saturating_sub(CLOCK_SKEW));
            let last = Day::last_for(sealed).minus(shorter);
            let now = UnixSeconds((sealed.0 + CLOCK_SKEW + after).saturating_sub(skew));
            prop_assume!(now < last.end().plus(CLOCK_SKEW));
            if let Some((week, _)) = record.for_sender(sealed) {
                prop_assert!(seal_weeks(last, now).contains(&week), "{week} is not in {:?}", seal_weeks(last, now));
            }
        }

        #[test]
        fn no_time_overflows(last: u16, now: u64) {
            let weeks = seal_weeks(Day::from_number(last), UnixSeconds(now));
            prop_assert!(weeks.end().since(*weeks.start()) <= 6);
        }
    }
}
