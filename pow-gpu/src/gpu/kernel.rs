//! The kernels' text, and the layout of what they read.
//!
//! Does not talk to a driver.

use bytemuck::{Pod, Zeroable};
use serde::{Deserialize, Serialize};

use super::spirv::{self, SpirvError};
use crate::device::{DeviceError, Work};
use crate::sha512::{IV, K, Prepared, SECOND};

/// The kernel's function.
pub(super) const ENTRY_POINT: &str = "search";
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
    /// As the adapter's own, shifted, added and compared in WGSL.
    U64,
    /// As the adapter's own, but halves of rotations are taken from shifts of either order of halves: needs a cast
    /// which only SPIR-V has.
    Funnel,
}

impl Variant {
    pub(super) const ALL: [Self; 3] = [Self::Vec2, Self::U64, Self::Funnel];

    /// Those that an adapter can run.
    pub(super) fn usable(adapter: &wgpu::Adapter) -> Vec<Self> {
        let takes_spirv = adapter.get_info().backend == wgpu::Backend::Vulkan;
        let runs = |variant: &Self| {
            adapter.features().contains(variant.features())
                && (takes_spirv || *variant != Self::Funnel)
        };
        Self::ALL.into_iter().filter(runs).collect()
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Vec2 => "vec2",
            Self::U64 => "u64",
            Self::Funnel => "funnel",
        }
    }

    /// Features that the device must be opened with.
    pub(super) fn features(self) -> wgpu::Features {
        match self {
            Self::Vec2 => wgpu::Features::empty(),
            Self::U64 => wgpu::Features::SHADER_INT64,
            Self::Funnel => wgpu::Features::SHADER_INT64 | wgpu::Features::PASSTHROUGH_SHADERS,
        }
    }

    /// The whole kernel as WGSL.
    pub(super) fn source(self) -> String {
        const ROUNDS: &str = include_str!("../../../shaders/pow.wgsl");
        const INT64: &str = include_str!("../../../shaders/word_64.wgsl");
        let parts = match self {
            Self::Vec2 => [include_str!("../../../shaders/word_vec2.wgsl"), "", ROUNDS],
            Self::U64 => [
                INT64,
                include_str!("../../../shaders/word_u64.wgsl"),
                ROUNDS,
            ],
            Self::Funnel => [
                INT64,
                include_str!("../../../shaders/word_funnel.wgsl"),
                ROUNDS,
            ],
        };
        parts.concat()
    }

    /// The whole kernel as SPIR-V.
    pub(super) fn spirv(self) -> Result<Vec<u32>, SpirvError> {
        let casts = match self {
            Self::Vec2 | Self::U64 => spirv::Casts::AsWritten,
            Self::Funnel => spirv::Casts::Replaced,
        };
        spirv::compile(&self.source(), casts)
    }

    /// The kernel, handed to a driver.
    ///
    /// # Errors
    /// [`DeviceError::Driver`] if it cannot be said in SPIR-V. What the driver has to say comes by the device's callbacks.
    pub(super) fn module(self, device: &wgpu::Device) -> Result<wgpu::ShaderModule, DeviceError> {
        let label = Some(self.name());
        match self {
            Self::Vec2 | Self::U64 => {
                Ok(device.create_shader_module(wgpu::ShaderModuleDescriptor {
                    label,
                    source: wgpu::ShaderSource::Wgsl(self.source().into()),
                }))
            }
            Self::Funnel => {
                let words = self
                    .spirv()
                    .map_err(|error| DeviceError::Driver(error.to_string()))?;
                let descriptor = wgpu::ShaderModuleDescriptorPassthrough {
                    label,
                    entry_points: vec![wgpu::PassthroughShaderEntryPoint {
                        name: ENTRY_POINT.into(),
                        workgroup_size: (WORKGROUP as u32, 1, 1),
                    }]
                    .into(),
                    spirv: Some(words.into()),
                    ..Default::default()
                };
                // SAFETY: the text is our own, naga validated it before `join` and `split` became casts, it has no
                // pointers, and its only accesses by index are to arrays of uniforms, at constants and loop counters
                // below their lengths.
                #[allow(unsafe_code)]
                Ok(unsafe { device.create_shader_module_passthrough(descriptor) })
            }
        }
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
    after_round_0: [[[u32; 2]; 2]; 2],
    round_sums: [[[u32; 2]; 16]; 2],
    fixed_parts: [[u32; 2]; 16],
}

impl JobUniform {
    pub(super) fn new(work: &Work, count: u32) -> Self {
        let first = Prepared::new(&work.initial_hash, work.target).first;
        let hashes = [first, SECOND];
        Self {
            start: halves(work.start),
            target: halves(work.target),
            count,
            row: grid(count).0,
            pad: [0; 2],
            after_round_0: hashes.map(|hash| [hash.first_a, hash.first_e].map(halves)),
            round_sums: hashes.map(|hash| hash.round.map(halves)),
            fixed_parts: first.expand.map(halves),
        }
    }
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
