//! Two vectors that are worked on as one.
//!
//! Knows no instruction set.

use super::super::trial::Lanes;

/// Two vectors side by side: twice the lanes, for processors whose instructions take longer than one stream of them can hide.
#[derive(Clone, Copy)]
pub(super) struct Two<L>(L, L);

impl<L: Lanes> Lanes for Two<L> {
    const LANES: u32 = 2 * L::LANES;

    #[inline(always)]
    fn splat(word: u64) -> Self {
        let both = L::splat(word);
        Self(both, both)
    }

    #[inline(always)]
    fn count_from(first: u64) -> Self {
        let second = first.wrapping_add(u64::from(L::LANES));
        Self(L::count_from(first), L::count_from(second))
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(self.0.add(other.0), self.1.add(other.1))
    }

    #[inline(always)]
    fn big_sigma0(self) -> Self {
        Self(self.0.big_sigma0(), self.1.big_sigma0())
    }

    #[inline(always)]
    fn big_sigma1(self) -> Self {
        Self(self.0.big_sigma1(), self.1.big_sigma1())
    }

    #[inline(always)]
    fn sigma0(self) -> Self {
        Self(self.0.sigma0(), self.1.sigma0())
    }

    #[inline(always)]
    fn sigma1(self) -> Self {
        Self(self.0.sigma1(), self.1.sigma1())
    }

    #[inline(always)]
    fn choose(e: Self, f: Self, g: Self) -> Self {
        Self(L::choose(e.0, f.0, g.0), L::choose(e.1, f.1, g.1))
    }

    #[inline(always)]
    fn majority(a: Self, b: Self, c: Self, b_xor_c: Self) -> (Self, Self) {
        let (first, first_ab) = L::majority(a.0, b.0, c.0, b_xor_c.0);
        let (second, second_ab) = L::majority(a.1, b.1, c.1, b_xor_c.1);
        (Self(first, second), Self(first_ab, second_ab))
    }

    #[inline(always)]
    fn xor_for_majority(self, other: Self) -> Self {
        Self(
            self.0.xor_for_majority(other.0),
            self.1.xor_for_majority(other.1),
        )
    }

    #[inline(always)]
    fn at_most(self, limit: u64) -> u32 {
        self.0.at_most(limit) | (self.1.at_most(limit) << L::LANES)
    }
}
