//! A packet's standing among those that compete for room: the work that it shows for each byte that it takes.
//!
//! Knows no store; who goes when room is short is the store's business, by the rules here.

use std::fmt;

/// How many units of [`Standing`] one trial per byte is: 2^16.
const SCALE_BITS: u32 = 16;

/// Work shown ÷ bytes charged, in trials per byte, in units of 1/65,536.
///
/// Absolute: it depends neither on the time nor on the time that is left. What it names is exact, as it is compared in
/// integers only: ⌊2^80 / (value · bytes)⌋, at most 2^64 − 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Standing(u64);

impl Standing {
    /// Bytes of its written form.
    pub const LEN: usize = 8;
    /// The highest that can be named; nothing takes the place of what stands so high.
    pub const MAX: Self = Self(u64::MAX);

    /// The standing of a stamp that reaches `value`, on so many charged bytes. Zero counts as one, of both.
    #[must_use]
    pub fn of(value: u64, bytes: u64) -> Self {
        let shown = 1u128 << (64 + SCALE_BITS);
        let cost = u128::from(value.max(1)) * u128::from(bytes.max(1));
        Self(u64::try_from(shown / cost).unwrap_or(u64::MAX))
    }

    /// From its number of units.
    #[must_use]
    pub const fn from_units(units: u64) -> Self {
        Self(units)
    }

    /// Its number of units.
    #[must_use]
    pub const fn units(self) -> u64 {
        self.0
    }

    /// Its written form, big-endian, so that it sorts as it stands.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; Self::LEN] {
        self.0.to_be_bytes()
    }

    /// Reads its written form.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(u64::from_be_bytes(bytes))
    }

    /// Trials per byte, for people.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "shown to people")]
    pub fn trials_per_byte(self) -> f64 {
        self.0 as f64 / f64::from(1u32 << SCALE_BITS)
    }

    /// The greatest value with which so many charged bytes reach this standing; `None` if no value does.
    #[must_use]
    pub fn greatest_value(self, bytes: u64) -> Option<u64> {
        let shown = 1u128 << (64 + SCALE_BITS);
        let cost = shown / u128::from(self.0.max(1));
        let value = cost / u128::from(bytes.max(1));
        let value = u64::try_from(value).unwrap_or(u64::MAX);
        (value > 0).then_some(value)
    }

    /// What a newcomer needs to take this one's place: at least twice as much; `None` if nothing can.
    ///
    /// A factor, so that two who outbid each other soon pay more than the place is worth.
    #[must_use]
    pub fn needed_to_displace(self) -> Option<Self> {
        self.0.max(1).checked_mul(2).map(Self)
    }

    /// Whether a newcomer of this standing takes the place of the lowest held.
    #[must_use]
    pub fn displaces(self, lowest_held: Self) -> bool {
        lowest_held
            .needed_to_displace()
            .is_some_and(|needed| self >= needed)
    }

    /// Whether a held packet of this standing takes a stamp of another: only if it does not lower it.
    #[must_use]
    pub fn takes_update(self, update: Self) -> bool {
        update >= self
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} trials per byte", self.trials_per_byte())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_is_the_expected_trials_for_each_byte() {
        // A value of 2^64 / 2^20 takes 2^20 trials on average.
        let standing = Standing::of(1 << 44, 1 << 10);
        assert_eq!(standing.units(), 1 << (10 + SCALE_BITS));
        assert_eq!(standing.to_string(), "1024.0 trials per byte");
    }

    #[test]
    fn extremes_overflow_nothing() {
        assert_eq!(Standing::of(0, 0), Standing::MAX);
        assert_eq!(Standing::of(u64::MAX, u64::MAX).units(), 0);
        assert_eq!(Standing::MAX.needed_to_displace(), None);
        assert!(!Standing::MAX.displaces(Standing::MAX));
        assert!(!Standing::default().displaces(Standing::default()));
    }

    #[test]
    fn a_newcomer_needs_twice_the_lowest_held() {
        let [held, less, twice] = [1000, 1999, 2000].map(Standing::from_units);
        assert!(!less.displaces(held) && twice.displaces(held));
        assert_eq!(held.needed_to_displace(), Some(twice));
    }

    proptest! {
        #[test]
        fn more_work_or_fewer_bytes_never_stand_lower(value in 1u64.., bytes in 1u64..200_000) {
            let standing = Standing::of(value, bytes);
            prop_assert!(Standing::of(value - 1, bytes) >= standing);
            prop_assert!(Standing::of(value, bytes - 1) >= standing);
            prop_assert_eq!(Standing::from_bytes(standing.to_bytes()), standing);
        }

        #[test]
        fn the_greatest_value_reaches_the_standing_and_the_next_does_not(units in 1u64.., bytes in 1u64..200_000) {
            let standing = Standing::from_units(units);
            match standing.greatest_value(bytes) {
                Some(value) => {
                    prop_assert!(Standing::of(value, bytes) >= standing);
                    prop_assert!(value == u64::MAX || Standing::of(value + 1, bytes) < standing);
                }
                None => prop_assert!(Standing::of(1, bytes) < standing),
            }
        }

        #[test]
        fn written_forms_sort_as_standings_do(a: u64, b: u64) {
            let (x, y) = (Standing::from_units(a), Standing::from_units(b));
            prop_assert_eq!(x.cmp(&y), x.to_bytes().cmp(&y.to_bytes()));
        }

        #[test]
        fn nobody_outbids_in_turns(a: u64, b: u64) {
            let (x, y) = (Standing::from_units(a), Standing::from_units(b));
            prop_assert!(!(x.displaces(y) && y.displaces(x)));
        }

        #[test]
        fn an_update_never_lowers_a_standing(held: u64, update: u64) {
            let (held, update) = (Standing::from_units(held), Standing::from_units(update));
            prop_assert_eq!(held.takes_update(update), update >= held);
        }
    }
}
