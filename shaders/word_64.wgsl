// What is the same for every kernel whose words are the adapter's own 64-bit integers (SHADER_INT64).
//
// Does not rotate; word_u64.wgsl and word_funnel.wgsl do, each in its way.

alias Word = u64;

const ZERO: Word = 0x0lu;
const END_BIT: Word = 0x8000000000000000lu;
const BITS_512: Word = 0x200lu;
const SIGMA1_OF_512: Word = 0x40000000001008lu;
const SIGMA0_OF_END: Word = 0x4180000000000000lu;
const SIGMA0_OF_512: Word = 0x106lu;

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

fn choose(e: Word, f: Word, g: Word) -> Word {
    return (e & f) | (~e & g);
}

fn at_most(x: Word, limit: Word) -> bool {
    return x <= limit;
}
