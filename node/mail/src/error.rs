//! Why something about mail cannot be done, said so that the user knows what to do next.
//!
//! The sentences name commands of the program `toxdrop`; another program goes by the variants.

use std::path::PathBuf;

use toxdrop_proto::address::AddressError;
use toxdrop_proto::ids::Location;
use toxdrop_proto::message::{ContentError, SealError};
use toxdrop_proto::packet::{PacketError, TermsError};
use toxdrop_proto::record::RecordError;
use toxdrop_proto::seal::{ResealError, SealChainError};
use toxdrop_proto::tox::ProfileError;

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
    /// What is to be imported is neither of the two that can be.
    #[error("this is neither a toxdrop key file nor a Tox profile; a profile's name ends in .tox")]
    NothingToImport,
    /// What is to be imported is no key file, or damaged.
    #[error("this is not a toxdrop key file: {0}")]
    KeyFile(String),
    /// A key file that a later version of the program wrote.
    #[error(
        "the key file has format {0}, which this program does not know; use the version of toxdrop that wrote it"
    )]
    KeyFileVersion(u32),
    /// A key file of a format that was given up: its addresses are none any more, and it has no seal keys.
    #[error(
        "the key file has format {0}, whose addresses nobody can write to any more; make a new inbox with `toxdrop inbox new NAME`"
    )]
    KeyFileEarlier(u32),
    /// What is to be imported is a Tox profile that cannot be used.
    #[error("{0}")]
    Profile(ProfileError),
    /// A Tox profile does not say what the inbox is to be called.
    #[error("a Tox profile does not say what the inbox is to be called here; give a name")]
    NameNeeded,
    /// What is to be imported is encrypted, and no passphrase was given.
    #[error("the {0} is encrypted; give its passphrase")]
    PassphraseNeeded(&'static str),
    /// What is to be imported does not open.
    #[error(
        "the passphrase is wrong, or the {0} was changed; give the one that it was encrypted with"
    )]
    Passphrase(&'static str),
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
        "the new end must be later than the present one, and at most 28 days after the message was sent"
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
    /// What an inbox is to ask of packets cannot be asked.
    #[error("the difficulty or TTL is out of range: {0}")]
    Terms(#[from] TermsError),
    /// The record that is to be published cannot be made.
    #[error("{0}")]
    Record(#[from] RecordError),
    /// This device has no seal keys for the present week.
    #[error(
        "{0}; check the clock, and if it is right begin new seal keys with `toxdrop inbox reseal`"
    )]
    SealKeys(#[from] SealChainError),
    /// No new chain of seal keys can be begun.
    #[error("{0}")]
    Reseal(#[from] ResealError),
    /// Another device publishes seal keys that this one does not have.
    #[error(
        "another device of the inbox \"{0}\" publishes seal keys that this one does not have: import here the key file that `toxdrop inbox export` writes there, or give --take-over; then new mail is for this device, and the other one cannot open it"
    )]
    OtherKeys(String),
    /// This machine's clock is not that of the other nodes.
    #[error(
        "this machine's clock is {} s {} those of other nodes, and nothing is published by it; set it",
        .0.unsigned_abs(), if *.0 < 0 { "ahead of" } else { "behind" }
    )]
    Clock(i64),
    /// The newest record known was made after the present time.
    #[error(
        "the newest record of the inbox \"{0}\" was made more than a day after the present time of this machine's clock; set the clock, or if it is right give --take-over"
    )]
    RecordAhead(String),
    /// Nodes have a record that they take for newer, and that cannot be read.
    #[error(
        "nodes hold a record of the inbox \"{0}\" that they take for newer, and show none that can be read; it is tried again, see `toxdrop inbox show {0}`"
    )]
    RefusedAsOlder(String),
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
    /// The mail file has a format that was given up: no packet in it can be sent or come any more.
    #[error("the mail file {} has format {format}, whose messages nobody can receive any more; move it and the folder inboxes beside it away, and make a new inbox", path.display())]
    FormatEarlier {
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
            | Self::KeyFileEarlier(_)
            | Self::NothingToImport
            | Self::Profile(_)
            | Self::NameNeeded
            | Self::PassphraseNeeded(_)
            | Self::Passphrase(_)
            | Self::Content(_)
            | Self::Ttl { .. }
            | Self::ExtendTooFar
            | Self::Terms(_)
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
            | Self::Record(_)
            | Self::SealKeys(_)
            | Self::Reseal(_)
            | Self::OtherKeys(_)
            | Self::Clock(_)
            | Self::RecordAhead(_)
            | Self::RefusedAsOlder(_)
            | Self::WouldLose { .. }
            | Self::InUse(_)
            | Self::Format { .. }
            | Self::FormatEarlier { .. } => ErrorClass::FailedPrecondition,
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
