//! Why something about mail cannot be done, said so that the user knows what to do next.

use std::path::PathBuf;

use toxdrop_proto::address::AddressError;
use toxdrop_proto::message::{ContentError, SealError};
use toxdrop_proto::packet::PacketError;

use crate::net::DhtError;

/// What kind of problem it is; gRPC has a code for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorClass {
    InvalidArgument,
    NotFound,
    AlreadyExists,
    FailedPrecondition,
    ResourceExhausted,
    Unavailable,
    Internal,
}

/// A problem with mail.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MailError {
    #[error("{0}")]
    Address(#[from] AddressError),
    #[error("there is no inbox \"{0}\" here; `toxdrop inbox list` shows those there are")]
    UnknownInbox(String),
    #[error("there is no inbox here yet; make one with `toxdrop inbox new NAME`")]
    NoInbox,
    #[error("the name \"{0}\" cannot be used: take 1 to 64 of a-z 0-9 - _ .")]
    BadName(String),
    #[error("there is an inbox \"{0}\" already; choose another name")]
    NameTaken(String),
    #[error("this key is held already, as inbox \"{0}\"")]
    KeyHeld(String),
    #[error("this is not a toxdrop key file: {0}")]
    KeyFile(String),
    #[error(
        "the key file is encrypted, or the passphrase is wrong; give the passphrase that it was exported with"
    )]
    Passphrase,
    #[error("{0}")]
    Content(#[from] ContentError),
    #[error("{0}")]
    Seal(#[from] SealError),
    #[error("the time to live must lie between 1 hour and {max} seconds for this inbox")]
    Ttl { max: u64 },
    #[error(
        "the new end must be later than the present one, at most 28 days from now, and at most 56 days after the message was sent"
    )]
    ExtendTooFar,
    #[error(
        "the receiver asks for {needed} trials a packet, more than the cap of {cap}; allow more with --max-work {needed}"
    )]
    TooMuchWork { needed: u64, cap: u64 },
    #[error("the difficulty or TTL of the record is out of range: {0}")]
    Record(String),
    #[error("there is no sent message \"{0}\"; `toxdrop sent` lists them")]
    UnknownMessage(String),
    #[error("there is no received message {0}; `toxdrop received` lists them")]
    NotReceived(String),
    #[error("several messages start with \"{0}\"; give more digits")]
    Ambiguous(String),
    #[error("the message has ended: it was received or recalled, or its time is over")]
    Ended,
    #[error("another operation works on this message; try again in a moment")]
    MessageBusy,
    #[error("the inbox \"{0}\" is being published already; wait until that has ended")]
    InboxBusy(String),
    #[error("{0}")]
    Dht(#[from] DhtError),
    #[error("the stamped packet is not valid any more: {0}")]
    Stamp(#[from] PacketError),
    #[error("{0}")]
    Work(String),
    #[error("too many proof-of-work jobs are queued; try again when some have ended")]
    WorkQueueFull,
    #[error("cannot read or write {}: {source}; check its permissions and the free space on its disk", path.display())]
    File {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the mail file {} is damaged ({detail}); nothing was deleted: restore it from a backup, or move it away to start with empty boxes", path.display())]
    Corrupt { path: PathBuf, detail: String },
    #[error("the key file {} is damaged ({detail}); nothing was deleted: restore it from a backup, or move it out of that folder to go on without this inbox", path.display())]
    KeyFileDamaged { path: PathBuf, detail: String },
    #[error("another program uses the mail file {}; end it, or use another data directory", .0.display())]
    InUse(PathBuf),
    #[error("the mail file {} has format {format}, which this program does not know; use the version of toxdrop that wrote it", path.display())]
    Format { path: PathBuf, format: u32 },
    #[error("the mail file could not be written: {0}; free some space or check the disk")]
    Db(String),
}

impl MailError {
    /// Its class.
    pub(crate) fn class(&self) -> ErrorClass {
        match self {
            Self::Address(_)
            | Self::BadName(_)
            | Self::KeyFile(_)
            | Self::Passphrase
            | Self::Content(_)
            | Self::Ttl { .. }
            | Self::ExtendTooFar
            | Self::Record(_)
            | Self::Ambiguous(_) => ErrorClass::InvalidArgument,
            Self::UnknownInbox(_) | Self::UnknownMessage(_) | Self::NotReceived(_) => {
                ErrorClass::NotFound
            }
            Self::NameTaken(_) | Self::KeyHeld(_) => ErrorClass::AlreadyExists,
            Self::NoInbox
            | Self::TooMuchWork { .. }
            | Self::Ended
            | Self::MessageBusy
            | Self::InboxBusy(_)
            | Self::InUse(_)
            | Self::Format { .. } => ErrorClass::FailedPrecondition,
            Self::WorkQueueFull => ErrorClass::ResourceExhausted,
            Self::Dht(_) => ErrorClass::Unavailable,
            Self::Seal(_)
            | Self::Work(_)
            | Self::Stamp(_)
            | Self::File { .. }
            | Self::Corrupt { .. }
            | Self::KeyFileDamaged { .. }
            | Self::Db(_) => ErrorClass::Internal,
        }
    }
}
