//! Opening: from packets to parts, and from parts to content.

use thiserror::Error;

use super::content::{Content, ContentError};
use super::layout::{MAX_PART_CONTENT, MAX_PARTS, outer_nonce};
use crate::codec::{DecodeError, DecodeErrorKind, Reader};
use crate::ids::{MessageId, UnixMillis, UnixSeconds};
use crate::keys::{InboxPublicKey, InboxSecret, KeyError, SharedKey};
use crate::packet::Packet;

/// One part of a message, decrypted; its sender is proved by the inner box (to the receiver only).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedPart {
    /// Who sent it.
    pub sender: InboxPublicKey,
    /// Which message it belongs to.
    pub message_id: MessageId,
    /// Which part it is, from 0.
    pub part: u8,
    /// How many parts there are.
    pub parts: u8,
    /// When the sender says it was written.
    pub sent: UnixMillis,
    /// After this it is to be dropped.
    pub not_after: UnixSeconds,
    /// Type of the whole content.
    pub content_type: u8,
    /// This part's share of it.
    pub content: Vec<u8>,
}

/// Why a packet does not open.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OpenError {
    /// The packet holds a record.
    #[error("the packet holds no message")]
    NotAMessage,
    /// The outer box is not for this inbox, or something in the packet was changed.
    #[error("the packet is not for this inbox, or was changed")]
    Outer,
    /// The sender's key in the outer box is unusable.
    #[error("the sender's key is unusable: {0}")]
    SenderKey(KeyError),
    /// The inner box was not made by the sender that it names.
    #[error("the packet was not made by the sender that it names")]
    Inner,
    /// What was sealed is malformed.
    #[error("the sealed content is malformed: {0}")]
    Malformed(#[from] DecodeError),
}

/// Opens a packet with the inbox's secret.
///
/// # Errors
/// [`OpenError`] with the layer that did not open.
pub fn open(receiver: &InboxSecret, packet: &Packet) -> Result<OpenedPart, OpenError> {
    // No sealer makes a packet with a key that is none.
    let ephemeral = packet
        .ephemeral_key()
        .map_err(|_| OpenError::Outer)?
        .ok_or(OpenError::NotAMessage)?;
    let own_secret = receiver.to_dht();
    let own_key = receiver.public();

    let outer = packet
        .body()
        .get(InboxPublicKey::LEN..)
        .ok_or(OpenError::Outer)?;
    let nonce = outer_nonce(&packet.location(), &ephemeral, &own_key);
    let outer_plain = SharedKey::new(&own_secret, &ephemeral.to_dht())
        .map_err(|_| OpenError::Outer)?
        .open(&nonce, outer)
        .map_err(|_| OpenError::Outer)?;

    let mut reader = Reader::new(&outer_plain);
    let sender = InboxPublicKey::from_bytes(reader.take_array()?).map_err(OpenError::SenderKey)?;
    let inner_nonce = reader.take_array()?;
    let inner_plain = SharedKey::new(&own_secret, &sender.to_dht())
        .map_err(OpenError::SenderKey)?
        .open(&inner_nonce, reader.rest())
        .map_err(|_| OpenError::Inner)?;
    Ok(read_inner(sender, &inner_plain)?)
}

fn read_inner(sender: InboxPublicKey, plain: &[u8]) -> Result<OpenedPart, DecodeError> {
    let mut reader = Reader::new(plain);
    let message_id = MessageId::from_bytes(reader.take_array()?);
    let parts_at = reader.clone();
    let (part, parts) = (reader.u8()?, reader.u8()?);
    if parts == 0 || parts > MAX_PARTS || part >= parts {
        return Err(parts_at.error(DecodeErrorKind::OutOfRange {
            what: "part",
            value: u64::from(part),
            min: 0,
            max: u64::from(parts.min(MAX_PARTS).saturating_sub(1)),
        }));
    }
    let sent = UnixMillis(reader.u64()?);
    let not_after = UnixSeconds(reader.u64()?);
    let content_type = reader.u8()?;
    let len_at = reader.clone();
    let len = usize::from(reader.u16()?);
    // Only the last part may be short, so that the sizes of parts say nothing new.
    let full = part + 1 < parts;
    if len > MAX_PART_CONTENT || (full && len != MAX_PART_CONTENT) {
        return Err(len_at.error(DecodeErrorKind::OutOfRange {
            what: "length of the content",
            value: len as u64,
            min: if full { MAX_PART_CONTENT as u64 } else { 0 },
            max: MAX_PART_CONTENT as u64,
        }));
    }
    let content = reader.take(len)?.to_vec();
    let padding_at = reader.clone();
    if reader.rest().iter().any(|byte| *byte != 0) {
        return Err(padding_at.error(DecodeErrorKind::NotZero("padding")));
    }
    Ok(OpenedPart {
        sender,
        message_id,
        part,
        parts,
        sent,
        not_after,
        content_type,
        content,
    })
}

/// Why parts do not make a message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum JoinError {
    /// There are no parts at all.
    #[error("there are no parts")]
    Empty,
    /// Parts of different messages, or of a sender who contradicts himself.
    #[error("the parts do not belong together")]
    Inconsistent,
    /// Not all parts are there yet.
    #[error("part {0} is missing")]
    Missing(u8),
    /// The joined content makes no sense.
    #[error(transparent)]
    Content(#[from] ContentError),
}

/// Joins the parts of one message, given in any order, duplicates welcome.
///
/// # Errors
/// [`JoinError`]: some are missing, or they do not fit together.
pub fn join(parts: &[OpenedPart]) -> Result<Content, JoinError> {
    let first = parts.first().ok_or(JoinError::Empty)?;
    let alike = |part: &OpenedPart| {
        (part.sender, part.message_id, part.parts, part.content_type)
            == (
                first.sender,
                first.message_id,
                first.parts,
                first.content_type,
            )
            && (part.sent, part.not_after) == (first.sent, first.not_after)
    };
    if !parts.iter().all(alike) {
        return Err(JoinError::Inconsistent);
    }
    let mut bytes = Vec::new();
    for index in 0..first.parts {
        let mut same = parts.iter().filter(|part| part.part == index);
        let part = same.next().ok_or(JoinError::Missing(index))?;
        if same.any(|other| other.content != part.content) {
            return Err(JoinError::Inconsistent);
        }
        bytes.extend_from_slice(&part.content);
    }
    Ok(Content::decode(first.content_type, &bytes)?)
}
