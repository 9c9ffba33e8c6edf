//! All devices behind one queue: the solver that everybody uses.
//!
//! Does not know how a device computes. This is an edge module: it starts threads and reads the clock.

mod cpu_worker;
mod device_worker;
mod queue;
mod roster;
mod ticket;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::Mutex;

pub use ticket::Ticket;

use crate::config::{PoolConfig, PoolError};
use crate::cpu::CpuSolver;
use crate::device::{Device, DeviceInfo, DeviceKind, DeviceState};
use crate::gpu;
use crate::job::{ClientId, Job, SubmitError};
use crate::selection::{self, Adapters, Selection};
use queue::Queue;
use roster::Roster;

/// What the threads of a pool share.
struct Shared {
    queue: Arc<Queue>,
    roster: Roster,
    low_priority: bool,
    /// Threads that the CPU gets, when chosen or when it must take over.
    cpu_threads: usize,
    closing: AtomicBool,
    /// The CPU was started because everything else failed.
    took_over: AtomicBool,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Shared {
    fn closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// Starts a thread that [`Pool`] joins when it is dropped. Does nothing while the pool closes.
    fn spawn(
        self: &Arc<Self>,
        name: &str,
        body: impl FnOnce(&Arc<Self>) + Send + 'static,
    ) -> Result<(), PoolError> {
        let mut threads = self.threads.lock();
        if self.closing() {
            return Ok(());
        }
        let shared = Arc::clone(self);
        let handle = std::thread::Builder::new()
            .name(format!("pow-{name}"))
            .spawn(move || body(&shared))
            .map_err(|error| PoolError::Thread(error.to_string()))?;
        threads.push(handle);
        Ok(())
    }

    fn start_cpu(self: &Arc<Self>, solver: CpuSolver) -> Result<(), PoolError> {
        let id = self.roster.add(DeviceInfo {
            name: solver.name().to_owned(),
            kind: DeviceKind::Cpu,
            driver: String::new(),
            threads: self.cpu_threads,
            trials_per_s: 0.0,
            state: DeviceState::Starting,
        });
        for _ in 0..self.cpu_threads {
            let low_priority = self.low_priority;
            self.spawn(solver.name(), move |shared| {
                if low_priority {
                    crate::priority::lower_this_thread();
                }
                cpu_worker::run(shared, id, solver);
            })?;
        }
        Ok(())
    }

    fn start_device(self: &Arc<Self>, device: Box<dyn Device>) -> Result<(), PoolError> {
        let id = self.roster.add(DeviceInfo {
            name: device.name().to_owned(),
            kind: device.kind(),
            driver: device.driver().to_owned(),
            threads: 1,
            trials_per_s: 0.0,
            state: DeviceState::Starting,
        });
        self.spawn("gpu", move |shared| device_worker::run(shared, id, device))
    }

    /// Opens adapters on a thread of its own, because drivers take their time.
    fn start_adapters(self: &Arc<Self>, adapters: Adapters) -> Result<(), PoolError> {
        if matches!(&adapters, Adapters::None) {
            return Ok(());
        }
        self.roster.set_searching(true);
        let started = self.spawn("gpu-search", move |shared| {
            let adapters = match adapters {
                Adapters::None => Vec::new(),
                Adapters::AllHardware => gpu::hardware_adapters(),
                Adapters::Named(adapters) => adapters,
            };
            for adapter in adapters {
                shared.open_adapter(adapter);
            }
            shared.roster.set_searching(false);
            shared.ensure_alive();
        });
        if started.is_err() {
            self.roster.set_searching(false);
        }
        started
    }

    fn open_adapter(self: &Arc<Self>, adapter: gpu::Adapter) {
        let name = adapter.name().to_owned();
        let opened = adapter.open().map_err(|error| error.to_string());
        let started = opened.and_then(|device| {
            self.start_device(Box::new(device))
                .map_err(|error| error.to_string())
        });
        if let Err(error) = started {
            tracing::warn!(device = name, error, "proof-of-work device cannot be used");
        }
    }

    /// When the last device is gone, the CPU does the work.
    fn ensure_alive(self: &Arc<Self>) {
        if self.closing() || self.roster.any_alive() {
            return;
        }
        let cpu_failed = self.took_over.swap(true, Ordering::Relaxed)
            || self.roster.list().iter().any(|d| d.kind == DeviceKind::Cpu);
        let started = if cpu_failed {
            Err("the CPU itself computes wrong values".to_owned())
        } else {
            self.start_cpu(CpuSolver::best())
                .map_err(|error| error.to_string())
        };
        if let Err(error) = started {
            tracing::error!(error, "no proof-of-work device is left");
            self.queue.close();
        }
    }
}

/// Solvers on all chosen devices, fed from one fair queue. Threads sleep while there is nothing to do.
///
/// Dropping the pool ends its jobs with [`crate::SolveError::Closed`] and waits for its threads.
pub struct Pool {
    shared: Arc<Shared>,
}

impl Pool {
    /// Starts the chosen devices.
    ///
    /// Graphics cards are opened and tested in the background; the CPU works from the start.
    ///
    /// # Errors
    /// [`PoolError`] if a device was named that is not there (the error lists those that are), or threads cannot be had.
    pub fn start(config: PoolConfig) -> Result<Self, PoolError> {
        Self::start_with(config, Vec::new())
    }

    /// The same, with devices of the caller's own beside the chosen ones.
    ///
    /// # Errors
    /// As [`Pool::start`].
    pub fn start_with(
        config: PoolConfig,
        devices: Vec<Box<dyn Device>>,
    ) -> Result<Self, PoolError> {
        let Selection { cpu, adapters } = selection::select(&config.devices)?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let pool = Self {
            shared: Arc::new(Shared {
                queue: Arc::new(Queue::new(config.max_jobs_per_client)),
                roster: Roster::default(),
                low_priority: config.low_priority,
                cpu_threads: config.cpu_threads.filter(|n| *n > 0).unwrap_or(cores),
                closing: AtomicBool::new(false),
                took_over: AtomicBool::new(false),
                threads: Mutex::new(Vec::new()),
            }),
        };
        if config.cpu_threads != Some(0) {
            for solver in cpu {
                pool.shared.start_cpu(solver)?;
            }
        }
        for device in devices {
            pool.shared.start_device(device)?;
        }
        pool.shared.start_adapters(adapters)?;
        pool.shared.ensure_alive();
        Ok(pool)
    }

    /// Queues a job.
    ///
    /// # Errors
    /// [`SubmitError`] if the job makes no sense or the client has too many.
    pub fn submit(&self, client: ClientId, job: Job) -> Result<Ticket, SubmitError> {
        self.submit_to(client, job, &[])
    }

    /// Queues a job for some of the pool's devices, by name (`cpu` for all CPU devices; the beginning of a name is enough); for all if
    /// none is named. If they all fail, the others take over.
    ///
    /// # Errors
    /// [`SubmitError`] if the job makes no sense, the client has too many, or no such device works in this pool.
    pub fn submit_to(
        &self,
        client: ClientId,
        job: Job,
        devices: &[String],
    ) -> Result<Ticket, SubmitError> {
        let only = (!devices.is_empty())
            .then(|| self.shared.roster.find(devices))
            .transpose()?;
        let submitted = self.shared.queue.submit(client, job, only)?;
        Ok(Ticket::new(Arc::clone(&self.shared.queue), submitted))
    }

    /// The devices, those that were dropped included.
    #[must_use]
    pub fn devices(&self) -> Vec<DeviceInfo> {
        self.shared.roster.list()
    }

    /// Waits on the calling thread until every device is ready or dropped. False if that takes longer than `timeout`.
    #[must_use]
    pub fn wait_settled(&self, timeout: Duration) -> bool {
        self.shared.roster.wait_settled(timeout)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        {
            // Under the lock: after this no thread is started.
            let _threads = self.shared.threads.lock();
            self.shared.closing.store(true, Ordering::Relaxed);
        }
        self.shared.queue.close();
        loop {
            let handle = self.shared.threads.lock().pop();
            let Some(handle) = handle else { break };
            if handle.join().is_err() {
                tracing::error!("a proof-of-work thread panicked");
            }
        }
    }
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool")
            .field("devices", &self.devices())
            .finish_non_exhaustive()
    }
}
