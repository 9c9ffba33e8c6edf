//! How far clocks may be apart, and what time several of them agree on.
//!
//! Reads no clock: every time is an argument.

use crate::ids::UnixSeconds;

/// How far two clocks may differ, in seconds (3 h).
pub const CLOCK_SKEW: u64 = 3 * 3600;

/// How many other nodes' clocks must be known before anything is done that cannot be undone.
pub const MIN_CLOCKS: usize = 5;

/// The time that it is at least, by one's own clock and by the median of others' clocks; `None` with fewer than
/// [`MIN_CLOCKS`] others.
///
/// `offsets` are seconds that each of the others' clocks is ahead of one's own, in any order; of an even number the
/// lower of the two middle ones counts. What is done only at an agreed time cannot be brought about by one's own clock
/// alone, nor by fewer than half of the others.
#[must_use]
pub fn agreed(now: UnixSeconds, offsets: &[i64]) -> Option<UnixSeconds> {
    if offsets.len() < MIN_CLOCKS {
        return None;
    }
    let mut sorted = offsets.to_vec();
    sorted.sort_unstable();
    let median = *sorted.get((sorted.len() - 1) / 2)?;
    Some(UnixSeconds(now.0.saturating_add_signed(median.min(0))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixSeconds = UnixSeconds(1_800_000_000);

    #[test]
    fn too_few_clocks_agree_on_nothing() {
        assert_eq!(agreed(NOW, &[]), None);
        assert_eq!(agreed(NOW, &[0; MIN_CLOCKS - 1]), None);
        assert_eq!(agreed(NOW, &[0; MIN_CLOCKS]), Some(NOW));
    }

    #[test]
    fn ones_own_clock_ahead_of_the_median_does_not_count() {
        let years = 5 * 365 * 86_400;
        let offsets = [-years, -years + 3, -years - 2, 0, i64::MAX];
        assert_eq!(
            agreed(NOW, &offsets),
            Some(UnixSeconds(NOW.0 - 5 * 365 * 86_400 + 3))
        );
    }

    #[test]
    fn others_clocks_ahead_of_ones_own_do_not_count() {
        assert_eq!(agreed(NOW, &[i64::MAX; 9]), Some(NOW));
    }

    #[test]
    fn of_an_even_number_the_lower_middle_one_counts() {
        assert_eq!(
            agreed(NOW, &[-40, -30, -20, -10, 0, 0]),
            Some(UnixSeconds(NOW.0 - 20))
        );
    }

    #[test]
    fn extreme_offsets_overflow_nothing() {
        assert_eq!(agreed(UnixSeconds(5), &[i64::MIN; 5]), Some(UnixSeconds(0)));
        assert_eq!(
            agreed(UnixSeconds(u64::MAX), &[i64::MAX; 5]),
            Some(UnixSeconds(u64::MAX))
        );
    }
}
