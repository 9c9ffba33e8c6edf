//! Stamping packets through the pool, several at once, with their progress merged into one.

use std::time::Duration;

use toxdrop_pow::{ClientId, Job, Progress, SubmitError};
use toxdrop_proto::ids::UnixSeconds;
use toxdrop_proto::packet::Packet;
use toxdrop_proto::pow::Difficulty;

use super::Mail;
use super::error::MailError;

/// How often progress is told.
const TELL: Duration = Duration::from_millis(250);
/// Under whose name the pool queues our jobs.
const CLIENT: &str = "mail";

/// A packet with its stamp.
pub(super) struct Stamped {
    pub(super) packet: Packet,
    pub(super) trials: u64,
}

impl Mail {
    /// Finds the nonce that pays for `packet` until `expires`.
    pub(super) async fn stamp(
        &self,
        packet: &Packet,
        difficulty: Difficulty,
        expires: UnixSeconds,
        mut progress: impl FnMut(Progress) + Send,
    ) -> Result<Stamped, MailError> {
        let unstamped = packet.with_stamp(0, expires);
        let target = unstamped.target(difficulty, self.inner.clock.now().unix);
        let job = Job::new(unstamped.initial_hash(), target);
        let ticket =
            self.inner
                .pool
                .submit(ClientId::new(CLIENT), job)
                .map_err(|error| match error {
                    SubmitError::ClientLimit { .. } => MailError::WorkQueueFull,
                    other => MailError::Work(other.to_string()),
                })?;
        let watch = ticket.progress();
        let mut timer = tokio::time::interval(TELL);
        let solution = ticket.wait();
        tokio::pin!(solution);
        let solution = loop {
            tokio::select! {
                result = &mut solution => break result,
                _ = timer.tick() => {
                    let now = *watch.borrow();
                    progress(now);
                }
            }
        };
        let solution = solution.map_err(|error| MailError::Work(error.to_string()))?;
        Ok(Stamped {
            packet: unstamped.with_stamp(solution.nonce, expires),
            trials: solution.trials,
        })
    }
}

/// Trials that a packet takes on average.
pub(super) fn expected_trials(
    packet: &Packet,
    difficulty: Difficulty,
    expires: UnixSeconds,
    now: UnixSeconds,
) -> u64 {
    let target = packet.with_stamp(0, expires).target(difficulty, now);
    u64::MAX / target.max(1)
}
