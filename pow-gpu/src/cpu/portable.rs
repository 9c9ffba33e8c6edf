//! The solver that runs anywhere: one nonce at a time in ordinary registers.
//!
//! Is not the reference: tests compare it, like every other, with `toxdrop_proto::pow`.

use super::trial::{Lanes, search};
use crate::sha512::Prepared;

impl Lanes for u64 {
    const LANES: u32 = 1;

    #[inline(always)]
    fn splat(word: u64) -> Self {
        word
    }

    #[inline(always)]
    fn count_from(first: u64) -> Self {
        first
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    #[inline(always)]
    fn big_sigma0(self) -> Self {
        // Not nested like σ below: each round waits for this, and three rotations side by side are done sooner.
        self.rotate_right(28) ^ self.rotate_right(34) ^ self.rotate_right(39)
    }

    #[inline(always)]
    fn big_sigma1(self) -> Self {
        self.rotate_right(14) ^ self.rotate_right(18) ^ self.rotate_right(41)
    }

    #[inline(always)]
    fn sigma0(self) -> Self {
        // Nested, so that each step overwrites one register: processors without three-operand rotations
        // need no copies then. Nothing waits for the schedule.
        (self.rotate_right(7) ^ self).rotate_right(1) ^ (self >> 7)
    }

    #[inline(always)]
    fn sigma1(self) -> Self {
        (self.rotate_right(42) ^ self).rotate_right(19) ^ (self >> 6)
    }

    #[inline(always)]
    fn choose(e: Self, f: Self, g: Self) -> Self {
        g ^ (e & (f ^ g))
    }

    #[inline(always)]
    fn majority(a: Self, b: Self, _c: Self, b_xor_c: Self) -> (Self, Self) {
        let ab = a ^ b;
        (b ^ (ab & b_xor_c), ab)
    }

    #[inline(always)]
    fn xor_for_majority(self, other: Self) -> Self {
        self ^ other
    }

    #[inline(always)]
    fn at_most(self, limit: u64) -> u32 {
        u32::from(self <= limit)
    }
}

/// See [`search`].
#[inline(never)]
pub(super) fn search_portable(job: &Prepared, start: u64, count: u64) -> Option<u64> {
    search::<u64>(job, start, count)
}
