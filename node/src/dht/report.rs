//! What the DHT reports back to those who use it: plain values, nothing that refers to the driver.
//!
//! Computes only what can be read off a report.

use std::net::SocketAddr;

use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_proto::packet::{Packet, Rank};
use toxdrop_proto::record::InboxRecord;
use toxdrop_proto::tombstone::Tombstone;

use crate::store::StoreStats;
use crate::store::api::Entry;

/// A node that holds, or was asked to hold, something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Holder {
    /// Its DHT key.
    pub(crate) key: DhtPublicKey,
    /// Where it was reached.
    pub(crate) address: SocketAddr,
}

/// What one node answered to a Store or a TTL update.
#[derive(Clone, Debug)]
pub(crate) enum StoreStatus {
    /// It holds the packet now.
    Held,
    /// It held the packet already.
    AlreadyHeld,
    /// The packet was deleted or recalled.
    Tombstoned,
    /// It refused, for this reason.
    Refused(RefusalReason),
    /// It did not answer.
    NoAnswer,
}

/// Why a node refused.
#[derive(Clone, Debug)]
pub(crate) enum RefusalReason {
    /// More work is asked for.
    WorkTooLow {
        /// The greatest trial value that would do.
        target: u64,
    },
    /// By that node's clock the packet has expired.
    Expired,
    /// At most so many seconds to live.
    TtlTooLong {
        /// The greatest TTL in seconds.
        max: u64,
    },
    /// Full; the rank that would get in.
    Full {
        /// The rank needed.
        rank: Rank,
    },
    /// A newer record of the same inbox is held there.
    OlderRecord,
    /// Anything else, as the name of its code.
    Other(&'static str),
}

impl std::fmt::Display for RefusalReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::WorkTooLow { target } => {
                write!(
                    f,
                    "more work is asked for: the value must not exceed {target}"
                )
            }
            Self::Expired => f.write_str("by its clock the packet has expired"),
            Self::TtlTooLong { max } => write!(f, "at most {max} seconds to live are allowed"),
            Self::Full { rank } => {
                write!(f, "it is full; a rank of {:.1} would get in", rank.ratio())
            }
            Self::OlderRecord => f.write_str("it has a newer inbox record"),
            Self::Other(why) => f.write_str(why),
        }
    }
}

/// What came of storing or extending a packet.
#[derive(Clone, Debug, Default)]
pub(crate) struct StoreReport {
    /// Each node that was asked, with its answer.
    pub(crate) replicas: Vec<(Holder, StoreStatus)>,
    /// How many hold the packet.
    pub(crate) held: usize,
    /// How many of them are independent: in different networks, at most two from each.
    pub(crate) independent: usize,
    /// The tombstone that a node answered with: verified, it covers the packet.
    pub(crate) tombstone: Option<Tombstone>,
    /// A record packet that a node attached, verified: what the inbox asks for, or a newer record.
    pub(crate) record: Option<Packet>,
}

/// What came of looking for an inbox's record.
#[derive(Clone, Debug, Default)]
pub(crate) struct RecordReport {
    /// The newest valid one that was found.
    pub(crate) newest: Option<InboxRecord>,
    /// How many nodes were asked.
    pub(crate) asked: usize,
    /// How many of them answered.
    pub(crate) answered: usize,
}

/// What lies at an inbox's location.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listing {
    /// Each packet once, with the nodes that hold it.
    pub(crate) entries: Vec<ListedPacket>,
    /// How many nodes were asked.
    pub(crate) asked: usize,
    /// How many of them answered.
    pub(crate) answered: usize,
}

/// One packet of a listing.
#[derive(Clone, Debug)]
pub(crate) struct ListedPacket {
    /// What it looks like; of several expiries the latest.
    pub(crate) id: toxdrop_proto::ids::PacketId,
    /// Message or inbox record.
    pub(crate) kind: toxdrop_proto::packet::PacketKind,
    /// When it ends.
    pub(crate) expires: toxdrop_proto::ids::UnixSeconds,
    /// Who holds it.
    pub(crate) holders: Vec<Holder>,
}

/// What came of sending tombstones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DeleteReport {
    /// How many nodes were asked.
    pub(crate) asked: usize,
    /// How many of them answered.
    pub(crate) answered: usize,
    /// How many accepted at least one tombstone, or had it already.
    pub(crate) accepted: usize,
}

/// Where the node stands.
#[derive(Clone, Debug)]
pub(crate) struct DhtStatus {
    /// The node's DHT key.
    pub(crate) key: DhtPublicKey,
    /// The UDP addresses that it is bound to.
    pub(crate) addresses: Vec<SocketAddr>,
    /// Tox nodes in the table.
    pub(crate) tox_nodes: usize,
    /// Those of them that speak offline messages.
    pub(crate) capable_nodes: usize,
    /// Seconds since the driver started.
    pub(crate) uptime_seconds: u64,
    /// How full the store is.
    pub(crate) store: StoreStats,
    /// Whether packets for others are taken.
    pub(crate) store_for_others: bool,
}

/// A node of the routing table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KnownNode {
    /// Its DHT key.
    pub(crate) key: DhtPublicKey,
    /// Its address.
    pub(crate) address: SocketAddr,
    /// Whether it speaks offline messages.
    pub(crate) capable: bool,
    /// Length of the common prefix with our key, in bits.
    pub(crate) bucket: u32,
    /// Seconds since it was last heard from.
    pub(crate) last_seen_seconds: u64,
}

/// A page of the store, for the inspector.
#[derive(Clone, Debug, Default)]
pub(crate) struct StorePage {
    /// Held packets in order of (location, id).
    pub(crate) entries: Vec<Entry>,
    /// Whether there are more.
    pub(crate) more: bool,
}
