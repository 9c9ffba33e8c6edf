//! Nodes in memory: all of them are in charge of everything. They can be offline, refuse, and lose what they hold.
//!
//! They keep the rules of the store that mail relies on: stamps, tombstones, expiry.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use toxdrop_proto::ids::{Location, PacketId, Salt};
use toxdrop_proto::keys::{DhtPublicKey, InboxPublicKey, InboxSecret};
use toxdrop_proto::location::{inbox_location, record_points};
use toxdrop_proto::packet::{Packet, StampedPacket};
use toxdrop_proto::record::InboxRecord;
use toxdrop_proto::tombstone::Tombstone;

use super::super::network::{Delivered, Deliveries};
use super::*;
use crate::net::DhtError;
use toxdrop_dht::report::{
    DeleteReport, Holder, ListedPacket, Listing, RecordReport, RefusalReason, StoreReport,
    StoreStatus,
};

type Place = (Location, PacketId);

#[derive(Default)]
pub(super) struct FakeNode {
    pub(super) online: bool,
    /// Takes no tombstones.
    pub(super) refuses_deletes: bool,
    /// What it wants of senders, with the packet that it shows for it.
    pub(super) demands: Option<(Difficulty, Packet)>,
    /// Packets whose sender was shown what is wanted. It is shown once even to one whose stamp pays for more than it
    /// was made for: no test shall depend on luck.
    shown: HashSet<PacketId>,
    pub(super) packets: BTreeMap<Place, StampedPacket>,
    pub(super) tombstones: HashMap<Place, Tombstone>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) nodes: Vec<FakeNode>,
    /// Every packet that a node was asked to store.
    pub(super) stores: Vec<Packet>,
    pub(super) retrieved: usize,
    subscribers: Vec<(Location, mpsc::UnboundedSender<StampedPacket>)>,
}

pub(super) struct FakeNetwork {
    state: Arc<Mutex<State>>,
    time: Arc<TestTime>,
}

impl FakeNetwork {
    pub(super) fn new(nodes: usize, time: Arc<TestTime>) -> Arc<Self> {
        let online = || FakeNode {
            online: true,
            ..FakeNode::default()
        };
        let state = State {
            nodes: (0..nodes).map(|_| online()).collect(),
            ..State::default()
        };
        Arc::new(Self {
            state: Arc::new(Mutex::new(state)),
            time,
        })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Lets only so many nodes be online.
    pub(super) fn online(&self, count: usize) {
        for (number, node) in self.lock().nodes.iter_mut().enumerate() {
            node.online = number < count;
        }
    }

    /// How many nodes hold anything at a location.
    pub(super) fn packets_at(&self, location: Location) -> usize {
        let state = self.lock();
        let held = state.nodes.iter().flat_map(|node| node.packets.keys());
        held.filter(|(at, _)| *at == location).count()
    }

    /// How many subscriptions there are.
    pub(super) fn subscriptions(&self) -> usize {
        let mut state = self.lock();
        state.subscribers.retain(|(_, sender)| !sender.is_closed());
        state.subscribers.len()
    }

    fn ready(&self) -> Result<MutexGuard<'_, State>, DhtError> {
        let state = self.lock();
        if state.nodes.iter().any(|node| node.online) {
            Ok(state)
        } else {
            Err(DhtError::NoNodes)
        }
    }
}

fn holder(number: usize) -> Holder {
    Holder {
        key: DhtPublicKey::from_bytes([u8::try_from(number).unwrap(); 32]),
        address: SocketAddr::from(([11, 0, 0, 1], 33445)),
    }
}

impl FakeNode {
    fn store(&mut self, packet: &StampedPacket, now: UnixSeconds) -> (StoreStatus, Option<Packet>) {
        let place = (packet.location(), packet.id());
        if self.tombstones.contains_key(&place) {
            return (StoreStatus::Tombstoned, None);
        }
        if packet.expires() <= now {
            return (StoreStatus::Refused(RefusalReason::Expired), None);
        }
        if let Some((difficulty, shown)) = &self.demands {
            let target = packet.target(*difficulty, now);
            if self.shown.insert(packet.id()) || packet.value() > target {
                let refusal = RefusalReason::WorkTooLow { target };
                return (StoreStatus::Refused(refusal), Some(shown.clone()));
            }
        }
        match self.packets.insert(place, packet.clone()) {
            Some(_) => (StoreStatus::AlreadyHeld, None),
            None => (StoreStatus::Held, None),
        }
    }
}

#[async_trait]
impl Network for FakeNetwork {
    async fn store(&self, packet: StampedPacket) -> Result<StoreReport, DhtError> {
        let now = self.time.unix();
        let mut state = self.ready()?;
        state.stores.push(packet.clone().into_packet());
        let mut report = StoreReport::default();
        for (number, node) in state.nodes.iter_mut().enumerate() {
            let (status, shown) = match node.online {
                true => node.store(&packet, now),
                false => (StoreStatus::NoAnswer, None),
            };
            if matches!(status, StoreStatus::Held | StoreStatus::AlreadyHeld) {
                report.held += 1;
            }
            if matches!(status, StoreStatus::Tombstoned) {
                let place = (packet.location(), packet.id());
                report.tombstone = node.tombstones.get(&place).copied();
            }
            report.record = report.record.or(shown);
            report.replicas.push((holder(number), status));
        }
        report.independent = report.held;
        for (location, subscriber) in &state.subscribers {
            if *location == packet.location() {
                let _ = subscriber.send(packet.clone());
            }
        }
        Ok(report)
    }

    async fn find_record(&self, key: InboxPublicKey) -> Result<RecordReport, DhtError> {
        let state = self.ready()?;
        let points = record_points(&key);
        let mut newest: Option<InboxRecord> = None;
        let held = state.nodes.iter().filter(|node| node.online);
        for packet in held.flat_map(|node| node.packets.values()) {
            if let Some(record) = packet.record()
                && points.contains(&packet.location())
                && newest
                    .as_ref()
                    .is_none_or(|newest| record.supersedes(newest))
            {
                newest = Some(record.clone());
            }
        }
        Ok(RecordReport {
            newest,
            ..RecordReport::default()
        })
    }

    async fn list(&self, owner: Arc<InboxSecret>, salt: Salt) -> Result<Listing, DhtError> {
        let now = self.time.unix();
        let location = inbox_location(&owner.public(), salt);
        let state = self.ready()?;
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
        owner: Arc<InboxSecret>,
        salt: Salt,
        id: PacketId,
        _: Vec<Holder>,
    ) -> Result<Option<StampedPacket>, DhtError> {
        let place = (inbox_location(&owner.public(), salt), id);
        let mut state = self.ready()?;
        state.retrieved += 1;
        let mut online = state.nodes.iter().filter(|node| node.online);
        Ok(online.find_map(|node| node.packets.get(&place).cloned()))
    }

    async fn delete(
        &self,
        location: Location,
        tombstones: Vec<Tombstone>,
    ) -> Result<DeleteReport, DhtError> {
        let mut state = self.ready()?;
        let mut report = DeleteReport::default();
        for node in &mut state.nodes {
            report.asked += 1;
            if !node.online {
                continue;
            }
            report.answered += 1;
            let mut accepted = false;
            for tombstone in &tombstones {
                assert_eq!(tombstone.location, location);
                tombstone.verify(policy().network).unwrap();
                accepted |= node.entomb(tombstone);
            }
            report.accepted += usize::from(accepted);
        }
        Ok(report)
    }

    async fn extend(
        &self,
        location: Location,
        id: PacketId,
        expires: UnixSeconds,
        nonce: u64,
    ) -> Result<StoreReport, DhtError> {
        let now = self.time.unix();
        let mut state = self.ready()?;
        let mut report = StoreReport::default();
        for (number, node) in state.nodes.iter_mut().enumerate().filter(|(_, n)| n.online) {
            let Some(held) = node.packets.get_mut(&(location, id)) else {
                let refused = StoreStatus::Refused(RefusalReason::Other("not held"));
                report.replicas.push((holder(number), refused));
                continue;
            };
            *held = held
                .with_stamp(nonce, expires)
                .verify(now, &policy())
                .unwrap();
            report.held += 1;
            report.replicas.push((holder(number), StoreStatus::Held));
        }
        report.independent = report.held;
        Ok(report)
    }

    async fn subscribe(
        &self,
        owner: Arc<InboxSecret>,
        salt: Salt,
    ) -> Result<Box<dyn Deliveries>, DhtError> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let location = inbox_location(&owner.public(), salt);
        self.lock().subscribers.push((location, sender));
        Ok(Box::new(FakeDeliveries {
            state: Arc::clone(&self.state),
            receiver,
        }))
    }
}

impl FakeNode {
    fn entomb(&mut self, tombstone: &Tombstone) -> bool {
        let place = (tombstone.location, tombstone.id);
        if self.refuses_deletes {
            return false;
        }
        if self.tombstones.contains_key(&place) {
            return true;
        }
        let covered = |packet: &StampedPacket| tombstone.covers(packet);
        if !self.packets.get(&place).is_some_and(covered) {
            return false;
        }
        self.packets.remove(&place);
        self.tombstones.insert(place, *tombstone);
        true
    }
}

struct FakeDeliveries {
    state: Arc<Mutex<State>>,
    receiver: mpsc::UnboundedReceiver<StampedPacket>,
}

#[async_trait]
impl Deliveries for FakeDeliveries {
    async fn next(&mut self) -> Option<Delivered> {
        let packet = self.receiver.recv().await?;
        let state = Arc::clone(&self.state);
        Some(Delivered {
            packet,
            acknowledge: Box::new(move |tombstone| {
                Box::pin(async move {
                    // One node handed it on.
                    let mut state = state.lock().unwrap();
                    state.nodes.first_mut().unwrap().entomb(&tombstone);
                    Ok(())
                })
            }),
        })
    }
}
