//! What a pool may use.
//!
//! Does not look for devices.

/// Jobs that one client may have at once unless told otherwise.
pub const DEFAULT_MAX_JOBS_PER_CLIENT: usize = 64;

/// How a [`crate::Pool`] is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolConfig {
    /// Devices to use.
    pub devices: DeviceChoice,
    /// CPU threads; `None` for one a core, `Some(0)` to leave the work to GPUs (the CPU still takes over if they fail).
    pub cpu_threads: Option<usize>,
    /// Gives way to everything else on the machine: least priority on the CPU, short dispatches with pauses on GPUs.
    pub low_priority: bool,
    /// Jobs that one client may have, running and queued.
    pub max_jobs_per_client: usize,
}

impl Default for PoolConfig {
    fn default() -> Self {
        Self {
            devices: DeviceChoice::Auto,
            cpu_threads: None,
            low_priority: false,
            max_jobs_per_client: DEFAULT_MAX_JOBS_PER_CLIENT,
        }
    }
}

/// Devices that a pool uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// Every graphics card, and the best the CPU can do. No graphics driver is loaded before the first job, and none at all
    /// where Linux shows no card.
    #[default]
    Auto,
    /// The best the CPU can do.
    CpuOnly,
    /// Devices by name: `cpu` for the best the CPU can do, `avx512`, `avx2`, `neon`, `portable`, or `wgpu:NAME`, where the
    /// beginning of a name is enough and case does not matter. Software drivers are used only so.
    Only(Vec<String>),
}

/// Why a pool did not start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// No device has that name.
    #[error("there is no proof-of-work device named \"{name}\" here; there are: {}", available.join(", "))]
    UnknownDevice {
        /// The name that was asked for.
        name: String,
        /// Names that would do.
        available: Vec<String>,
    },
    /// The list of devices is empty.
    #[error("the list of proof-of-work devices is empty; name at least one, e.g. cpu")]
    NoDevice,
    /// The operating system did not give a thread.
    #[error(
        "the operating system did not start a thread for proof of work ({0}); close other programs or use fewer threads"
    )]
    Thread(String),
}
