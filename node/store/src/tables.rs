//! The tables of `store.redb` and the bytes of their keys and values.
//!
//! Holds no rules: what may be written is decided in `put`, `entomb` and `room`.
//!
//! | table            | key                                     | value                                        |
//! | ---------------- | --------------------------------------- | -------------------------------------------- |
//! | `packets`        | location 32 ‖ id 32                     | [`Held`]                                     |
//! | `expiry`         | expires 8 ‖ location 32 ‖ id 32         |                                              |
//! | `ranks`          | scope 1 ‖ name 0, 4 or 32 ‖ rank 8 ‖ location 32 ‖ id 32 | [`Ranked`]                  |
//! | `records`        | location 32 ‖ inbox key 32              | id 32                                        |
//! | `tombstones`     | location 32 ‖ id 32                     | ends 8 ‖ tombstone 177                       |
//! | `tombstone_ends` | ends 8 ‖ location 32 ‖ id 32            |                                              |
//! | `usage`          | scope 1 ‖ name 0, 4 or 32               | count, charged bytes                         |
//! | `always_held`    | location 32                             |                                              |
//! | `meta`           | name                                    | number                                       |
//!
//! Integers in keys are big-endian, so that the order of keys is the order of numbers.

use redb::TableDefinition;
use toxdrop_proto::ids::{Location, PacketId, UnixSeconds};

use crate::error::Fault;

/// Location and id of a packet, as one key.
pub(crate) type PacketKey = [u8; 64];

/// A moment before a packet's key.
pub(crate) type TimedKey = [u8; 72];

/// The layout described above. A file with another number is not touched.
pub(crate) const SCHEMA_VERSION: u64 = 1;

pub(crate) const PACKETS: TableDefinition<'_, &'static PacketKey, &'static [u8]> =
    TableDefinition::new("packets");
pub(crate) const EXPIRY: TableDefinition<'_, &'static TimedKey, ()> =
    TableDefinition::new("expiry");
pub(crate) const RANKS: TableDefinition<'_, &'static [u8], &'static [u8; Ranked::LEN]> =
    TableDefinition::new("ranks");
pub(crate) const RECORDS: TableDefinition<'_, &'static PacketKey, &'static [u8; 32]> =
    TableDefinition::new("records");
pub(crate) const TOMBSTONES: TableDefinition<'_, &'static PacketKey, &'static [u8]> =
    TableDefinition::new("tombstones");
pub(crate) const TOMBSTONE_ENDS: TableDefinition<'_, &'static TimedKey, ()> =
    TableDefinition::new("tombstone_ends");
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

/// What is counted and limited together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All packets.
    Store,
    /// All packets whose locations share a prefix.
    Prefix([u8; 4]),
    /// The packets of one location.
    Location(Location),
    /// All tombstones.
    Tombstones,
    /// The tombstones of one location.
    LocationTombstones(Location),
}

impl Scope {
    /// Its key in `usage`, and the head of its keys in `ranks`.
    pub(crate) fn key(&self) -> Vec<u8> {
        let (tag, name): (u8, &[u8]) = match self {
            Self::Store => (0, &[]),
            Self::Prefix(prefix) => (1, prefix),
            Self::Location(location) => (2, location.as_bytes()),
            Self::Tombstones => (3, &[]),
            Self::LocationTombstones(location) => (4, location.as_bytes()),
        };
        [&[tag], name].concat()
    }

    /// The key in `ranks` of one packet in this scope.
    pub(crate) fn rank_key(&self, rank: u64, key: &PacketKey) -> Vec<u8> {
        let mut bytes = self.key();
        bytes.extend_from_slice(&rank.to_be_bytes());
        bytes.extend_from_slice(key);
        bytes
    }
}

/// Rank and packet key at the end of a key in `ranks`.
pub(crate) fn split_rank_key(bytes: &[u8]) -> Result<(u64, PacketKey), Fault> {
    let (head, key) = bytes
        .split_last_chunk::<64>()
        .ok_or(Fault::Corrupt("key in ranks too short"))?;
    let (_, rank) = head
        .split_last_chunk::<8>()
        .ok_or(Fault::Corrupt("key in ranks too short"))?;
    Ok((u64::from_be_bytes(*rank), *key))
}

/// One proof of work that a packet has shown: what its nonce hashed to, and until when it pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// The trial value.
    pub(crate) value: u64,
    /// The expiry that was stamped with it.
    pub(crate) expires: UnixSeconds,
}

impl Stamp {
    /// Stands for "none": the worst value, long expired.
    pub(crate) const NONE: Self = Self {
        value: u64::MAX,
        expires: UnixSeconds(0),
    };
}

/// All that a packet's rank depends on; the value in `ranks`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ranked {
    /// The stamp that the packet carries.
    pub(crate) stamp: Stamp,
    /// The best one that it carried before a TTL update: it counts until its own expiry, so that
    /// nobody can lower a packet's rank by prolonging it cheaply.
    pub(crate) credit: Stamp,
    /// Length of the packet in bytes.
    pub(crate) len: u16,
}

impl Ranked {
    /// Bytes of the encoding: value 8 ‖ expires 8 ‖ credit value 8 ‖ credit expires 8 ‖ length 2.
    pub(crate) const LEN: usize = 34;

    /// As stored.
    pub(crate) fn to_bytes(self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        let fields = [
            self.stamp.value,
            self.stamp.expires.0,
            self.credit.value,
            self.credit.expires.0,
        ];
        let (numbers, len) = bytes.split_at_mut(32);
        for (chunk, field) in numbers.chunks_exact_mut(8).zip(fields) {
            chunk.copy_from_slice(&field.to_be_bytes());
        }
        len.copy_from_slice(&self.len.to_be_bytes());
        bytes
    }

    /// From what is stored.
    pub(crate) fn from_bytes(bytes: &[u8; Self::LEN]) -> Self {
        let number = |index: usize| {
            let mut field = [0; 8];
            field.copy_from_slice(&bytes[index * 8..index * 8 + 8]);
            u64::from_be_bytes(field)
        };
        Self {
            stamp: Stamp {
                value: number(0),
                expires: UnixSeconds(number(1)),
            },
            credit: Stamp {
                value: number(2),
                expires: UnixSeconds(number(3)),
            },
            len: u16::from_be_bytes([bytes[32], bytes[33]]),
        }
    }
}

/// A held packet with what the store knows of it; the value in `packets`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    /// When this node stored it.
    pub(crate) stored: UnixSeconds,
    /// The rank under which it stands in `ranks`: at most its present one.
    pub(crate) indexed_rank: u64,
    /// What its rank is computed from.
    pub(crate) ranked: Ranked,
    /// The packet itself.
    pub(crate) bytes: Vec<u8>,
}

impl Held {
    /// Bytes before the packet: stored 8 ‖ indexed rank 8 ‖ ranked 34.
    const HEAD: usize = 16 + Ranked::LEN;

    /// As stored.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::HEAD + self.bytes.len());
        bytes.extend_from_slice(&self.stored.0.to_be_bytes());
        bytes.extend_from_slice(&self.indexed_rank.to_be_bytes());
        bytes.extend_from_slice(&self.ranked.to_bytes());
        bytes.extend_from_slice(&self.bytes);
        bytes
    }

    /// From what is stored.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Fault> {
        const SHORT: Fault = Fault::Corrupt("entry in packets too short");
        let (stored, rest) = bytes.split_first_chunk::<8>().ok_or(SHORT)?;
        let (rank, rest) = rest.split_first_chunk::<8>().ok_or(SHORT)?;
        let (ranked, packet) = rest.split_first_chunk::<{ Ranked::LEN }>().ok_or(SHORT)?;
        Ok(Self {
            stored: UnixSeconds(u64::from_be_bytes(*stored)),
            indexed_rank: u64::from_be_bytes(*rank),
            ranked: Ranked::from_bytes(ranked),
            bytes: packet.to_vec(),
        })
    }
}
