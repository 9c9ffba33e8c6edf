//! The kernels' text, and the layout of what they read.
//!
//! Does not talk to a driver.

use bytemuck::{Pod, Zeroable};
use serde::{Deserialize, Serialize};
use toxdrop_proto::pow::InitialHash;

use crate::device::Work;
use crate::sha512::{IV, K, Prepared};

/// Invocations in a workgroup; `WORKGROUP` in the kernel.
pub(super) const WORKGROUP: u64 = 64;
/// Workgroups in a row of a dispatch: no dimension may exceed 65,535.
const ROW: u32 = 1 << 15;
/// Nonces in a dispatch: offsets are 32-bit numbers, and all ones means none.
pub(super) const MAX_BATCH: u64 = 1 << 31;
/// What the kernel leaves where it found nothing.
pub(super) const NO_WINNER: u32 = u32::MAX;

/// How a kernel keeps 64-bit words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Variant {
    /// As pairs of 32-bit ones: runs anywhere.
    Vec2,
    /// As the adapter's own.
    U64,
}

impl Variant {
    /// Those that an adapter can run.
    pub(super) fn usable(features: wgpu::Features) -> Vec<Self> {
        let mut variants = vec![Self::Vec2];
        if features.contains(wgpu::Features::SHADER_INT64) {
            variants.push(Self::U64);
        }
        variants
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Vec2 => "vec2",
            Self::U64 => "u64",
        }
    }

    /// Features that the device must be opened with.
    pub(super) fn features(self) -> wgpu::Features {
        match self {
            Self::Vec2 => wgpu::Features::empty(),
            Self::U64 => wgpu::Features::SHADER_INT64,
        }
    }

    /// The whole kernel.
    pub(super) fn source(self) -> String {
        let words = match self {
            Self::Vec2 => include_str!("../../../shaders/word_vec2.wgsl"),
            Self::U64 => include_str!("../../../shaders/word_u64.wgsl"),
        };
        format!("{words}{}", include_str!("../../../shaders/pow.wgsl"))
    }
}

/// A word as the kernels read it: low half, high half.
fn halves(word: u64) -> [u32; 2] {
    // Both halves fit by construction.
    [word as u32, (word >> 32) as u32]
}

/// `Job` in the kernel.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(super) struct JobUniform {
    start: [u32; 2],
    target: [u32; 2],
    count: u32,
    row: u32,
    pad: [u32; 2],
    words: [[u32; 2]; 16],
    fixed_parts: [[u32; 2]; 16],
}

impl JobUniform {
    pub(super) fn new(work: &Work, count: u32) -> Self {
        let prepared = Prepared::new(&work.initial_hash, work.target);
        Self {
            start: halves(work.start),
            target: halves(work.target),
            count,
            row: grid(count).0,
            pad: [0; 2],
            words: message_words(&work.initial_hash).map(halves),
            fixed_parts: prepared.first.expand.map(halves),
        }
    }
}

/// The first message, whose word 0 is left to the nonce.
fn message_words(initial_hash: &InitialHash) -> [u64; 16] {
    let mut words = [0; 16];
    for (word, bytes) in words[1..9].iter_mut().zip(initial_hash.as_chunks().0) {
        *word = u64::from_be_bytes(*bytes);
    }
    words[9] = 1 << 63;
    words[15] = 72 * 8;
    words
}

/// Columns and rows of workgroups for so many nonces.
pub(super) fn grid(count: u32) -> (u32, u32) {
    let groups = u64::from(count).div_ceil(WORKGROUP);
    // At most 2^31 / 64 groups.
    let groups = groups as u32;
    let row = groups.clamp(1, ROW);
    (row, groups.div_ceil(row))
}

/// `Tables` in the kernel.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(super) struct TablesUniform {
    round_constants: [[u32; 2]; 80],
    initial_values: [[u32; 2]; 8],
}

impl TablesUniform {
    pub(super) fn new() -> Self {
        Self {
            round_constants: K.map(halves),
            initial_values: IV.map(halves),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grid_covers_every_nonce_within_the_limits_of_a_dispatch() {
        for count in [1, 63, 64, 65, 1 << 20, (1 << 21) + 1, 1 << 30, 1u32 << 31] {
            let (x, y) = grid(count);
            assert!(u64::from(x) * u64::from(y) * WORKGROUP >= u64::from(count));
            assert!(x <= 65_535 && y <= 65_535);
        }
    }
}
