//! NEON (two lanes), which every 64-bit Arm processor has.
//!
//! Does not loop or hash: see `trial`.

use std::arch::aarch64::*;

use super::super::trial::{Lanes, SearchFn, search};
use crate::sha512::Prepared;

/// The NEON solver, where the processor has NEON.
pub(in super::super) fn detect() -> Option<SearchFn> {
    fn checked(job: &Prepared, start: u64, count: u64) -> Option<u64> {
        // SAFETY: this function leaves `detect` only after NEON was found.
        unsafe { search_neon(job, start, count) }
    }
    std::arch::is_aarch64_feature_detected!("neon").then_some(checked as SearchFn)
}

#[target_feature(enable = "neon")]
fn search_neon(job: &Prepared, start: u64, count: u64) -> Option<u64> {
    search::<Q>(job, start, count)
}

/// Two words in a vector register. Made only inside `search_neon`.
#[derive(Clone, Copy)]
struct Q(uint64x2_t);

/// `x >>> n`: the low part shifted up, then the high part inserted below it.
macro_rules! rotate {
    ($x:expr, $n:literal) => {
        vsriq_n_u64::<$n>(vshlq_n_u64::<{ 64 - $n }>($x), $x)
    };
}

impl Lanes for Q {
    const LANES: u32 = 2;

    #[inline(always)]
    fn splat(word: u64) -> Self {
        // SAFETY: called only inside `search_neon`.
        Self(unsafe { vdupq_n_u64(word) })
    }

    #[inline(always)]
    fn count_from(first: u64) -> Self {
        // SAFETY: called only inside `search_neon`.
        Self(unsafe { vcombine_u64(vcreate_u64(first), vcreate_u64(first.wrapping_add(1))) })
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: a `Q` exists, so NEON does.
        Self(unsafe { vaddq_u64(self.0, other.0) })
    }

    #[inline(always)]
    fn big_sigma0(self) -> Self {
        // SAFETY: a `Q` exists, so NEON does.
        Self(unsafe {
            let x = self.0;
            veorq_u64(veorq_u64(rotate!(x, 28), rotate!(x, 34)), rotate!(x, 39))
        })
    }

    #[inline(always)]
    fn big_sigma1(self) -> Self {
        // SAFETY: a `Q` exists, so NEON does.
        Self(unsafe {
            let x = self.0;
            veorq_u64(veorq_u64(rotate!(x, 14), rotate!(x, 18)), rotate!(x, 41))
        })
    }

    #[inline(always)]
    fn sigma0(self) -> Self {
        // SAFETY: a `Q` exists, so NEON does.
        Self(unsafe {
            let x = self.0;
            veorq_u64(veorq_u64(rotate!(x, 1), rotate!(x, 8)), vshrq_n_u64::<7>(x))
        })
    }

    #[inline(always)]
    fn sigma1(self) -> Self {
        // SAFETY: a `Q` exists, so NEON does.
        Self(unsafe {
            let x = self.0;
            veorq_u64(
                veorq_u64(rotate!(x, 19), rotate!(x, 61)),
                vshrq_n_u64::<6>(x),
            )
        })
    }

    #[inline(always)]
    fn choose(e: Self, f: Self, g: Self) -> Self {
        // SAFETY: a `Q` exists, so NEON does.
        Self(unsafe { vbslq_u64(e.0, f.0, g.0) })
    }

    #[inline(always)]
    fn majority(a: Self, b: Self, c: Self, b_xor_c: Self) -> (Self, Self) {
        // SAFETY: a `Q` exists, so NEON does. Where a and b differ c decides, elsewhere they do.
        let majority = Self(unsafe { vbslq_u64(veorq_u64(a.0, b.0), c.0, b.0) });
        // Two instructions do it all: nothing is handed on.
        (majority, b_xor_c)
    }

    #[inline(always)]
    fn xor_for_majority(self, _other: Self) -> Self {
        self
    }

    #[inline(always)]
    fn at_most(self, limit: u64) -> u32 {
        // SAFETY: a `Q` exists, so NEON does.
        let (first, second) = unsafe {
            let hits = vcleq_u64(self.0, vdupq_n_u64(limit));
            (vgetq_lane_u64::<0>(hits), vgetq_lane_u64::<1>(hits))
        };
        u32::from(first != 0) | (u32::from(second != 0) << 1)
    }
}
