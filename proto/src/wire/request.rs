//! Requests: what stands in the box of a datagram with id 0xA0 or 0xA2.

use super::command::Command;
use super::entry::{OFFER_LEN, Offer};
use super::envelope::{BODY_MAX, Token};
use super::hello::{HELLO_BODY_LEN, Hello};
use super::refusal::read_packet;
use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};
use crate::ids::{Location, PacketId, Salt, UnixSeconds};
use crate::keys::{InboxPublicKey, Signature};
use crate::location::inbox_location;
use crate::packet::{MAX_PACKET, Packet};
use crate::tombstone::{TOMBSTONE_LEN, Tombstone};

/// The most tombstones in one request or answer.
pub const MAX_TOMBSTONES: usize = 6;
/// The most packets in one Offer.
pub const MAX_OFFERS: usize = 14;

const _: () = {
    assert!(MAX_PACKET <= BODY_MAX);
    assert!(MAX_TOMBSTONES * TOMBSTONE_LEN < BODY_MAX);
    assert!(MAX_OFFERS * OFFER_LEN < BODY_MAX);
    assert!(HELLO_BODY_LEN <= BODY_MAX);
};

/// An owner's proof: key 32 ‖ salt 16, and at the end of the body signature 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OwnerProof {
    /// The inbox's key.
    pub key: InboxPublicKey,
    /// The salt of the location.
    pub salt: Salt,
    /// Over the text in [`crate::wire`]'s `signed` types.
    pub signature: Signature,
}

impl OwnerProof {
    /// The location that key and salt hash to: all that the proof can speak for.
    #[must_use]
    pub fn location(&self) -> Location {
        inbox_location(&self.key, self.salt)
    }
}

/// Longer life for a held packet: location 32 ‖ id 32 ‖ expires 8 ‖ nonce 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TtlUpdate {
    /// Where the packet lies.
    pub location: Location,
    /// Which packet.
    pub id: PacketId,
    /// Its new expiry.
    pub expires: UnixSeconds,
    /// The nonce that pays for it.
    pub nonce: u64,
}

/// A subscription: key 32 ‖ salt 16 ‖ subscriber's token 16 ‖ lifetime 4 ‖ signature 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SubscribeRequest {
    /// Whose packets are to be handed on.
    pub owner: OwnerProof,
    /// The token that the node shall use towards the subscriber.
    pub subscriber_token: Token,
    /// For how long, in seconds.
    pub lifetime: u32,
}

/// A request. Bodies are given in the order of their fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// See [`Hello`].
    Hello(Hello),
    /// target 32.
    Find(Location),
    /// packet.
    Store(Packet),
    /// See [`TtlUpdate`].
    TtlUpdate(TtlUpdate),
    /// key 32 ‖ salt 16 ‖ after 32 ‖ signature 64.
    List {
        /// Who asks.
        owner: OwnerProof,
        /// Ids after this one; all zeros for the beginning.
        after: PacketId,
    },
    /// key 32 ‖ salt 16 ‖ id 32 ‖ signature 64.
    Retrieve {
        /// Who asks.
        owner: OwnerProof,
        /// Which packet.
        id: PacketId,
    },
    /// count 1 ‖ tombstones, at most [`MAX_TOMBSTONES`].
    Delete(Vec<Tombstone>),
    /// See [`SubscribeRequest`].
    Subscribe(SubscribeRequest),
    /// packet.
    Deliver(Packet),
    /// count 1 ‖ offers, at most [`MAX_OFFERS`].
    Offer(Vec<Offer>),
    /// location 32.
    GetRecord(Location),
}

impl Request {
    /// The command that stands before the body.
    #[must_use]
    pub const fn command(&self) -> Command {
        match self {
            Self::Hello(_) => Command::Hello,
            Self::Find(_) => Command::Find,
            Self::Store(_) => Command::Store,
            Self::TtlUpdate(_) => Command::TtlUpdate,
            Self::List { .. } => Command::List,
            Self::Retrieve { .. } => Command::Retrieve,
            Self::Delete(_) => Command::Delete,
            Self::Subscribe(_) => Command::Subscribe,
            Self::Deliver(_) => Command::Deliver,
            Self::Offer(_) => Command::Offer,
            Self::GetRecord(_) => Command::GetRecord,
        }
    }

    /// The body. Tombstones and offers beyond the most that fit are left out.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(BODY_MAX);
        match self {
            Self::Hello(hello) => hello.encode(&mut writer),
            Self::Find(location) | Self::GetRecord(location) => {
                writer.bytes(location.as_bytes());
            }
            Self::Store(packet) | Self::Deliver(packet) => {
                writer.bytes(packet.as_bytes());
            }
            Self::TtlUpdate(update) => {
                writer
                    .bytes(update.location.as_bytes())
                    .bytes(update.id.as_bytes())
                    .u64(update.expires.0)
                    .u64(update.nonce);
            }
            Self::List { owner, after: id } | Self::Retrieve { owner, id } => {
                write_owner(&mut writer, owner);
                writer
                    .bytes(id.as_bytes())
                    .bytes(owner.signature.as_bytes());
            }
            Self::Delete(tombstones) => write_tombstones(&mut writer, tombstones),
            Self::Subscribe(subscribe) => {
                write_owner(&mut writer, &subscribe.owner);
                writer
                    .bytes(subscribe.subscriber_token.as_bytes())
                    .u32(subscribe.lifetime)
                    .bytes(subscribe.owner.signature.as_bytes());
            }
            Self::Offer(offers) => {
                let offers = &offers[..offers.len().min(MAX_OFFERS)];
                writer.u8(u8::try_from(offers.len()).unwrap_or(0));
                offers.iter().for_each(|offer| offer.encode(&mut writer));
            }
        }
        writer.finish()
    }

    /// Reads a body.
    ///
    /// # Errors
    /// [`DecodeError`] with the offset in the body.
    pub fn decode(command: Command, body: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(body);
        let r = &mut reader;
        let request = match command {
            Command::Hello => Self::Hello(Hello::decode(r)?),
            Command::Find => Self::Find(Location::from_bytes(r.take_array()?)),
            Command::GetRecord => Self::GetRecord(Location::from_bytes(r.take_array()?)),
            Command::Store => Self::Store(read_packet(r)?),
            Command::Deliver => Self::Deliver(read_packet(r)?),
            Command::TtlUpdate => Self::TtlUpdate(TtlUpdate {
                location: Location::from_bytes(r.take_array()?),
                id: PacketId::from_bytes(r.take_array()?),
                expires: UnixSeconds(r.u64()?),
                nonce: r.u64()?,
            }),
            Command::List => {
                let (key, salt) = read_owner(r)?;
                let after = PacketId::from_bytes(r.take_array()?);
                let owner = proof(key, salt, r)?;
                Self::List { owner, after }
            }
            Command::Retrieve => {
                let (key, salt) = read_owner(r)?;
                let id = PacketId::from_bytes(r.take_array()?);
                let owner = proof(key, salt, r)?;
                Self::Retrieve { owner, id }
            }
            Command::Delete => Self::Delete(read_tombstones(r)?),
            Command::Subscribe => {
                let (key, salt) = read_owner(r)?;
                let subscriber_token = Token::from_bytes(r.take_array()?);
                let lifetime = r.u32()?;
                Self::Subscribe(SubscribeRequest {
                    owner: proof(key, salt, r)?,
                    subscriber_token,
                    lifetime,
                })
            }
            Command::Offer => {
                let count = read_count(r, "number of offers", MAX_OFFERS)?;
                Self::Offer(
                    (0..count)
                        .map(|_| Offer::decode(r))
                        .collect::<Result<_, _>>()?,
                )
            }
        };
        reader.finish()?;
        Ok(request)
    }
}

fn write_owner(writer: &mut Writer, owner: &OwnerProof) {
    writer
        .bytes(owner.key.as_bytes())
        .bytes(owner.salt.as_bytes());
}

fn read_owner(reader: &mut Reader<'_>) -> Result<(InboxPublicKey, Salt), DecodeError> {
    let key_at = reader.clone();
    let key = InboxPublicKey::from_bytes(reader.take_array()?).map_err(|error| {
        key_at.error(DecodeErrorKind::Key {
            what: "inbox key",
            error,
        })
    })?;
    Ok((key, Salt::from_bytes(reader.take_array()?)))
}

fn proof(
    key: InboxPublicKey,
    salt: Salt,
    reader: &mut Reader<'_>,
) -> Result<OwnerProof, DecodeError> {
    Ok(OwnerProof {
        key,
        salt,
        signature: Signature::from_bytes(reader.take_array()?),
    })
}

/// Appends count 1 ‖ tombstones.
pub(super) fn write_tombstones(writer: &mut Writer, tombstones: &[Tombstone]) {
    let tombstones = &tombstones[..tombstones.len().min(MAX_TOMBSTONES)];
    writer.u8(u8::try_from(tombstones.len()).unwrap_or(0));
    tombstones.iter().for_each(|tombstone| {
        writer.bytes(&tombstone.encode());
    });
}

/// Reads count 1 ‖ tombstones.
pub(super) fn read_tombstones(reader: &mut Reader<'_>) -> Result<Vec<Tombstone>, DecodeError> {
    let count = read_count(reader, "number of tombstones", MAX_TOMBSTONES)?;
    (0..count).map(|_| Tombstone::decode(reader)).collect()
}

/// Reads a count of at most `max`.
pub(super) fn read_count(
    reader: &mut Reader<'_>,
    what: &'static str,
    max: usize,
) -> Result<u8, DecodeError> {
    let at = reader.clone();
    let count = reader.u8()?;
    if usize::from(count) > max {
        return Err(at.error(DecodeErrorKind::OutOfRange {
            what,
            value: u64::from(count),
            min: 0,
            max: max as u64,
        }));
    }
    Ok(count)
}
