//! Sealing: from content to unstamped packets.
//!
//! The same secret and content always give the same packets. That they are durable before their first use, and that no
//! secret is used twice, is the outbox's duty.

use thiserror::Error;
use zeroize::Zeroizing;

use super::content::{Content, ContentError};
use super::intro::{Intro, MAX_INTRO_LEN};
use super::nonce::outer_nonce;
use super::part::{MAX_PARTS, PlainPart};
use super::secret::MessageSecret;
use crate::codec::{DecodeError, Writer};
use crate::day::Day;
use crate::ids::{Location, NetworkId, UnixMillis, UnixSeconds};
use crate::keys::{
    BoxError, DhtPublicKey, InboxPublicKey, InboxSecret, KeyError, MAC_LEN, NONCE_LEN, PairRole,
    PlaceSigner, SIGNATURE_LEN, SharedKey,
};
use crate::packet::{MAX_PACKET, Packet, PacketKind};

/// What pays for the packets of a message.
#[derive(Clone, Copy, Debug)]
pub enum Postage<'a> {
    /// Work, that each packet shows.
    Stamps,
    /// A deposit at the pair's place: packets are signed by its key, and need no work.
    Prepaid {
        /// The pair key of sender and receiver; the message's location must be its place's.
        pair: &'a PlaceSigner,
        /// The network that the signatures are for.
        network: NetworkId,
    },
}

/// What is sealed, for whom, by whom.
#[derive(Clone, Copy, Debug)]
pub struct Seal<'a> {
    /// The sending inbox.
    pub sender: &'a InboxSecret,
    /// The receiving inbox.
    pub receiver: &'a InboxPublicKey,
    /// The seal key of the present week in the receiver's record; `None` where no record is in force, and the inbox's
    /// own key is used.
    pub seal_key: Option<&'a DhtPublicKey>,
    /// The place that the message is for.
    pub location: Location,
    /// Made for this message, and never used before.
    pub secret: &'a MessageSecret,
    /// When it was written.
    pub sent: UnixMillis,
    /// After this the receiver drops it, whatever its stamp says: at most 28 days from now.
    pub not_after: UnixSeconds,
    /// The last day of all its packets: [`Day::last_for`] now.
    pub last: Day,
    /// Expiry of all its packets.
    pub expires: UnixSeconds,
    /// What the sender says about itself.
    pub intro: &'a Intro,
    /// What it says.
    pub content: &'a Content,
    /// What pays for it.
    pub postage: Postage<'a>,
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
    /// Prepaid mail for another place than the pair's.
    #[error("prepaid mail can only be sealed for the place of its pair key")]
    OtherPlace,
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
pub fn seal(what: &Seal<'_>) -> Result<Vec<Packet>, SealError> {
    let kind = match what.postage {
        Postage::Stamps => PacketKind::Message,
        Postage::Prepaid { pair, .. } if pair.public().location() != what.location => {
            return Err(SealError::OtherPlace);
        }
        Postage::Prepaid { .. } => PacketKind::Prepaid,
    };
    let content = what.content.encode()?;
    let mut payload = Writer::with_capacity(MAX_INTRO_LEN + content.len());
    what.intro.encode(&mut payload);
    payload.bytes(&content);
    let payload = Zeroizing::new(payload.finish());
    let size = kind.content_areas().last().copied().unwrap_or(1);
    // An empty text is a message too: one part without content.
    let pieces: Vec<&[u8]> = match payload.len() {
        0 => vec![&[]],
        _ => payload.chunks(size).collect(),
    };
    let parts = u16::try_from(pieces.len())
        .ok()
        .filter(|parts| *parts <= MAX_PARTS)
        .ok_or(ContentError::TooLong(content.len()))?;
    let inner_key = what.sender.message_key(PairRole::Writer, what.receiver)?;
    (0..parts)
        .zip(pieces)
        .map(|(part, piece)| {
            let plain = PlainPart {
                message_id: what.secret.message_id(),
                part,
                parts,
                sent: what.sent,
                not_after: what.not_after,
                content_type: what.content.content_type(),
                flags: if part == 0 { what.intro.flags() } else { 0 },
                payload: piece,
            };
            seal_part(what, kind, part, &inner_key, &plain.encode(kind))
        })
        .collect()
}

fn seal_part(
    what: &Seal<'_>,
    kind: PacketKind,
    part: u16,
    inner_key: &SharedKey,
    inner_plain: &[u8],
) -> Result<Packet, SealError> {
    let inner_nonce = what.secret.inner_nonce(inner_plain);
    let mut outer_plain =
        Writer::with_capacity(InboxPublicKey::LEN + NONCE_LEN + MAC_LEN + inner_plain.len());
    outer_plain
        .bytes(what.sender.public().as_bytes())
        .bytes(&inner_nonce)
        .bytes(&inner_key.seal(&inner_nonce, inner_plain)?);

    let ephemeral = what.secret.ephemeral(what.receiver, what.location, part);
    let sealed_for = what
        .seal_key
        .copied()
        .unwrap_or_else(|| what.receiver.to_dht());
    let nonce = outer_nonce(
        kind,
        what.last,
        &what.location,
        &ephemeral.public(),
        &sealed_for,
    );
    let outer = SharedKey::new(&ephemeral.to_dht(), &sealed_for)?
        .seal(&nonce, &Zeroizing::new(outer_plain.finish()))?;

    let mut body = Writer::with_capacity(MAX_PACKET);
    if let Postage::Prepaid { pair, .. } = what.postage {
        body.bytes(pair.public().as_bytes());
    }
    body.bytes(ephemeral.public().as_bytes()).bytes(&outer);
    if kind.is_signed() {
        body.zeros(SIGNATURE_LEN);
    }
    let packet = Packet::unstamped(kind, what.last, what.location, what.expires, &body.finish())?;
    Ok(match what.postage {
        Postage::Stamps => packet,
        Postage::Prepaid { pair, network } => packet.sign(pair, network),
    })
}
