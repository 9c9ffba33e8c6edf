//! The queue: whose turn it is, and which nonces nobody has tried yet.
//!
//! Does not try nonces or start threads.
//!
//! Clients take turns by chunk of about equal time, so a long job of one does not keep a short one of
//! another waiting. A client's own jobs are done in order. Every chunk is claimed by exactly one worker; what a
//! worker could not finish goes back and is claimed first.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::{Condvar, Mutex};
use toxdrop_proto::pow;

use super::job_cell::{Chunk, DeviceId, JobCell, Submitted};
use crate::job::{ClientId, Job, Solution, SolveError, SubmitError};

struct Client {
    id: ClientId,
    jobs: VecDeque<Arc<JobCell>>,
}

struct State {
    /// Whose turn it is stands first.
    clients: VecDeque<Client>,
    closed: bool,
}

/// See the module's documentation.
pub(crate) struct Queue {
    state: Mutex<State>,
    work: Condvar,
    max_jobs_per_client: usize,
}

impl Queue {
    pub(crate) fn new(max_jobs_per_client: usize) -> Self {
        Self {
            state: Mutex::new(State {
                clients: VecDeque::new(),
                closed: false,
            }),
            work: Condvar::new(),
            max_jobs_per_client,
        }
    }

    /// Queues a job, for the given devices alone if any are given.
    pub(crate) fn submit(
        &self,
        client: ClientId,
        job: Job,
        only: Option<Vec<DeviceId>>,
    ) -> Result<Submitted, SubmitError> {
        if job.target == 0 {
            return Err(SubmitError::ZeroTarget);
        }
        if job.len() == 0 {
            return Err(SubmitError::EmptyRange);
        }
        let submitted = JobCell::submit(client.clone(), job, only);
        let mut state = self.state.lock();
        if state.closed {
            return Err(SubmitError::Closed);
        }
        let limit = self.max_jobs_per_client;
        match state.clients.iter_mut().find(|c| c.id == client) {
            Some(known) if known.jobs.len() >= limit => {
                return Err(SubmitError::ClientLimit { limit });
            }
            Some(known) => known.jobs.push_back(Arc::clone(&submitted.cell)),
            None if limit == 0 => return Err(SubmitError::ClientLimit { limit }),
            None => state.clients.push_back(Client {
                id: client,
                jobs: VecDeque::from([Arc::clone(&submitted.cell)]),
            }),
        }
        drop(state);
        self.work.notify_all();
        Ok(submitted)
    }

    /// Takes up to `want` nonces of the client whose turn it is; `None` if there is nothing to do right now.
    pub(crate) fn try_claim(&self, device: DeviceId, want: u64) -> Option<Chunk> {
        claim(&mut self.state.lock(), device, want)
    }

    /// The same, but sleeps until there is something to do; `None` when the queue is closed.
    pub(crate) fn claim(&self, device: DeviceId, want: u64) -> Option<Chunk> {
        let mut state = self.state.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some(chunk) = claim(&mut state, device, want) {
                return Some(chunk);
            }
            self.work.wait(&mut state);
        }
    }

    /// Wakes sleeping workers, so that they look again.
    fn wake(&self) {
        drop(self.state.lock());
        self.work.notify_all();
    }

    /// The worker tried the whole chunk in vain. `said_by` is the device if its word has to be trusted.
    /// The trials must have been counted already.
    pub(crate) fn tried(&self, chunk: Chunk, said_by: Option<DeviceId>) {
        let job = &chunk.job;
        if job.tried(chunk.range, said_by) {
            // What an unreliable device had to do over again counts once.
            let trials = u64::try_from(job.job.len()).unwrap_or(u64::MAX);
            self.end(job, Err(SolveError::Exhausted { trials }));
        }
    }

    /// The worker could not do the chunk, or stopped because the job needs it no more.
    pub(crate) fn give_back(&self, chunk: Chunk) {
        chunk.job.give_back(chunk.range);
        self.wake();
    }

    /// A device turned out to be unreliable: what it said it had tried must be tried again.
    pub(crate) fn distrust(&self, device: DeviceId) {
        for job in self.jobs() {
            job.distrust(device);
        }
        self.wake();
    }

    /// A device is gone: jobs that were for it alone are for all now.
    pub(crate) fn device_gone(&self, device: DeviceId) {
        for job in self.jobs() {
            job.device_gone(device);
        }
        self.wake();
    }

    fn jobs(&self) -> Vec<Arc<JobCell>> {
        let state = self.state.lock();
        state
            .clients
            .iter()
            .flat_map(|c| &c.jobs)
            .cloned()
            .collect()
    }

    /// The worker says that the nonce at `offset` in the chunk holds. Returns false, and takes the chunk back, if it does not.
    /// The trials must have been counted already.
    #[must_use]
    pub(crate) fn found(&self, chunk: Chunk, offset: u64, device: &str) -> bool {
        let job = Arc::clone(&chunk.job);
        let nonce = chunk.start().wrapping_add(offset);
        let value = pow::trial_value(nonce, &job.job.initial_hash);
        if offset >= chunk.count() || value > job.job.target {
            self.give_back(chunk);
            return false;
        }
        let solution = job.solved(nonce, value, device);
        self.end(&job, Ok(solution));
        true
    }

    /// Takes a job off the queue without an answer.
    pub(crate) fn cancel(&self, job: &Arc<JobCell>) {
        job.stop();
        let mut state = self.state.lock();
        if let Some(client) = state.clients.iter_mut().find(|c| c.id == job.client) {
            client.jobs.retain(|j| !Arc::ptr_eq(j, job));
        }
        state.clients.retain(|c| !c.jobs.is_empty());
    }

    fn end(&self, job: &Arc<JobCell>, answer: Result<Solution, SolveError>) {
        self.cancel(job);
        job.answer(answer);
    }

    /// Ends every job with [`SolveError::Closed`] and takes no more.
    pub(crate) fn close(&self) {
        let jobs = self.jobs();
        self.state.lock().closed = true;
        for job in jobs {
            self.end(&job, Err(SolveError::Closed));
        }
        // One may have been submitted in between.
        for job in self.jobs() {
            self.end(&job, Err(SolveError::Closed));
        }
        self.wake();
    }
}

fn claim(state: &mut State, device: DeviceId, want: u64) -> Option<Chunk> {
    for turn in 0..state.clients.len() {
        let client = state.clients.get(turn)?;
        for job in &client.jobs {
            if let Some(range) = job.take(device, want) {
                let job = Arc::clone(job);
                // Its turn is over: it goes to the end, and those who had nothing to do keep their places.
                if let Some(client) = state.clients.remove(turn) {
                    state.clients.push_back(client);
                }
                return Some(Chunk { job, range });
            }
        }
    }
    None
}
