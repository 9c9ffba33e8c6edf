//! Why something about mail cannot be done, said so that the user knows what to do next.
//!
//! The sentences name commands of the program `toxdrop`; another program goes by the variants.

use std::path::PathBuf;

use toxdrop_proto::address::AddressError;
use toxdrop_proto::ids::Location;
use toxdrop_proto::message::{ContentError, SealError};
use toxdrop_proto::packet::PacketError;

use crate::network::NetworkError;

/// What kind of problem it is; gRPC has a code for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorClass {
    /// What was asked for makes no sense, whatever is here.
    InvalidArgument,
    /// There is no such inbox or message.
    NotFound,
    /// It is here already.
    AlreadyExists,
    /// It makes sense, but not as things stand.
    FailedPrecondition,
    /// Too much is under way.
    ResourceExhausted,
    /// The network gave no report.
    Unavailable,
    /// Something here does not work.
    Internal,
}

/// A problem with mail.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// An address cannot be read.
    #[error("{0}")]
    Address(#[from] AddressError),
    /// No inbox has that name or address.
    #[error("there is no inbox \"{0}\" here; `toxdrop inbox list` shows those there are")]
    UnknownInbox(String),
    /// There is none at all.
    #[error("there is no inbox here yet; make one with `toxdrop inbox new NAME`")]
    NoInbox,
    /// The one that was the default is gone, and there are several others.
    #[error(
        "the default inbox is not here any more; say which one is meant, or choose another default with `toxdrop inbox default NAME`"
    )]
    NoDefault,
    /// The settings say which inbox is the default.
    #[error(
        "the settings say which inbox is the default: mail.default_inbox is \"{0}\"; change it there, or leave it empty"
    )]
    DefaultSet(String),
    /// An inbox cannot be called that.
    #[error("the name \"{0}\" cannot be used: take 1 to 64 of a-z 0-9 - _ .")]
    BadName(String),
    /// Another inbox is called that.
    #[error("there is an inbox \"{0}\" already; choose another name")]
    NameTaken(String),
    /// The key to import is here, under that name.
    #[error("this key is held already, as inbox \"{0}\"")]
    KeyHeld(String),
    /// What is to be imported is no key file.
    #[error("this is not a toxdrop key file: {0}")]
    KeyFile(String),
    /// A key file that another version of the program wrote.
    #[error(
        "the key file has format {0}, which this program does not know; use the version of toxdrop that wrote it"
    )]
    KeyFileVersion(u32),
    /// The key file does not open.
    #[error(
        "the key file is encrypted, or the passphrase is wrong; give the passphrase that it was exported with"
    )]
    Passphrase,
    /// The content cannot be sent as it is.
    #[error("{0}")]
    Content(#[from] ContentError),
    /// The message cannot be sealed.
    #[error("{0}")]
    Seal(#[from] SealError),
    /// A time to live that the receiver or the network does not allow.
    #[error("the time to live must lie between 1 hour and {max} seconds for this inbox")]
    Ttl {
        /// The longest, in seconds.
        max: u64,
    },
    /// A new end that is no later, or too late.
    #[error(
        "the new end must be later than the present one, at most 28 days from now, and at most 56 days after the message was sent"
    )]
    ExtendTooFar,
    /// The work is more than the sender is ready to do.
    #[error(
        "the receiver asks for {needed} trials a packet, more than the cap of {cap}; allow more with --max-work {needed}"
    )]
    TooMuchWork {
        /// Expected trials of the dearest packet.
        needed: u64,
        /// The most that the sender does.
        cap: u64,
    },
    /// The record that is to be published cannot be.
    #[error("the difficulty or TTL of the record is out of range: {0}")]
    Record(String),
    /// No sent message has an id that begins so.
    #[error("there is no sent message \"{0}\"; `toxdrop sent` lists them")]
    UnknownMessage(String),
    /// No received message has that id.
    #[error("there is no received message {0}; `toxdrop received` lists them")]
    NotReceived(String),
    /// Several sent messages have ids that begin so.
    #[error("several messages start with \"{0}\"; give more digits")]
    Ambiguous(String),
    /// Nothing more can be done for a message.
    #[error("the message has ended: it was received or recalled, or its time is over")]
    Ended,
    /// Somebody else has the claim on a message.
    #[error("another operation works on this message; try again in a moment")]
    MessageBusy,
    /// Somebody else has the claim on an inbox.
    #[error("the inbox \"{0}\" is being published already; wait until that has ended")]
    InboxBusy(String),
    /// Removing an inbox would end something that is not done.
    #[error(
        "removing the inbox \"{inbox}\" now would lose messages: {losses}; fetch and wait until they are through, or export its key with --export FILE and give --force"
    )]
    WouldLose {
        /// Its name.
        inbox: String,
        /// Counts and what they count.
        losses: String,
    },
    /// Nodes have a newer record, which another device published; it is followed.
    #[error(
        "a newer record of this inbox was published elsewhere, at location {location}; `toxdrop inbox show {inbox}` has it"
    )]
    NewerRecord {
        /// Name of the inbox here.
        inbox: String,
        /// Where senders store by that record.
        location: Location,
    },
    /// The network gave no report.
    #[error("{0}")]
    Network(#[from] NetworkError),
    /// A packet does not verify any more: the network's settings were changed.
    #[error("the stamped packet is not valid any more: {0}")]
    Stamp(#[from] PacketError),
    /// The proof of work was not done.
    #[error("{0}")]
    Work(String),
    /// There are too many searches already.
    #[error("too many proof-of-work jobs are queued; try again when some have ended")]
    WorkQueueFull,
    /// A file cannot be read or written.
    #[error("cannot read or write {}: {source}; check its permissions and the free space on its disk", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The mail file is not a whole database.
    #[error("the mail file {} is damaged ({detail}); nothing was deleted: restore it from a backup, or move it away to start with empty boxes", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// An inbox's key file in the data directory is damaged, or of another version.
    #[error("the key file {} cannot be used: {detail}. Nothing was changed or deleted: use the version of toxdrop that wrote it, restore it from a backup, or move it out of that folder to go on without this inbox", path.display())]
    KeyFileDamaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// Another process has the mail file open.
    #[error("another program uses the mail file {}; end it, or use another data directory", .0.display())]
    InUse(PathBuf),
    /// The mail file was written by another version.
    #[error("the mail file {} has format {format}, which this program does not know; use the version of toxdrop that wrote it", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// The format in it.
        format: u32,
    },
    /// The mail file cannot be written, or an entry of it makes no sense.
    #[error("the mail file could not be written: {0}; free some space or check the disk")]
    Db(String),
}

impl MailError {
    /// Its class.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Address(_)
            | Self::BadName(_)
            | Self::KeyFile(_)
            | Self::KeyFileVersion(_)
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
            | Self::NoDefault
            | Self::DefaultSet(_)
            | Self::TooMuchWork { .. }
            | Self::Ended
            | Self::MessageBusy
            | Self::InboxBusy(_)
            | Self::NewerRecord { .. }
            | Self::WouldLose { .. }
            | Self::InUse(_)
            | Self::Format { .. } => ErrorClass::FailedPrecondition,
            Self::WorkQueueFull => ErrorClass::ResourceExhausted,
            Self::Network(_) => ErrorClass::Unavailable,
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
