// 64-bit words as the adapter's own (SHADER_INT64).
//
// Does not hash; pow.wgsl, which follows, does.

alias Word = u64;

const ZERO: Word = 0x0lu;
const END_BIT: Word = 0x8000000000000000lu;
const BITS_512: Word = 0x200lu;
const SIGMA1_OF_512: Word = 0x40000000001008lu;
const SIGMA0_OF_END: Word = 0x4180000000000000lu;
const SIGMA0_OF_512: Word = 0x106lu;

fn word(pair: vec2<u32>) -> Word {
    return (u64(pair.y) << 32u) | u64(pair.x);
}

fn add(x: Word, y: Word) -> Word {
    return x + y;
}

fn sum3(x: Word, y: Word, z: Word) -> Word {
    return x + y + z;
}

fn sum4(x: Word, y: Word, z: Word, u: Word) -> Word {
    return x + y + z + u;
}

fn sum5(x: Word, y: Word, z: Word, u: Word, v: Word) -> Word {
    return x + y + z + u + v;
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

fn choose(e: Word, f: Word, g: Word) -> Word {
    return (e & f) | (~e & g);
}

fn at_most(x: Word, limit: Word) -> bool {
    return x <= limit;
}
