// Rotations of 64-bit integers by 64-bit shifts.
//
// Goes with word_64.wgsl; does not hash, pow.wgsl does.

fn word(pair: vec2<u32>) -> Word {
    return (u64(pair.y) << 32u) | u64(pair.x);
}

fn big_sigma0(x: Word) -> Word {
    return (x >> 28u) ^ (x << 36u)
        ^ (x >> 34u) ^ (x << 30u)
        ^ (x >> 39u) ^ (x << 25u);
}

fn big_sigma1(x: Word) -> Word {
    return (x >> 14u) ^ (x << 50u)
        ^ (x >> 18u) ^ (x << 46u)
        ^ (x >> 41u) ^ (x << 23u);
}

fn sigma0(x: Word) -> Word {
    return (x >> 1u) ^ (x << 63u)
        ^ (x >> 8u) ^ (x << 56u)
        ^ (x >> 7u);
}

fn sigma1(x: Word) -> Word {
    return (x >> 19u) ^ (x << 45u)
        ^ (x >> 61u) ^ (x << 3u)
        ^ (x >> 6u);
}
