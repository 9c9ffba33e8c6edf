// Rotations of 64-bit integers by halves: `u32(x >> n)` is a funnel shift, one instruction on many cards.
//
// Goes with word_64.wgsl; does not hash, pow.wgsl does. Needs SPIR-V: the bodies of `join` and `split` are replaced by
// casts between vec2<u32> and u64 (see pow-gpu/src/gpu/spirv.rs), which WGSL does not have and which cost nothing. As they
// stand they mean the same.

fn join(low: u32, high: u32) -> u64 {
    return (u64(high) << 32u) | u64(low);
}

fn split(x: u64) -> vec2<u32> {
    return vec2(u32(x), u32(x >> 32u));
}

fn word(pair: vec2<u32>) -> Word {
    return join(pair.x, pair.y);
}

fn swap_halves(x: Word) -> Word {
    let halves = split(x);
    return join(halves.y, halves.x);
}

/// The low half of `x >> n`, for n below 32.
fn funnel(x: Word, n: u32) -> u32 {
    return split(x >> n).x;
}

fn big_sigma0(x: Word) -> Word {
    let y = swap_halves(x);
    return join(
        funnel(x, 28u) ^ funnel(y, 2u) ^ funnel(y, 7u),
        funnel(y, 28u) ^ funnel(x, 2u) ^ funnel(x, 7u),
    );
}

fn big_sigma1(x: Word) -> Word {
    let y = swap_halves(x);
    return join(
        funnel(x, 14u) ^ funnel(x, 18u) ^ funnel(y, 9u),
        funnel(y, 14u) ^ funnel(y, 18u) ^ funnel(x, 9u),
    );
}

fn sigma0(x: Word) -> Word {
    let y = swap_halves(x);
    return join(
        funnel(x, 1u) ^ funnel(x, 8u) ^ funnel(x, 7u),
        funnel(y, 1u) ^ funnel(y, 8u) ^ (split(x).y >> 7u),
    );
}

fn sigma1(x: Word) -> Word {
    let y = swap_halves(x);
    return join(
        funnel(x, 19u) ^ funnel(y, 29u) ^ funnel(x, 6u),
        funnel(y, 19u) ^ funnel(x, 29u) ^ (split(x).y >> 6u),
    );
}
