//! Responses: what stands in the box of a datagram with id 0xA1 or 0xA3.
//!
//! Where a request can be refused, the body starts with a status: 0 done, 1 refused (a [`Refusal`] follows).

use super::command::Command;
use super::entry::{ENTRY_LEN, Entry};
use super::envelope::BODY_MAX;
use super::hello::HelloAnswer;
use super::refusal::{Refusal, read_packet};
use super::request::{MAX_TOMBSTONES, read_count, read_tombstones, write_tombstones};
use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};
use crate::packet::{MAX_PACKET, Packet};
use crate::tombstone::{TOMBSTONE_LEN, Tombstone};
use crate::tox::PackedNode;

/// The most nodes in an answer to Find: Kademlia's k.
pub const MAX_FOUND: usize = 8;
/// The most entries on a page of a list.
pub const MAX_ENTRIES: usize = 26;

const _: () = {
    assert!(MAX_FOUND * PackedNode::LEN_IPV6 < BODY_MAX);
    assert!(3 + MAX_ENTRIES * ENTRY_LEN <= BODY_MAX);
    assert!(5 + MAX_TOMBSTONES * TOMBSTONE_LEN <= BODY_MAX);
    // The longest answer with a packet: status, refusal code, target, and the record that asks for it.
    assert!(1 + 1 + 8 + MAX_PACKET <= BODY_MAX);
};

/// What became of a packet that was to be stored or updated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreStatus {
    /// 0: it is durable here, or its new expiry is.
    Held,
    /// 1: it was here already.
    AlreadyHeld,
    /// 2: it was deleted or recalled; the tombstone proves it.
    Tombstoned(Tombstone),
    /// 3: no.
    Refused(Refusal),
}

/// A page of a list: more 1 ‖ count 1 ‖ entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListPage {
    /// At most [`MAX_ENTRIES`], in order of id.
    pub entries: Vec<Entry>,
    /// Whether another page follows the last id.
    pub more: bool,
}

/// What became of one tombstone, in the order of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Deleted {
    /// The packet is gone and cannot come back.
    Accepted = 0,
    /// It was gone already.
    Already = 1,
    /// The node does not hold the packet, so it does not take the tombstone.
    NotHeld = 2,
    /// The signer has no right to the packet.
    NotAuthorised = 3,
    /// The quota of tombstones is used up.
    QuotaFull = 4,
    /// The disk is full or failing.
    Unavailable = 5,
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
    /// count 1 ‖ packed nodes, at most [`MAX_FOUND`], closest first.
    Find(Vec<PackedNode>),
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
        }
    }

    /// The body. Nodes, entries and tombstones beyond the most that fit are left out.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(BODY_MAX);
        let w = &mut writer;
        match self {
            Self::Hello(answer) => answer.encode(w),
            Self::Find(nodes) => {
                let nodes = &nodes[..nodes.len().min(MAX_FOUND)];
                w.u8(u8::try_from(nodes.len()).unwrap_or(0));
                nodes.iter().for_each(|node| node.encode(w));
            }
            Self::Store(status) | Self::TtlUpdate(status) => write_status(w, status),
            Self::List(result) => write_result(w, result, |w, page| {
                let entries = &page.entries[..page.entries.len().min(MAX_ENTRIES)];
                w.u8(page.more.into())
                    .u8(u8::try_from(entries.len()).unwrap_or(0));
                entries.iter().for_each(|entry| entry.encode(w));
            }),
            Self::Retrieve(result) | Self::GetRecord(result) => {
                write_result(w, result, |w, packet| {
                    w.bytes(packet.as_bytes());
                });
            }
            Self::Delete(outcomes) => {
                let outcomes = &outcomes[..outcomes.len().min(MAX_TOMBSTONES)];
                w.u8(u8::try_from(outcomes.len()).unwrap_or(0));
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
                write_tombstones(w, &answer.tombstones);
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
        let response = match command {
            Command::Hello => Self::Hello(HelloAnswer::decode(r)?),
            Command::Find => {
                let count = read_count(r, "number of nodes", MAX_FOUND)?;
                let nodes = (0..count).map(|_| PackedNode::decode(r));
                Self::Find(nodes.collect::<Result<_, _>>()?)
            }
            Command::Store => Self::Store(read_status(r)?),
            Command::TtlUpdate => Self::TtlUpdate(read_status(r)?),
            Command::List => Self::List(read_result(r, |r| {
                let more = read_code(r, "flag", |code| match code {
                    0 => Some(false),
                    1 => Some(true),
                    _ => None,
                })?;
                let count = read_count(r, "number of entries", MAX_ENTRIES)?;
                let entries = (0..count).map(|_| Entry::decode(r));
                Ok(ListPage {
                    entries: entries.collect::<Result<_, _>>()?,
                    more,
                })
            })?),
            Command::Retrieve => Self::Retrieve(read_result(r, read_packet)?),
            Command::GetRecord => Self::GetRecord(read_result(r, read_packet)?),
            Command::Delete => {
                let count = read_count(r, "number of outcomes", MAX_TOMBSTONES)?;
                let outcomes = (0..count).map(|_| read_code(r, "outcome", Deleted::from_code));
                Self::Delete(outcomes.collect::<Result<_, _>>()?)
            }
            Command::Subscribe => Self::Subscribe(read_result(r, Reader::u32)?),
            Command::Deliver => Self::Deliver(read_result(r, Tombstone::decode)?),
            Command::Offer => Self::Offer(OfferAnswer {
                wanted: r.u16()?,
                update: r.u16()?,
                tombstones: read_tombstones(r)?,
            }),
        };
        reader.finish()?;
        Ok(response)
    }
}

impl Deleted {
    fn from_code(code: u8) -> Option<Self> {
        [
            Self::Accepted,
            Self::Already,
            Self::NotHeld,
            Self::NotAuthorised,
            Self::QuotaFull,
            Self::Unavailable,
        ]
        .into_iter()
        .find(|outcome| *outcome as u8 == code)
    }
}

fn read_code<T>(
    reader: &mut Reader<'_>,
    what: &'static str,
    meaning: impl Fn(u8) -> Option<T>,
) -> Result<T, DecodeError> {
    let at = reader.clone();
    let value = reader.u8()?;
    meaning(value).ok_or_else(|| at.error(DecodeErrorKind::UnknownValue { what, value }))
}

fn write_status(writer: &mut Writer, status: &StoreStatus) {
    match status {
        StoreStatus::Held => {
            writer.u8(0);
        }
        StoreStatus::AlreadyHeld => {
            writer.u8(1);
        }
        StoreStatus::Tombstoned(tombstone) => {
            writer.u8(2).bytes(&tombstone.encode());
        }
        StoreStatus::Refused(refusal) => {
            writer.u8(3);
            refusal.encode(writer);
        }
    }
}

fn read_status(reader: &mut Reader<'_>) -> Result<StoreStatus, DecodeError> {
    match read_code(reader, "status", |code| (code <= 3).then_some(code))? {
        0 => Ok(StoreStatus::Held),
        1 => Ok(StoreStatus::AlreadyHeld),
        2 => Tombstone::decode(reader).map(StoreStatus::Tombstoned),
        _ => Refusal::decode(reader).map(StoreStatus::Refused),
    }
}

fn write_result<T>(
    writer: &mut Writer,
    result: &Result<T, Refusal>,
    write: impl FnOnce(&mut Writer, &T),
) {
    match result {
        Ok(value) => {
            writer.u8(0);
            write(writer, value);
        }
        Err(refusal) => {
            writer.u8(1);
            refusal.encode(writer);
        }
    }
}

fn read_result<'a, T>(
    reader: &mut Reader<'a>,
    read: impl FnOnce(&mut Reader<'a>) -> Result<T, DecodeError>,
) -> Result<Result<T, Refusal>, DecodeError> {
    match read_code(reader, "status", |code| (code <= 1).then_some(code))? {
        0 => read(reader).map(Ok),
        _ => Refusal::decode(reader).map(Err),
    }
}
