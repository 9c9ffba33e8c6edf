//! The archive: messages that came in, kept until the user deletes them, and which of them nobody was handed yet.
//!
//! How they come in is in `take`.

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use toxdrop_proto::ids::{MessageId, UnixMillis};
use toxdrop_proto::keys::InboxPublicKey;
use toxdrop_proto::message::Content;

use super::db::{Changes, Table};
use super::error::MailError;
use super::{Identity, Mail};

/// A received message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub(crate) struct Received {
    pub(crate) message_id: MessageId,
    /// Name of the inbox that it came to.
    pub(crate) inbox: String,
    pub(crate) from: String,
    pub(crate) sent_at: UnixMillis,
    pub(crate) received_at: UnixMillis,
    pub(crate) content: Content,
}

/// A message that has just come in.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    pub(super) inbox: InboxPublicKey,
    /// Its key in the archive.
    pub(super) key: Vec<u8>,
    pub(super) message: Received,
}

/// The same as it lies in the archive.
#[derive(Serialize, Deserialize)]
struct Stored {
    message_id: String,
    inbox: String,
    from: String,
    sent_ms: u64,
    received_ms: u64,
    file_name: Option<String>,
    /// Hex.
    content: String,
}

impl From<Received> for Stored {
    fn from(message: Received) -> Self {
        let (file_name, bytes) = match message.content {
            Content::Text(text) => (None, text.into_bytes()),
            Content::File { name, bytes } => (Some(name), bytes),
        };
        Self {
            message_id: message.message_id.to_string(),
            inbox: message.inbox,
            from: message.from,
            sent_ms: message.sent_at.0,
            received_ms: message.received_at.0,
            file_name,
            content: hex::encode(bytes),
        }
    }
}

impl TryFrom<Stored> for Received {
    type Error = String;

    fn try_from(stored: Stored) -> Result<Self, String> {
        let bytes = hex::decode(&stored.content).map_err(|error| error.to_string())?;
        let content = match stored.file_name {
            Some(name) => Content::File { name, bytes },
            None => Content::Text(String::from_utf8(bytes).map_err(|error| error.to_string())?),
        };
        let message_id = stored.message_id.parse();
        Ok(Self {
            message_id: message_id.map_err(|error| format!("a message id: {error}"))?,
            inbox: stored.inbox,
            from: stored.from,
            sent_at: UnixMillis(stored.sent_ms),
            received_at: UnixMillis(stored.received_ms),
            content,
        })
    }
}

/// Where a message lies: inbox key ‖ time of arrival ‖ message id, so that an inbox's messages are in order.
pub(super) fn archive_key(inbox: &InboxPublicKey, message: &Received) -> Vec<u8> {
    [
        &inbox.as_bytes()[..],
        &message.received_at.0.to_be_bytes(),
        message.message_id.as_bytes(),
    ]
    .concat()
}

/// The message id at the end of an archive key.
fn message_id(key: &[u8]) -> Option<MessageId> {
    key.last_chunk().copied().map(MessageId::from_bytes)
}

impl Mail {
    /// Messages received earlier, oldest first.
    pub(crate) fn received(&self, selector: &str) -> Result<Vec<Received>, MailError> {
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
    pub(crate) fn unread(&self, inbox: &Identity) -> Result<usize, MailError> {
        let key = inbox.key();
        Ok(self.inner.db.keys(Table::Unread, key.as_bytes())?.len())
    }

    fn archive_prefix(&self, selector: &str) -> Result<Vec<u8>, MailError> {
        match selector {
            "" => Ok(Vec::new()),
            selector => Ok(self.inbox(selector)?.key().as_bytes().to_vec()),
        }
    }

    /// Deletes received messages from the archive; returns how many there were.
    pub(crate) fn delete_received(
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
    pub(super) async fn hand_out_unread(
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
    pub(super) fn mark_read(&self, key: &[u8]) -> Result<(), MailError> {
        let mut changes = Changes::default();
        changes.remove(Table::Unread, key.to_vec());
        self.inner.db.commit(changes)
    }
}
