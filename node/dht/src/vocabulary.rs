//! What can be asked of the DHT, and what comes of it.
//!
//! Does nothing: the engine carries operations out.

use std::sync::Arc;

use toxdrop_proto::ids::{Location, PacketId, UnixSeconds};
use toxdrop_proto::keys::PlaceSigner;
use toxdrop_proto::packet::StampedPacket;
use toxdrop_proto::tombstone::Tombstone;

use crate::deliveries::DeliveryId;
use crate::peer::Peer;
use crate::reachability::Reachability;
use crate::report::{DeleteReport, Holder, Listing, RecordReport, StoreReport};

/// Names an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OpId(pub(crate) u64);

/// What can be asked of the DHT.
#[derive(Clone, Debug)]
pub enum Operation {
    /// Store a packet at the nodes in charge of its location.
    Store {
        /// The packet.
        packet: StampedPacket,
        /// So many independent replicas end it for whoever waits: what is known then is the result, and the rest is brought to
        /// the other nodes in charge behind that. From the number of replicas on all of them are waited for.
        quorum: usize,
    },
    /// Let a stored packet live longer.
    Extend {
        /// Where it lies.
        location: Location,
        /// Which packet.
        id: PacketId,
        /// Its new expiry.
        expires: UnixSeconds,
        /// The nonce that pays for it.
        nonce: u64,
        /// As of a Store.
        quorum: usize,
    },
    /// Find the record that lies at a place: the newest, whosever it is.
    FindRecord(Location),
    /// List what lies at a place. Signed by its key: the engine never learns whose inbox it belongs to.
    List {
        /// What signs for the place.
        place: Arc<PlaceSigner>,
    },
    /// Take one packet from one of its holders.
    Retrieve {
        /// What signs for the place.
        place: Arc<PlaceSigner>,
        /// Which packet.
        id: PacketId,
        /// Who holds it; asked in turn.
        holders: Vec<Holder>,
    },
    /// Send tombstones, all of one location. Packets of these names that are on their way there are taken back.
    Delete {
        /// The location.
        location: Location,
        /// The tombstones.
        tombstones: Vec<Tombstone>,
    },
    /// Have packets handed on as they are stored, until cancelled.
    Subscribe {
        /// What signs for the place.
        place: Arc<PlaceSigner>,
    },
}

impl Operation {
    /// A Store whose result is that of all replicas.
    #[must_use]
    pub fn store(packet: StampedPacket) -> Self {
        let quorum = usize::MAX;
        Self::Store { packet, quorum }
    }
}

/// How an operation ended.
#[derive(Clone, Debug)]
pub enum OpResult {
    /// Of Store and Extend.
    Stored(StoreReport),
    /// Of FindRecord.
    Record(RecordReport),
    /// Of List.
    Listed(Listing),
    /// Of Retrieve; `None` if no holder has it (any more).
    Retrieved(Option<StampedPacket>),
    /// Of Delete.
    Deleted(DeleteReport),
}

/// What happened, for those above.
#[derive(Debug)]
pub enum Event {
    /// An operation has ended for whoever waits for it. A Store or Extend may go on behind that; cancelling it stops it.
    Done(OpId, OpResult),
    /// A packet was handed on to a subscription of ours; verified, at the subscribed location.
    Delivered {
        /// The subscription.
        op: OpId,
        /// To acknowledge it by, with [`crate::Engine::acknowledge`].
        delivery: DeliveryId,
        /// The packet.
        packet: StampedPacket,
    },
    /// A node that speaks offline messages entered the table.
    CapableNodeFound(Peer),
    /// Whether others can reach us is judged otherwise than before, and with it, perhaps, whether we store for others
    /// ([`crate::Engine::stores_for_others`]).
    Reachability(Reachability),
}

/// Why an operation did not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// Too much is under way.
    #[error("too many operations at once: try again in a moment")]
    Busy,
    /// Nobody is known who could be asked, and we hold nothing for others ourselves.
    #[error(
        "no node that stores offline messages is known yet: check the bootstrap nodes, or wait a little"
    )]
    NoNodes,
}
