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
use crate::gpu;
use crate::job::{ClientId, Job, SubmitError};
use crate::selection::{self, Adapters, Selection};
use job_cell::DeviceId;
use queue::Queue;
use roster::Roster;
use shared::Shared;

/// How long a job for a card that is not known yet waits for the drivers.
const SEARCH_PATIENCE: Duration = Duration::from_secs(30);

/// Solvers on all chosen devices, fed from one fair queue. Threads sleep while there is nothing to do.
///
/// Dropping the pool ends its jobs with [`crate::SolveError::Closed`] and waits for its threads.
pub struct Pool {
    shared: Arc<Shared>,
}

impl Pool {
    /// Starts the chosen devices.
    ///
    /// The CPU works from the start. Graphics cards are looked for, opened and tested in the background as soon as a job is submitted that
    /// may run on them, or somebody asks for the devices; until then no graphics driver is loaded. Only for cards that are named
    /// in `config` the drivers are asked here and now.
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
        Self::start_where(config, devices, gpu::machine_has_one())
    }

    fn start_where(
        config: PoolConfig,
        devices: Vec<Box<dyn Device>>,
        has_card: bool,
    ) -> Result<Self, PoolError> {
        let Selection { cpu, adapters } = selection::select(&config.devices, has_card)?;
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
        let later = matches!(adapters, Adapters::AllHardware);
        pool.shared.start_adapters(adapters)?;
        if !later {
            pool.shared.ensure_alive();
        }
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
    /// If a name is unknown and graphics cards are still being looked for, this waits for them on the calling thread, for at most half a minute.
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
            .then(|| self.find(devices))
            .transpose()?;
        let for_all = only.is_none();
        let submitted = self.shared.queue.submit(client, job, only)?;
        if for_all {
            self.shared.search();
        }
        Ok(Ticket::new(Arc::clone(&self.shared.queue), submitted))
    }

    fn find(&self, devices: &[String]) -> Result<Vec<DeviceId>, SubmitError> {
        let known = self.shared.roster.find(devices);
        if known.is_ok() {
            return known;
        }
        self.shared.search();
        if !self.shared.roster.wait_searched(SEARCH_PATIENCE) {
            tracing::warn!(
                "graphics drivers take long; the cards that they have are not known yet"
            );
        }
        self.shared.roster.find(devices)
    }

    /// The devices that are known, those that were dropped included. Begins to look for graphics cards, and does not wait for them:
    /// see [`Pool::wait_settled`].
    #[must_use]
    pub fn devices(&self) -> Vec<DeviceInfo> {
        self.shared.search();
        self.shared.roster.list()
    }

    /// Looks for graphics cards if that was not done yet, and waits on the calling thread until every device is ready or dropped. False
    /// if that takes longer than `timeout`.
    #[must_use]
    pub fn wait_settled(&self, timeout: Duration) -> bool {
        self.shared.search();
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
            .field("devices", &self.shared.roster.list())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::roster::Search;
    use super::*;

    fn pool(cpu_threads: usize) -> Pool {
        let config = PoolConfig {
            cpu_threads: Some(cpu_threads),
            ..PoolConfig::default()
        };
        Pool::start_where(config, Vec::new(), true).unwrap()
    }

    fn job() -> Job {
        Job::new([6; 64], u64::MAX / 10_000)
    }

    fn submit(pool: &Pool, devices: &[&str]) -> Result<Ticket, SubmitError> {
        let devices: Vec<String> = devices.iter().map(|&name| name.to_owned()).collect();
        pool.submit_to(ClientId::new("test"), job(), &devices)
    }

    /// Asking this begins the search.
    fn cards_were_looked_for(pool: &Pool) -> bool {
        !pool.shared.roster.begin_search()
    }

    #[test]
    fn a_pool_that_nobody_asks_and_a_job_for_the_cpu_look_for_no_card() {
        assert!(!cards_were_looked_for(&pool(0)));
        let pool = pool(1);
        let solution = submit(&pool, &["cpu"]).unwrap().wait_blocking();
        assert!(solution.is_ok());
        assert!(!format!("{pool:?}").is_empty());
        assert!(!cards_were_looked_for(&pool));
    }

    #[test]
    fn a_job_for_all_and_a_question_look_for_cards() {
        let asked = pool(1);
        assert_eq!(asked.devices().len(), 1);
        assert!(cards_were_looked_for(&asked));
        let pool = pool(1);
        let solution = submit(&pool, &[]).unwrap().wait_blocking();
        assert!(solution.is_ok());
        assert!(cards_were_looked_for(&pool));
        let unknown = submit(&pool, &["wgpu:abacus"]).err();
        assert!(matches!(unknown, Some(SubmitError::UnknownDevice { .. })));
    }

    #[test]
    fn a_pool_left_to_cards_that_turn_out_not_to_be_there_solves_on_the_cpu() {
        let pool = pool(0);
        assert!(pool.shared.roster.list().is_empty());
        assert!(submit(&pool, &[]).unwrap().wait_blocking().is_ok());
        assert!(pool.wait_settled(Duration::from_secs(60)));
        assert!(!pool.devices().is_empty());
    }

    #[test]
    fn a_job_for_the_cpu_is_taken_where_only_cards_were_to_work_and_there_are_none() {
        for _ in 0..50 {
            let pool = pool(0);
            pool.shared.roster.set_search(Search::Running);
            let shared = Arc::clone(&pool.shared);
            std::thread::scope(|scope| {
                let job = scope.spawn(|| submit(&pool, &["cpu"]).err());
                shared.open_adapters(Vec::new).unwrap();
                let refused = job.join().unwrap();
                assert!(refused.is_none(), "{refused:?}");
            });
        }
    }
}
