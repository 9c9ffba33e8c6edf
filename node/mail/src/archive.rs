//! The archive: messages that came in, kept until the user deletes them, and which of them nobody was handed yet.
//!
//! How they come in is in `take`.

use tokio::sync::mpsc;
use toxdrop_proto::ids::MessageId;
use toxdrop_proto::keys::InboxPublicKey;

use crate::db::Changes;
use crate::error::MailError;
use crate::identity::Identity;
use crate::received::Received;
use crate::state::Mail;
use crate::tables::Table;

/// The message id at the end of an archive key.
fn message_id(key: &[u8]) -> Option<MessageId> {
    key.last_chunk().copied().map(MessageId::from_bytes)
}

impl Mail {
    /// Messages received earlier by an inbox, or by all for an empty selector; oldest first.
    ///
    /// # Errors
    /// [`MailError`] if there is no such inbox, or the mail file cannot be read.
    pub fn received(&self, selector: &str) -> Result<Vec<Received>, MailError> {
        let found = self.archive_prefix(selector)?;
        let mut messages: Vec<Received> = self
            .inner
            .db
            .scan(Table::Archive, &found)?
            .into_iter()
            .map(|(_, message)| message)
            .collect();
        messages.sort_by_key(|message| message.received_at);
        Ok(messages)
    }

    /// How many messages of an inbox nobody was handed yet.
    ///
    /// # Errors
    /// [`MailError`] if the mail file cannot be read.
    pub fn unread(&self, inbox: &Identity) -> Result<usize, MailError> {
        let key = inbox.key();
        Ok(self.inner.db.keys(Table::Unread, key.as_bytes())?.len())
    }

    fn archive_prefix(&self, selector: &str) -> Result<Vec<u8>, MailError> {
        match selector {
            "" => Ok(Vec::new()),
            selector => Ok(self.inbox(selector)?.key().as_bytes().to_vec()),
        }
    }

    /// Deletes received messages from the archive; returns how many there were. Ids are in hex, and an
    /// empty selector means all inboxes.
    ///
    /// # Errors
    /// [`MailError`] if there is none of them, or the mail file cannot be written.
    pub fn delete_received(
        &self,
        selector: &str,
        message_ids: &[String],
    ) -> Result<usize, MailError> {
        let mut changes = Changes::default();
        let mut count = 0;
        let prefix = self.archive_prefix(selector)?;
        for key in self.inner.db.keys(Table::Archive, &prefix)? {
            let id = message_id(&key).map(|id| id.to_string());
            if id.is_some_and(|id| message_ids.iter().any(|m| m.eq_ignore_ascii_case(&id))) {
                changes.remove(Table::Unread, key.clone());
                changes.remove(Table::Archive, key);
                count += 1;
            }
        }
        if count == 0 {
            return Err(MailError::NotReceived(message_ids.join(", ")));
        }
        self.inner.db.commit(changes)?;
        Ok(count)
    }

    /// Hands out what nobody was handed yet, oldest first; returns the keys. Stops when the listener is gone.
    pub(crate) async fn hand_out_unread(
        &self,
        inbox: &InboxPublicKey,
        listener: &mpsc::Sender<Received>,
    ) -> Result<Vec<Vec<u8>>, MailError> {
        let mut handed = Vec::new();
        for key in self.inner.db.keys(Table::Unread, inbox.as_bytes())? {
            let message = self.inner.db.get(Table::Archive, &key)?;
            if let Some(message) = message
                && listener.send(message).await.is_err()
            {
                break;
            }
            self.mark_read(&key)?;
            handed.push(key);
        }
        Ok(handed)
    }

    /// Somebody was handed this message.
    pub(crate) fn mark_read(&self, key: &[u8]) -> Result<(), MailError> {
        let mut changes = Changes::default();
        changes.remove(Table::Unread, key.to_vec());
        self.inner.db.commit(changes)
    }
}
