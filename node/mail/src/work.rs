//! Who does the proof of work, as a trait: the real thing is [`toxdrop_pow::Pool`].
//!
//! What is searched for, and what it costs, is decided in `stamp`.

use futures_util::future::BoxFuture;
use tokio::sync::watch;
use toxdrop_pow::{ClientId, Job, Pool, Progress, Solution, SolveError, SubmitError};

/// A search that was queued.
pub struct Search {
    /// How far it is.
    pub progress: watch::Receiver<Progress>,
    /// Its end. Dropping it gives the search up.
    pub solution: BoxFuture<'static, Result<Solution, SolveError>>,
}

/// Solvers of proof of work.
pub trait Work: Send + Sync {
    /// Queues a search under a client's name. Clients take turns: mail uses one name a message and one a record, and has up
    /// to 16 searches of each queued at once.
    ///
    /// # Errors
    /// [`SubmitError::ClientLimit`] where so many searches are too many for one client, which mail takes for a reason to try
    /// again later; the other variants where there is nothing to search for or nobody who searches.
    fn submit(&self, client: &ClientId, job: Job) -> Result<Search, SubmitError>;
}

impl Work for Pool {
    fn submit(&self, client: &ClientId, job: Job) -> Result<Search, SubmitError> {
        let ticket = Self::submit(self, client.clone(), job)?;
        Ok(Search {
            progress: ticket.progress(),
            solution: Box::pin(ticket.wait()),
        })
    }
}
