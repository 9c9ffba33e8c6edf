//! Every limit of the packet store, each of them a setting.
//!
//! Does not read configuration files; the daemon fills this in.

use std::collections::BTreeSet;

use toxdrop_proto::ids::Location;
use toxdrop_proto::packet::PacketPolicy;
use toxdrop_proto::pow::Difficulty;

/// Bytes charged for each held packet on top of its own: its keys in the five indexes and the tree's slack.
pub(crate) const PACKET_OVERHEAD: u64 = 640;

/// Bytes charged for each tombstone, its own 177 included.
pub(crate) const TOMBSTONE_CHARGE: u64 = 512;

/// Seconds that a tombstone lives after it was accepted or renewed: 28 days and the clock skew of 3 hours.
pub(crate) const TOMBSTONE_LIFE: u64 = 28 * 86_400 + 3 * 3_600;

/// What a store holds, for whom, and how much of it.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// The network, its floor of work, greatest TTL and clock skew.
    pub policy: PacketPolicy,
    /// Bytes that packets and tombstones together may be charged.
    pub size_limit: u64,
    /// Bytes that one location may be charged, unless it is always held.
    pub location_limit: u64,
    /// Bytes that all locations with one prefix may be charged.
    pub prefix_limit: u64,
    /// Leading bits of a location that count as its prefix, at most 32.
    pub prefix_bits: u8,
    /// Bytes that all tombstones may be charged.
    pub tombstone_limit: u64,
    /// Bytes that the tombstones of one location may be charged.
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
    /// A location gets 8 MiB (a hundred messages of full length), a prefix of 24 bits a quarter of the
    /// store, tombstones an eighth: a crowd around one victim cannot take the whole store.
    pub fn new(policy: PacketPolicy, size_limit: u64) -> Self {
        Self {
            policy,
            size_limit,
            location_limit: (8 << 20).min(size_limit),
            prefix_limit: size_limit / 4,
            prefix_bits: 24,
            tombstone_limit: size_limit / 8,
            location_tombstone_limit: (2 << 20).min(size_limit / 8),
            store_for_others: true,
            always_held: BTreeSet::new(),
        }
    }

    /// The network's floor.
    pub(crate) fn floor(&self) -> Difficulty {
        self.policy.floor
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
