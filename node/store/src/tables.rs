//! The tables of `store.redb` and the bytes of their keys and values.
//!
//! Holds no rules: what may be written is decided in `put`, `entomb` and `room`.
//!
//! | table            | key                                     | value                                        |
//! | ---------------- | --------------------------------------- | -------------------------------------------- |
//! | `packets`        | location 32 ‖ id 32                     | [`Held`]                                     |
//! | `expiry`         | expires 8 ‖ location 32 ‖ id 32         |                                              |
//! | `standings`      | scope 1 ‖ name 0, 4 or 32 ‖ standing 8 ‖ location 32 ‖ id 32 | charged bytes           |
//! | `records`        | location 32                             | id 32                                        |
//! | `tombstones`     | location 32 ‖ id 32                     | [`Buried`]                                   |
//! | `tombstone_days` | last day 2 ‖ authority 1 ‖ location 32 ‖ id 32 |                                       |
//! | `usage`          | scope 1 ‖ name 0, 4 or 32               | count, charged bytes                         |
//! | `always_held`    | location 32                             |                                              |
//! | `meta`           | name                                    | number                                       |
//!
//! Integers in keys are big-endian, so that the order of keys is the order of numbers.

use redb::TableDefinition;
use toxdrop_proto::ids::{Location, PacketId, UnixSeconds};

/// Location and id of a packet, as one key.
pub(crate) type PacketKey = [u8; 64];

/// A moment before a packet's key.
pub(crate) type TimedKey = [u8; 72];

/// A packet's last day and who ended it, before the packet's key.
pub(crate) type DayKey = [u8; 67];

/// The layout described above. A file with another number is not touched.
pub(crate) const SCHEMA_VERSION: u64 = 2;

pub(crate) const PACKETS: TableDefinition<'_, &'static PacketKey, &'static [u8]> =
    TableDefinition::new("packets");
pub(crate) const EXPIRY: TableDefinition<'_, &'static TimedKey, ()> =
    TableDefinition::new("expiry");
pub(crate) const STANDINGS: TableDefinition<'_, &'static [u8], u64> =
    TableDefinition::new("standings");
pub(crate) const RECORDS: TableDefinition<'_, &'static [u8; 32], &'static [u8; 32]> =
    TableDefinition::new("records");
pub(crate) const TOMBSTONES: TableDefinition<'_, &'static PacketKey, &'static [u8]> =
    TableDefinition::new("tombstones");
pub(crate) const TOMBSTONE_DAYS: TableDefinition<'_, &'static DayKey, ()> =
    TableDefinition::new("tombstone_days");
pub(crate) const USAGE: TableDefinition<'_, &'static [u8], (u64, u64)> =
    TableDefinition::new("usage");
pub(crate) const ALWAYS_HELD: TableDefinition<'_, &'static [u8; 32], ()> =
    TableDefinition::new("always_held");
pub(crate) const META: TableDefinition<'_, &'static str, u64> = TableDefinition::new("meta");

/// The one entry of `meta`.
pub(crate) const META_SCHEMA: &str = "schema";

/// The key of a packet.
pub(crate) fn packet_key(location: &Location, id: &PacketId) -> PacketKey {
    joined(location.as_bytes(), id.as_bytes())
}

/// Two times 32 bytes.
pub(crate) fn joined(a: &[u8; 32], b: &[u8; 32]) -> PacketKey {
    let mut key = [0; 64];
    let (left, right) = key.split_at_mut(32);
    left.copy_from_slice(a);
    right.copy_from_slice(b);
    key
}

/// Location and id again.
pub(crate) fn split_key(key: &PacketKey) -> (Location, PacketId) {
    let (mut location, mut id) = ([0; 32], [0; 32]);
    let (left, right) = key.split_at(32);
    location.copy_from_slice(left);
    id.copy_from_slice(right);
    (Location::from_bytes(location), PacketId::from_bytes(id))
}

/// A moment, then a packet's key.
pub(crate) fn timed_key(at: UnixSeconds, key: &PacketKey) -> TimedKey {
    let mut timed = [0; 72];
    let (left, right) = timed.split_at_mut(8);
    left.copy_from_slice(&at.0.to_be_bytes());
    right.copy_from_slice(key);
    timed
}

/// The packet's key again.
pub(crate) fn untimed(timed: &TimedKey) -> PacketKey {
    let mut key = [0; 64];
    if let Some((_, rest)) = timed.split_first_chunk::<8>() {
        key.copy_from_slice(rest);
    }
    key
}
