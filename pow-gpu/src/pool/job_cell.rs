//! One job and where it stands: which of its nonces nobody has tried yet, and what its submitter hears.
//!
//! Does not know other jobs; whose turn it is, the queue says.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::{oneshot, watch};

use crate::job::{ClientId, Job, Progress, Solution, SolveError, expected_trials};
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
pub(super) struct Range {
    offset: u128,
    count: u64,
}

/// A job and where it stands.
pub(crate) struct JobCell {
    pub(crate) job: Job,
    pub(crate) prepared: Prepared,
    pub(super) client: ClientId,
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
    /// A job of which nothing is done yet, for the given devices alone if any are given.
    pub(super) fn submit(client: ClientId, job: Job, only: Option<Vec<DeviceId>>) -> Submitted {
        let (progress, progress_receiver) = watch::channel(Progress::start(job.target));
        let (answer, answer_receiver) = oneshot::channel();
        let cell = Arc::new(Self {
            job,
            prepared: Prepared::new(&job.initial_hash, job.target),
            client,
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
        Submitted {
            cell,
            progress: progress_receiver,
            answer: answer_receiver,
        }
    }

    /// The job needs no more trials.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

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

    /// Claims up to `want` nonces for a device; `None` if there are none for it.
    pub(super) fn take(&self, device: DeviceId, want: u64) -> Option<Range> {
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

    /// A claimed range was tried in vain; `said_by` as in [`super::queue::Queue::tried`]. True if it was the job's last.
    pub(super) fn tried(&self, range: Range, said_by: Option<DeviceId>) -> bool {
        let mut rest = self.rest.lock();
        rest.claimed -= 1;
        if let Some(device) = said_by
            && self.job.len() <= EXHAUSTIBLE
        {
            match rest.said_tried.last_mut() {
                Some((same, last))
                    if *same == device && last.offset + u128::from(last.count) == range.offset =>
                {
                    last.count += range.count;
                }
                _ => rest.said_tried.push((device, range)),
            }
        }
        rest.claimed == 0 && rest.returned.is_empty() && rest.next == self.job.len()
    }

    /// A claimed range is to be claimed anew.
    pub(super) fn give_back(&self, range: Range) {
        let mut rest = self.rest.lock();
        rest.claimed -= 1;
        rest.returned.push(range);
    }

    /// What a device said it had tried is to be tried again.
    pub(super) fn distrust(&self, device: DeviceId) {
        let mut rest = self.rest.lock();
        let (bad, good) = std::mem::take(&mut rest.said_tried)
            .into_iter()
            .partition(|(by, _)| *by == device);
        rest.said_tried = good;
        let bad: Vec<(DeviceId, Range)> = bad;
        rest.returned
            .extend(bad.into_iter().map(|(_, range)| range));
    }

    /// A device is gone: a job that was for it alone is for all now.
    pub(super) fn device_gone(&self, device: DeviceId) {
        let mut rest = self.rest.lock();
        if let Some(only) = &mut rest.only {
            only.retain(|id| *id != device);
            if only.is_empty() {
                rest.only = None;
            }
        }
    }

    /// A nonce in a claimed range holds.
    pub(super) fn solved(&self, nonce: u64, value: u64, device: &str) -> Solution {
        self.rest.lock().claimed -= 1;
        Solution {
            nonce,
            value,
            trials: self.trials.load(Ordering::Relaxed),
            elapsed: self.submitted.elapsed(),
            device: device.to_owned(),
        }
    }

    /// Reports for the last time, and answers the submitter. Only the first answer counts.
    pub(super) fn answer(&self, answer: Result<Solution, SolveError>) {
        let sender = self.rest.lock().answer.take();
        if let Some(sender) = sender {
            let trials = self.trials.load(Ordering::Relaxed);
            let elapsed = self.submitted.elapsed();
            self.progress.send_modify(|progress| {
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
    pub(super) range: Range,
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

/// What a submitter holds.
pub(crate) struct Submitted {
    pub(crate) cell: Arc<JobCell>,
    pub(crate) progress: watch::Receiver<Progress>,
    pub(crate) answer: oneshot::Receiver<Result<Solution, SolveError>>,
}
