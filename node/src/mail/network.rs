//! What mail needs of the DHT, as a trait: the real thing is [`DhtHandle`], tests bring a network in memory.
//!
//! Adds nothing to what the handle does.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use toxdrop_proto::ids::{Location, PacketId, Salt, UnixSeconds};
use toxdrop_proto::keys::{InboxPublicKey, InboxSecret};
use toxdrop_proto::packet::StampedPacket;
use toxdrop_proto::tombstone::Tombstone;

use crate::net::{DhtError, DhtHandle, Subscription};
use toxdrop_dht::report::{DeleteReport, Holder, Listing, RecordReport, StoreReport};

/// The nodes in charge, from afar. An error means that there is no report at all.
#[async_trait]
pub(super) trait Network: Send + Sync {
    /// Stores a packet at the nodes in charge of its location.
    async fn store(&self, packet: StampedPacket) -> Result<StoreReport, DhtError>;

    /// Looks for the newest record of an inbox.
    async fn find_record(&self, key: InboxPublicKey) -> Result<RecordReport, DhtError>;

    /// Lists what lies at an inbox's location.
    async fn list(&self, owner: Arc<InboxSecret>, salt: Salt) -> Result<Listing, DhtError>;

    /// Fetches one listed packet; `None` where nobody has it any more.
    async fn retrieve(
        &self,
        owner: Arc<InboxSecret>,
        salt: Salt,
        id: PacketId,
        holders: Vec<Holder>,
    ) -> Result<Option<StampedPacket>, DhtError>;

    /// Sends tombstones to the nodes in charge of the location.
    async fn delete(
        &self,
        location: Location,
        tombstones: Vec<Tombstone>,
    ) -> Result<DeleteReport, DhtError>;

    /// Gives a stored packet a later expiry, paid for by `nonce`.
    async fn extend(
        &self,
        location: Location,
        id: PacketId,
        expires: UnixSeconds,
        nonce: u64,
    ) -> Result<StoreReport, DhtError>;

    /// Has what is stored at this location handed on at once, until the result is dropped.
    async fn subscribe(
        &self,
        owner: Arc<InboxSecret>,
        salt: Salt,
    ) -> Result<Box<dyn Deliveries>, DhtError>;
}

/// Packets as they are stored.
#[async_trait]
pub(super) trait Deliveries: Send {
    /// The next one; `None` when there will be no more.
    async fn next(&mut self) -> Option<Delivered>;
}

/// A packet that a node in charge handed on.
pub(super) struct Delivered {
    /// The packet; verified, at the subscribed location.
    pub(super) packet: StampedPacket,
    /// Takes the owner's tombstone back to that node.
    pub(super) acknowledge:
        Box<dyn FnOnce(Tombstone) -> BoxFuture<'static, Result<(), DhtError>> + Send>,
}

#[async_trait]
impl Network for DhtHandle {
    async fn store(&self, packet: StampedPacket) -> Result<StoreReport, DhtError> {
        Self::store(self, packet).await
    }

    async fn find_record(&self, key: InboxPublicKey) -> Result<RecordReport, DhtError> {
        Self::find_record(self, key).await
    }

    async fn list(&self, owner: Arc<InboxSecret>, salt: Salt) -> Result<Listing, DhtError> {
        Self::list(self, owner, salt).await
    }

    async fn retrieve(
        &self,
        owner: Arc<InboxSecret>,
        salt: Salt,
        id: PacketId,
        holders: Vec<Holder>,
    ) -> Result<Option<StampedPacket>, DhtError> {
        Self::retrieve(self, owner, salt, id, holders).await
    }

    async fn delete(
        &self,
        location: Location,
        tombstones: Vec<Tombstone>,
    ) -> Result<DeleteReport, DhtError> {
        Self::delete(self, location, tombstones).await
    }

    async fn extend(
        &self,
        location: Location,
        id: PacketId,
        expires: UnixSeconds,
        nonce: u64,
    ) -> Result<StoreReport, DhtError> {
        Self::extend(self, location, id, expires, nonce).await
    }

    async fn subscribe(
        &self,
        owner: Arc<InboxSecret>,
        salt: Salt,
    ) -> Result<Box<dyn Deliveries>, DhtError> {
        let subscription = Self::subscribe(self, owner, salt).await?;
        Ok(Box::new(subscription))
    }
}

#[async_trait]
impl Deliveries for Subscription {
    async fn next(&mut self) -> Option<Delivered> {
        let delivery = Self::next(self).await?;
        Some(Delivered {
            packet: delivery.packet.clone(),
            acknowledge: Box::new(move |tombstone| Box::pin(delivery.acknowledge(tombstone))),
        })
    }
}
