//! Opening: from a packet to a part of a message.
//!
//! Remembers nothing: that a part was seen before, and when it is to be dropped, is the inbox's business.

use thiserror::Error;
use zeroize::Zeroizing;

use super::nonce::outer_nonce;
use super::part::{OpenedPart, read_part};
use crate::codec::{DecodeError, Reader};
use crate::keys::{
    DhtSecretKey, EphemeralPublicKey, InboxPublicKey, InboxSecret, KeyError, PairRole, SharedKey,
};
use crate::packet::Packet;

/// Why a packet does not open.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OpenError {
    /// The packet holds something else.
    #[error("the packet holds no message")]
    NotAMessage,
    /// The packet's ephemeral key is none.
    #[error("the packet's key is unusable: {0}")]
    EphemeralKey(KeyError),
    /// The outer box is for another key, or something in the packet was changed.
    #[error(
        "the packet is for another inbox, for a seal key that was erased or that another device has, or it was changed"
    )]
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

/// Opens a packet with the inbox's seal secrets, in the order given, and at last with the inbox's own secret, for which
/// senders seal who know no record. A secret that it was not sealed for costs one X25519 and one MAC.
///
/// Which weeks' secrets there is a point in trying says [`super::seal_weeks`].
///
/// # Errors
/// [`OpenError`] with the layer that did not open.
pub fn open<'a>(
    inbox: &InboxSecret,
    seal_secrets: impl IntoIterator<Item = &'a DhtSecretKey>,
    packet: &Packet,
) -> Result<OpenedPart, OpenError> {
    let (Some(key), Some(outer)) = (packet.ephemeral_key(), packet.outer_box()) else {
        return Err(OpenError::NotAMessage);
    };
    let ephemeral = EphemeralPublicKey::try_from(key).map_err(OpenError::EphemeralKey)?;
    let open_with = |secret: &DhtSecretKey| open_outer(secret, &ephemeral, packet, outer);
    let plain = seal_secrets
        .into_iter()
        .find_map(open_with)
        .or_else(|| open_with(&inbox.to_dht()))
        .ok_or(OpenError::Outer)?;

    let mut reader = Reader::new(&plain);
    let sender = InboxPublicKey::from_bytes(reader.take_array()?).map_err(OpenError::SenderKey)?;
    let inner_nonce = reader.take_array()?;
    let inner = inbox
        .message_key(PairRole::Reader, &sender)
        .map_err(OpenError::SenderKey)?
        .open(&inner_nonce, reader.rest())
        .map(Zeroizing::new)
        .map_err(|_| OpenError::Inner)?;
    Ok(read_part(packet.kind(), sender, &inner)?)
}

fn open_outer(
    secret: &DhtSecretKey,
    ephemeral: &EphemeralPublicKey,
    packet: &Packet,
    outer: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let nonce = outer_nonce(
        packet.kind(),
        packet.last(),
        &packet.location(),
        ephemeral,
        &secret.public(),
    );
    let key = SharedKey::new(secret, &ephemeral.to_dht()).ok()?;
    key.open(&nonce, outer).ok().map(Zeroizing::new)
}
