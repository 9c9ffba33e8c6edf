//! What the driver is asked to do, by handles and subscriptions.
//!
//! Carries nothing out.

use tokio::sync::{mpsc, oneshot};
use toxdrop_dht::report::KnownNode;
use toxdrop_dht::{DeliveryId, Families, OpId, OpResult, Operation, Peer};
use toxdrop_proto::packet::StampedPacket;
use toxdrop_proto::tombstone::Tombstone;

use super::error::DhtError;
use super::status::DhtStatus;

/// What the driver is asked to do.
pub(super) enum Command {
    /// An operation whose end is awaited.
    Operate {
        operation: Operation,
        reply: Reply<OpResult>,
    },
    Subscribe {
        operation: Operation,
        deliveries: mpsc::Sender<Delivered>,
        reply: Reply<OpId>,
    },
    Unsubscribe(OpId),
    Acknowledge {
        delivery: DeliveryId,
        tombstone: Tombstone,
    },
    SetFamilies(Families),
    TryBootstrap(Vec<Peer>),
    TryKnown(Vec<Peer>),
    Status(Reply<DhtStatus>),
    RoutingTable(Reply<Vec<KnownNode>>),
    Shutdown(oneshot::Sender<()>),
}

/// Where an answer goes.
pub(super) type Reply<T> = oneshot::Sender<Result<T, DhtError>>;

/// A packet that was delivered, and the name to acknowledge it by.
pub(super) type Delivered = (DeliveryId, StampedPacket);
