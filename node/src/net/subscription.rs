//! Live deliveries, as those who subscribed get them.
//!
//! Decrypts nothing and keeps nothing.

use tokio::sync::mpsc;
use toxdrop_dht::{DeliveryId, OpId};
use toxdrop_proto::packet::StampedPacket;
use toxdrop_proto::tombstone::Tombstone;

use super::command::{Command, Delivered};
use super::deadline::STATUS_DEADLINE;
use super::error::DhtError;

/// Live deliveries of one place. Dropping it ends the subscription.
#[derive(Debug)]
pub(crate) struct Subscription {
    pub(super) id: OpId,
    pub(super) deliveries: mpsc::Receiver<Delivered>,
    pub(super) commands: mpsc::Sender<Command>,
}

impl Subscription {
    /// The next packet; `None` when the driver has stopped.
    pub(crate) async fn next(&mut self) -> Option<Delivery> {
        let (id, packet) = self.deliveries.recv().await?;
        Some(Delivery {
            packet,
            id,
            commands: self.commands.clone(),
        })
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        // Where the queue is full or gone, the subscription runs out by itself: its receiver is closed.
        let _ = self.commands.try_send(Command::Unsubscribe(self.id));
    }
}

/// A packet handed on by a node in charge, the moment that it was stored there.
#[derive(Debug)]
pub(crate) struct Delivery {
    /// The packet; verified, at the subscribed place.
    pub(crate) packet: StampedPacket,
    id: DeliveryId,
    commands: mpsc::Sender<Command>,
}

impl Delivery {
    /// Acknowledges the packet, after the durable commit, by the owner's tombstone: its holder deletes it.
    /// Dropping a delivery instead leaves the packet where it is stored.
    ///
    /// # Errors
    /// [`DhtError`] where the driver did not take it; then the packet stays, to be deleted as fetched ones are.
    pub(crate) async fn acknowledge(self, tombstone: Tombstone) -> Result<(), DhtError> {
        let command = Command::Acknowledge {
            delivery: self.id,
            tombstone,
        };
        match tokio::time::timeout(STATUS_DEADLINE, self.commands.send(command)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(DhtError::Stopped),
            Err(_) => Err(DhtError::TimedOut),
        }
    }
}
