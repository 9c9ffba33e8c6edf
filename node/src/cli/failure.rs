//! How a command fails: one sentence for the user and a documented exit status.
//!
//! Prints nothing; the entry point does.

use std::fmt;
use std::path::Path;
use std::process::ExitCode;

use tonic::{Code, Status};

/// Exit statuses; see docs/cli.md. Wrong use (2) is clap's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// The answer is no.
    No = 1,
    /// Options that contradict each other or miss something.
    Usage = 2,
    /// No node is reached.
    Unreachable = 3,
    /// There is no such thing.
    NotFound = 4,
    /// The input makes no sense.
    Invalid = 5,
    /// Refused as things stand.
    Refused = 6,
    /// Too much at once.
    Exhausted = 7,
    /// Wrong token.
    Unauthenticated = 8,
    /// A fault inside.
    Internal = 70,
}

/// A command that failed.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    message: String,
}

impl Failure {
    /// A file that the user named and that cannot be read.
    pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        let exit = match error.kind() {
            std::io::ErrorKind::NotFound => Exit::NotFound,
            _ => Exit::Invalid,
        };
        Self::new(
            exit,
            format!(
                "cannot read {}: {error}; check the name and its permissions",
                path.display()
            ),
        )
    }

    pub(crate) fn new(exit: Exit, message: impl fmt::Display) -> Self {
        Self {
            exit,
            message: message.to_string(),
        }
    }

    /// The exit status without a sentence: everything was said already.
    pub(crate) fn silent(exit: Exit) -> Self {
        Self::new(exit, "")
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(self.exit as u8)
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        let exit = match status.code() {
            Code::InvalidArgument => Exit::Invalid,
            Code::OutOfRange => Exit::No,
            Code::NotFound => Exit::NotFound,
            Code::AlreadyExists | Code::FailedPrecondition | Code::Aborted => Exit::Refused,
            Code::ResourceExhausted => Exit::Exhausted,
            Code::Unauthenticated | Code::PermissionDenied => Exit::Unauthenticated,
            Code::Unavailable | Code::DeadlineExceeded => Exit::Unreachable,
            _ => Exit::Internal,
        };
        let message = match status.message() {
            "" => format!("the node answered {:?}", status.code()),
            text => text.to_owned(),
        };
        Self { exit, message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grpc_codes_become_documented_exit_statuses() {
        for (code, exit) in [
            (Code::InvalidArgument, Exit::Invalid),
            (Code::NotFound, Exit::NotFound),
            (Code::AlreadyExists, Exit::Refused),
            (Code::FailedPrecondition, Exit::Refused),
            (Code::ResourceExhausted, Exit::Exhausted),
            (Code::Unauthenticated, Exit::Unauthenticated),
            (Code::Unavailable, Exit::Unreachable),
            (Code::DeadlineExceeded, Exit::Unreachable),
            (Code::Internal, Exit::Internal),
        ] {
            assert_eq!(Failure::from(Status::new(code, "why")).exit(), exit);
        }
    }
}
