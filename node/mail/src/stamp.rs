//! Stamping: a batch of packets at once, with their progress merged into one.
//!
//! Writes nothing down; each stamp is handed to the caller as it is found.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::watch;
use toxdrop_pow::{ClientId, Job, Progress, Solution, SolveError, SubmitError};
use toxdrop_proto::ids::UnixSeconds;
use toxdrop_proto::packet::Packet;
use toxdrop_proto::pow::Difficulty;

use crate::error::MailError;
use crate::state::Mail;
use crate::work::{Search, Work};

/// Stamps pay for so many seconds more than asked, so that a node whose clock is behind accepts (design, section 5).
pub(crate) const STAMP_MARGIN: u64 = 15 * 60;
/// How often progress is told.
const TELL: Duration = Duration::from_millis(250);
/// Jobs of one batch in the pool at once: enough to keep all devices busy, few enough for its limit per client.
const WINDOW: usize = 16;

/// Packets to stamp alike.
pub(crate) struct Batch {
    /// Under whose name the pool queues the jobs: batches of different names take turns.
    pub(crate) client: String,
    pub(crate) difficulty: Difficulty,
    pub(crate) expires: UnixSeconds,
    /// Whether nodes hold them: they refuse a new stamp that shows less work than the present one.
    pub(crate) prolongs: bool,
    /// Each with a number that the caller knows it by.
    pub(crate) packets: Vec<(usize, Packet)>,
}

/// A packet with its stamp.
pub(crate) struct Stamped {
    /// The caller's number.
    pub(crate) number: usize,
    pub(crate) packet: Packet,
    pub(crate) trials: u64,
}

struct Running {
    number: usize,
    progress: watch::Receiver<Progress>,
}

impl Mail {
    /// Finds the nonces that pay for the packets of a batch. `found` takes each as it comes; `tell` hears how many are
    /// done, and how the search for the others goes.
    pub(crate) async fn stamp(
        &self,
        batch: Batch,
        mut found: impl FnMut(Stamped) -> Result<(), MailError> + Send,
        mut tell: impl FnMut(usize, Progress) + Send,
    ) -> Result<(), MailError> {
        let client = ClientId::new(&batch.client);
        let (difficulty, expires) = (batch.difficulty, batch.expires);
        let mut waiting = batch.packets.into_iter();
        let mut running: Vec<Running> = Vec::new();
        let mut searches = FuturesUnordered::new();
        let mut done = 0;
        let mut timer = tokio::time::interval(TELL);
        loop {
            while running.len() < WINDOW
                && let Some((number, packet)) = waiting.next()
            {
                let asked = target(&packet, difficulty, expires, self.now().unix);
                let kept = if batch.prolongs {
                    kept(&packet)
                } else {
                    u64::MAX
                };
                let unstamped = packet.with_stamp(0, expires);
                let target = asked.min(kept);
                let job = Job::new(unstamped.initial_hash(), target);
                let Search { progress, solution } = submit(&*self.inner.work, &client, job)?;
                running.push(Running { number, progress });
                searches.push(search(number, unstamped, solution));
            }
            tokio::select! {
                next = searches.next() => {
                    let Some((number, packet, solution)) = next else {
                        return Ok(());
                    };
                    let solution = solution.map_err(|error| MailError::Work(error.to_string()))?;
                    running.retain(|r| r.number != number);
                    done += 1;
                    found(Stamped {
                        number,
                        packet: packet.with_stamp(solution.nonce, expires),
                        trials: solution.trials,
                    })?;
                }
                _ = timer.tick() => {
                    if let Some(progress) = merged(&running) {
                        tell(done, progress);
                    }
                }
            }
        }
    }
}

async fn search(
    number: usize,
    packet: Packet,
    solution: BoxFuture<'static, Result<Solution, SolveError>>,
) -> (usize, Packet, Result<Solution, SolveError>) {
    (number, packet, solution.await)
}

fn submit(work: &dyn Work, client: &ClientId, job: Job) -> Result<Search, MailError> {
    work.submit(client, job).map_err(|error| match error {
        SubmitError::ClientLimit { .. } => MailError::WorkQueueFull,
        other => MailError::Work(other.to_string()),
    })
}

/// The searches that run, as if they were one.
fn merged(running: &[Running]) -> Option<Progress> {
    running
        .iter()
        .map(|running| *running.progress.borrow())
        .reduce(|all, one| Progress {
            trials: all.trials.saturating_add(one.trials),
            trials_per_s: all.trials_per_s + one.trials_per_s,
            expected_trials: all.expected_trials + one.expected_trials,
            elapsed: all.elapsed.max(one.elapsed),
        })
}

/// Refuses work beyond the sender's cap; 0 is no cap.
pub(crate) fn within_cap(needed: u64, cap: u64) -> Result<(), MailError> {
    if cap != 0 && needed > cap {
        return Err(MailError::TooMuchWork { needed, cap });
    }
    Ok(())
}

/// Trials that a packet takes on average.
pub(crate) fn expected_trials(
    packet: &Packet,
    difficulty: Difficulty,
    expires: UnixSeconds,
    now: UnixSeconds,
) -> u64 {
    u64::MAX / target(packet, difficulty, expires, now).max(1)
}

/// Trials that it takes on average to prolong a packet's life without lowering its standing.
pub(crate) fn trials_to_prolong(
    packet: &Packet,
    difficulty: Difficulty,
    expires: UnixSeconds,
    now: UnixSeconds,
) -> u64 {
    let target = target(packet, difficulty, expires, now).min(kept(packet));
    u64::MAX / target.max(1)
}

fn target(packet: &Packet, difficulty: Difficulty, expires: UnixSeconds, now: UnixSeconds) -> u64 {
    packet.with_stamp(0, expires).target(difficulty, now)
}

/// The greatest value that keeps the standing of a packet's present stamp.
fn kept(packet: &Packet) -> u64 {
    let standing = packet.standing();
    let value = standing.and_then(|standing| standing.greatest_value(packet.charged_len()));
    value.unwrap_or(u64::MAX)
}
