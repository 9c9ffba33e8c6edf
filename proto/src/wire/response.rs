//! Responses: what stands in the box of an envelope with id 0xA1 or 0xA3.
//!
//! Where a request can be refused, the body starts with a status (`outcome.rs`).

use super::body::{flag, read_count, read_packet, write_count};
use super::command::Command;
use super::entry::{ENTRY_LEN, Entry};
use super::find::FindAnswer;
use super::hello::HelloAnswer;
use super::limits::{CARRIED_PACKET_MAX, RESPONSE_BODY_MAX};
use super::outcome::{Deleted, StoreStatus, read_result, write_result};
use super::refusal::Refusal;
use super::tombstones::{OFFER_ANSWER_ROOM, read_tombstones, write_tombstones};
use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};
use crate::packet::Packet;
use crate::tombstone::Tombstone;

/// The most entries on a page of a list.
pub const MAX_ENTRIES: usize = 26;

const _: () = {
    assert!(1 + 2 + MAX_ENTRIES * ENTRY_LEN <= RESPONSE_BODY_MAX);
    assert!(1 + 2 + (MAX_ENTRIES + 1) * ENTRY_LEN > RESPONSE_BODY_MAX);
    assert!(CARRIED_PACKET_MAX < RESPONSE_BODY_MAX);
};

/// A page of a list: more 1 ‖ count 1 ‖ entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListPage {
    /// At most [`MAX_ENTRIES`], in order of id.
    pub entries: Vec<Entry>,
    /// Whether another page follows the last id.
    pub more: bool,
}

/// Answer to an Offer: wanted 2 ‖ update wanted 2 ‖ count 1 ‖ tombstones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfferAnswer {
    /// Bit i (from the least): the i-th packet is lacking and wanted.
    pub wanted: u16,
    /// Bit i: the i-th packet is held, but ends earlier than the offerer's copy.
    pub update: u16,
    /// The ends of offered packets that were deleted or recalled.
    pub tombstones: Vec<Tombstone>,
}

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// See [`HelloAnswer`].
    Hello(HelloAnswer),
    /// See [`FindAnswer`].
    Find(FindAnswer),
    /// status 1 ‖ tombstone or refusal.
    Store(StoreStatus),
    /// status 1 ‖ tombstone or refusal.
    TtlUpdate(StoreStatus),
    /// status 1 ‖ page or refusal.
    List(Result<ListPage, Refusal>),
    /// status 1 ‖ packet or refusal.
    Retrieve(Result<Packet, Refusal>),
    /// count 1 ‖ a status byte for each tombstone.
    Delete(Vec<Deleted>),
    /// status 1 ‖ granted seconds 4, or refusal.
    Subscribe(Result<u32, Refusal>),
    /// status 1 ‖ the owner's tombstone, or refusal.
    Deliver(Result<Tombstone, Refusal>),
    /// See [`OfferAnswer`].
    Offer(OfferAnswer),
    /// status 1 ‖ record packet, or refusal (not held).
    GetRecord(Result<Packet, Refusal>),
    /// status 1 ‖ refusal if nobody was asked to dial.
    DialBack(Result<(), Refusal>),
    /// status 1 ‖ refusal if nothing was sent.
    Dial(Result<(), Refusal>),
}

impl Response {
    /// The command that stands before the body.
    #[must_use]
    pub const fn command(&self) -> Command {
        match self {
            Self::Hello(_) => Command::Hello,
            Self::Find(_) => Command::Find,
            Self::Store(_) => Command::Store,
            Self::TtlUpdate(_) => Command::TtlUpdate,
            Self::List(_) => Command::List,
            Self::Retrieve(_) => Command::Retrieve,
            Self::Delete(_) => Command::Delete,
            Self::Subscribe(_) => Command::Subscribe,
            Self::Deliver(_) => Command::Deliver,
            Self::Offer(_) => Command::Offer,
            Self::GetRecord(_) => Command::GetRecord,
            Self::DialBack(_) => Command::DialBack,
            Self::Dial(_) => Command::Dial,
        }
    }

    /// The body. Nodes, entries and tombstones beyond the most that fit are left out.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(RESPONSE_BODY_MAX);
        let w = &mut writer;
        match self {
            Self::Hello(answer) => answer.encode(w),
            Self::Find(answer) => answer.encode(w),
            Self::Store(status) | Self::TtlUpdate(status) => status.encode(w),
            Self::List(result) => write_result(w, result, |w, page| {
                let entries = &page.entries[..page.entries.len().min(MAX_ENTRIES)];
                w.u8(page.more.into());
                write_count(w, entries.len());
                entries.iter().for_each(|entry| entry.encode(w));
            }),
            Self::Retrieve(result) | Self::GetRecord(result) => {
                write_result(w, result, |w, packet| {
                    w.bytes(packet.as_bytes());
                });
            }
            Self::Delete(outcomes) => {
                let outcomes = &outcomes[..outcomes.len().min(u8::MAX.into())];
                write_count(w, outcomes.len());
                outcomes.iter().for_each(|outcome| {
                    w.u8(*outcome as u8);
                });
            }
            Self::Subscribe(result) => write_result(w, result, |w, granted| {
                w.u32(*granted);
            }),
            Self::Deliver(result) => write_result(w, result, |w, tombstone| {
                w.bytes(&tombstone.encode());
            }),
            Self::Offer(answer) => {
                w.u16(answer.wanted).u16(answer.update);
                write_tombstones(w, &answer.tombstones, OFFER_ANSWER_ROOM);
            }
            Self::DialBack(result) | Self::Dial(result) => write_result(w, result, |_, ()| {}),
        }
        writer.finish()
    }

    /// Reads a body.
    ///
    /// # Errors
    /// [`DecodeError`] with the offset in the body.
    pub fn decode(command: Command, body: &[u8]) -> Result<Self, DecodeError> {
        if body.len() > RESPONSE_BODY_MAX {
            return Err(DecodeError {
                offset: RESPONSE_BODY_MAX,
                kind: DecodeErrorKind::TooLong {
                    len: body.len(),
                    max: RESPONSE_BODY_MAX,
                },
            });
        }
        let mut reader = Reader::new(body);
        let response = decode(command, &mut reader)?;
        reader.finish()?;
        Ok(response)
    }
}

fn decode(command: Command, r: &mut Reader<'_>) -> Result<Response, DecodeError> {
    Ok(match command {
        Command::Hello => Response::Hello(HelloAnswer::decode(r)?),
        Command::Find => Response::Find(FindAnswer::decode(r)?),
        Command::Store => Response::Store(StoreStatus::decode(r)?),
        Command::TtlUpdate => Response::TtlUpdate(StoreStatus::decode(r)?),
        Command::List => Response::List(read_result(r, |r| {
            let more = flag(r)?;
            let count = read_count(r, "number of entries", MAX_ENTRIES)?;
            let entries = (0..count).map(|_| Entry::decode(r));
            Ok(ListPage {
                entries: entries.collect::<Result<_, _>>()?,
                more,
            })
        })?),
        Command::Retrieve => Response::Retrieve(read_result(r, read_packet)?),
        Command::GetRecord => Response::GetRecord(read_result(r, read_packet)?),
        Command::Delete => {
            let count = read_count(r, "number of outcomes", u8::MAX.into())?;
            let outcomes = (0..count).map(|_| Deleted::decode(r));
            Response::Delete(outcomes.collect::<Result<_, _>>()?)
        }
        Command::Subscribe => Response::Subscribe(read_result(r, Reader::u32)?),
        Command::Deliver => Response::Deliver(read_result(r, Tombstone::decode)?),
        Command::Offer => Response::Offer(OfferAnswer {
            wanted: r.u16()?,
            update: r.u16()?,
            tombstones: read_tombstones(r)?,
        }),
        Command::DialBack => Response::DialBack(read_result(r, |_| Ok(()))?),
        Command::Dial => Response::Dial(read_result(r, |_| Ok(()))?),
    })
}
