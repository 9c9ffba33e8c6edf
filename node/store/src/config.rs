//! Every limit of the packet store, each of them a setting.
//!
//! Does not read configuration files; the daemon fills this in.

use std::collections::BTreeSet;

use toxdrop_proto::ids::Location;
use toxdrop_proto::packet::PacketPolicy;

/// Bytes charged for each held packet on top of its own: its keys in the indexes and the tree's slack.
pub(crate) const PACKET_OVERHEAD: u64 = 640;

/// Bytes charged for each tombstone of an owner: its own, its two keys and the trees' slack.
pub(crate) const TOMBSTONE_CHARGE: u64 = 256;

/// What a store holds, for whom, and how much of it.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// The network, its floor of work, greatest TTL and clock skew.
    pub policy: PacketPolicy,
    /// Bytes that packets and tombstones together may be charged. What the two shares below leave is for messages.
    pub size_limit: u64,
    /// Bytes that the messages of one location may be charged, unless it is always held.
    pub location_limit: u64,
    /// Bytes that the messages of all locations with one prefix may be charged.
    pub prefix_limit: u64,
    /// Leading bits of a location that count as its prefix, at most 32.
    pub prefix_bits: u8,
    /// Bytes that the records of all locations may be charged: their share, which no message can take.
    pub record_limit: u64,
    /// Bytes that the records of all locations with one prefix may be charged.
    pub prefix_record_limit: u64,
    /// Bytes that all tombstones of owners may be charged: their share, for which they do not compete.
    pub tombstone_limit: u64,
    /// Bytes that the owner's tombstones at one location may be charged; when they are used up, the oldest goes.
    pub location_tombstone_limit: u64,
    /// Whether packets for locations other than the ones always held are taken.
    pub store_for_others: bool,
    /// Locations whose packets are never evicted: one's own inboxes, a friend's.
    pub always_held: BTreeSet<Location>,
}

impl StoreConfig {
    /// The default size limit: 1 GiB.
    pub const DEFAULT_SIZE_LIMIT: u64 = 1 << 30;

    /// The defaults for a network with this policy, scaled to `size_limit`.
    ///
    /// A location gets 8 MiB for messages (five thousand packets of full length) and as much for its owner's tombstones
    /// (all of 1,000 messages a day for 28 days), a prefix of 24 bits a quarter of the store; records and owners'
    /// tombstones an eighth each: a crowd around one victim cannot take the whole store.
    pub fn new(policy: PacketPolicy, size_limit: u64) -> Self {
        let share = size_limit / 8;
        Self {
            policy,
            size_limit,
            location_limit: (8 << 20).min(size_limit),
            prefix_limit: size_limit / 4,
            prefix_bits: 24,
            record_limit: share,
            prefix_record_limit: share / 4,
            tombstone_limit: share,
            location_tombstone_limit: (8 << 20).min(share),
            store_for_others: true,
            always_held: BTreeSet::new(),
        }
    }

    /// Bytes that all messages may be charged.
    pub(crate) fn mail_limit(&self) -> u64 {
        self.size_limit
            .saturating_sub(self.record_limit)
            .saturating_sub(self.tombstone_limit)
    }

    /// Whether packets for this location are taken at all.
    pub(crate) fn holds_for(&self, location: &Location) -> bool {
        self.store_for_others || self.always_held.contains(location)
    }

    /// The prefix of a location, the bits after it cleared.
    pub(crate) fn prefix_of(&self, location: &Location) -> [u8; 4] {
        let [a, b, c, d, ..] = *location.as_bytes();
        let mask = u32::MAX
            .checked_shl(32 - u32::from(self.prefix_bits.min(32)))
            .unwrap_or(0);
        (u32::from_be_bytes([a, b, c, d]) & mask).to_be_bytes()
    }
}
