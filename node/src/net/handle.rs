//! `DhtHandle`: how the rest of the program uses the DHT and looks into the store.
//!
//! Cloneable and async; holds no protocol. Every call ends: with an answer, at its deadline, or when the
//! driver has stopped.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{broadcast, mpsc, oneshot, watch};
use toxdrop_dht::report::{DeleteReport, Holder, KnownNode, Listing, RecordReport, StoreReport};
use toxdrop_dht::storage::{Entry, StoreErrorKind};
use toxdrop_dht::{Families, OpResult, Operation};
use toxdrop_proto::ids::{Location, PacketId, UnixSeconds};
use toxdrop_proto::keys::{DhtPublicKey, PlaceSigner};
use toxdrop_proto::packet::StampedPacket;
use toxdrop_proto::tombstone::Tombstone;
use toxdrop_store::{Store, StoreEvent};

use super::command::{Command, Reply};
use super::deadline::{OPERATION_DEADLINE, STATUS_DEADLINE};
use super::error::DhtError;
use super::status::{DhtStatus, StorePage};
use super::subscription::Subscription;
use crate::clock::Clock;
use crate::join::alone::Standing;
use toxdrop_dht::Now;

/// Calls that wait for the driver; more make the caller wait.
pub(super) const COMMAND_QUEUE: usize = 256;

/// Packets delivered live that wait for their owner; more stay in the store, to be fetched.
pub(super) const DELIVERY_QUEUE: usize = 256;

/// Store events that a slow watcher may lag behind.
pub(super) const EVENT_QUEUE: usize = 1_024;

/// The way to the DHT. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct DhtHandle {
    pub(super) commands: mpsc::Sender<Command>,
    pub(super) events: broadcast::Sender<StoreEvent>,
    pub(super) store: Arc<Store>,
    pub(super) clock: Clock,
    pub(super) key: DhtPublicKey,
    pub(super) addresses: Arc<[SocketAddr]>,
    pub(super) relay_addresses: Arc<[SocketAddr]>,
    /// By how many seconds other nodes' clocks are ahead of ours, as the driver saw it last.
    pub(super) clock_offsets: watch::Receiver<(Now, Vec<i64>)>,
    /// How many Tox nodes are known.
    pub(super) tox_nodes: watch::Receiver<usize>,
    /// What the socket speaks.
    pub(super) families: Families,
    /// Whether the node has joined, as the task that sees to it says.
    pub(super) standing: watch::Receiver<Standing>,
}

impl DhtHandle {
    /// The node's DHT key.
    pub(crate) fn public_key(&self) -> DhtPublicKey {
        self.key
    }

    /// The UDP addresses that the node is bound to.
    pub(crate) fn udp_addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The TCP addresses at which the node is a relay; none where that is off.
    pub(crate) fn relay_addresses(&self) -> &[SocketAddr] {
        &self.relay_addresses
    }

    /// Stores a packet at the nodes in charge of its location; the report says how many hold it now, as soon as `quorum` of
    /// them do. The others get it behind that.
    ///
    /// # Errors
    /// [`DhtError`] where there is no report at all.
    pub(crate) async fn store(
        &self,
        packet: StampedPacket,
        quorum: usize,
    ) -> Result<StoreReport, DhtError> {
        match self.operate(Operation::Store { packet, quorum }).await? {
            OpResult::Stored(report) => Ok(report),
            _ => Err(DhtError::Stopped),
        }
    }

    /// By how many seconds the clocks of other nodes are ahead of this machine's: one figure a node that said so lately.
    pub(crate) fn clock_offsets(&self) -> Vec<i64> {
        let now = self.clock.now();
        let (then, offsets) = &*self.clock_offsets.borrow();
        // Should our wall clock have jumped since, they are not what they were.
        let by_wall = i128::from(now.unix.0) - i128::from(then.unix.0);
        let passed = now.mono.saturating_sub(then.mono).as_secs();
        let jump = i64::try_from(by_wall - i128::from(passed)).unwrap_or(i64::MAX);
        offsets
            .iter()
            .map(|ahead| ahead.saturating_sub(jump))
            .collect()
    }

    /// Looks for the record that lies at a place: the newest, whosever it is.
    ///
    /// # Errors
    /// [`DhtError`] where there is no report at all.
    pub(crate) async fn find_record(&self, location: Location) -> Result<RecordReport, DhtError> {
        match self.operate(Operation::FindRecord(location)).await? {
            OpResult::Record(report) => Ok(report),
            _ => Err(DhtError::Stopped),
        }
    }

    /// Lists what lies at a place, merged over the closest nodes.
    ///
    /// # Errors
    /// [`DhtError`] where there is no report at all.
    pub(crate) async fn list(&self, place: Arc<PlaceSigner>) -> Result<Listing, DhtError> {
        match self.operate(Operation::List { place }).await? {
            OpResult::Listed(listing) => Ok(listing),
            _ => Err(DhtError::Stopped),
        }
    }

    /// Fetches one listed packet from one of its holders, asked in turn.
    ///
    /// # Errors
    /// [`DhtError`] where nobody could be asked; `None` where nobody has it any more.
    pub(crate) async fn retrieve(
        &self,
        place: Arc<PlaceSigner>,
        id: PacketId,
        holders: Vec<Holder>,
    ) -> Result<Option<StampedPacket>, DhtError> {
        let operation = Operation::Retrieve { place, id, holders };
        match self.operate(operation).await? {
            OpResult::Retrieved(packet) => Ok(packet),
            _ => Err(DhtError::Stopped),
        }
    }

    /// Sends tombstones (deletions or recalls) to the nodes in charge of the location.
    ///
    /// # Errors
    /// [`DhtError`] where there is no report at all.
    pub(crate) async fn delete(
        &self,
        location: Location,
        tombstones: Vec<Tombstone>,
    ) -> Result<DeleteReport, DhtError> {
        let operation = Operation::Delete {
            location,
            tombstones,
        };
        match self.operate(operation).await? {
            OpResult::Deleted(report) => Ok(report),
            _ => Err(DhtError::Stopped),
        }
    }

    /// Gives a stored packet a later expiry, paid for by `nonce`; the report comes as that of a Store.
    ///
    /// # Errors
    /// [`DhtError`] where there is no report at all.
    pub(crate) async fn extend(
        &self,
        location: Location,
        id: PacketId,
        expires: UnixSeconds,
        nonce: u64,
        quorum: usize,
    ) -> Result<StoreReport, DhtError> {
        let operation = Operation::Extend {
            location,
            id,
            expires,
            nonce,
            quorum,
        };
        match self.operate(operation).await? {
            OpResult::Stored(report) => Ok(report),
            _ => Err(DhtError::Stopped),
        }
    }

    /// Asks the nodes in charge to hand on at once what is stored at this place, until the
    /// subscription is dropped. It is renewed meanwhile.
    ///
    /// # Errors
    /// [`DhtError`] where the driver did not take it.
    pub(crate) async fn subscribe(
        &self,
        place: Arc<PlaceSigner>,
    ) -> Result<Subscription, DhtError> {
        let (deliveries, receiver) = mpsc::channel(DELIVERY_QUEUE);
        let id = self
            .ask(STATUS_DEADLINE, |reply| Command::Subscribe {
                operation: Operation::Subscribe { place },
                deliveries,
                reply,
            })
            .await?;
        Ok(Subscription {
            id,
            deliveries: receiver,
            commands: self.commands.clone(),
        })
    }

    /// Where the node stands.
    ///
    /// # Errors
    /// [`DhtError`] where the driver gives no answer.
    pub(crate) async fn status(&self) -> Result<DhtStatus, DhtError> {
        self.ask(STATUS_DEADLINE, Command::Status).await
    }

    /// The nodes that this one knows.
    ///
    /// # Errors
    /// [`DhtError`] where the driver gives no answer.
    pub(crate) async fn routing_table(&self) -> Result<Vec<KnownNode>, DhtError> {
        self.ask(STATUS_DEADLINE, Command::RoutingTable).await
    }

    /// What happens in the store from now on. Who lags too far behind misses some.
    pub(crate) fn store_events(&self) -> broadcast::Receiver<StoreEvent> {
        self.events.subscribe()
    }

    /// A page of the store, of one location or of all.
    ///
    /// # Errors
    /// [`DhtError::Store`] where the store fails.
    pub(crate) async fn store_page(
        &self,
        location: Option<Location>,
        after: Option<(Location, PacketId)>,
        limit: usize,
    ) -> Result<StorePage, DhtError> {
        let now = self.clock.now().unix;
        self.look(move |store| store.page(now, location.as_ref(), after.as_ref(), limit))
            .await
            .map(|(entries, more)| StorePage { entries, more })
    }

    /// One held packet, with what is known of it.
    ///
    /// # Errors
    /// [`DhtError::Store`] where the store fails.
    pub(crate) async fn store_get(
        &self,
        location: Location,
        id: PacketId,
    ) -> Result<Option<(StampedPacket, Entry)>, DhtError> {
        let now = self.clock.now().unix;
        self.look(move |store| store.packet(now, &location, &id))
            .await
    }

    /// Stops the driver: ends subscriptions, writes what was accepted, closes the sockets. Returns when done.
    pub(crate) async fn shutdown(&self) {
        let (done, finished) = oneshot::channel();
        if self
            .send(STATUS_DEADLINE, Command::Shutdown(done))
            .await
            .is_ok()
        {
            // An error means that the driver is gone, which is what was wanted.
            let _ = tokio::time::timeout(OPERATION_DEADLINE, finished).await;
        }
    }

    async fn operate(&self, operation: Operation) -> Result<OpResult, DhtError> {
        let asked = self.ask(OPERATION_DEADLINE, |reply| Command::Operate {
            operation,
            reply,
        });
        match asked.await {
            Err(DhtError::NoNodes) => Err(self.no_nodes()),
            result => result,
        }
    }

    async fn ask<T>(
        &self,
        deadline: Duration,
        command: impl FnOnce(Reply<T>) -> Command,
    ) -> Result<T, DhtError> {
        let (reply, answer) = oneshot::channel();
        let whole = async {
            self.commands
                .send(command(reply))
                .await
                .map_err(|_| DhtError::Stopped)?;
            answer.await.unwrap_or(Err(DhtError::Stopped))
        };
        tokio::time::timeout(deadline, whole)
            .await
            .unwrap_or(Err(DhtError::TimedOut))
    }

    pub(super) async fn send(&self, deadline: Duration, command: Command) -> Result<(), DhtError> {
        match tokio::time::timeout(deadline, self.commands.send(command)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(DhtError::Stopped),
            Err(_) => Err(DhtError::TimedOut),
        }
    }

    async fn look<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Store) -> Result<T, StoreErrorKind> + Send + 'static,
    ) -> Result<T, DhtError> {
        let store = Arc::clone(&self.store);
        tokio::task::spawn_blocking(move || question(&store))
            .await
            .map_err(|_| DhtError::Stopped)?
            .map_err(DhtError::Store)
    }
}
