//! Noticing that another device uses an inbox of ours, and telling its owner once: by default the first to fetch a message takes
//! it from the others, and one that was given no seal keys cannot open new ones.
//!
//! What is noticed elsewhere: records and recalls that were made with the inbox's key, and not here.

use serde::{Deserialize, Serialize};
use toxdrop_proto::keys::InboxPublicKey;

use crate::db::Changes;
use crate::error::MailError;
use crate::identity::Identity;
use crate::state::Mail;
use crate::tables::Table;

/// What is known of an inbox's other devices.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct OtherDevices {
    /// When they were noticed, in Unix seconds.
    since: u64,
    /// Whether the owner was told that they take messages.
    told: bool,
    /// Whether the owner was told that their seal keys are not here.
    told_of_keys: bool,
}

impl Mail {
    /// Notes that another device uses an inbox.
    pub(crate) fn note_other_device(&self, key: &InboxPublicKey) -> Result<(), MailError> {
        let Some(inbox) = self.inner.identities.by_key(key) else {
            return Ok(());
        };
        if self.other_devices(key)?.is_some() {
            return Ok(());
        }
        if self.inner.config.shared_seconds == 0 {
            tracing::warn!("{}", takes(&inbox.name));
        }
        let noticed = OtherDevices {
            since: self.now().unix.0,
            told: false,
            told_of_keys: false,
        };
        self.put_other_devices(key, &noticed)
    }

    /// What the owner of an inbox, or of all for an empty selector, is to be told of other devices: a sentence each, and each only
    /// once.
    ///
    /// # Errors
    /// [`MailError`] if there is no such inbox, or the mail file cannot be read or written.
    pub fn tell_other_devices(&self, selector: &str) -> Result<Vec<String>, MailError> {
        let mut sentences = Vec::new();
        for inbox in self.selected(selector)? {
            let key = inbox.key();
            let Some(known) = self.other_devices(&key)? else {
                continue;
            };
            let mut now = known;
            if !now.told && self.inner.config.shared_seconds == 0 {
                now.told = true;
                sentences.push(takes(&inbox.name));
            }
            let foreign = has_foreign_keys(&inbox);
            if foreign && !now.told_of_keys {
                sentences.push(MailError::OtherKeys(inbox.name.clone()).to_string());
            }
            now.told_of_keys = foreign;
            if now != known {
                self.put_other_devices(&key, &now)?;
            }
        }
        Ok(sentences)
    }

    fn other_devices(&self, key: &InboxPublicKey) -> Result<Option<OtherDevices>, MailError> {
        self.inner.db.get(Table::OtherDevices, key.as_bytes())
    }

    fn put_other_devices(
        &self,
        key: &InboxPublicKey,
        known: &OtherDevices,
    ) -> Result<(), MailError> {
        let mut changes = Changes::default();
        changes.put(Table::OtherDevices, key.as_bytes().to_vec(), known)?;
        self.inner.db.commit(changes)
    }
}

fn has_foreign_keys(inbox: &Identity) -> bool {
    inbox.record_read && !inbox.has_published_keys()
}

fn takes(inbox: &str) -> String {
    format!(
        "another device uses the inbox \"{inbox}\" as well, and whichever fetches a message first takes it from the other; set mail.shared_seconds on each of them, e.g. to 604800, to leave fetched messages at the nodes so long"
    )
}
