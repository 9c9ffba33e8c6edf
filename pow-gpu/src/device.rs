//! What the pool needs of an accelerator, and what it says about the devices it has.
//!
//! Does not trust a device: the pool verifies every nonce and drops a device that errs.

use toxdrop_proto::pow::InitialHash;

/// A range of nonces for a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// SHA-512 of all that follows the nonce.
    pub initial_hash: InitialHash,
    /// The largest value that holds.
    pub target: u64,
    /// The first nonce to try; the range wraps at 2^64.
    pub start: u64,
    /// Nonces to try, at least 1 and at most [`Device::max_batch`].
    pub count: u64,
}

/// Something beside the CPU that tries nonces. Each has a thread to itself.
///
/// Work is answered in the order in which it was submitted.
pub trait Device: Send {
    /// What a user calls it, e.g. `wgpu:NVIDIA H100`.
    fn name(&self) -> &str;

    /// Driver and its version; empty if unknown.
    fn driver(&self) -> &str;

    /// What it is.
    fn kind(&self) -> DeviceKind;

    /// The most nonces that one [`Work`] may have.
    fn max_batch(&self) -> u64;

    /// Starts on a range without waiting for it. At most two are in flight.
    ///
    /// # Errors
    /// [`DeviceError`] if the device cannot go on; it is not used again.
    fn submit(&mut self, work: &Work) -> Result<(), DeviceError>;

    /// Waits for the oldest range in flight: the offset from its start of the first nonce that holds, if any.
    ///
    /// # Errors
    /// [`DeviceError`] if the device cannot go on; it is not used again.
    fn collect(&mut self) -> Result<Option<u64>, DeviceError>;
}

/// Kinds of devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceKind {
    /// The processor's own instructions.
    Cpu,
    /// A graphics card.
    Gpu,
    /// A graphics driver that runs on the processor (lavapipe, SwiftShader, WARP). Used only if asked for by name.
    SoftwareGpu,
}

/// What a device is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceState {
    /// Being opened and tested.
    Starting,
    /// Proved itself on known answers; takes work.
    Ready,
    /// Erred and takes no more work; says why.
    Dropped(String),
}

/// One device of a pool.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceInfo {
    /// What a user calls it: `avx512`, `avx2`, `neon`, `portable` or `wgpu:NAME`.
    pub name: String,
    /// What it is.
    pub kind: DeviceKind,
    /// Driver and its version; empty for the CPU.
    pub driver: String,
    /// Threads that work on it.
    pub threads: usize,
    /// Trials a second, measured at start and then on real work; 0 if not measured yet.
    pub trials_per_s: f64,
    /// What it is doing.
    pub state: DeviceState,
}

/// Why a device cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// The driver reset it or it was unplugged.
    #[error("the device was lost: {0}")]
    Lost(String),
    /// It did not answer in time.
    #[error("the device did not answer within {0} s")]
    Wedged(u64),
    /// The driver refused something.
    #[error("the driver reported an error: {0}")]
    Driver(String),
    /// It found a nonce that does not hold, or missed one that does.
    #[error("the device computes wrong values ({0}): check its memory, overclocking and driver")]
    WrongAnswer(&'static str),
}
