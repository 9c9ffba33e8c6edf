//! What several bodies have in common: counts, flags, packets that fill the rest, a place's proof.
//!
//! No body of its own.

use super::limits::CARRIED_PACKET_MAX;
use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};
use crate::keys::PlacePublicKey;
use crate::packet::Packet;

/// Reads one byte that has a meaning, or none.
pub(super) fn read_code<T>(
    reader: &mut Reader<'_>,
    what: &'static str,
    meaning: impl Fn(u8) -> Option<T>,
) -> Result<T, DecodeError> {
    let at = reader.clone();
    let value = reader.u8()?;
    meaning(value).ok_or_else(|| at.error(DecodeErrorKind::UnknownValue { what, value }))
}

/// Reads 0 or 1.
pub(super) fn flag(reader: &mut Reader<'_>) -> Result<bool, DecodeError> {
    read_code(reader, "flag", |code| match code {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    })
}

/// Reads a count of at most `max`.
pub(super) fn read_count(
    reader: &mut Reader<'_>,
    what: &'static str,
    max: usize,
) -> Result<usize, DecodeError> {
    let at = reader.clone();
    let count = usize::from(reader.u8()?);
    if count > max {
        return Err(at.error(DecodeErrorKind::OutOfRange {
            what,
            value: count as u64,
            min: 0,
            max: max as u64,
        }));
    }
    Ok(count)
}

/// Appends a count of at most 255.
pub(super) fn write_count(writer: &mut Writer, count: usize) {
    writer.u8(u8::try_from(count).unwrap_or(u8::MAX));
}

/// How many things of these lengths fit into so many bytes, and into a count of one byte.
pub(super) fn fitting(lens: impl IntoIterator<Item = usize>, room: usize) -> usize {
    lens.into_iter()
        .take(u8::MAX.into())
        .scan(room, |left, len| {
            *left = left.checked_sub(len)?;
            Some(())
        })
        .count()
}

/// Reads a packet that fills the rest of the body.
pub(super) fn read_packet(reader: &mut Reader<'_>) -> Result<Packet, DecodeError> {
    let offset = reader.offset();
    let bytes = reader.rest();
    if bytes.len() > CARRIED_PACKET_MAX {
        return Err(DecodeError {
            offset: offset + CARRIED_PACKET_MAX,
            kind: DecodeErrorKind::TooLong {
                len: bytes.len(),
                max: CARRIED_PACKET_MAX,
            },
        });
    }
    Packet::parse(bytes).map_err(|error| DecodeError {
        offset: offset + error.offset,
        kind: error.kind,
    })
}

/// Reads a place's key.
pub(super) fn read_place_key(reader: &mut Reader<'_>) -> Result<PlacePublicKey, DecodeError> {
    let at = reader.clone();
    PlacePublicKey::from_bytes(reader.take_array()?).map_err(|error| {
        at.error(DecodeErrorKind::Key {
            what: "place key",
            error,
        })
    })
}
