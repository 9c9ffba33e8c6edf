// 64-bit words as pairs of 32-bit ones, (low, high), for adapters without 64-bit integers.
//
// Does not hash; pow.wgsl, which follows, does.

alias Word = vec2<u32>;

const ZERO: Word = vec2(0x00000000u, 0x00000000u);
const END_BIT: Word = vec2(0x00000000u, 0x80000000u);
const BITS_512: Word = vec2(0x00000200u, 0x00000000u);
const SIGMA1_OF_512: Word = vec2(0x00001008u, 0x00400000u);
const SIGMA0_OF_END: Word = vec2(0x00000000u, 0x41800000u);
const SIGMA0_OF_512: Word = vec2(0x00000106u, 0x00000000u);

fn word(pair: vec2<u32>) -> Word {
    return pair;
}

fn add(x: Word, y: Word) -> Word {
    let low = x.x + y.x;
    return vec2(low, x.y + y.y + u32(low < y.x));
}

fn big_sigma0(x: Word) -> Word {
    return vec2(
        ((x.x >> 28u) | (x.y << 4u)) ^ ((x.y >> 2u) | (x.x << 30u)) ^ ((x.y >> 7u) | (x.x << 25u)),
        ((x.y >> 28u) | (x.x << 4u)) ^ ((x.x >> 2u) | (x.y << 30u)) ^ ((x.x >> 7u) | (x.y << 25u)),
    );
}

fn big_sigma1(x: Word) -> Word {
    return vec2(
        ((x.x >> 14u) | (x.y << 18u)) ^ ((x.x >> 18u) | (x.y << 14u)) ^ ((x.y >> 9u) | (x.x << 23u)),
        ((x.y >> 14u) | (x.x << 18u)) ^ ((x.y >> 18u) | (x.x << 14u)) ^ ((x.x >> 9u) | (x.y << 23u)),
    );
}

fn sigma0(x: Word) -> Word {
    return vec2(
        ((x.x >> 1u) | (x.y << 31u)) ^ ((x.x >> 8u) | (x.y << 24u)) ^ ((x.x >> 7u) | (x.y << 25u)),
        ((x.y >> 1u) | (x.x << 31u)) ^ ((x.y >> 8u) | (x.x << 24u)) ^ (x.y >> 7u),
    );
}

fn sigma1(x: Word) -> Word {
    return vec2(
        ((x.x >> 19u) | (x.y << 13u)) ^ ((x.y >> 29u) | (x.x << 3u)) ^ ((x.x >> 6u) | (x.y << 26u)),
        ((x.y >> 19u) | (x.x << 13u)) ^ ((x.x >> 29u) | (x.y << 3u)) ^ (x.y >> 6u),
    );
}

fn choose(e: Word, f: Word, g: Word) -> Word {
    return g ^ (e & (f ^ g));
}

fn majority(a: Word, b: Word, c: Word) -> Word {
    // Where a and b differ c decides, elsewhere they do.
    return b ^ ((a ^ b) & (c ^ b));
}

fn at_most(x: Word, limit: Word) -> bool {
    return x.y < limit.y || (x.y == limit.y && x.x <= limit.x);
}
