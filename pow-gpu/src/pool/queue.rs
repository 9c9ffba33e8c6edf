//! The queue: whose turn it is, and which nonces nobody has tried yet.
//!
//! Does not try nonces or start threads.
//!
//! Clients take turns by chunk of about equal time, so a long job of one does not keep a short one of
//! another waiting. A client's own jobs are done in order. Every chunk is claimed by exactly one worker; what a
//! worker could not finish goes back and is claimed first.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use tokio::sync::{oneshot, watch};
use toxdrop_proto::pow;

use crate::job::{ClientId, Job, Progress, Solution, SolveError, SubmitError, expected_trials};
use crate::sha512::Prepared;

/// Progress is reported at most this often.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

/// A chunk holds at most this many times the trials that its job is expected to take: more would most likely be for nothing.
const MOST_OF_EXPECTED: f64 = 8.0;

/// Jobs with more nonces than this cannot be exhausted in anybody's lifetime, so what unreliable devices say they have tried
/// is not written down.
const EXHAUSTIBLE: u128 = 1 << 48;

/// Tells devices apart in what they have tried.
pub(crate) type DeviceId = usize;

/// Nonces at an offset from a job's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    offset: u128,
    count: u64,
}

/// A job and where it stands.
pub(crate) struct JobCell {
    pub(crate) job: Job,
    pub(crate) prepared: Prepared,
    client: ClientId,
    submitted: Instant,
    /// Set when the job needs no more trials, for whatever reason.
    stop: AtomicBool,
    trials: AtomicU64,
    progress: watch::Sender<Progress>,
    /// Trials, and milliseconds since submission, at the last report.
    reported: Mutex<(u64, Duration)>,
    rest: Mutex<Rest>,
}

/// What of a job is still to do.
struct Rest {
    /// Nobody has claimed anything from this offset on.
    next: u128,
    returned: Vec<Range>,
    /// Chunks claimed and not yet accounted for.
    claimed: usize,
    /// Devices that may work on it; `None` for all.
    only: Option<Vec<DeviceId>>,
    /// What devices say they have tried in vain; only for jobs that can be exhausted.
    said_tried: Vec<(DeviceId, Range)>,
    answer: Option<oneshot::Sender<Result<Solution, SolveError>>>,
}

impl JobCell {
    pub(crate) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Adds trials and reports them now and then.
    pub(crate) fn count(&self, trials: u64) {
        let total = self
            .trials
            .fetch_add(trials, Ordering::Relaxed)
            .wrapping_add(trials);
        let Some(mut reported) = self.reported.try_lock() else {
            return;
        };
        let (before, at) = *reported;
        let elapsed = self.submitted.elapsed();
        let interval = elapsed.saturating_sub(at);
        if interval < PROGRESS_EVERY {
            return;
        }
        *reported = (total, elapsed);
        drop(reported);
        let rate = total.saturating_sub(before) as f64 / interval.as_secs_f64();
        self.progress.send_modify(|progress| {
            // The first interval includes the wait in the queue; later ones are smoothed.
            progress.trials_per_s = if before == 0 {
                rate
            } else {
                0.7 * progress.trials_per_s + 0.3 * rate
            };
            progress.trials = total;
            progress.elapsed = elapsed;
        });
    }

    fn take(&self, device: DeviceId, want: u64) -> Option<Range> {
        let mut rest = self.rest.lock();
        if rest
            .only
            .as_ref()
            .is_some_and(|only| !only.contains(&device))
        {
            return None;
        }
        let most = (MOST_OF_EXPECTED * expected_trials(self.job.target)) as u64;
        let want = want.min(most).max(1);
        let range = if let Some(range) = rest.returned.pop() {
            let (head, tail) = split(range, want);
            rest.returned.extend(tail);
            head
        } else {
            let left = self.job.len() - rest.next;
            let count = u64::try_from(left).unwrap_or(u64::MAX).min(want);
            if count == 0 {
                return None;
            }
            let offset = rest.next;
            rest.next += u128::from(count);
            Range { offset, count }
        };
        rest.claimed += 1;
        Some(range)
    }
}

fn split(range: Range, at: u64) -> (Range, Option<Range>) {
    if range.count <= at {
        return (range, None);
    }
    let head = Range { count: at, ..range };
    let tail = Range {
        offset: range.offset + u128::from(at),
        count: range.count - at,
    };
    (head, Some(tail))
}

/// Nonces that one worker alone tries. It must be given back to the queue through one of its methods.
pub(crate) struct Chunk {
    pub(crate) job: Arc<JobCell>,
    range: Range,
}

impl Chunk {
    /// The first nonce.
    pub(crate) fn start(&self) -> u64 {
        // Offsets are below 2^64, so this is the offset modulo 2^64.
        self.job.job.start.wrapping_add(self.range.offset as u64)
    }

    pub(crate) fn count(&self) -> u64 {
        self.range.count
    }
}

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

/// What a submitter holds.
pub(crate) struct Submitted {
    pub(crate) cell: Arc<JobCell>,
    pub(crate) progress: watch::Receiver<Progress>,
    pub(crate) answer: oneshot::Receiver<Result<Solution, SolveError>>,
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
        let (progress, progress_receiver) = watch::channel(Progress::start(job.target));
        let (answer, answer_receiver) = oneshot::channel();
        let cell = Arc::new(JobCell {
            job,
            prepared: Prepared::new(&job.initial_hash, job.target),
            client: client.clone(),
            submitted: Instant::now(),
            stop: AtomicBool::new(false),
            trials: AtomicU64::new(0),
            progress,
            reported: Mutex::new((0, Duration::ZERO)),
            rest: Mutex::new(Rest {
                next: 0,
                returned: Vec::new(),
                claimed: 0,
                only,
                said_tried: Vec::new(),
                answer: Some(answer),
            }),
        });
        let mut state = self.state.lock();
        if state.closed {
            return Err(SubmitError::Closed);
        }
        let limit = self.max_jobs_per_client;
        match state.clients.iter_mut().find(|c| c.id == client) {
            Some(known) if known.jobs.len() >= limit => {
                return Err(SubmitError::ClientLimit { limit });
            }
            Some(known) => known.jobs.push_back(Arc::clone(&cell)),
            None if limit == 0 => return Err(SubmitError::ClientLimit { limit }),
            None => state.clients.push_back(Client {
                id: client,
                jobs: VecDeque::from([Arc::clone(&cell)]),
            }),
        }
        drop(state);
        self.work.notify_all();
        Ok(Submitted {
            cell,
            progress: progress_receiver,
            answer: answer_receiver,
        })
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
        let mut rest = job.rest.lock();
        rest.claimed -= 1;
        if let Some(device) = said_by
            && job.job.len() <= EXHAUSTIBLE
        {
            match rest.said_tried.last_mut() {
                Some((same, last))
                    if *same == device
                        && last.offset + u128::from(last.count) == chunk.range.offset =>
                {
                    last.count += chunk.range.count;
                }
                _ => rest.said_tried.push((device, chunk.range)),
            }
        }
        let exhausted = rest.claimed == 0 && rest.returned.is_empty() && rest.next == job.job.len();
        drop(rest);
        if exhausted {
            // What an unreliable device had to do over again counts once.
            let trials = u64::try_from(job.job.len()).unwrap_or(u64::MAX);
            self.end(job, Err(SolveError::Exhausted { trials }));
        }
    }

    /// The worker could not do the chunk, or stopped because the job needs it no more.
    pub(crate) fn give_back(&self, chunk: Chunk) {
        let mut rest = chunk.job.rest.lock();
        rest.claimed -= 1;
        rest.returned.push(chunk.range);
        drop(rest);
        self.wake();
    }

    /// A device turned out to be unreliable: what it said it had tried must be tried again.
    pub(crate) fn distrust(&self, device: DeviceId) {
        let jobs: Vec<_> = self.jobs();
        for job in jobs {
            let mut rest = job.rest.lock();
            let (bad, good) = std::mem::take(&mut rest.said_tried)
                .into_iter()
                .partition(|(by, _)| *by == device);
            rest.said_tried = good;
            let bad: Vec<(DeviceId, Range)> = bad;
            rest.returned
                .extend(bad.into_iter().map(|(_, range)| range));
        }
        self.wake();
    }

    /// A device is gone: jobs that were for it alone are for all now.
    pub(crate) fn device_gone(&self, device: DeviceId) {
        for job in self.jobs() {
            let mut rest = job.rest.lock();
            if let Some(only) = &mut rest.only {
                only.retain(|id| *id != device);
                if only.is_empty() {
                    rest.only = None;
                }
            }
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
        job.rest.lock().claimed -= 1;
        let solution = Solution {
            nonce,
            value,
            trials: job.trials.load(Ordering::Relaxed),
            elapsed: job.submitted.elapsed(),
            device: device.to_owned(),
        };
        self.end(&job, Ok(solution));
        true
    }

    /// Takes a job off the queue without an answer.
    pub(crate) fn cancel(&self, job: &Arc<JobCell>) {
        job.stop.store(true, Ordering::Relaxed);
        let mut state = self.state.lock();
        if let Some(client) = state.clients.iter_mut().find(|c| c.id == job.client) {
            client.jobs.retain(|j| !Arc::ptr_eq(j, job));
        }
        state.clients.retain(|c| !c.jobs.is_empty());
    }

    fn end(&self, job: &Arc<JobCell>, answer: Result<Solution, SolveError>) {
        self.cancel(job);
        let sender = job.rest.lock().answer.take();
        if let Some(sender) = sender {
            let trials = job.trials.load(Ordering::Relaxed);
            let elapsed = job.submitted.elapsed();
            job.progress.send_modify(|progress| {
                progress.trials = trials;
                progress.elapsed = elapsed;
                if progress.trials_per_s == 0.0 && !elapsed.is_zero() {
                    progress.trials_per_s = trials as f64 / elapsed.as_secs_f64();
                }
            });
            // The submitter may be gone: then nobody wants the answer.
            let _ = sender.send(answer);
        }
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
