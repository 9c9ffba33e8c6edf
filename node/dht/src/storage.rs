//! The vocabulary in which the engine and a packet store meet: what the engine may ask, and what it is told.
//!
//! Holds no logic: the rules and the database are the store's. Any store that answers so will do.

use toxdrop_proto::ids::{Location, PacketId, UnixSeconds};
use toxdrop_proto::packet::{Packet, PacketKind, StampedPacket, Standing};
use toxdrop_proto::tombstone::Tombstone;

/// One question or change put to the store. Changes are answered after their commit is durable.
#[derive(Clone, Debug)]
pub enum StorageRequest {
    /// Hold this packet.
    Put {
        /// The packet, its work already checked against the network's floor.
        packet: StampedPacket,
        /// Where it comes from, which decides the difficulty that binds it.
        source: PutSource,
    },
    /// Prolong a held packet's life: the stamp for the later expiry is all that is sent.
    Extend {
        /// Where the packet lies.
        location: Location,
        /// Which packet.
        id: PacketId,
        /// Its new, later expiry.
        expires: UnixSeconds,
        /// The nonce that pays for it.
        nonce: u64,
        /// Where the update comes from, which decides the difficulty that binds it.
        source: PutSource,
    },
    /// Delete held packets for good. The tombstones' signatures are already verified.
    Entomb {
        /// One tombstone a packet; answered in the same order.
        tombstones: Vec<Tombstone>,
    },
    /// Packets at one location, in order of id.
    List {
        /// The location.
        location: Location,
        /// Only ids after this one.
        after: Option<PacketId>,
        /// At most so many entries.
        limit: usize,
    },
    /// One whole packet.
    Get {
        /// Where it lies.
        location: Location,
        /// Which packet.
        id: PacketId,
    },
    /// The inbox record held at that location: the one that no other of this place replaces.
    Record {
        /// A record point, or a place where mail lies.
        location: Location,
    },
    /// A peer offers these packets: what is lacking, what would live longer, what is deleted?
    Offered {
        /// Location, id and expiry of each packet that the peer holds.
        offers: Vec<(Location, PacketId, UnixSeconds)>,
    },
    /// All held packets in order of (location, id), for replication and for the inspector.
    Scan {
        /// Only what comes after this packet.
        after: Option<(Location, PacketId)>,
        /// At most so many entries.
        limit: usize,
    },
}

/// Where a packet that shall be held comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PutSource {
    /// A sender: the terms of the location's record bind it, if one is in force.
    Sender,
    /// Another node handing over what it holds: the same terms bind it, unless it may be older than they are.
    HandOver,
    /// This node's own user: the network's floor is enough.
    Own,
}

/// The answer to one [`StorageRequest`], of the variant of the same name, or `Failed`.
#[derive(Clone, Debug)]
pub enum StorageReply {
    /// To `Put`.
    Put(PutOutcome),
    /// To `Extend`.
    Extended(ExtendOutcome),
    /// To `Entomb`, one outcome for each tombstone.
    Entombed(Vec<EntombOutcome>),
    /// To `List`.
    Listed {
        /// What is held, in order of id.
        entries: Vec<Entry>,
        /// Whether there is more after the last entry.
        more: bool,
    },
    /// To `Get`; `None` if not held (any more).
    Got(Option<StampedPacket>),
    /// To `Record`; `None` if there is none.
    Record(Option<StampedPacket>),
    /// To `Offered`, one verdict for each offer.
    Offered(Vec<OfferVerdict>),
    /// To `Scan`.
    Scanned {
        /// What is held, in order of (location, id).
        entries: Vec<Entry>,
        /// Whether there is more after the last entry.
        more: bool,
    },
    /// The store could not do it; nothing changed.
    Failed(StoreErrorKind),
}

/// What became of a packet that was to be held.
#[derive(Clone, Debug)]
pub enum PutOutcome {
    /// New, and now durable.
    Held,
    /// It was there; its life is now the longer of the two.
    AlreadyHeld,
    /// It was deleted by its owner or recalled by its sender; this proves it.
    Tombstoned(Tombstone),
    /// Not held.
    Refused(StoreRefusal),
}

/// What became of a TTL update.
#[derive(Clone, Debug)]
pub enum ExtendOutcome {
    /// The packet lives until the new expiry, durably.
    Extended,
    /// It was deleted by its owner or recalled by its sender; this proves it.
    Tombstoned(Tombstone),
    /// Nothing changed.
    Refused(StoreRefusal),
}

/// What became of one tombstone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntombOutcome {
    /// The packet is gone, durably, and cannot come back.
    Accepted,
    /// A tombstone for this packet was there already.
    Already,
    /// No such packet is held, so its tombstone is not taken either.
    NotHeld,
    /// The signer has no right to this packet (a recall by another ephemeral key).
    NotAuthorised,
}

/// Why a packet or an update was not taken. The answers on the wire are made from these.
#[derive(Clone, Debug)]
pub enum StoreRefusal {
    /// The work does not reach what is asked for here.
    WorkTooLow {
        /// The greatest trial value that would do.
        target: u64,
        /// The signed inbox record that asks for it; `None` if it is the network's floor.
        record: Option<Packet>,
    },
    /// Its expiry has passed.
    Expired,
    /// It would live longer than the network, the terms of the place's record or its own last day allow.
    TtlTooLong {
        /// The greatest TTL in seconds.
        max: u64,
    },
    /// The store, the location or the neighbourhood is full, and this packet stands too low to push others out.
    Full {
        /// The standing that would get in; [`Standing::MAX`] where none would.
        standing: Standing,
    },
    /// This node stores nothing for others.
    NotStoring,
    /// Not held here (any more).
    NotHeld,
    /// The new expiry is not later than the present one.
    EarlierExpiry,
    /// The new stamp shows less work than the present one.
    LowerStanding,
    /// A newer record of the same place is held; here it is.
    OlderRecord {
        /// The newer record's packet.
        newer: Packet,
    },
    /// The packet contradicts itself.
    Malformed,
}

/// What a held packet looks like from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it lies.
    pub location: Location,
    /// Which packet.
    pub id: PacketId,
    /// What it holds.
    pub kind: PacketKind,
    /// Length of the whole packet in bytes.
    pub size: u16,
    /// When it ends.
    pub expires: UnixSeconds,
    /// When this node stored it.
    pub stored: UnixSeconds,
    /// Work shown ÷ bytes charged.
    pub standing: Standing,
}

/// What this node says to one offered packet.
#[derive(Clone, Debug)]
pub enum OfferVerdict {
    /// Not held, and welcome.
    Lacking,
    /// Held, but the peer's copy lives longer.
    Extend,
    /// Held, as long or longer.
    Held,
    /// Not held and not wanted (expired, or this node stores nothing for others).
    Unwanted,
    /// Deleted; this proves it.
    Entombed(Tombstone),
}

/// Why the store could not answer. Details are in the log of the node, not on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum StoreErrorKind {
    /// More changes are waiting than the queue takes.
    #[error("the store is busy: try again in a moment")]
    Busy,
    /// The disk refused to write or read.
    #[error("the disk failed or is full: free some space or check the disk, then restart the node")]
    Io,
    /// The database file does not hold what it should.
    #[error("the store file is damaged: restart the node, which will say what to do")]
    Corrupt,
    /// The store is being closed.
    #[error("the node is shutting down")]
    Closed,
}

impl StorageRequest {
    /// Whether it may change something, and therefore waits for a durable commit.
    pub fn is_change(&self) -> bool {
        match self {
            Self::Put { .. } | Self::Extend { .. } | Self::Entomb { .. } => true,
            Self::List { .. }
            | Self::Get { .. }
            | Self::Record { .. }
            | Self::Offered { .. }
            | Self::Scan { .. } => false,
        }
    }
}
