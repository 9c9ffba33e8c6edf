//! BitMessage's proof of work on every device that a machine has, behind one fair queue.
//!
//! Does not know packets: a job is an initial hash and a target. The arithmetic that defines a solution is
//! `toxdrop_proto::pow`; everything that is found here was verified with it.
//!
//! ```
//! use toxdrop_pow::{ClientId, DeviceChoice, Job, Pool, PoolConfig};
//!
//! let pool = Pool::start(PoolConfig { devices: DeviceChoice::CpuOnly, ..PoolConfig::default() })?;
//! let job = Job::new([7; 64], u64::MAX / 10_000);
//! let solution = pool.submit(ClientId::new("example"), job)?.wait_blocking()?;
//! assert!(toxdrop_proto::pow::verify(solution.nonce, &job.initial_hash, job.target));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![deny(unsafe_code)]

mod config;
mod cpu;
mod device;
mod gpu;
mod job;
mod pool;
mod priority;
mod selection;
mod self_test;
mod sha512;

pub use config::{DEFAULT_MAX_JOBS_PER_CLIENT, DeviceChoice, PoolConfig, PoolError};
pub use cpu::CpuSolver;
pub use device::{Device, DeviceError, DeviceInfo, DeviceKind, DeviceState, Work};
pub use gpu::{AdapterInfo, KernelOnDevice, SpirvError};
pub use job::{ClientId, Job, Progress, Solution, SolveError, SubmitError, expected_trials};
pub use pool::{Pool, Ticket};

/// Every adapter that a graphics driver offers, software ones and those that no [`Pool`] would use unasked included. Loads the drivers
/// on the calling thread, whether the machine has a card or not.
#[must_use]
pub fn adapters() -> Vec<AdapterInfo> {
    gpu::adapters()
}

/// Opens every adapter whose device name begins with `name` (`wgpu:` for all), once for each kernel that it can run, for those who
/// compare kernels. A [`Pool`] picks by itself.
#[must_use]
pub fn open_every_kernel(name: &str) -> Vec<KernelOnDevice> {
    gpu::open_every_kernel(name)
}

/// Every kernel by name, as SPIR-V, for those who compile them without a card.
///
/// # Errors
/// [`SpirvError`] if a kernel cannot be translated, which would be a mistake in it.
pub fn kernels_as_spirv() -> Result<Vec<(&'static str, Vec<u32>)>, SpirvError> {
    gpu::kernels_as_spirv()
}
