//! One trial, `SHA-512(SHA-512(nonce ‖ initial hash))`, on as many nonces at once as a vector has lanes.
//!
//! Does not know any instruction set: [`Lanes`] stands for one.
//!
//! Both hashes of a trial go through one copy of the code, rounds 16–63 through one loop of three times sixteen: what
//! decides speed here is how little code there is, because processors keep only a few thousand decoded
//! instructions at hand. Written out are only the first sixteen new schedule words of each hash, where most of what goes in
//! is fixed by the job or by the padding (see [`BlockConstants`]).

use crate::sha512::{BlockConstants, IV, K, Prepared, SECOND};

/// Tries a range of nonces and returns the offset of the first that holds.
pub(super) type SearchFn = fn(&Prepared, u64, u64) -> Option<u64>;

/// A vector of 64-bit words, one lane for each nonce that is tried at once.
pub(super) trait Lanes: Copy {
    /// How many nonces are tried at once; at most 16.
    const LANES: u32;

    /// The same word in every lane.
    fn splat(word: u64) -> Self;
    /// `first`, `first + 1`, … wrapping at 2^64.
    fn count_from(first: u64) -> Self;
    /// Lane-wise sum modulo 2^64.
    fn add(self, other: Self) -> Self;
    /// Σ0: rotations by 28, 34 and 39.
    fn big_sigma0(self) -> Self;
    /// Σ1: rotations by 14, 18 and 41.
    fn big_sigma1(self) -> Self;
    /// σ0: rotations by 1 and 8, shift by 7.
    fn sigma0(self) -> Self;
    /// σ1: rotations by 19 and 61, shift by 6.
    fn sigma1(self) -> Self;
    /// Bits of `f` where `e` is set, of `g` elsewhere.
    fn choose(e: Self, f: Self, g: Self) -> Self;
    /// The bitwise majority, and something that the next round's call may use (`a ^ b` is its `b ^ c`).
    fn majority(a: Self, b: Self, c: Self, b_xor_c: Self) -> (Self, Self);
    /// Lane-wise exclusive or, for the first `b_xor_c`; a type that does not use it may return anything.
    fn xor_for_majority(self, other: Self) -> Self;
    /// Bit `i` is set where lane `i`, as an unsigned number, does not exceed `limit`.
    fn at_most(self, limit: u64) -> u32;
}

/// Round `$i`, in which `$kw` is all that is added beside `h`, Σ1 and choose. No word moves: the roles of
/// the eight state words rotate instead.
macro_rules! round {
    ($s:ident, $bc:ident, $i:literal, $kw:expr) => {
        let kw = $s[H($i)].add($kw);
        round!(@fixed_h $s, $bc, $i, kw)
    };
    // The same with `h` already inside `$kw`.
    (@fixed_h $s:ident, $bc:ident, $i:literal, $kw:expr) => {
        let t1 = $kw
            .add(L::choose($s[E($i)], $s[F($i)], $s[G($i)]))
            .add($s[E($i)].big_sigma1());
        $s[D($i)] = $s[D($i)].add(t1);
        let (majority, ab) = L::majority($s[A($i)], $s[B($i)], $s[C($i)], $bc);
        $bc = ab;
        $s[H($i)] = t1.add($s[A($i)].big_sigma0().add(majority));
    };
}

/// Rounds in which one constant stands for all that is fixed, and one word varies.
macro_rules! rounds {
    ($s:ident, $bc:ident, $k:expr, $w:ident, $($i:literal)*) => {$(
        round!($s, $bc, $i, L::splat($k[$i]).add($w[$i]));
    )*};
}

/// Rounds whose word is fixed.
macro_rules! fixed_rounds {
    ($s:ident, $bc:ident, $k:expr, $($i:literal)*) => {$(
        round!($s, $bc, $i, L::splat($k[$i]));
    )*};
}

/// Rounds, each followed by making the schedule word of sixteen rounds later in the place of its own.
macro_rules! rounds_and_schedule {
    ($s:ident, $bc:ident, $k:ident, $w:ident, $($i:literal)*) => {$(
        rounds!($s, $bc, $k, $w, $i);
        $w[$i] = $w[$i]
            .add($w[($i + 1) % 16].sigma0())
            .add($w[($i + 9) % 16])
            .add($w[($i + 14) % 16].sigma1());
    )*};
}

/// Where each role lies in the state array in round `i`.
#[allow(non_snake_case)]
mod role {
    pub(super) const fn A(i: usize) -> usize {
        (80 - i) % 8
    }
    pub(super) const fn B(i: usize) -> usize {
        (81 - i) % 8
    }
    pub(super) const fn C(i: usize) -> usize {
        (82 - i) % 8
    }
    pub(super) const fn D(i: usize) -> usize {
        (83 - i) % 8
    }
    pub(super) const fn E(i: usize) -> usize {
        (84 - i) % 8
    }
    pub(super) const fn F(i: usize) -> usize {
        (85 - i) % 8
    }
    pub(super) const fn G(i: usize) -> usize {
        (86 - i) % 8
    }
    pub(super) const fn H(i: usize) -> usize {
        (87 - i) % 8
    }
}
use role::{A, B, C, D, E, F, G, H};

/// State after round 0, in which message word 0 is all that varies, and `b ^ c` for the majority of round 1.
#[inline(always)]
fn after_first_round<L: Lanes>(c: &BlockConstants, word0: L) -> ([L; 8], L) {
    let iv = |i: usize| L::splat(IV[i]);
    let a = word0.add(L::splat(c.first_a));
    let e = word0.add(L::splat(c.first_e));
    // Slot 7 is `a` now, slot 3 `e`: see `role`.
    let state = [iv(0), iv(1), iv(2), e, iv(4), iv(5), iv(6), a];
    (state, iv(0).xor_for_majority(iv(1)))
}

/// Schedule words 16–31 of the first hash, in which only the nonce varies.
#[inline(always)]
fn first_expansion<L: Lanes>(c: &BlockConstants, nonce: L) -> [L; 16] {
    let x = |i: usize| L::splat(c.expand[i - 16]);
    let w0 = nonce.add(x(16));
    let w2 = w0.sigma1().add(x(18));
    let w4 = w2.sigma1().add(x(20));
    let w6 = w4.sigma1().add(x(22));
    let w7 = w0.add(x(23));
    let w8 = w6.sigma1().add(x(24));
    let w9 = w7.sigma1().add(w2).add(x(25));
    let w10 = w8.sigma1().add(x(26));
    let w11 = w9.sigma1().add(w4).add(x(27));
    let w12 = w10.sigma1().add(x(28));
    let w13 = w11.sigma1().add(w6).add(x(29));
    let w14 = w12.sigma1().add(w7).add(x(30));
    let w15 = w13.sigma1().add(w8).add(w0.sigma0()).add(x(31));
    let (w1, w3, w5) = (x(17), x(19), x(21));
    [
        w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15,
    ]
}

/// Schedule words 16–31 of the second hash, whose message is `m` and padding.
#[inline(always)]
fn second_expansion<L: Lanes>(m: &[L; 8]) -> [L; 16] {
    let x = |i: usize| L::splat(SECOND.expand[i - 16]);
    let w0 = m[0].add(m[1].sigma0());
    let w1 = m[1].add(m[2].sigma0()).add(x(17));
    let w2 = m[2].add(m[3].sigma0()).add(w0.sigma1());
    let w3 = m[3].add(m[4].sigma0()).add(w1.sigma1());
    let w4 = m[4].add(m[5].sigma0()).add(w2.sigma1());
    let w5 = m[5].add(m[6].sigma0()).add(w3.sigma1());
    let w6 = m[6].add(m[7].sigma0()).add(w4.sigma1()).add(x(22));
    let w7 = m[7].add(w0).add(w5.sigma1()).add(x(23));
    let w8 = w6.sigma1().add(w1).add(x(24));
    let w9 = w7.sigma1().add(w2);
    let w10 = w8.sigma1().add(w3);
    let w11 = w9.sigma1().add(w4);
    let w12 = w10.sigma1().add(w5);
    let w13 = w11.sigma1().add(w6);
    let w14 = w12.sigma1().add(w7).add(x(30));
    let w15 = w13.sigma1().add(w8).add(w0.sigma0()).add(x(31));
    [
        w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15,
    ]
}

/// The value of a trial. `hashes` is 2; it is an argument only so that the compiler does not know, and does not write the
/// loop out twice.
// The last round of all makes a `b ^ c` that no round follows to use.
#[allow(unused_assignments)]
#[inline(always)]
fn value<L: Lanes>(first: &BlockConstants, nonce: L, hashes: u32) -> L {
    let k = K.as_chunks::<16>().0;
    let zero = L::splat(0);
    // What varies of the message: the nonce at first, then the first digest.
    let mut m = [nonce, zero, zero, zero, zero, zero, zero, zero];
    let mut c = first;
    for hash in 0..hashes {
        let (mut s, mut bc) = after_first_round(c, m[0]);
        round!(@fixed_h s, bc, 1, L::splat(c.round[1]).add(m[1]));
        round!(@fixed_h s, bc, 2, L::splat(c.round[2]).add(m[2]));
        round!(@fixed_h s, bc, 3, L::splat(c.round[3]).add(m[3]));
        rounds!(s, bc, c.round, m, 4 5 6 7);
        fixed_rounds!(s, bc, c.round, 8 9 10 11 12 13 14 15);
        let mut w = if hash == 0 {
            first_expansion(c, nonce)
        } else {
            second_expansion(&m)
        };
        for k in &k[1..4] {
            rounds_and_schedule!(s, bc, k, w, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        }
        rounds!(s, bc, k[4], w, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        m = s;
        for (word, iv) in m.iter_mut().zip(IV) {
            *word = word.add(L::splat(iv));
        }
        c = &SECOND;
    }
    m[0]
}

/// Tries `count` nonces from `start` on (wrapping at 2^64) and returns the offset of the first that holds.
#[inline(always)]
pub(super) fn search<L: Lanes>(job: &Prepared, start: u64, count: u64) -> Option<u64> {
    let hashes = std::hint::black_box(2);
    let mut offset = 0;
    while offset < count {
        let nonces = L::count_from(start.wrapping_add(offset));
        let mut hits = value(&job.first, nonces, hashes).at_most(job.target);
        if hits != 0 {
            let left = count - offset;
            if left < u64::from(L::LANES) {
                // The range ends inside this batch: lanes past its end are not ours.
                hits &= (1 << left) - 1;
            }
            if hits != 0 {
                return Some(offset + u64::from(hits.trailing_zeros()));
            }
        }
        // `count` may lie within a batch of 2^64.
        offset = offset.saturating_add(u64::from(L::LANES));
    }
    None
}
