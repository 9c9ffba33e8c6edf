//! What a caller asks for and gets back: jobs, progress, solutions and the reasons for having none.
//!
//! Does not queue or solve anything; that is the pool's work.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use toxdrop_proto::pow::InitialHash;

/// Whose job it is. Clients take turns, and each has a limit of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClientId(Arc<str>);

impl ClientId {
    /// A client by any name that the caller can tell it by.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(Arc::from(name))
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A nonce to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    /// SHA-512 of all that follows the nonce.
    pub initial_hash: InitialHash,
    /// The largest value that holds; not 0.
    pub target: u64,
    /// The first nonce to try. Ranges wrap at 2^64.
    pub start: u64,
    /// How many nonces to try; `None` for all 2^64.
    pub span: Option<u64>,
}

impl Job {
    /// Looks through all nonces from 0 on.
    #[must_use]
    pub fn new(initial_hash: InitialHash, target: u64) -> Self {
        Self {
            initial_hash,
            target,
            start: 0,
            span: None,
        }
    }

    /// How many nonces there are to try, up to 2^64.
    pub(crate) fn len(&self) -> u128 {
        self.span.map_or(1 << 64, u128::from)
    }
}

/// How many trials a target takes on average: `2^64 / (target + 1)`.
#[must_use]
pub fn expected_trials(target: u64) -> f64 {
    // 2^64 is exact in an f64; a target near 2^64 rounds to it and gives 1.
    18_446_744_073_709_551_616.0 / (target as f64 + 1.0)
}

/// A nonce that holds, verified on the CPU.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// The nonce.
    pub nonce: u64,
    /// The value that it reaches, at most the target.
    pub value: u64,
    /// Nonces tried for this job, on all devices together.
    pub trials: u64,
    /// From submission to solution.
    pub elapsed: Duration,
    /// The device that found it, e.g. `avx512`.
    pub device: String,
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Nonces tried so far.
    pub trials: u64,
    /// Nonces a second for this job lately; 0 while it waits for its turn.
    pub trials_per_s: f64,
    /// Nonces that such a target takes on average.
    pub expected_trials: f64,
    /// Time since the job was submitted.
    pub elapsed: Duration,
}

impl Progress {
    pub(crate) fn start(target: u64) -> Self {
        Self {
            trials: 0,
            trials_per_s: 0.0,
            expected_trials: expected_trials(target),
            elapsed: Duration::ZERO,
        }
    }

    /// How likely a job like this would have been done by now, 0 to 1.
    ///
    /// Each trial is independent, so this never reaches 1, and what has been tried says nothing about what is left.
    #[must_use]
    pub fn probability_done(&self) -> f64 {
        -(-(self.trials as f64) / self.expected_trials).exp_m1()
    }

    /// Seconds that the job still takes on average, from any moment on; `None` while no rate is known.
    #[must_use]
    pub fn expected_seconds(&self) -> Option<f64> {
        (self.trials_per_s > 0.0).then(|| self.expected_trials / self.trials_per_s)
    }
}

/// Why a job was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// The target is 0.
    #[error(
        "the target is 0, which no nonce can be expected to reach; give the largest value that may pass, 1 or more"
    )]
    ZeroTarget,
    /// The range holds no nonce.
    #[error("the range of nonces is empty; give a length of 1 or more, or none to try all")]
    EmptyRange,
    /// The client has as many jobs as it may have.
    #[error(
        "this client has {limit} proof-of-work jobs queued already, the most that it may have; wait for one to end or cancel one"
    )]
    ClientLimit {
        /// Jobs that one client may have.
        limit: usize,
    },
    /// No working device of the pool has that name.
    #[error("no proof-of-work device named \"{name}\" works here; there are: {}", available.join(", "))]
    UnknownDevice {
        /// The name that was asked for.
        name: String,
        /// Names that would do.
        available: Vec<String>,
    },
    /// The pool is shutting down.
    #[error("the proof-of-work solver is shutting down; start it again")]
    Closed,
}

/// Why a job ended without a solution.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SolveError {
    /// Every nonce of the range was tried.
    #[error("none of the {trials} nonces in the range reaches the target; try another range")]
    Exhausted {
        /// Nonces tried.
        trials: u64,
    },
    /// The pool was shut down first.
    #[error("the proof-of-work solver was shut down before the job was done; submit it again")]
    Closed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_all_jobs_are_done_after_ln_2_times_the_expected_trials() {
        let mut progress = Progress::start(u64::MAX >> 20);
        assert!((progress.expected_trials - f64::from(1 << 20)).abs() < 1.0);
        assert!(progress.probability_done().abs() < 1e-12);
        assert_eq!(progress.expected_seconds(), None);
        progress.trials = (std::f64::consts::LN_2 * f64::from(1 << 20)) as u64;
        progress.trials_per_s = f64::from(1 << 19);
        assert!((progress.probability_done() - 0.5).abs() < 1e-5);
        assert!((progress.expected_seconds().unwrap() - 2.0).abs() < 1e-5);
    }

    #[test]
    fn every_value_passes_the_largest_target() {
        assert!((expected_trials(u64::MAX) - 1.0).abs() < 1e-12);
    }
}
