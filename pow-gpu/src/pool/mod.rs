//! All devices behind one queue: the solver that everybody uses.
//!
//! Does not know how a device computes. This is an edge module: it starts threads and reads the clock.

mod cpu_worker;
mod device_worker;
mod job_cell;
mod queue;
mod roster;
mod shared;
mod start;
mod ticket;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

pub use ticket::Ticket;

use crate::config::{PoolConfig, PoolError};
use crate::device::{Device, DeviceInfo};
use crate::job::{ClientId, Job, SubmitError};
use crate::selection::{self, Selection};
use queue::Queue;
use roster::Roster;
use shared::Shared;

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
