//! Nodes in memory as a network.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::sync::mpsc;
use toxdrop_proto::ids::{Location, PacketId, UnixSeconds};
use toxdrop_proto::keys::{DhtPublicKey, PlacePublicKey, PlaceSigner};
use toxdrop_proto::packet::{Packet, PacketPolicy, StampedPacket};
use toxdrop_proto::tombstone::Tombstone;

use crate::memory::clock::ManualClock;
use crate::memory::node::MemoryNode;
use crate::network::{
    DeleteReport, Delivered, Deliveries, Holder, ListedPacket, Listing, Network, NetworkError,
    RefusalReason, StoreReport, StoreStatus,
};

/// What holders were asked, as far as they can tell: who asked is not among it.
#[derive(Clone, Debug)]
pub enum Heard {
    /// To store this.
    Store(Packet),
    /// For the record of a place.
    FindRecord(Location),
    /// To list a place, by whom its key can sign for.
    List(PlacePublicKey),
    /// For a packet of a place, likewise.
    Retrieve(PlacePublicKey, PacketId),
    /// To hand on what is stored at a place, likewise.
    Subscribe(PlacePublicKey),
    /// To delete what these end.
    Delete(Vec<Tombstone>),
    /// To let a packet live longer.
    Extend(Location, PacketId, UnixSeconds),
}

/// The nodes, and what they were asked.
#[derive(Debug, Default)]
pub struct Nodes {
    /// Every node, by its number.
    pub nodes: Vec<MemoryNode>,
    /// All that they were asked, in order, and when.
    pub heard: Vec<(UnixSeconds, Heard)>,
    /// By how many seconds the nodes' clocks are ahead, one figure a node.
    pub clock_offsets: Vec<i64>,
    /// Requests that every honest node refuses: tombstones that do not verify or are for another location, and later expiries
    /// that are not paid for. Mail makes none.
    pub invalid: usize,
    subscribers: Vec<(Location, mpsc::UnboundedSender<StampedPacket>)>,
}

impl Nodes {
    /// Every packet that the nodes were asked to store, in order.
    #[must_use]
    pub fn stores(&self) -> Vec<Packet> {
        let stored = |(_, heard): &(UnixSeconds, Heard)| match heard {
            Heard::Store(packet) => Some(packet.clone()),
            _ => None,
        };
        self.heard.iter().filter_map(stored).collect()
    }

    /// How often a packet was retrieved, successfully or not.
    #[must_use]
    pub fn retrieved(&self) -> usize {
        let heard = self.heard.iter().map(|(_, heard)| heard);
        heard
            .filter(|heard| matches!(heard, Heard::Retrieve(..)))
            .count()
    }
}

/// The network. Clones share it.
#[derive(Clone, Debug)]
pub struct MemoryNetwork {
    state: Arc<Mutex<Nodes>>,
    policy: PacketPolicy,
    clock: Arc<ManualClock>,
}

impl MemoryNetwork {
    /// So many nodes, all online, which keep this policy and go by this clock.
    #[must_use]
    pub fn new(nodes: usize, policy: PacketPolicy, clock: Arc<ManualClock>) -> Self {
        let state = Nodes {
            nodes: vec![MemoryNode::new(); nodes],
            ..Nodes::default()
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            policy,
            clock,
        }
    }

    /// The nodes, to look at and to change. They answer nobody until the guard is dropped.
    pub fn lock(&self) -> MutexGuard<'_, Nodes> {
        // Who panicked with the guard in hand was a test, and has failed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets only so many nodes be online.
    pub fn online(&self, count: usize) {
        for (number, node) in self.lock().nodes.iter_mut().enumerate() {
            node.online = number < count;
        }
    }

    /// How many packets lie at a location, counted at each node that holds them.
    #[must_use]
    pub fn packets_at(&self, location: Location) -> usize {
        let state = self.lock();
        let held = state.nodes.iter().flat_map(|node| node.packets.keys());
        held.filter(|(at, _)| *at == location).count()
    }

    /// How many subscriptions there are.
    #[must_use]
    pub fn subscriptions(&self) -> usize {
        let mut state = self.lock();
        state.subscribers.retain(|(_, sender)| !sender.is_closed());
        state.subscribers.len()
    }

    fn ready(&self) -> Result<MutexGuard<'_, Nodes>, NetworkError> {
        let state = self.lock();
        if state.nodes.iter().any(|node| node.online) {
            Ok(state)
        } else {
            Err(NetworkError::NoNodes)
        }
    }

    /// The nodes, if any is online, which were asked this.
    fn asked(&self, what: Heard) -> Result<MutexGuard<'_, Nodes>, NetworkError> {
        let mut state = self.ready()?;
        state.heard.push((self.clock.unix(), what));
        Ok(state)
    }
}

/// The name of a node; all of them are in one place.
fn holder(number: usize) -> Holder {
    Holder {
        key: DhtPublicKey::from_bytes([u8::try_from(number).unwrap_or(u8::MAX); 32]),
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, 33445)),
    }
}

#[async_trait]
impl Network for MemoryNetwork {
    async fn store(&self, packet: StampedPacket, _: usize) -> Result<StoreReport, NetworkError> {
        let now = self.clock.unix();
        let mut state = self.asked(Heard::Store(packet.clone().into_packet()))?;
        let mut report = StoreReport::default();
        for node in &mut state.nodes {
            let (status, shown) = match node.online {
                true => node.store(&packet, now, &self.policy),
                false => (StoreStatus::NoAnswer, None),
            };
            if matches!(status, StoreStatus::Tombstoned) {
                let place = (packet.location(), packet.id());
                report.tombstone = node.tombstones.get(&place).copied();
            }
            report.record = report.record.or(shown);
            report.answers.push(status);
        }
        report.independent = report.held();
        for (location, subscriber) in &state.subscribers {
            if *location == packet.location() {
                let _ = subscriber.send(packet.clone());
            }
        }
        Ok(report)
    }

    async fn find_record(&self, location: Location) -> Result<Option<StampedPacket>, NetworkError> {
        let now = self.clock.unix();
        let state = self.asked(Heard::FindRecord(location))?;
        let online = state.nodes.iter().filter(|node| node.online);
        let records = online.filter_map(|node| node.record(location, now));
        let newest = records.reduce(|newest, record| {
            if record.replaces(newest) {
                record
            } else {
                newest
            }
        });
        Ok(newest.cloned())
    }

    async fn list(&self, place: Arc<PlaceSigner>) -> Result<Listing, NetworkError> {
        let now = self.clock.unix();
        let location = place.public().location();
        let state = self.asked(Heard::List(place.public()))?;
        let mut found: BTreeMap<PacketId, ListedPacket> = BTreeMap::new();
        let mut answered = 0;
        for (number, node) in state.nodes.iter().enumerate().filter(|(_, n)| n.online) {
            answered += 1;
            for ((at, id), packet) in &node.packets {
                if *at == location && packet.expires() > now {
                    let entry = found.entry(*id).or_insert_with(|| ListedPacket {
                        id: *id,
                        kind: packet.kind(),
                        expires: packet.expires(),
                        holders: Vec::new(),
                    });
                    entry.expires = entry.expires.max(packet.expires());
                    entry.holders.push(holder(number));
                }
            }
        }
        Ok(Listing {
            entries: found.into_values().collect(),
            asked: state.nodes.len(),
            answered,
        })
    }

    async fn retrieve(
        &self,
        place: Arc<PlaceSigner>,
        id: PacketId,
        _: Vec<Holder>,
    ) -> Result<Option<StampedPacket>, NetworkError> {
        let name = (place.public().location(), id);
        let state = self.asked(Heard::Retrieve(place.public(), id))?;
        let mut online = state.nodes.iter().filter(|node| node.online);
        Ok(online.find_map(|node| node.packets.get(&name).cloned()))
    }

    async fn delete(
        &self,
        location: Location,
        tombstones: Vec<Tombstone>,
    ) -> Result<DeleteReport, NetworkError> {
        let mut state = self.asked(Heard::Delete(tombstones.clone()))?;
        let valid = |tombstone: &Tombstone| {
            tombstone.location() == location && tombstone.verify(self.policy.network).is_ok()
        };
        let (valid, invalid): (Vec<_>, Vec<_>) = tombstones.into_iter().partition(valid);
        state.invalid += invalid.len();
        let mut report = DeleteReport {
            asked: state.nodes.len(),
            accepted: 0,
        };
        for node in state.nodes.iter_mut().filter(|node| node.online) {
            let taken = valid
                .iter()
                .filter(|tombstone| node.entomb(tombstone))
                .count();
            report.accepted += usize::from(taken > 0);
        }
        Ok(report)
    }

    async fn extend(
        &self,
        location: Location,
        id: PacketId,
        expires: UnixSeconds,
        nonce: u64,
        _: usize,
    ) -> Result<StoreReport, NetworkError> {
        let (now, policy) = (self.clock.unix(), &self.policy);
        let mut state = self.asked(Heard::Extend(location, id, expires))?;
        let mut report = StoreReport::default();
        let Nodes { nodes, invalid, .. } = &mut *state;
        for node in nodes.iter_mut().filter(|node| node.online) {
            let status = node.extend((location, id), (expires, nonce), now, policy);
            *invalid += usize::from(status.is_none());
            let unpaid = || StoreStatus::Refused(RefusalReason::Other("less work than before"));
            report.answers.push(status.unwrap_or_else(unpaid));
        }
        report.independent = report.held();
        Ok(report)
    }

    async fn subscribe(
        &self,
        place: Arc<PlaceSigner>,
    ) -> Result<Box<dyn Deliveries>, NetworkError> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let location = place.public().location();
        let mut state = self.asked(Heard::Subscribe(place.public()))?;
        state.subscribers.push((location, sender));
        Ok(Box::new(MemoryDeliveries {
            network: self.clone(),
            receiver,
        }))
    }

    fn clock_offsets(&self) -> Vec<i64> {
        self.lock().clock_offsets.clone()
    }
}

struct MemoryDeliveries {
    network: MemoryNetwork,
    receiver: mpsc::UnboundedReceiver<StampedPacket>,
}

#[async_trait]
impl Deliveries for MemoryDeliveries {
    async fn next(&mut self) -> Option<Delivered> {
        let packet = self.receiver.recv().await?;
        let network = self.network.clone();
        let acknowledge = move |tombstone: Tombstone| {
            let valid = tombstone.verify(network.policy.network).is_ok();
            let mut state = network.lock();
            state.invalid += usize::from(!valid);
            // One node handed it on.
            if let Some(node) = state.nodes.first_mut().filter(|_| valid) {
                node.entomb(&tombstone);
            }
            Box::pin(std::future::ready(Ok(()))) as _
        };
        Some(Delivered {
            packet,
            acknowledge: Box::new(acknowledge),
        })
    }
}
