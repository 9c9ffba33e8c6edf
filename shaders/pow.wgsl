// BitMessage's proof of work, one nonce an invocation: SHA-512(SHA-512(nonce ‖ initial hash)) against a target.
//
// Does not know how a 64-bit word is kept: `Word` and the functions on it come from word_*.wgsl, what of it a kernel uses is
// put before this text.
//
// Both hashes go through the same code: rounds 0–15, then a loop of four times sixteen rounds. Unrolled further, the kernel
// outgrows instruction caches and takes seconds to compile. The sixteen schedule words are named variables, because an
// array with a dynamic index would live in memory. What a job or SHA-512's padding fixes in rounds 0–15 and in
// the first expansion of each hash, the host has added up.

/// What the host has worked out for a job. 64-bit words are pairs (low, high).
struct Job {
    /// First nonce of the dispatch.
    start: vec2<u32>,
    /// The largest value that holds.
    target_value: vec2<u32>,
    /// How many nonces to try.
    count: u32,
    /// Workgroups in a row of the dispatch.
    row: u32,
    pad: vec2<u32>,
    /// `a` and `e` after round 0 of each hash, less message word 0.
    after_round_0: array<vec4<u32>, 2>,
    /// All that is fixed in rounds 0–15 of each hash: round constants, message words and, in rounds 1–3, `h`. That of
    /// round 0 is not used.
    round_sums: array<vec4<u32>, 16>,
    /// The fixed parts of schedule words 16–31 of the first hash.
    fixed_parts: array<vec4<u32>, 8>,
}

/// SHA-512's own numbers.
struct Tables {
    round_constants: array<vec4<u32>, 40>,
    initial_values: array<vec4<u32>, 4>,
}

struct Outcome {
    /// The least offset of a nonce that holds; all ones if there is none.
    winner: atomic<u32>,
}

@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<uniform> tables: Tables;
@group(0) @binding(2) var<storage, read_write> outcome: Outcome;

const WORKGROUP: u32 = 64u;

fn half(pair: vec4<u32>, second: bool) -> Word {
    return word(select(pair.xy, pair.zw, second));
}

fn round_constant(block: u32, i: u32) -> Word {
    return half(tables.round_constants[block * 8u + i / 2u], i % 2u == 1u);
}

fn initial_value(i: u32) -> Word {
    return half(tables.initial_values[i / 2u], i % 2u == 1u);
}

fn round_sum(hash: u32, i: u32) -> Word {
    return half(job.round_sums[hash * 8u + i / 2u], i % 2u == 1u);
}

fn fixed_part(i: u32) -> Word {
    return half(job.fixed_parts[i / 2u], i % 2u == 1u);
}

@compute @workgroup_size(WORKGROUP)
fn search(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let offset = (group.y * job.row + group.x) * WORKGROUP + local;
    // Past the end, or there is a better nonce already: nothing to do.
    if offset >= job.count || atomicLoad(&outcome.winner) < offset {
        return;
    }
    let nonce = add(word(job.start), word(vec2(offset, 0u)));
    // What varies of the message: the nonce at first, then the first digest.
    var w0 = nonce;
    var w1 = ZERO;
    var w2 = ZERO;
    var w3 = ZERO;
    var w4 = ZERO;
    var w5 = ZERO;
    var w6 = ZERO;
    var w7 = ZERO;
    var w8: Word;
    var w9: Word;
    var w10: Word;
    var w11: Word;
    var w12: Word;
    var w13: Word;
    var w14: Word;
    var w15: Word;
    var a: Word;
    var b: Word;
    var c: Word;
    var d: Word;
    var e: Word;
    var f: Word;
    var g: Word;
    var h: Word;
    var t: Word;
    // The majority of a, b and c is b ^ ((a ^ b) & (b ^ c)), and a ^ b is the next round's b ^ c.
    var ab: Word;
    var bc: Word;

    for (var hash = 0u; hash < 2u; hash++) {
        // Round 0. The roles of the variables move by one each round: h is `a` now, d is `e`.
        a = initial_value(0u);
        b = initial_value(1u);
        c = initial_value(2u);
        e = initial_value(4u);
        f = initial_value(5u);
        g = initial_value(6u);
        h = add(w0, half(job.after_round_0[hash], false));
        d = add(w0, half(job.after_round_0[hash], true));
        bc = a ^ b;
        t = sum4(round_sum(hash, 1u), w1, choose(d, e, f), big_sigma1(d)); c = add(c, t); ab = h ^ a; g = sum3(t, big_sigma0(h), a ^ (ab & bc)); bc = ab;
        t = sum4(round_sum(hash, 2u), w2, choose(c, d, e), big_sigma1(c)); b = add(b, t); ab = g ^ h; f = sum3(t, big_sigma0(g), h ^ (ab & bc)); bc = ab;
        t = sum4(round_sum(hash, 3u), w3, choose(b, c, d), big_sigma1(b)); a = add(a, t); ab = f ^ g; e = sum3(t, big_sigma0(f), g ^ (ab & bc)); bc = ab;
        t = sum5(d, round_sum(hash, 4u), w4, choose(a, b, c), big_sigma1(a)); h = add(h, t); ab = e ^ f; d = sum3(t, big_sigma0(e), f ^ (ab & bc)); bc = ab;
        t = sum5(c, round_sum(hash, 5u), w5, choose(h, a, b), big_sigma1(h)); g = add(g, t); ab = d ^ e; c = sum3(t, big_sigma0(d), e ^ (ab & bc)); bc = ab;
        t = sum5(b, round_sum(hash, 6u), w6, choose(g, h, a), big_sigma1(g)); f = add(f, t); ab = c ^ d; b = sum3(t, big_sigma0(c), d ^ (ab & bc)); bc = ab;
        t = sum5(a, round_sum(hash, 7u), w7, choose(f, g, h), big_sigma1(f)); e = add(e, t); ab = b ^ c; a = sum3(t, big_sigma0(b), c ^ (ab & bc)); bc = ab;
        t = sum4(h, round_sum(hash, 8u), choose(e, f, g), big_sigma1(e)); d = add(d, t); ab = a ^ b; h = sum3(t, big_sigma0(a), b ^ (ab & bc)); bc = ab;
        t = sum4(g, round_sum(hash, 9u), choose(d, e, f), big_sigma1(d)); c = add(c, t); ab = h ^ a; g = sum3(t, big_sigma0(h), a ^ (ab & bc)); bc = ab;
        t = sum4(f, round_sum(hash, 10u), choose(c, d, e), big_sigma1(c)); b = add(b, t); ab = g ^ h; f = sum3(t, big_sigma0(g), h ^ (ab & bc)); bc = ab;
        t = sum4(e, round_sum(hash, 11u), choose(b, c, d), big_sigma1(b)); a = add(a, t); ab = f ^ g; e = sum3(t, big_sigma0(f), g ^ (ab & bc)); bc = ab;
        t = sum4(d, round_sum(hash, 12u), choose(a, b, c), big_sigma1(a)); h = add(h, t); ab = e ^ f; d = sum3(t, big_sigma0(e), f ^ (ab & bc)); bc = ab;
        t = sum4(c, round_sum(hash, 13u), choose(h, a, b), big_sigma1(h)); g = add(g, t); ab = d ^ e; c = sum3(t, big_sigma0(d), e ^ (ab & bc)); bc = ab;
        t = sum4(b, round_sum(hash, 14u), choose(g, h, a), big_sigma1(g)); f = add(f, t); ab = c ^ d; b = sum3(t, big_sigma0(c), d ^ (ab & bc)); bc = ab;
        t = sum4(a, round_sum(hash, 15u), choose(f, g, h), big_sigma1(f)); e = add(e, t); ab = b ^ c; a = sum3(t, big_sigma0(b), c ^ (ab & bc)); bc = ab;
        if hash == 0u {
            w0 = add(w0, fixed_part(0u));
            w1 = fixed_part(1u);
            w2 = add(sigma1(w0), fixed_part(2u));
            w3 = fixed_part(3u);
            w4 = add(sigma1(w2), fixed_part(4u));
            w5 = fixed_part(5u);
            w6 = add(sigma1(w4), fixed_part(6u));
            w7 = add(w0, fixed_part(7u));
            w8 = add(sigma1(w6), fixed_part(8u));
            w9 = sum3(sigma1(w7), w2, fixed_part(9u));
            w10 = add(sigma1(w8), fixed_part(10u));
            w11 = sum3(sigma1(w9), w4, fixed_part(11u));
            w12 = add(sigma1(w10), fixed_part(12u));
            w13 = sum3(sigma1(w11), w6, fixed_part(13u));
            w14 = sum3(sigma1(w12), w7, fixed_part(14u));
            w15 = sum4(sigma1(w13), w8, sigma0(w0), fixed_part(15u));
        } else {
            w0 = add(w0, sigma0(w1));
            w1 = sum3(w1, sigma0(w2), SIGMA1_OF_512);
            w2 = sum3(w2, sigma0(w3), sigma1(w0));
            w3 = sum3(w3, sigma0(w4), sigma1(w1));
            w4 = sum3(w4, sigma0(w5), sigma1(w2));
            w5 = sum3(w5, sigma0(w6), sigma1(w3));
            w6 = sum4(w6, sigma0(w7), sigma1(w4), BITS_512);
            w7 = sum4(w7, w0, sigma1(w5), SIGMA0_OF_END);
            w8 = sum3(sigma1(w6), w1, END_BIT);
            w9 = add(sigma1(w7), w2);
            w10 = add(sigma1(w8), w3);
            w11 = add(sigma1(w9), w4);
            w12 = add(sigma1(w10), w5);
            w13 = add(sigma1(w11), w6);
            w14 = sum3(sigma1(w12), w7, SIGMA0_OF_512);
            w15 = sum4(sigma1(w13), w8, sigma0(w0), BITS_512);
        }
        for (var block = 1u; block < 5u; block++) {
            t = sum5(h, round_constant(block, 0u), w0, choose(e, f, g), big_sigma1(e)); d = add(d, t); ab = a ^ b; h = sum3(t, big_sigma0(a), b ^ (ab & bc)); bc = ab;
            t = sum5(g, round_constant(block, 1u), w1, choose(d, e, f), big_sigma1(d)); c = add(c, t); ab = h ^ a; g = sum3(t, big_sigma0(h), a ^ (ab & bc)); bc = ab;
            t = sum5(f, round_constant(block, 2u), w2, choose(c, d, e), big_sigma1(c)); b = add(b, t); ab = g ^ h; f = sum3(t, big_sigma0(g), h ^ (ab & bc)); bc = ab;
            t = sum5(e, round_constant(block, 3u), w3, choose(b, c, d), big_sigma1(b)); a = add(a, t); ab = f ^ g; e = sum3(t, big_sigma0(f), g ^ (ab & bc)); bc = ab;
            t = sum5(d, round_constant(block, 4u), w4, choose(a, b, c), big_sigma1(a)); h = add(h, t); ab = e ^ f; d = sum3(t, big_sigma0(e), f ^ (ab & bc)); bc = ab;
            t = sum5(c, round_constant(block, 5u), w5, choose(h, a, b), big_sigma1(h)); g = add(g, t); ab = d ^ e; c = sum3(t, big_sigma0(d), e ^ (ab & bc)); bc = ab;
            t = sum5(b, round_constant(block, 6u), w6, choose(g, h, a), big_sigma1(g)); f = add(f, t); ab = c ^ d; b = sum3(t, big_sigma0(c), d ^ (ab & bc)); bc = ab;
            t = sum5(a, round_constant(block, 7u), w7, choose(f, g, h), big_sigma1(f)); e = add(e, t); ab = b ^ c; a = sum3(t, big_sigma0(b), c ^ (ab & bc)); bc = ab;
            t = sum5(h, round_constant(block, 8u), w8, choose(e, f, g), big_sigma1(e)); d = add(d, t); ab = a ^ b; h = sum3(t, big_sigma0(a), b ^ (ab & bc)); bc = ab;
            t = sum5(g, round_constant(block, 9u), w9, choose(d, e, f), big_sigma1(d)); c = add(c, t); ab = h ^ a; g = sum3(t, big_sigma0(h), a ^ (ab & bc)); bc = ab;
            t = sum5(f, round_constant(block, 10u), w10, choose(c, d, e), big_sigma1(c)); b = add(b, t); ab = g ^ h; f = sum3(t, big_sigma0(g), h ^ (ab & bc)); bc = ab;
            t = sum5(e, round_constant(block, 11u), w11, choose(b, c, d), big_sigma1(b)); a = add(a, t); ab = f ^ g; e = sum3(t, big_sigma0(f), g ^ (ab & bc)); bc = ab;
            t = sum5(d, round_constant(block, 12u), w12, choose(a, b, c), big_sigma1(a)); h = add(h, t); ab = e ^ f; d = sum3(t, big_sigma0(e), f ^ (ab & bc)); bc = ab;
            t = sum5(c, round_constant(block, 13u), w13, choose(h, a, b), big_sigma1(h)); g = add(g, t); ab = d ^ e; c = sum3(t, big_sigma0(d), e ^ (ab & bc)); bc = ab;
            t = sum5(b, round_constant(block, 14u), w14, choose(g, h, a), big_sigma1(g)); f = add(f, t); ab = c ^ d; b = sum3(t, big_sigma0(c), d ^ (ab & bc)); bc = ab;
            t = sum5(a, round_constant(block, 15u), w15, choose(f, g, h), big_sigma1(f)); e = add(e, t); ab = b ^ c; a = sum3(t, big_sigma0(b), c ^ (ab & bc)); bc = ab;
            if block < 4u {
                w0 = sum4(w0, sigma0(w1), w9, sigma1(w14));
                w1 = sum4(w1, sigma0(w2), w10, sigma1(w15));
                w2 = sum4(w2, sigma0(w3), w11, sigma1(w0));
                w3 = sum4(w3, sigma0(w4), w12, sigma1(w1));
                w4 = sum4(w4, sigma0(w5), w13, sigma1(w2));
                w5 = sum4(w5, sigma0(w6), w14, sigma1(w3));
                w6 = sum4(w6, sigma0(w7), w15, sigma1(w4));
                w7 = sum4(w7, sigma0(w8), w0, sigma1(w5));
                w8 = sum4(w8, sigma0(w9), w1, sigma1(w6));
                w9 = sum4(w9, sigma0(w10), w2, sigma1(w7));
                w10 = sum4(w10, sigma0(w11), w3, sigma1(w8));
                w11 = sum4(w11, sigma0(w12), w4, sigma1(w9));
                w12 = sum4(w12, sigma0(w13), w5, sigma1(w10));
                w13 = sum4(w13, sigma0(w14), w6, sigma1(w11));
                w14 = sum4(w14, sigma0(w15), w7, sigma1(w12));
                w15 = sum4(w15, sigma0(w0), w8, sigma1(w13));
            }
        }
        if hash == 0u {
            // The first digest is what varies of the second message.
            w0 = add(a, initial_value(0u));
            w1 = add(b, initial_value(1u));
            w2 = add(c, initial_value(2u));
            w3 = add(d, initial_value(3u));
            w4 = add(e, initial_value(4u));
            w5 = add(f, initial_value(5u));
            w6 = add(g, initial_value(6u));
            w7 = add(h, initial_value(7u));
        }
    }
    if at_most(add(a, initial_value(0u)), word(job.target_value)) {
        atomicMin(&outcome.winner, offset);
    }
}
