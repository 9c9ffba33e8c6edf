//! SHA-512's numbers (FIPS 180-4, section 4.2.3 and 5.3.5) and what of a trial is the same for every nonce.
//!
//! Does not hash messages; the solvers and `sha2` do.

use toxdrop_proto::pow::InitialHash;

/// Round constants.
pub(crate) const K: [u64; 80] = [
    0x428a2f98d728ae22,
    0x7137449123ef65cd,
    0xb5c0fbcfec4d3b2f,
    0xe9b5dba58189dbbc,
    0x3956c25bf348b538,
    0x59f111f1b605d019,
    0x923f82a4af194f9b,
    0xab1c5ed5da6d8118,
    0xd807aa98a3030242,
    0x12835b0145706fbe,
    0x243185be4ee4b28c,
    0x550c7dc3d5ffb4e2,
    0x72be5d74f27b896f,
    0x80deb1fe3b1696b1,
    0x9bdc06a725c71235,
    0xc19bf174cf692694,
    0xe49b69c19ef14ad2,
    0xefbe4786384f25e3,
    0x0fc19dc68b8cd5b5,
    0x240ca1cc77ac9c65,
    0x2de92c6f592b0275,
    0x4a7484aa6ea6e483,
    0x5cb0a9dcbd41fbd4,
    0x76f988da831153b5,
    0x983e5152ee66dfab,
    0xa831c66d2db43210,
    0xb00327c898fb213f,
    0xbf597fc7beef0ee4,
    0xc6e00bf33da88fc2,
    0xd5a79147930aa725,
    0x06ca6351e003826f,
    0x142929670a0e6e70,
    0x27b70a8546d22ffc,
    0x2e1b21385c26c926,
    0x4d2c6dfc5ac42aed,
    0x53380d139d95b3df,
    0x650a73548baf63de,
    0x766a0abb3c77b2a8,
    0x81c2c92e47edaee6,
    0x92722c851482353b,
    0xa2bfe8a14cf10364,
    0xa81a664bbc423001,
    0xc24b8b70d0f89791,
    0xc76c51a30654be30,
    0xd192e819d6ef5218,
    0xd69906245565a910,
    0xf40e35855771202a,
    0x106aa07032bbd1b8,
    0x19a4c116b8d2d0c8,
    0x1e376c085141ab53,
    0x2748774cdf8eeb99,
    0x34b0bcb5e19b48a8,
    0x391c0cb3c5c95a63,
    0x4ed8aa4ae3418acb,
    0x5b9cca4f7763e373,
    0x682e6ff3d6b2b8a3,
    0x748f82ee5defb2fc,
    0x78a5636f43172f60,
    0x84c87814a1f0ab72,
    0x8cc702081a6439ec,
    0x90befffa23631e28,
    0xa4506cebde82bde9,
    0xbef9a3f7b2c67915,
    0xc67178f2e372532b,
    0xca273eceea26619c,
    0xd186b8c721c0c207,
    0xeada7dd6cde0eb1e,
    0xf57d4f7fee6ed178,
    0x06f067aa72176fba,
    0x0a637dc5a2c898a6,
    0x113f9804bef90dae,
    0x1b710b35131c471b,
    0x28db77f523047d84,
    0x32caab7b40c72493,
    0x3c9ebe0a15c9bebc,
    0x431d67c49c100d4c,
    0x4cc5d4becb3e42b6,
    0x597f299cfc657e2a,
    0x5fcb6fab3ad6faec,
    0x6c44198c4a475817,
];

/// Initial hash value of SHA-512.
pub(crate) const IV: [u64; 8] = [
    0x6a09e667f3bcc908,
    0xbb67ae8584caa73b,
    0x3c6ef372fe94f82b,
    0xa54ff53a5f1d36f1,
    0x510e527fade682d1,
    0x9b05688c2b3e6c1f,
    0x1f83d9abfb41bd6b,
    0x5be0cd19137e2179,
];

/// The first bit after a message, as the word it stands in.
pub(crate) const END_BIT: u64 = 1 << 63;
/// Bits in the first message: nonce and initial hash.
const FIRST_BITS: u64 = 72 * 8;
/// Bits in the second message: a digest.
pub(crate) const SECOND_BITS: u64 = 64 * 8;

const fn sigma0(x: u64) -> u64 {
    x.rotate_right(1) ^ x.rotate_right(8) ^ (x >> 7)
}

const fn sigma1(x: u64) -> u64 {
    x.rotate_right(19) ^ x.rotate_right(61) ^ (x >> 6)
}

const fn big_sigma0(x: u64) -> u64 {
    x.rotate_right(28) ^ x.rotate_right(34) ^ x.rotate_right(39)
}

const fn big_sigma1(x: u64) -> u64 {
    x.rotate_right(14) ^ x.rotate_right(18) ^ x.rotate_right(41)
}

/// What one block of a trial adds in rounds 0–15 and to schedule words 16–31, apart from what depends on the nonce.
///
/// `round[i]` is added in round `i`: the round constant, the message word if it is fixed, and in
/// rounds 1–3 the state word `h`, which is still one of the initial hash value's. `expand[i - 16]` is the
/// fixed part of schedule word `i`. `first_a` and `first_e` are `a` and `e` after round 0, less message word 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BlockConstants {
    pub(crate) first_a: u64,
    pub(crate) first_e: u64,
    pub(crate) round: [u64; 16],
    pub(crate) expand: [u64; 16],
}

impl BlockConstants {
    /// `words[i]` is message word `i` where it is fixed, and 0 where it depends on the nonce.
    const fn new(words: [u64; 16]) -> Self {
        let [a, b, c, d, e, f, g, h] = IV;
        let t1 = h
            .wrapping_add(big_sigma1(e))
            .wrapping_add((e & f) ^ (!e & g))
            .wrapping_add(K[0])
            .wrapping_add(words[0]);
        let t2 = big_sigma0(a).wrapping_add((a & b) ^ (a & c) ^ (b & c));
        let mut constants = Self {
            first_a: t1.wrapping_add(t2),
            first_e: d.wrapping_add(t1),
            round: [0; 16],
            expand: [0; 16],
        };
        let mut i = 1;
        while i < 16 {
            constants.round[i] = K[i].wrapping_add(words[i]);
            i += 1;
        }
        constants.round[1] = constants.round[1].wrapping_add(g);
        constants.round[2] = constants.round[2].wrapping_add(f);
        constants.round[3] = constants.round[3].wrapping_add(e);
        constants
    }

    /// The part of schedule word `i` that the given fixed words make up.
    const fn fixed_part(words: &[u64; 16], i: usize) -> u64 {
        // Words from 16 on are left to the caller; words before are 0 where they vary.
        let mut sum = words[i - 16];
        if i - 15 < 16 {
            sum = sum.wrapping_add(sigma0(words[i - 15]));
        }
        if i - 7 < 16 {
            sum = sum.wrapping_add(words[i - 7]);
        }
        if i - 2 < 16 {
            sum = sum.wrapping_add(sigma1(words[i - 2]));
        }
        sum
    }
}

/// Everything about a job that does not change from nonce to nonce.
///
/// The first block is nonce ‖ initial hash ‖ padding, so of its first 32 schedule words all of 17, 19 and 21 and
/// part of most others are fixed. The second block's head is the first digest, and only its padding is fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Prepared {
    pub(crate) first: BlockConstants,
    /// The first block, whose word 0 is left to the nonce, for instructions that take messages whole.
    #[cfg(target_arch = "aarch64")]
    pub(crate) message: [u64; 16],
    pub(crate) target: u64,
}

/// The second block's constants are the same for every job.
pub(crate) const SECOND: BlockConstants = {
    let mut words = [0; 16];
    words[8] = END_BIT;
    words[15] = SECOND_BITS;
    let mut constants = BlockConstants::new(words);
    let mut i = 16;
    while i < 32 {
        constants.expand[i - 16] = BlockConstants::fixed_part(&words, i);
        i += 1;
    }
    constants
};

impl Prepared {
    pub(crate) fn new(initial_hash: &InitialHash, target: u64) -> Self {
        let mut words = [0u64; 16];
        for (word, bytes) in words[1..9].iter_mut().zip(initial_hash.as_chunks().0) {
            *word = u64::from_be_bytes(*bytes);
        }
        words[9] = END_BIT;
        words[15] = FIRST_BITS;
        let mut first = BlockConstants::new(words);
        for i in 16..32 {
            first.expand[i - 16] = BlockConstants::fixed_part(&words, i);
        }
        // Words 17, 19 and 21 hold nothing of the nonce: here they are whole.
        let w17 = first.expand[1];
        let w19 = first.expand[3].wrapping_add(sigma1(w17));
        let w21 = first.expand[5].wrapping_add(sigma1(w19));
        first.expand[3] = w19;
        first.expand[5] = w21;
        // Where they are used again: words 23 (σ1 of 21), 24 (17), 26 (19), 28 (21).
        first.expand[7] = first.expand[7].wrapping_add(sigma1(w21));
        first.expand[8] = first.expand[8].wrapping_add(w17);
        first.expand[10] = first.expand[10].wrapping_add(w19);
        first.expand[12] = first.expand[12].wrapping_add(w21);
        Self {
            first,
            #[cfg(target_arch = "aarch64")]
            message: words,
            target,
        }
    }
}
