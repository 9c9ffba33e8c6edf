//! What mail needs of the nodes in charge, as a trait, and the words in which they report.
//!
//! Looks nobody up and sends nothing: whoever has a network brings it. [`memory`](crate::memory) has one for tests.

use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use toxdrop_proto::ids::{Location, PacketId, UnixSeconds};
use toxdrop_proto::keys::{DhtPublicKey, PlaceSigner};
use toxdrop_proto::packet::{Packet, PacketKind, StampedPacket, Standing};
use toxdrop_proto::tombstone::Tombstone;

/// As a quorum: the report is about all nodes in charge.
pub const ALL: usize = usize::MAX;

/// The nodes in charge, from afar. What they answer is a report; an error means that there is no report at all.
#[async_trait]
pub trait Network: Send + Sync {
    /// Stores a packet at the nodes in charge of its location. The report comes as soon as `quorum` independent nodes hold it,
    /// or nobody is left to ask; the others get it behind that. With [`ALL`] the report is about all of them.
    ///
    /// # Errors
    /// [`NetworkError`] where there is no report at all.
    async fn store(
        &self,
        packet: StampedPacket,
        quorum: usize,
    ) -> Result<StoreReport, NetworkError>;

    /// Looks for the record that lies at one place: the newest, of an inbox that it does not know. `None` where no node has
    /// one. The packet is verified; mail opens it.
    ///
    /// # Errors
    /// [`NetworkError`] where nobody could be asked.
    async fn find_record(&self, location: Location) -> Result<Option<StampedPacket>, NetworkError>;

    /// Lists what lies at a place.
    ///
    /// # Errors
    /// [`NetworkError`] where there is no listing at all.
    async fn list(&self, place: Arc<PlaceSigner>) -> Result<Listing, NetworkError>;

    /// Fetches one listed packet from one of its holders; `None` where nobody has it any more.
    ///
    /// # Errors
    /// [`NetworkError`] where nobody could be asked.
    async fn retrieve(
        &self,
        place: Arc<PlaceSigner>,
        id: PacketId,
        holders: Vec<Holder>,
    ) -> Result<Option<StampedPacket>, NetworkError>;

    /// Sends tombstones, all for one location, to the nodes in charge of it.
    ///
    /// # Errors
    /// [`NetworkError`] where there is no report at all.
    async fn delete(
        &self,
        location: Location,
        tombstones: Vec<Tombstone>,
    ) -> Result<DeleteReport, NetworkError>;

    /// Gives a stored packet a later expiry, paid for by `nonce`; the report comes as that of [`Network::store`].
    ///
    /// # Errors
    /// [`NetworkError`] where there is no report at all.
    async fn extend(
        &self,
        location: Location,
        id: PacketId,
        expires: UnixSeconds,
        nonce: u64,
        quorum: usize,
    ) -> Result<StoreReport, NetworkError>;

    /// Has what is stored at this place handed on at once, until the result is dropped.
    ///
    /// # Errors
    /// [`NetworkError`] where nobody hands anything on.
    async fn subscribe(&self, place: Arc<PlaceSigner>)
    -> Result<Box<dyn Deliveries>, NetworkError>;

    /// By how many seconds the clocks of other nodes are ahead of this machine's, one figure a node that said so lately.
    /// Seal secrets are erased only if the median of them agrees.
    fn clock_offsets(&self) -> Vec<i64>;
}

/// Packets as they are stored.
#[async_trait]
pub trait Deliveries: Send {
    /// The next one; `None` when there will be no more.
    async fn next(&mut self) -> Option<Delivered>;
}

/// Takes the owner's tombstone back to the node that handed a packet on.
pub type Acknowledge =
    Box<dyn FnOnce(Tombstone) -> BoxFuture<'static, Result<(), NetworkError>> + Send>;

/// A packet that a node in charge handed on.
pub struct Delivered {
    /// The packet; verified, at the subscribed location.
    pub packet: StampedPacket,
    /// Called after the packet is safe on disk, or never.
    pub acknowledge: Acknowledge,
}

/// Why there is no report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// The network's own end on this machine has stopped.
    #[error("the node is shutting down")]
    Stopped,
    /// No end of it within its time.
    #[error("the network did not answer in time: check the connection and try again")]
    TimedOut,
    /// There is nobody to ask.
    #[error(
        "no node that stores offline messages is known yet: check the bootstrap nodes, or wait a little"
    )]
    NoNodes,
    /// Too much is under way.
    #[error("too many operations at once: try again in a moment")]
    Busy,
    /// Anything else, in words that say what to do.
    #[error("{0}")]
    Other(String),
}

/// A node that holds something. Mail hands it back to who named it, and looks into it no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Holder {
    /// Its DHT key.
    pub key: DhtPublicKey,
    /// Where it was reached.
    pub address: SocketAddr,
}

/// What came of storing or extending a packet.
#[derive(Clone, Debug, Default)]
pub struct StoreReport {
    /// What each node that was asked answered.
    pub answers: Vec<StoreStatus>,
    /// How many of those that hold it are independent: in different networks, at most two from each.
    pub independent: usize,
    /// The tombstone that a node answered with: verified, it covers the packet.
    pub tombstone: Option<Tombstone>,
    /// A record packet that a node attached, verified: what the place's owner asks for, or a newer record.
    pub record: Option<Packet>,
}

impl StoreReport {
    /// How many nodes hold the packet now.
    #[must_use]
    pub fn held(&self) -> usize {
        let holds = |status: &&StoreStatus| matches!(status, StoreStatus::Held);
        self.answers.iter().filter(holds).count()
    }
}

/// What one node answered to a packet or to a later expiry.
#[derive(Clone, Debug)]
pub enum StoreStatus {
    /// It holds the packet now, or held it already.
    Held,
    /// The packet was deleted or recalled.
    Tombstoned,
    /// It refused, for this reason.
    Refused(RefusalReason),
    /// It did not answer.
    NoAnswer,
}

/// Why a node refused. Shown to the sender, as the last problem of a message.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RefusalReason {
    /// More work is asked for.
    #[error("more work is asked for: the value must not exceed {target}")]
    WorkTooLow {
        /// The greatest trial value that would do.
        target: u64,
    },
    /// By that node's clock the packet has expired.
    #[error("by its clock the packet has expired")]
    Expired,
    /// At most so many seconds to live.
    #[error("at most {max} seconds to live are allowed")]
    TtlTooLong {
        /// The greatest TTL in seconds.
        max: u64,
    },
    /// Full; the standing that would get in.
    #[error("it is full; a standing of {standing} would get in")]
    Full {
        /// The standing needed.
        standing: Standing,
    },
    /// A newer record of the same place is held there.
    #[error("it has a newer inbox record")]
    OlderRecord,
    /// Anything else, in a few words.
    #[error("{0}")]
    Other(&'static str),
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
    /// Its id.
    pub id: PacketId,
    /// What it holds.
    pub kind: PacketKind,
    /// When it ends; of several expiries the latest.
    pub expires: UnixSeconds,
    /// Who holds it.
    pub holders: Vec<Holder>,
}

/// What came of sending tombstones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeleteReport {
    /// How many nodes were asked.
    pub asked: usize,
    /// How many accepted at least one tombstone, or had it already.
    pub accepted: usize,
}
