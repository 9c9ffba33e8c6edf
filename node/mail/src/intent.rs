//! What an owner wants published, written down before a record is made: the newest one in the network is read first, and that
//! may have to wait for a network.
//!
//! Makes no record; that is `sign`. No secret stands here: a new front door's is drawn when the record is made.

use serde::{Deserialize, Serialize};
use toxdrop_proto::keys::InboxPublicKey;

use crate::db::Changes;
use crate::error::MailError;
use crate::state::Mail;
use crate::tables::Table;

/// What the record shall say; zeros stand for what the network asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishOptions {
    /// Difficulty of the work: trials per byte. Goes up to a power of two.
    pub nonce_trials_per_byte: u64,
    /// Difficulty of the work: bytes that are added to each packet's. Goes up to a power of two.
    pub extra_bytes: u64,
    /// Greatest life of a message, in seconds. Goes down to 1, 2, 4, 7, 14 or 28 days.
    pub max_ttl_seconds: u64,
    /// Whether the record goes to all its places at once. Whoever sees several of them then sees that they belong together;
    /// otherwise each has a moment of its own.
    pub at_once: bool,
    /// Whether to publish even though another device publishes seal keys that this one does not have: it can open no new mail
    /// then. Also, whether to publish over a record from the future.
    pub take_over: bool,
}

/// How an inbox moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MoveOptions {
    /// Back to the front door that everybody finds who has the address, instead of to a new one.
    pub to_first_door: bool,
    /// As [`PublishOptions::at_once`].
    pub at_once: bool,
    /// As [`PublishOptions::take_over`].
    pub take_over: bool,
}

/// How an inbox gets new seal keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResealOptions {
    /// As [`PublishOptions::at_once`].
    pub at_once: bool,
    /// As [`PublishOptions::take_over`].
    pub take_over: bool,
}

/// Where the front door goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum FrontDoor {
    /// Where the newest record has it.
    Stays,
    /// To the place that needs no record to be found.
    First,
    /// To a new place.
    Moves,
}

/// What is to be published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Intent {
    pub(crate) front_door: FrontDoor,
    /// Whether a new chain of seal keys begins.
    pub(crate) reseal: bool,
    /// What to ask for; none for what the newest record asks for.
    pub(crate) options: Option<PublishOptions>,
    pub(crate) at_once: bool,
    pub(crate) take_over: bool,
}

impl Intent {
    /// The same as before, for another week.
    pub(crate) fn renew() -> Self {
        Self {
            front_door: FrontDoor::Stays,
            reseal: false,
            options: None,
            at_once: false,
            take_over: false,
        }
    }

    pub(crate) fn stay(options: PublishOptions) -> Self {
        Self {
            options: Some(options),
            at_once: options.at_once,
            take_over: options.take_over,
            ..Self::renew()
        }
    }

    pub(crate) fn move_to(options: MoveOptions) -> Self {
        Self {
            front_door: if options.to_first_door {
                FrontDoor::First
            } else {
                FrontDoor::Moves
            },
            at_once: options.at_once,
            take_over: options.take_over,
            ..Self::renew()
        }
    }

    pub(crate) fn reseal(options: ResealOptions) -> Self {
        Self {
            reseal: true,
            at_once: options.at_once,
            take_over: options.take_over,
            ..Self::renew()
        }
    }

    /// Both, where one asked for earlier still waits: the later word counts, and what it says nothing of stays asked for.
    pub(crate) fn after(self, waiting: Self) -> Self {
        Self {
            front_door: match self.front_door {
                FrontDoor::Stays => waiting.front_door,
                elsewhere => elsewhere,
            },
            reseal: self.reseal || waiting.reseal,
            options: self.options.or(waiting.options),
            at_once: self.at_once,
            take_over: self.take_over || waiting.take_over,
        }
    }

    pub(crate) fn put(&self, changes: &mut Changes, key: &InboxPublicKey) -> Result<(), MailError> {
        changes.put(Table::Intents, key.as_bytes().to_vec(), self)
    }
}

impl Mail {
    /// What the owner wants published and what no record says yet.
    pub(crate) fn intent(&self, key: &InboxPublicKey) -> Result<Option<Intent>, MailError> {
        self.inner.db.get(Table::Intents, key.as_bytes())
    }
}
