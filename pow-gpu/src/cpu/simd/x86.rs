//! AVX-512 (two times eight lanes) and AVX2 (four lanes).
//!
//! Does not loop or hash: see `trial`.

use std::arch::x86_64::*;

use super::super::trial::{Lanes, SearchFn, search};
use super::two::Two;
use crate::sha512::Prepared;

/// The AVX-512 solver, where the processor and the operating system have AVX-512F.
pub(in super::super) fn detect_avx512() -> Option<SearchFn> {
    fn checked(job: &Prepared, start: u64, count: u64) -> Option<u64> {
        // SAFETY: this function leaves `detect_avx512` only after AVX-512F was found.
        unsafe { search_avx512(job, start, count) }
    }
    is_x86_feature_detected!("avx512f").then_some(checked as SearchFn)
}

/// The AVX2 solver, where the processor and the operating system have AVX2.
pub(in super::super) fn detect_avx2() -> Option<SearchFn> {
    fn checked(job: &Prepared, start: u64, count: u64) -> Option<u64> {
        // SAFETY: this function leaves `detect_avx2` only after AVX2 was found.
        unsafe { search_avx2(job, start, count) }
    }
    is_x86_feature_detected!("avx2").then_some(checked as SearchFn)
}

#[target_feature(enable = "avx512f")]
fn search_avx512(job: &Prepared, start: u64, count: u64) -> Option<u64> {
    search::<Two<Zmm>>(job, start, count)
}

#[target_feature(enable = "avx2")]
fn search_avx2(job: &Prepared, start: u64, count: u64) -> Option<u64> {
    search::<Ymm>(job, start, count)
}

/// Eight words in a zmm register. Made only inside `search_avx512`.
#[derive(Clone, Copy)]
struct Zmm(__m512i);

/// Three-input exclusive or, as a truth table for vpternlog.
const XOR3: i32 = 0x96;
/// `a ? b : c`.
const CHOOSE: i32 = 0xca;
/// Majority.
const MAJORITY: i32 = 0xe8;

// SAFETY, for every block in this impl: AVX-512F is there, because a `Zmm` exists only inside `search_avx512`.
impl Lanes for Zmm {
    const LANES: u32 = 8;

    #[inline(always)]
    fn splat(word: u64) -> Self {
        // SAFETY: called only inside `search_avx512`.
        Self(unsafe { _mm512_set1_epi64(word.cast_signed()) })
    }

    #[inline(always)]
    fn count_from(first: u64) -> Self {
        // SAFETY: called only inside `search_avx512`.
        unsafe {
            let steps = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
            Self(_mm512_add_epi64(
                _mm512_set1_epi64(first.cast_signed()),
                steps,
            ))
        }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: a `Zmm` exists, so AVX-512F does.
        Self(unsafe { _mm512_add_epi64(self.0, other.0) })
    }

    #[inline(always)]
    fn big_sigma0(self) -> Self {
        // SAFETY: a `Zmm` exists, so AVX-512F does.
        Self(unsafe {
            _mm512_ternarylogic_epi64::<XOR3>(
                _mm512_ror_epi64::<28>(self.0),
                _mm512_ror_epi64::<34>(self.0),
                _mm512_ror_epi64::<39>(self.0),
            )
        })
    }

    #[inline(always)]
    fn big_sigma1(self) -> Self {
        // SAFETY: a `Zmm` exists, so AVX-512F does.
        Self(unsafe {
            _mm512_ternarylogic_epi64::<XOR3>(
                _mm512_ror_epi64::<14>(self.0),
                _mm512_ror_epi64::<18>(self.0),
                _mm512_ror_epi64::<41>(self.0),
            )
        })
    }

    #[inline(always)]
    fn sigma0(self) -> Self {
        // SAFETY: a `Zmm` exists, so AVX-512F does.
        Self(unsafe {
            _mm512_ternarylogic_epi64::<XOR3>(
                _mm512_ror_epi64::<1>(self.0),
                _mm512_ror_epi64::<8>(self.0),
                _mm512_srli_epi64::<7>(self.0),
            )
        })
    }

    #[inline(always)]
    fn sigma1(self) -> Self {
        // SAFETY: a `Zmm` exists, so AVX-512F does.
        Self(unsafe {
            _mm512_ternarylogic_epi64::<XOR3>(
                _mm512_ror_epi64::<19>(self.0),
                _mm512_ror_epi64::<61>(self.0),
                _mm512_srli_epi64::<6>(self.0),
            )
        })
    }

    #[inline(always)]
    fn choose(e: Self, f: Self, g: Self) -> Self {
        // SAFETY: a `Zmm` exists, so AVX-512F does.
        Self(unsafe { _mm512_ternarylogic_epi64::<CHOOSE>(e.0, f.0, g.0) })
    }

    #[inline(always)]
    fn majority(a: Self, b: Self, c: Self, b_xor_c: Self) -> (Self, Self) {
        // SAFETY: a `Zmm` exists, so AVX-512F does.
        let majority = Self(unsafe { _mm512_ternarylogic_epi64::<MAJORITY>(a.0, b.0, c.0) });
        // One instruction does it all: nothing is handed on.
        (majority, b_xor_c)
    }

    #[inline(always)]
    fn xor_for_majority(self, _other: Self) -> Self {
        self
    }

    #[inline(always)]
    fn at_most(self, limit: u64) -> u32 {
        // SAFETY: a `Zmm` exists, so AVX-512F does.
        let mask =
            unsafe { _mm512_cmple_epu64_mask(self.0, _mm512_set1_epi64(limit.cast_signed())) };
        u32::from(mask)
    }
}

/// Four words in a ymm register. Made only inside `search_avx2`.
#[derive(Clone, Copy)]
struct Ymm(__m256i);

/// `x >>> N`, as AVX2 must do it. `M` is 64 − `N`.
macro_rules! rotate {
    ($x:expr, $n:literal) => {
        _mm256_or_si256(
            _mm256_srli_epi64::<$n>($x),
            _mm256_slli_epi64::<{ 64 - $n }>($x),
        )
    };
}

impl Lanes for Ymm {
    const LANES: u32 = 4;

    #[inline(always)]
    fn splat(word: u64) -> Self {
        // SAFETY: called only inside `search_avx2`.
        Self(unsafe { _mm256_set1_epi64x(word.cast_signed()) })
    }

    #[inline(always)]
    fn count_from(first: u64) -> Self {
        // SAFETY: called only inside `search_avx2`.
        unsafe {
            let steps = _mm256_set_epi64x(3, 2, 1, 0);
            Self(_mm256_add_epi64(
                _mm256_set1_epi64x(first.cast_signed()),
                steps,
            ))
        }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: a `Ymm` exists, so AVX2 does.
        Self(unsafe { _mm256_add_epi64(self.0, other.0) })
    }

    #[inline(always)]
    fn big_sigma0(self) -> Self {
        // SAFETY: a `Ymm` exists, so AVX2 does.
        Self(unsafe {
            let x = self.0;
            _mm256_xor_si256(
                _mm256_xor_si256(rotate!(x, 28), rotate!(x, 34)),
                rotate!(x, 39),
            )
        })
    }

    #[inline(always)]
    fn big_sigma1(self) -> Self {
        // SAFETY: a `Ymm` exists, so AVX2 does.
        Self(unsafe {
            let x = self.0;
            _mm256_xor_si256(
                _mm256_xor_si256(rotate!(x, 14), rotate!(x, 18)),
                rotate!(x, 41),
            )
        })
    }

    #[inline(always)]
    fn sigma0(self) -> Self {
        // SAFETY: a `Ymm` exists, so AVX2 does.
        Self(unsafe {
            let x = self.0;
            // A rotation by a whole byte is one shuffle.
            let by8 = _mm256_set_epi8(
                8, 15, 14, 13, 12, 11, 10, 9, 0, 7, 6, 5, 4, 3, 2, 1, //
                8, 15, 14, 13, 12, 11, 10, 9, 0, 7, 6, 5, 4, 3, 2, 1,
            );
            let rotated8 = _mm256_shuffle_epi8(x, by8);
            _mm256_xor_si256(
                _mm256_xor_si256(rotate!(x, 1), rotated8),
                _mm256_srli_epi64::<7>(x),
            )
        })
    }

    #[inline(always)]
    fn sigma1(self) -> Self {
        // SAFETY: a `Ymm` exists, so AVX2 does.
        Self(unsafe {
            let x = self.0;
            _mm256_xor_si256(
                _mm256_xor_si256(rotate!(x, 19), rotate!(x, 61)),
                _mm256_srli_epi64::<6>(x),
            )
        })
    }

    #[inline(always)]
    fn choose(e: Self, f: Self, g: Self) -> Self {
        // SAFETY: a `Ymm` exists, so AVX2 does.
        Self(unsafe { _mm256_xor_si256(g.0, _mm256_and_si256(e.0, _mm256_xor_si256(f.0, g.0))) })
    }

    #[inline(always)]
    fn majority(a: Self, b: Self, _c: Self, b_xor_c: Self) -> (Self, Self) {
        // SAFETY: a `Ymm` exists, so AVX2 does.
        unsafe {
            let ab = _mm256_xor_si256(a.0, b.0);
            let majority = _mm256_xor_si256(b.0, _mm256_and_si256(ab, b_xor_c.0));
            (Self(majority), Self(ab))
        }
    }

    #[inline(always)]
    fn xor_for_majority(self, other: Self) -> Self {
        // SAFETY: a `Ymm` exists, so AVX2 does.
        Self(unsafe { _mm256_xor_si256(self.0, other.0) })
    }

    #[inline(always)]
    fn at_most(self, limit: u64) -> u32 {
        // SAFETY: a `Ymm` exists, so AVX2 does.
        let over = unsafe {
            // AVX2 compares signed numbers: moving both by 2^63 keeps unsigned order.
            let shift = _mm256_set1_epi64x(i64::MIN);
            let limit = _mm256_set1_epi64x((limit ^ (1 << 63)).cast_signed());
            let over = _mm256_cmpgt_epi64(_mm256_xor_si256(self.0, shift), limit);
            _mm256_movemask_pd(_mm256_castsi256_pd(over))
        };
        !over.cast_unsigned() & 0xf
    }
}
