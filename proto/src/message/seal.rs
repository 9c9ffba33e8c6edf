//! Sealing: from content to unstamped packets.

use hmac::{Hmac, Mac};
use rand_core::CryptoRngCore;
use sha2::Sha512;
use thiserror::Error;
use zeroize::Zeroizing;

use super::content::{Content, ContentError};
use super::layout::{CONTENT_AREAS, INNER_HEADER_LEN, MAX_PART_CONTENT, outer_nonce};
use crate::codec::{DecodeError, Writer};
use crate::hash::EPHEMERAL_SEED;
use crate::ids::{Location, MessageId, UnixMillis, UnixSeconds};
use crate::keys::{BoxError, InboxPublicKey, InboxSecret, KeyError, MAC_LEN, NONCE_LEN, SharedKey};
use crate::packet::{Packet, PacketKind};

/// Bytes of a block of SHA-512, to which HMAC pads its key.
const HMAC_BLOCK: usize = 128;

/// What is sealed, for whom, by whom.
#[derive(Clone, Copy, Debug)]
pub struct Seal<'a> {
    /// The sending inbox.
    pub sender: &'a InboxSecret,
    /// The receiving inbox.
    pub receiver: &'a InboxPublicKey,
    /// Where the receiver's inbox lies.
    pub location: Location,
    /// A name for the message, never used before with other content.
    pub message_id: MessageId,
    /// When it was written.
    pub sent: UnixMillis,
    /// After this the receiver drops it, whatever its stamp says.
    pub not_after: UnixSeconds,
    /// Expiry of all its packets.
    pub expires: UnixSeconds,
    /// What it says.
    pub content: &'a Content,
}

/// Why a message cannot be sealed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SealError {
    /// The content cannot be sent.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// A key is unusable.
    #[error("the receiver's key is unusable: {0}")]
    Key(#[from] KeyError),
    /// The cipher refused.
    #[error(transparent)]
    Box(#[from] BoxError),
    /// The packet would not be well-formed.
    #[error("the sealed packet is malformed: {0}")]
    Packet(#[from] DecodeError),
}

/// Seals a message into one unstamped packet (nonce 0) per part.
///
/// # Errors
/// [`SealError`]; nothing was sealed then.
pub fn seal(what: &Seal<'_>, rng: &mut impl CryptoRngCore) -> Result<Vec<Packet>, SealError> {
    let content = what.content.encode()?;
    let inner_key = SharedKey::new(&what.sender.to_dht(), &what.receiver.to_dht())?;
    // An empty text is a message too: one part without content.
    let pieces: Vec<&[u8]> = match content.len() {
        0 => vec![&[]],
        _ => content.chunks(MAX_PART_CONTENT).collect(),
    };
    let parts = u8::try_from(pieces.len()).map_err(|_| ContentError::TooLong(content.len()))?;
    (0..parts)
        .zip(pieces)
        .map(|(part, piece)| {
            let plain = inner_plain(what, part, parts, piece);
            let mut nonce = [0; NONCE_LEN];
            rng.fill_bytes(&mut nonce);
            seal_part(what, part, &inner_key, &nonce, &plain)
        })
        .collect()
}

fn inner_plain(what: &Seal<'_>, part: u8, parts: u8, piece: &[u8]) -> Zeroizing<Vec<u8>> {
    let area = CONTENT_AREAS
        .into_iter()
        .find(|area| piece.len() <= *area)
        .unwrap_or(MAX_PART_CONTENT);
    // A piece never exceeds MAX_PART_CONTENT, which fits in 16 bits.
    let len = u16::try_from(piece.len()).unwrap_or(u16::MAX);
    let mut writer = Writer::with_capacity(INNER_HEADER_LEN + area);
    writer
        .bytes(what.message_id.as_bytes())
        .u8(part)
        .u8(parts)
        .u64(what.sent.0)
        .u64(what.not_after.0)
        .u8(what.content.content_type())
        .u16(len)
        .bytes(piece)
        .zeros(area - piece.len());
    Zeroizing::new(writer.finish())
}

fn seal_part(
    what: &Seal<'_>,
    part: u8,
    inner_key: &SharedKey,
    inner_nonce: &[u8; NONCE_LEN],
    inner_plain: &[u8],
) -> Result<Packet, SealError> {
    let sender = what.sender.public();
    let ephemeral = ephemeral_secret(
        what.sender,
        what.receiver,
        what.location,
        what.message_id,
        part,
    );
    let outer_key = SharedKey::new(&ephemeral.to_dht(), &what.receiver.to_dht())?;

    let mut outer_plain =
        Writer::with_capacity(InboxPublicKey::LEN + NONCE_LEN + MAC_LEN + inner_plain.len());
    outer_plain
        .bytes(sender.as_bytes())
        .bytes(inner_nonce)
        .bytes(&inner_key.seal(inner_nonce, inner_plain)?);
    let nonce = outer_nonce(&what.location, &ephemeral.public(), what.receiver);
    let outer = outer_key.seal(&nonce, &outer_plain.finish())?;

    let body = [&ephemeral.public().as_bytes()[..], &outer].concat();
    Ok(Packet::unstamped(
        PacketKind::Message,
        what.location,
        what.expires,
        &body,
    )?)
}

/// The secret of the key that a part is sealed with, which can also recall it. Any device that has the
/// sender's secret can derive it again.
///
/// HMAC-SHA-512 with the sender's seed as key, over domain ‖ receiver's key ‖ location ‖ message id ‖ part ‖ counter,
/// cut to 32 bytes; the counter is the first, from 0, for which the public key's sign bit is clear.
#[must_use]
pub fn ephemeral_secret(
    sender: &InboxSecret,
    receiver: &InboxPublicKey,
    location: Location,
    message_id: MessageId,
    part: u8,
) -> InboxSecret {
    // HMAC pads short keys with zeros to a block (RFC 2104, section 2); a whole block cannot be refused.
    let mut key = Zeroizing::new([0; HMAC_BLOCK]);
    key[..32].copy_from_slice(sender.expose_seed());
    let mut counter = 0u32;
    loop {
        let mut mac = <Hmac<Sha512> as Mac>::new((&*key).into());
        mac.update(EPHEMERAL_SEED);
        mac.update(receiver.as_bytes());
        mac.update(location.as_bytes());
        mac.update(message_id.as_bytes());
        mac.update(&[part]);
        mac.update(&counter.to_be_bytes());
        let digest = Zeroizing::new(<[u8; 64]>::from(mac.finalize().into_bytes()));
        let mut seed = Zeroizing::new([0; 32]);
        seed.copy_from_slice(&digest[..32]);
        if let Ok(secret) = InboxSecret::from_seed(&seed) {
            return secret;
        }
        counter = counter.wrapping_add(1);
    }
}
