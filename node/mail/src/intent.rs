//! What an owner wants published, written down before anything is signed: the newest record in the network is read first, and
//! that may have to wait for a network.
//!
//! Signs nothing; that is `sign`.

use serde::{Deserialize, Serialize};
use toxdrop_proto::ids::Salt;
use toxdrop_proto::keys::InboxPublicKey;

use crate::db::Changes;
use crate::error::MailError;
use crate::identity::Identity;
use crate::state::Mail;
use crate::tables::Table;

/// What the record shall say; zeros stand for defaults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishOptions {
    /// Difficulty of the work: trials per byte.
    pub nonce_trials_per_byte: u64,
    /// Difficulty of the work: bytes that are added to each packet's.
    pub extra_bytes: u64,
    /// Greatest life of a message.
    pub max_ttl_seconds: u64,
    /// Life of the record itself.
    pub valid_seconds: u64,
}

/// What is to be published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Intent {
    /// The salt to move to, in hex; none to stay wherever the newest record says.
    move_to: Option<String>,
    /// What to ask for; none for what the newest record asks for.
    options: Option<PublishOptions>,
}

impl Intent {
    pub(crate) fn stay(options: PublishOptions) -> Self {
        Self {
            move_to: None,
            options: Some(options),
        }
    }

    pub(crate) fn move_to(salt: Salt) -> Self {
        Self {
            move_to: Some(salt.to_string()),
            options: None,
        }
    }

    /// Salt and figures of the record, given the inbox as its newest record has it.
    pub(crate) fn resolve(&self, identity: &Identity) -> Result<(Salt, PublishOptions), MailError> {
        let salt = match &self.move_to {
            None => identity.salt,
            Some(text) => (text.parse())
                .map_err(|error| MailError::Db(format!("what to publish is damaged: {error}")))?,
        };
        let options = self.options.unwrap_or_else(|| last_options(identity));
        Ok((salt, options))
    }

    pub(crate) fn put(&self, changes: &mut Changes, key: &InboxPublicKey) -> Result<(), MailError> {
        changes.put(Table::Intents, key.as_bytes().to_vec(), self)
    }
}

/// What the last record asked for; its life is the default one.
pub(crate) fn last_options(identity: &Identity) -> PublishOptions {
    identity
        .record
        .as_ref()
        .map_or_else(PublishOptions::default, |record| PublishOptions {
            nonce_trials_per_byte: record.difficulty.nonce_trials_per_byte,
            extra_bytes: record.difficulty.extra_bytes,
            max_ttl_seconds: record.max_ttl,
            valid_seconds: 0,
        })
}

impl Mail {
    /// What the owner wants published and what is not signed yet.
    pub(crate) fn intent(&self, key: &InboxPublicKey) -> Result<Option<Intent>, MailError> {
        self.inner.db.get(Table::Intents, key.as_bytes())
    }
}
