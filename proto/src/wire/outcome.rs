//! What became of what was asked: the status bytes that answers begin with.
//!
//! Why something was refused stands in `refusal.rs`.

use super::body::read_code;
use super::refusal::Refusal;
use crate::codec::{DecodeError, Reader, Writer};
use crate::tombstone::Tombstone;

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

impl StoreStatus {
    pub(super) fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Held => {
                writer.u8(0);
            }
            Self::AlreadyHeld => {
                writer.u8(1);
            }
            Self::Tombstoned(tombstone) => {
                writer.u8(2).bytes(&tombstone.encode());
            }
            Self::Refused(refusal) => {
                writer.u8(3);
                refusal.encode(writer);
            }
        }
    }

    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match read_code(reader, "status", |code| (code <= 3).then_some(code))? {
            0 => Ok(Self::Held),
            1 => Ok(Self::AlreadyHeld),
            2 => Tombstone::decode(reader).map(Self::Tombstoned),
            _ => Refusal::decode(reader).map(Self::Refused),
        }
    }
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
    /// The disk is full or failing.
    Unavailable = 4,
}

impl Deleted {
    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        read_code(reader, "outcome", |code| {
            [
                Self::Accepted,
                Self::Already,
                Self::NotHeld,
                Self::NotAuthorised,
                Self::Unavailable,
            ]
            .into_iter()
            .find(|outcome| *outcome as u8 == code)
        })
    }
}

/// Appends 0 and what was asked for, or 1 and the refusal.
pub(super) fn write_result<T>(
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

/// Reads what [`write_result`] wrote.
pub(super) fn read_result<'a, T>(
    reader: &mut Reader<'a>,
    read: impl FnOnce(&mut Reader<'a>) -> Result<T, DecodeError>,
) -> Result<Result<T, Refusal>, DecodeError> {
    match read_code(reader, "status", |code| (code <= 1).then_some(code))? {
        0 => read(reader).map(Ok),
        _ => Refusal::decode(reader).map(Err),
    }
}
