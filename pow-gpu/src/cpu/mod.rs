//! Solvers for the processor: AVX-512, AVX2, Arm's SHA-512 instructions, NEON and plain code, chosen at run time.
//!
//! Does not make threads or know jobs: one call tries one range of nonces on the calling thread.

mod portable;
mod simd;
mod trial;

use toxdrop_proto::pow::InitialHash;

use crate::self_test;
use crate::sha512::Prepared;
use trial::SearchFn;

/// One way to try nonces on this processor.
#[derive(Clone, Copy, Debug)]
pub struct CpuSolver {
    name: &'static str,
    search: SearchFn,
}

impl CpuSolver {
    /// All that this processor can run, the fastest first. The last one is `portable`.
    #[must_use]
    pub fn available() -> Vec<Self> {
        let mut solvers = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            if let Some(search) = simd::x86::detect_avx512() {
                solvers.push(Self {
                    name: "avx512",
                    search,
                });
            }
            if let Some(search) = simd::x86::detect_avx2() {
                solvers.push(Self {
                    name: "avx2",
                    search,
                });
            }
        }
        #[cfg(target_arch = "aarch64")]
        {
            if let Some(search) = simd::arm_sha512::detect() {
                solvers.push(Self {
                    name: "sha512",
                    search,
                });
            }
            if let Some(search) = simd::neon::detect() {
                solvers.push(Self {
                    name: "neon",
                    search,
                });
            }
        }
        solvers.push(Self::PORTABLE);
        solvers
    }

    /// The solver that runs anywhere.
    pub const PORTABLE: Self = Self {
        name: "portable",
        search: portable::search_portable,
    };

    /// The fastest solver for this processor.
    #[must_use]
    pub fn best() -> Self {
        Self::available().first().copied().unwrap_or(Self::PORTABLE)
    }

    /// `avx512`, `avx2`, `sha512`, `neon` or `portable`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Tries `count` nonces from `start` on, wrapping at 2^64, and returns the offset from `start` of the first whose
    /// value does not exceed `target`.
    ///
    /// Runs on the calling thread until it is done: ask for as much as you are ready to wait for.
    #[must_use]
    pub fn search(
        &self,
        initial_hash: &InitialHash,
        target: u64,
        start: u64,
        count: u64,
    ) -> Option<u64> {
        self.search_prepared(&Prepared::new(initial_hash, target), start, count)
    }

    /// Whether it gives known answers right on this processor.
    pub(crate) fn self_test(&self) -> bool {
        self_test::holds(|hash, target, start, count| self.search(hash, target, start, count))
    }

    pub(crate) fn search_prepared(&self, job: &Prepared, start: u64, count: u64) -> Option<u64> {
        (self.search)(job, start, count)
    }
}
