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
    return vec2(low, x.y + y.y + u32(low < x.x));
}

// High halves are added first and carries last: where a compiler has an instruction for three summands it can use it.

fn sum3(x: Word, y: Word, z: Word) -> Word {
    let l1 = x.x + y.x;
    let l2 = l1 + z.x;
    return vec2(l2, x.y + y.y + z.y + u32(l1 < x.x) + u32(l2 < l1));
}

fn sum4(x: Word, y: Word, z: Word, u: Word) -> Word {
    let l1 = x.x + y.x;
    let l2 = l1 + z.x;
    let l3 = l2 + u.x;
    return vec2(l3, (x.y + y.y + z.y) + u.y + u32(l1 < x.x) + u32(l2 < l1) + u32(l3 < l2));
}

fn sum5(x: Word, y: Word, z: Word, u: Word, v: Word) -> Word {
    let l1 = x.x + y.x;
    let l2 = l1 + z.x;
    let l3 = l2 + u.x;
    let l4 = l3 + v.x;
    return vec2(
        l4,
        ((x.y + y.y + z.y) + u.y + v.y) + u32(l1 < x.x) + u32(l2 < l1) + u32(l3 < l2) + u32(l4 < l3),
    );
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
    return (e & f) | (~e & g);
}

fn at_most(x: Word, limit: Word) -> bool {
    return x.y < limit.y || (x.y == limit.y && x.x <= limit.x);
}
