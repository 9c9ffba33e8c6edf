//! What the threads of a pool share, and how they are started.
//!
//! Does not know what the threads do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use parking_lot::Mutex;

use super::queue::Queue;
use super::roster::Roster;
use crate::config::PoolError;

/// What the threads of a pool share.
pub(super) struct Shared {
    pub(super) queue: Arc<Queue>,
    pub(super) roster: Roster,
    pub(super) low_priority: bool,
    /// Threads that the CPU gets, when chosen or when it must take over.
    pub(super) cpu_threads: usize,
    pub(super) closing: AtomicBool,
    /// The CPU was started because everything else failed.
    pub(super) took_over: AtomicBool,
    pub(super) threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Shared {
    pub(super) fn closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// Starts a thread that the pool joins when it is dropped. Does nothing while the pool closes.
    pub(super) fn spawn(
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
}

/// Why a worker has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The queue was closed: there is nothing more to do.
    Closed,
    /// The worker's device erred and was dropped: others must do its work.
    Dropped,
}
