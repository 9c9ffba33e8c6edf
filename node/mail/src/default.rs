//! The inbox that is meant where none is named: recorded by its key when the first one comes, so that no key file that appears
//! or goes changes it.
//!
//! The setting `default_inbox` goes before it; whoever asks looks there first.

use toxdrop_proto::keys::InboxPublicKey;

use crate::db::Changes;
use crate::error::MailError;
use crate::identity::Identity;
use crate::state::Mail;
use crate::tables::Table;

/// Its key in `Meta`.
const DEFAULT_KEY: &[u8] = b"default inbox";

impl Mail {
    /// Records the oldest inbox as the default one, where none is recorded yet.
    pub(crate) fn settle_default(&self) -> Result<(), MailError> {
        let recorded: Option<String> = self.inner.db.get(Table::Meta, DEFAULT_KEY)?;
        match self.inner.identities.find("") {
            Ok(oldest) if recorded.is_none() => {
                let mut changes = Changes::default();
                put_default(&mut changes, &oldest.key())?;
                self.inner.db.commit(changes)
            }
            _ => Ok(()),
        }
    }

    /// The recorded inbox. Where it is gone, the only one there is; which of several is meant nobody but the owner knows.
    pub(crate) fn recorded_default(&self) -> Result<Identity, MailError> {
        let recorded: Option<String> = self.inner.db.get(Table::Meta, DEFAULT_KEY)?;
        let Some(recorded) = recorded else {
            return self.inner.identities.find("");
        };
        let mut inboxes = self.inboxes();
        if let Some(found) = inboxes.iter().find(|i| i.key().to_string() == recorded) {
            return Ok(found.clone());
        }
        match inboxes.pop() {
            None => Err(MailError::NoInbox),
            Some(only) if inboxes.is_empty() => Ok(only),
            Some(_) => Err(MailError::NoDefault),
        }
    }

    /// Makes an inbox the default one.
    ///
    /// # Errors
    /// [`MailError`] if there is no such inbox, the settings name another, or the mail file cannot be written.
    pub fn set_default_inbox(&self, selector: &str) -> Result<Identity, MailError> {
        let inbox = self.inner.identities.find_named(selector)?;
        let set = &self.inner.config.default_inbox;
        if !set.is_empty() {
            return Err(MailError::DefaultSet(set.clone()));
        }
        let mut changes = Changes::default();
        put_default(&mut changes, &inbox.key())?;
        self.inner.db.commit(changes)?;
        Ok(inbox)
    }

    /// The default inbox goes: the only one that is left takes its place. Of several none does, until the owner says which.
    pub(crate) fn remove_default(
        &self,
        changes: &mut Changes,
        gone: &InboxPublicKey,
    ) -> Result<(), MailError> {
        let recorded: Option<String> = self.inner.db.get(Table::Meta, DEFAULT_KEY)?;
        if recorded != Some(gone.to_string()) {
            return Ok(());
        }
        let mut left = self.inboxes();
        left.retain(|inbox| inbox.key() != *gone);
        match &left[..] {
            [] => changes.remove(Table::Meta, DEFAULT_KEY.to_vec()),
            [only] => put_default(changes, &only.key())?,
            _ => {}
        }
        Ok(())
    }
}

fn put_default(changes: &mut Changes, key: &InboxPublicKey) -> Result<(), MailError> {
    changes.put(Table::Meta, DEFAULT_KEY.to_vec(), &key.to_string())
}
