//! What is counted and limited together, and what takes room in it.
//!
//! Knows no limits and no tables; the limits are in `config`, who goes when one is reached in `room`.

use toxdrop_proto::ids::Location;
use toxdrop_proto::packet::{PacketKind, Standing};

use crate::error::Fault;
use crate::tables::PacketKey;

/// What is counted and limited together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All messages, recalled ones included.
    Store,
    /// The same of all locations that share a prefix.
    Prefix([u8; 4]),
    /// The same of one location.
    Location(Location),
    /// All tombstones of owners.
    Tombstones,
    /// The owner's tombstones at one location.
    LocationTombstones(Location),
    /// All records.
    Records,
    /// The records of all locations that share a prefix.
    PrefixRecords([u8; 4]),
    /// All recalls: only their number, as they are charged as what they ended.
    Recalls,
}

impl Scope {
    /// Its key in `usage`, and the head of its keys in `standings`.
    pub(crate) fn key(&self) -> Vec<u8> {
        let (tag, name): (u8, &[u8]) = match self {
            Self::Store => (0, &[]),
            Self::Prefix(prefix) => (1, prefix),
            Self::Location(location) => (2, location.as_bytes()),
            Self::Tombstones => (3, &[]),
            Self::LocationTombstones(location) => (4, location.as_bytes()),
            Self::Records => (5, &[]),
            Self::PrefixRecords(prefix) => (6, prefix),
            Self::Recalls => (7, &[]),
        };
        [&[tag], name].concat()
    }

    /// The key in `standings` of one packet in this scope.
    pub(crate) fn standing_key(&self, standing: Standing, key: &PacketKey) -> Vec<u8> {
        let mut bytes = self.key();
        bytes.extend_from_slice(&standing.to_bytes());
        bytes.extend_from_slice(key);
        bytes
    }
}

/// Standing and packet key at the end of a key in `standings`.
pub(crate) fn split_standing_key(bytes: &[u8]) -> Result<(Standing, PacketKey), Fault> {
    const SHORT: Fault = Fault::Corrupt("key in standings too short");
    let (head, key) = bytes.split_last_chunk::<64>().ok_or(SHORT)?;
    let (_, standing) = head.split_last_chunk::<{ Standing::LEN }>().ok_or(SHORT)?;
    Ok((Standing::from_bytes(*standing), *key))
}

/// Whose room a packet takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Share {
    /// That of messages.
    Mail,
    /// That of records, which no message can push out.
    Records,
}

impl Share {
    /// That of packets of this kind.
    pub(crate) fn of(kind: PacketKind) -> Self {
        match kind {
            PacketKind::Record => Self::Records,
            PacketKind::Message | PacketKind::Prepaid | PacketKind::Deposit => Self::Mail,
        }
    }
}

/// What takes room: a packet, or the recall that came in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Occupant {
    /// Whose room it takes.
    pub(crate) share: Share,
    /// What it defends its room with.
    pub(crate) standing: Standing,
    /// Bytes charged for it.
    pub(crate) charge: u64,
}
