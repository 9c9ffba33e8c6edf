//! What a submitter holds while its job is in the queue.
//!
//! Does not work on the job; dropping it cancels the job.

use std::sync::Arc;

use tokio::sync::{oneshot, watch};

use super::job_cell::{JobCell, Submitted};
use super::queue::Queue;
use crate::job::{Progress, Solution, SolveError};

/// A job in the queue. Dropping it cancels the job.
pub struct Ticket {
    queue: Arc<Queue>,
    cell: Arc<JobCell>,
    progress: watch::Receiver<Progress>,
    answer: oneshot::Receiver<Result<Solution, SolveError>>,
}

impl Ticket {
    pub(crate) fn new(queue: Arc<Queue>, submitted: Submitted) -> Self {
        let Submitted {
            cell,
            progress,
            answer,
        } = submitted;
        Self {
            queue,
            cell,
            progress,
            answer,
        }
    }

    /// How far the job is; changes about ten times a second.
    #[must_use]
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.clone()
    }

    /// Waits for the solution. Dropping the future cancels the job.
    ///
    /// # Errors
    /// [`SolveError`] if the range holds no solution or the pool is shut down.
    pub async fn wait(mut self) -> Result<Solution, SolveError> {
        (&mut self.answer).await.unwrap_or(Err(SolveError::Closed))
    }

    /// Waits for the solution on the calling thread.
    ///
    /// # Errors
    /// [`SolveError`] if the range holds no solution or the pool is shut down.
    pub fn wait_blocking(self) -> Result<Solution, SolveError> {
        pollster::block_on(self.wait())
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.queue.cancel(&self.cell);
    }
}

impl std::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ticket")
            .field("job", &self.cell.job)
            .finish_non_exhaustive()
    }
}
