//! What the DHT reports back to those who use it: plain values, nothing that refers to the driver.
//!
//! Computes only what can be read off a report.

use std::net::SocketAddr;

use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_proto::packet::{Packet, StampedPacket, Standing};
use toxdrop_proto::tombstone::Tombstone;

/// A node that holds, or was asked to hold, something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Holder {
    /// Its DHT key.
    pub key: DhtPublicKey,
    /// Where it was reached.
    pub address: SocketAddr,
}

/// What one node answered to a Store or a TTL update.
#[derive(Clone, Debug)]
pub enum StoreStatus {
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
pub enum RefusalReason {
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
    /// Full; the standing that would get in.
    Full {
        /// The standing needed.
        standing: Standing,
    },
    /// A newer record of the same place is held there.
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
            Self::Full { standing } => {
                write!(f, "it is full; a standing of {standing} would get in")
            }
            Self::OlderRecord => f.write_str("it has a newer inbox record"),
            Self::Other(why) => f.write_str(why),
        }
    }
}

/// What came of storing or extending a packet.
#[derive(Clone, Debug, Default)]
pub struct StoreReport {
    /// Each node that was asked, with its answer.
    pub replicas: Vec<(Holder, StoreStatus)>,
    /// How many hold the packet.
    pub held: usize,
    /// How many of them are independent: in different networks, at most two from each.
    pub independent: usize,
    /// The tombstone that a node answered with: verified, it covers the packet.
    pub tombstone: Option<Tombstone>,
    /// A record packet that a node attached, verified: what the inbox asks for, or a newer record.
    pub record: Option<Packet>,
}

/// What came of looking for the record of a place.
#[derive(Clone, Debug, Default)]
pub struct RecordReport {
    /// The newest valid one that was found: its work, key and signature hold.
    pub newest: Option<StampedPacket>,
    /// How many nodes were asked.
    pub asked: usize,
    /// How many of them answered.
    pub answered: usize,
}

/// What lies at a place.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// Each packet once, with the nodes that hold it.
    pub entries: Vec<ListedPacket>,
    /// How many nodes were asked.
    pub asked: usize,
    /// How many of them answered.
    pub answered: usize,
}

/// One packet of a listing.
#[derive(Clone, Debug)]
pub struct ListedPacket {
    /// What it looks like; of several expiries the latest.
    pub id: toxdrop_proto::ids::PacketId,
    /// What it holds.
    pub kind: toxdrop_proto::packet::PacketKind,
    /// When it ends.
    pub expires: toxdrop_proto::ids::UnixSeconds,
    /// Who holds it.
    pub holders: Vec<Holder>,
}

/// What came of sending tombstones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeleteReport {
    /// How many nodes were asked.
    pub asked: usize,
    /// How many of them answered.
    pub answered: usize,
    /// How many accepted at least one tombstone, or had it already.
    pub accepted: usize,
}

/// A node of the routing table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownNode {
    /// Its DHT key.
    pub key: DhtPublicKey,
    /// Its address.
    pub address: SocketAddr,
    /// Whether it speaks offline messages.
    pub capable: bool,
    /// Length of the common prefix with our key, in bits.
    pub bucket: u32,
    /// Seconds since it was last heard from.
    pub last_seen_seconds: u64,
}
