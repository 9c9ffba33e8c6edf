//! Requests: what stands in the box of an envelope with id 0xA0 or 0xA2.
//!
//! Layouts only; what owners sign stands in `signed.rs`.

use super::body::{read_count, read_packet, read_place_key, write_count};
use super::command::Command;
use super::dial::{Dial, DialCookie};
use super::entry::{OFFER_LEN, Offer};
use super::find::Find;
use super::hello::{HELLO_BODY_LEN, Hello};
use super::limits::{CARRIED_PACKET_MAX, REQUEST_BODY_MAX};
use super::token::Token;
use super::tombstones::{DELETE_ROOM, read_tombstones, write_tombstones};
use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};
use crate::ids::{Location, PacketId, UnixSeconds};
use crate::keys::{PlacePublicKey, Signature};
use crate::packet::Packet;
use crate::tombstone::Tombstone;

/// The most packets in one Offer.
pub const MAX_OFFERS: usize = 14;

const _: () = {
    assert!(CARRIED_PACKET_MAX <= REQUEST_BODY_MAX);
    assert!(MAX_OFFERS * OFFER_LEN < REQUEST_BODY_MAX);
    assert!((MAX_OFFERS + 1) * OFFER_LEN >= REQUEST_BODY_MAX);
    // The bitmaps of the answer have a bit for each.
    assert!(MAX_OFFERS <= 16);
    assert!(HELLO_BODY_LEN <= REQUEST_BODY_MAX);
};

/// Proof of a right to a place: key 32, and at the end of the body signature 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PlaceProof {
    /// The place's key: a blinded inbox key, or a pair key. Its location is all that the proof can speak for.
    pub key: PlacePublicKey,
    /// Over the command's signed text.
    pub signature: Signature,
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

/// A subscription: key 32 ‖ subscriber's token 16 ‖ lifetime 4 ‖ signature 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SubscribeRequest {
    /// Whose packets are to be handed on.
    pub owner: PlaceProof,
    /// The token that the node shall use towards the subscriber.
    pub subscriber_token: Token,
    /// For how long, in seconds; 0 ends it.
    pub lifetime: u32,
}

/// A request. Bodies are given in the order of their fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// See [`Hello`].
    Hello(Hello),
    /// See [`Find`].
    Find(Find),
    /// packet.
    Store(Packet),
    /// See [`TtlUpdate`].
    TtlUpdate(TtlUpdate),
    /// key 32 ‖ after 32 ‖ signature 64.
    List {
        /// Who asks.
        owner: PlaceProof,
        /// Ids after this one; all zeros for the beginning.
        after: PacketId,
    },
    /// key 32 ‖ id 32 ‖ signature 64.
    Retrieve {
        /// Who asks.
        owner: PlaceProof,
        /// Which packet.
        id: PacketId,
    },
    /// count 1 ‖ tombstones, as many as fit ([`super::delete_batches`]).
    Delete(Vec<Tombstone>),
    /// See [`SubscribeRequest`].
    Subscribe(SubscribeRequest),
    /// packet.
    Deliver(Packet),
    /// count 1 ‖ offers, at most [`MAX_OFFERS`].
    Offer(Vec<Offer>),
    /// location 32.
    GetRecord(Location),
    /// cookie 16.
    DialBack(DialCookie),
    /// See [`Dial`].
    Dial(Dial),
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
            Self::DialBack(_) => Command::DialBack,
            Self::Dial(_) => Command::Dial,
        }
    }

    /// The body. Tombstones and offers beyond the most that fit are left out.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(REQUEST_BODY_MAX);
        let w = &mut writer;
        match self {
            Self::Hello(hello) => hello.encode(w),
            Self::Find(find) => find.encode(w),
            Self::GetRecord(location) => {
                w.bytes(location.as_bytes());
            }
            Self::Store(packet) | Self::Deliver(packet) => {
                w.bytes(packet.as_bytes());
            }
            Self::TtlUpdate(update) => {
                w.bytes(update.location.as_bytes())
                    .bytes(update.id.as_bytes())
                    .u64(update.expires.0)
                    .u64(update.nonce);
            }
            Self::List { owner, after: id } | Self::Retrieve { owner, id } => {
                w.bytes(owner.key.as_bytes())
                    .bytes(id.as_bytes())
                    .bytes(owner.signature.as_bytes());
            }
            Self::Delete(tombstones) => write_tombstones(w, tombstones, DELETE_ROOM),
            Self::Subscribe(subscribe) => {
                w.bytes(subscribe.owner.key.as_bytes())
                    .bytes(subscribe.subscriber_token.as_bytes())
                    .u32(subscribe.lifetime)
                    .bytes(subscribe.owner.signature.as_bytes());
            }
            Self::Offer(offers) => {
                let offers = &offers[..offers.len().min(MAX_OFFERS)];
                write_count(w, offers.len());
                offers.iter().for_each(|offer| offer.encode(w));
            }
            Self::DialBack(cookie) => {
                w.bytes(cookie.as_bytes());
            }
            Self::Dial(dial) => dial.encode(w),
        }
        writer.finish()
    }

    /// Reads a body.
    ///
    /// # Errors
    /// [`DecodeError`] with the offset in the body.
    pub fn decode(command: Command, body: &[u8]) -> Result<Self, DecodeError> {
        if body.len() > REQUEST_BODY_MAX {
            return Err(DecodeError {
                offset: REQUEST_BODY_MAX,
                kind: DecodeErrorKind::TooLong {
                    len: body.len(),
                    max: REQUEST_BODY_MAX,
                },
            });
        }
        let mut reader = Reader::new(body);
        let request = decode(command, &mut reader)?;
        reader.finish()?;
        Ok(request)
    }
}

fn decode(command: Command, r: &mut Reader<'_>) -> Result<Request, DecodeError> {
    Ok(match command {
        Command::Hello => Request::Hello(Hello::decode(r)?),
        Command::Find => Request::Find(Find::decode(r)?),
        Command::GetRecord => Request::GetRecord(Location::from_bytes(r.take_array()?)),
        Command::Store => Request::Store(read_packet(r)?),
        Command::Deliver => Request::Deliver(read_packet(r)?),
        Command::TtlUpdate => Request::TtlUpdate(TtlUpdate {
            location: Location::from_bytes(r.take_array()?),
            id: PacketId::from_bytes(r.take_array()?),
            expires: UnixSeconds(r.u64()?),
            nonce: r.u64()?,
        }),
        Command::List => {
            let key = read_place_key(r)?;
            let after = PacketId::from_bytes(r.take_array()?);
            let owner = proof(key, r)?;
            Request::List { owner, after }
        }
        Command::Retrieve => {
            let key = read_place_key(r)?;
            let id = PacketId::from_bytes(r.take_array()?);
            let owner = proof(key, r)?;
            Request::Retrieve { owner, id }
        }
        Command::Delete => Request::Delete(read_tombstones(r)?),
        Command::Subscribe => {
            let key = read_place_key(r)?;
            let subscriber_token = Token::from_bytes(r.take_array()?);
            let lifetime = r.u32()?;
            Request::Subscribe(SubscribeRequest {
                owner: proof(key, r)?,
                subscriber_token,
                lifetime,
            })
        }
        Command::Offer => {
            let count = read_count(r, "number of offers", MAX_OFFERS)?;
            let offers = (0..count).map(|_| Offer::decode(r));
            Request::Offer(offers.collect::<Result<_, _>>()?)
        }
        Command::DialBack => Request::DialBack(DialCookie::from_bytes(r.take_array()?)),
        Command::Dial => Request::Dial(Dial::decode(r)?),
    })
}

fn proof(key: PlacePublicKey, reader: &mut Reader<'_>) -> Result<PlaceProof, DecodeError> {
    Ok(PlaceProof {
        key,
        signature: Signature::from_bytes(reader.take_array()?),
    })
}
