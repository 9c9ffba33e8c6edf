//! Several tombstones in one body: count 1 ‖ tombstones.
//!
//! As many as fit, whatever their lengths; what they mean stands in [`crate::tombstone`].

use super::body::{fitting, read_count, write_count};
use super::limits::{REQUEST_BODY_MAX, RESPONSE_BODY_MAX};
use crate::codec::{DecodeError, Reader, Writer};
use crate::tombstone::{MAX_TOMBSTONE_LEN, OWNER_TOMBSTONE_LEN, RECALL_LEN, Tombstone};

/// Bytes for tombstones in a Delete: all but the count.
pub(super) const DELETE_ROOM: usize = REQUEST_BODY_MAX - 1;
/// Bytes for tombstones in an answer to an Offer: all but two bitmaps and the count.
pub(super) const OFFER_ANSWER_ROOM: usize = RESPONSE_BODY_MAX - 2 - 2 - 1;
/// So many tombstones fit into a Delete, and into an answer to an Offer, whosever they are.
pub const MIN_TOMBSTONES: usize = DELETE_ROOM / MAX_TOMBSTONE_LEN;

const _: () = {
    assert!(MIN_TOMBSTONES == 6 && DELETE_ROOM / RECALL_LEN == 6);
    assert!(DELETE_ROOM / OWNER_TOMBSTONE_LEN == 8);
    assert!(DELETE_ROOM <= OFFER_ANSWER_ROOM);
    // A tombstone after a status.
    assert!(MAX_TOMBSTONE_LEN < RESPONSE_BODY_MAX);
};

/// Cuts tombstones into pieces that fit into a Delete each.
#[must_use]
pub fn delete_batches(mut tombstones: &[Tombstone]) -> Vec<&[Tombstone]> {
    let mut batches = Vec::new();
    while !tombstones.is_empty() {
        let (batch, rest) = tombstones.split_at(that_fit(tombstones, DELETE_ROOM).max(1));
        batches.push(batch);
        tombstones = rest;
    }
    batches
}

fn that_fit(tombstones: &[Tombstone], room: usize) -> usize {
    fitting(tombstones.iter().map(|t| t.encode().len()), room)
}

/// Appends those that fit into so many bytes.
pub(super) fn write_tombstones(writer: &mut Writer, tombstones: &[Tombstone], room: usize) {
    let count = that_fit(tombstones, room);
    write_count(writer, count);
    tombstones[..count].iter().for_each(|tombstone| {
        writer.bytes(&tombstone.encode());
    });
}

/// Reads them; the body's length limits how many there can be.
pub(super) fn read_tombstones(reader: &mut Reader<'_>) -> Result<Vec<Tombstone>, DecodeError> {
    let count = read_count(reader, "number of tombstones", u8::MAX.into())?;
    (0..count).map(|_| Tombstone::decode(reader)).collect()
}
