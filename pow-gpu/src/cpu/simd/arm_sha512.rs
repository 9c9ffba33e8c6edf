//! Armv8.2's SHA-512 instructions, which do two rounds at once for one nonce.
//!
//! Does not use `trial`: these instructions keep two words of one nonce in a register, not one word of two nonces. Two nonces
//! go side by side, because one alone would wait for each instruction's result.

use std::arch::aarch64::*;

use super::super::trial::SearchFn;
use crate::sha512::{END_BIT, IV, K, Prepared, SECOND_BITS};

/// The solver, where the processor has the SHA-512 instructions. Rust files them under SHA-3, as Arm's feature
/// registers do the newer of the two.
pub(in super::super) fn detect() -> Option<SearchFn> {
    fn checked(job: &Prepared, start: u64, count: u64) -> Option<u64> {
        // SAFETY: this function leaves `detect` only after the instructions were found.
        unsafe { search_sha512(job, start, count) }
    }
    std::arch::is_aarch64_feature_detected!("sha3").then_some(checked as SearchFn)
}

/// Nonces side by side.
const NONCES: usize = 2;

/// A pair of words of each nonce: word `2i` low, `2i + 1` high.
type Pairs = [uint64x2_t; NONCES];

#[target_feature(enable = "neon,sha3")]
fn search_sha512(job: &Prepared, start: u64, count: u64) -> Option<u64> {
    let mut offset = 0;
    while offset < count {
        let nonces = [0, 1].map(|i| start.wrapping_add(offset).wrapping_add(i));
        for (value, i) in values(&job.message, nonces).into_iter().zip(0..) {
            if value <= job.target && i < count - offset {
                return Some(offset + i);
            }
        }
        // `count` may lie within a batch of 2^64.
        offset = offset.saturating_add(NONCES as u64);
    }
    None
}

/// The value of a trial for each nonce.
#[target_feature(enable = "neon,sha3")]
fn values(message: &[u64; 16], nonces: [u64; NONCES]) -> [u64; NONCES] {
    let mut w = load::<8>(message).map(|pair| [pair; NONCES]);
    for (pair, nonce) in w[0].iter_mut().zip(nonces) {
        *pair = vsetq_lane_u64::<0>(nonce, *pair);
    }
    let [ab, cd, ef, gh] = compress(w);
    let padding = load::<4>(&[END_BIT, 0, 0, 0, 0, 0, 0, SECOND_BITS]);
    let [p, q, r, s] = padding.map(|pair| [pair; NONCES]);
    compress([ab, cd, ef, gh, p, q, r, s])[0].map(|pair| vgetq_lane_u64::<0>(pair))
}

/// Words as pairs.
#[target_feature(enable = "neon,sha3")]
fn load<const PAIRS: usize>(words: &[u64]) -> [uint64x2_t; PAIRS] {
    let (pairs, _) = words.as_chunks::<2>();
    let mut loaded = [vdupq_n_u64(0); PAIRS];
    for (register, [low, high]) in loaded.iter_mut().zip(pairs) {
        *register = vcombine_u64(vcreate_u64(*low), vcreate_u64(*high));
    }
    loaded
}

/// One block from the initial hash value on; `w` is the message.
#[target_feature(enable = "neon,sha3")]
fn compress(mut w: [Pairs; 8]) -> [Pairs; 4] {
    let initial = load::<4>(&IV);
    let [mut ab, mut cd, mut ef, mut gh] = initial.map(|pair| [pair; NONCES]);
    for (block, k) in K.as_chunks::<16>().0.iter().enumerate() {
        let k = load::<8>(k);
        // Two rounds for each pair of schedule words; the roles of the four pairs of state words move by one each time.
        for i in 0..8 {
            if block > 0 {
                for n in 0..NONCES {
                    let halfway = vsha512su0q_u64(w[i][n], w[(i + 1) % 8][n]);
                    let middle = vextq_u64::<1>(w[(i + 4) % 8][n], w[(i + 5) % 8][n]);
                    w[i][n] = vsha512su1q_u64(halfway, w[(i + 7) % 8][n], middle);
                }
            }
            for n in 0..NONCES {
                let sum = vaddq_u64(w[i][n], k[i]);
                // The first of two rounds takes `h` and the lower schedule word, which must lie high.
                let sum = vaddq_u64(vextq_u64::<1>(sum, sum), gh[n]);
                let fg = vextq_u64::<1>(ef[n], gh[n]);
                let de = vextq_u64::<1>(cd[n], ef[n]);
                let t = vsha512hq_u64(sum, fg, de);
                let new_ab = vsha512h2q_u64(t, cd[n], ab[n]);
                let new_ef = vaddq_u64(cd[n], t);
                gh[n] = ef[n];
                ef[n] = new_ef;
                cd[n] = ab[n];
                ab[n] = new_ab;
            }
        }
    }
    let mut out = [ab, cd, ef, gh];
    for (pairs, start) in out.iter_mut().zip(initial) {
        *pairs = pairs.map(|pair| vaddq_u64(pair, start));
    }
    out
}
