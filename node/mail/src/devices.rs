//! Noticing that another device uses an inbox of ours, and telling its owner once: by default the first to fetch a message takes
//! it from the others.
//!
//! What is noticed elsewhere: records and recalls that were signed with the inbox's key, and not here.

use serde::{Deserialize, Serialize};
use toxdrop_proto::keys::InboxPublicKey;

use crate::db::Changes;
use crate::error::MailError;
use crate::state::Mail;
use crate::tables::Table;

/// What is known of an inbox's other devices.
#[derive(Serialize, Deserialize)]
struct OtherDevices {
    /// When they were noticed, in Unix seconds.
    since: u64,
    /// Whether the owner was told.
    told: bool,
}

impl Mail {
    /// Notes that another device uses an inbox, unless what is fetched is left to it anyway.
    pub(crate) fn note_other_device(&self, key: &InboxPublicKey) -> Result<(), MailError> {
        let known: Option<OtherDevices> = self.inner.db.get(Table::OtherDevices, key.as_bytes())?;
        let Some(inbox) = self.inner.identities.by_key(key) else {
            return Ok(());
        };
        if self.inner.config.shared_seconds > 0 || known.is_some() {
            return Ok(());
        }
        tracing::warn!("{}", notice(&inbox.name));
        let noticed = OtherDevices {
            since: self.now().unix.0,
            told: false,
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
            let known = self.inner.db.get(Table::OtherDevices, key.as_bytes())?;
            let Some(mut known) = known.filter(|known: &OtherDevices| !known.told) else {
                continue;
            };
            known.told = true;
            self.put_other_devices(&key, &known)?;
            if self.inner.config.shared_seconds == 0 {
                sentences.push(notice(&inbox.name));
            }
        }
        Ok(sentences)
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

fn notice(inbox: &str) -> String {
    format!(
        "another device uses the inbox \"{inbox}\" as well, and whichever fetches a message first takes it from the other; set mail.shared_seconds on each of them, e.g. to 604800, to leave fetched messages at the nodes so long"
    )
}
