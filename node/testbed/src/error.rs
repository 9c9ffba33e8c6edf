//! Why a testbed does not stand.
//!
//! Tells what is missing on the machine apart from what went wrong: tests skip the one and fail at the other.

use std::path::PathBuf;
use std::time::Duration;

/// What this machine lacks; a test that needs it says so and is skipped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// No `tox-bootstrapd` on PATH or where Debian keeps it.
    #[error("tox-bootstrapd is not installed (Debian: apt-get install toxcore-utils)")]
    Bootstrapd,
    /// No C compiler.
    #[error("there is no C compiler `cc` (Debian: apt-get install gcc libc6-dev)")]
    Compiler,
    /// No headers of libtoxcore.
    #[error("libtoxcore's headers are not installed (Debian: apt-get install libtoxcore-dev)")]
    Libtoxcore,
    /// No `ip` or `nft`.
    #[error("`{0}` is not installed (Debian: apt-get install iproute2 nftables)")]
    Program(&'static str),
    /// The system does not let us make network namespaces.
    #[error("network namespaces cannot be made here, which takes root on Linux: {0}")]
    Namespaces(String),
    /// The machine has no IPv6 on loopback.
    #[error("there is no IPv6 loopback address here")]
    Ipv6,
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something is not there.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// A file, a port or a process could not be had.
    #[error("cannot {what}: {source}")]
    System {
        /// What was tried.
        what: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The client's source does not compile: a fault of ours.
    #[error("{} does not compile:\n{said}", source_file.display())]
    Compile {
        /// The source.
        source_file: PathBuf,
        /// The compiler's words.
        said: String,
    },
    /// A program failed.
    #[error("`{command}` ended with {status}: {said}")]
    Failed {
        /// As one would type it.
        command: String,
        /// How it ended.
        status: String,
        /// What it printed.
        said: String,
    },
    /// A process ended by itself.
    #[error("{who} ended with {status}; its log:\n{log}")]
    Ended {
        /// Which one.
        who: String,
        /// How.
        status: String,
        /// What it printed.
        log: String,
    },
    /// Something did not come in time.
    #[error("{who}: no {what} within {patience:?}; its log:\n{log}")]
    Late {
        /// Who was waited for.
        who: String,
        /// For what.
        what: String,
        /// How long.
        patience: Duration,
        /// What it printed.
        log: String,
    },
    /// A program printed what cannot be understood.
    #[error("{who} printed {text:?}, which is no {expected}")]
    Nonsense {
        /// Which one.
        who: String,
        /// What.
        text: String,
        /// What it should have been.
        expected: &'static str,
    },
}

impl Error {
    /// For `map_err`: what was tried, as in "cannot WHAT".
    pub(crate) fn system(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        |source| Self::System { what, source }
    }
}
