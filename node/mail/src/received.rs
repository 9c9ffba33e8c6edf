//! A received message, as it is handed out and as it lies in the archive.
//!
//! Keeps none; that is `archive`.

use serde::{Deserialize, Serialize};
use toxdrop_proto::ids::{MessageId, UnixMillis};
use toxdrop_proto::keys::InboxPublicKey;
use toxdrop_proto::message::{Content, DisplayName};

/// A received message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Received {
    /// Its id, which its sender chose.
    pub message_id: MessageId,
    /// Name of the inbox that it came to.
    pub inbox: String,
    /// The sender's address; the seal proves it.
    pub from: String,
    /// What the sender calls itself. Anybody can call himself anything.
    pub sender_name: Option<DisplayName>,
    /// Of an inbox that came from a Tox profile: whether the sender wrote to its Tox ID, nospam and all.
    pub knows_nospam: Option<bool>,
    /// When its sender says that it was sent.
    pub sent_at: UnixMillis,
    /// When it came in here.
    pub received_at: UnixMillis,
    /// The text or the file.
    pub content: Content,
}

/// A message that has just come in.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub(crate) inbox: InboxPublicKey,
    /// Its key in the archive.
    pub(crate) key: Vec<u8>,
    pub(crate) message: Received,
}

/// The same as it lies in the archive.
#[derive(Serialize, Deserialize)]
struct Stored {
    message_id: String,
    inbox: String,
    from: String,
    sender_name: Option<String>,
    knows_nospam: Option<bool>,
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
            sender_name: message.sender_name.map(|name| name.to_string()),
            knows_nospam: message.knows_nospam,
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
            sender_name: stored.sender_name.and_then(|name| name.parse().ok()),
            knows_nospam: stored.knows_nospam,
            sent_at: UnixMillis(stored.sent_ms),
            received_at: UnixMillis(stored.received_ms),
            content,
        })
    }
}

/// Where a message lies: inbox key ‖ time of arrival ‖ message id, so that an inbox's messages are in order.
pub(crate) fn archive_key(inbox: &InboxPublicKey, message: &Received) -> Vec<u8> {
    [
        &inbox.as_bytes()[..],
        &message.received_at.0.to_be_bytes(),
        message.message_id.as_bytes(),
    ]
    .concat()
}
