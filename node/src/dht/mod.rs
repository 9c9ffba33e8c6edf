//! The DHT, as a deterministic state machine: Tox's own, and offline messaging on top of it.
//!
//! Performs no I/O and reads no clock: datagrams, time and the store's answers come in as arguments; datagrams, storage
//! requests and events are polled out. The daemon and the tests' virtual network run the same code.
#![allow(
    clippy::large_enum_variant,
    clippy::result_large_err,
    reason = "events, answers and refusals carry packets, tombstones and records by value; they are short-lived and few"
)]

mod ask;
mod capability;
mod config;
mod core;
mod deliveries;
#[cfg(test)]
mod hostile_tests;
mod limits;
mod lookup;
mod operation;
mod replication;
pub(crate) mod report;
mod requests;
mod routing_table;
mod server;
mod sessions;
mod subscriptions;
#[cfg(test)]
mod testnet;
#[cfg(test)]
mod tests;
mod tokens;
mod tox;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use rand_core::RngCore;
use toxdrop_proto::ids::{Location, common_prefix_len};
use toxdrop_proto::keys::{DhtKeyPair, DhtPublicKey};
use toxdrop_proto::packet::StampedPacket;
use toxdrop_proto::tombstone::Tombstone;
use toxdrop_proto::wire::{EnvelopeId, Head, Request, Response, peek};

use self::core::{Answer, Core, Finished, StorageFor};
use ask::Ask;
use capability::Capability;
pub(crate) use config::DhtConfig;
use deliveries::Deliveries;
pub(crate) use deliveries::DeliveryId;
use limits::{Bucket, PerSource};
use operation::{Context, Running};
pub(crate) use operation::{OpId, OpResult, Operation};
use replication::Replication;
use report::KnownNode;
use requests::Purpose;
pub(crate) use routing_table::Peer;
use server::Origin;
use sessions::SessionId;
use subscriptions::Subscriptions;
use tox::ToxSide;

use crate::clock::Now;
use crate::store::api::{StorageReply, StorageRequest};

/// How often maintenance looks around.
const TICK: Duration = Duration::from_secs(1);
/// How often the neighbourhood of our own key is searched.
const REFRESH: Duration = Duration::from_secs(60);
/// How soon after the first capable node was found.
const FIRST_REFRESH: Duration = Duration::from_secs(1);
/// Requests of ours that wait for an answer; new operations are refused beyond.
const MAX_REQUESTS: usize = 16_384;

/// Names a storage request between engine and driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Ticket(u64);

/// A datagram to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Transmit {
    /// Where to.
    pub(crate) to: SocketAddr,
    /// What.
    pub(crate) bytes: Vec<u8>,
}

/// What happened, for those above.
#[derive(Debug)]
pub(crate) enum Event {
    /// An operation has ended.
    Done(OpId, OpResult),
    /// A packet was handed on to a subscription of ours; verified, at the subscribed location.
    Delivered {
        /// The subscription.
        op: OpId,
        /// To acknowledge it by, with [`Engine::acknowledge`].
        delivery: DeliveryId,
        /// The packet.
        packet: StampedPacket,
    },
    /// A node that speaks offline messages entered the table.
    CapableNodeFound(Peer),
}

/// Why an operation did not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StartError {
    /// Too much is under way.
    #[error("too many operations at once: try again in a moment")]
    Busy,
    /// Nobody is known who could be asked, and we hold nothing for others ourselves.
    #[error(
        "no node that stores offline messages is known yet: check the bootstrap nodes, or wait a little"
    )]
    NoNodes,
}

/// The engine.
pub(crate) struct Engine {
    core: Core,
    tox: ToxSide,
    capability: Capability,
    replication: Replication,
    subscriptions: Subscriptions,
    deliveries: Deliveries,
    operations: BTreeMap<OpId, Running>,
    next_op: u64,
    next_tick: Duration,
    next_refresh: Duration,
    sources: PerSource,
    hellos: Bucket,
}

impl Engine {
    /// A node with this key. All randomness comes from the seed.
    pub(crate) fn new(config: DhtConfig, keys: DhtKeyPair, seed: [u8; 32], now: Now) -> Self {
        let sources = PerSource::new(config.datagrams_per_source_per_second);
        let hellos = Bucket::new(config.hellos_answered_per_second, now.mono);
        let core = Core::new(config, keys, seed);
        Self {
            capability: Capability::new(&core, now),
            replication: Replication::new(&core, now),
            tox: ToxSide::new(),
            subscriptions: Subscriptions::default(),
            deliveries: Deliveries::new(),
            operations: BTreeMap::new(),
            next_op: 0,
            next_tick: now.mono,
            next_refresh: now.mono + FIRST_REFRESH,
            sources,
            hellos,
            core,
        }
    }

    /// The node's DHT key.
    pub(crate) fn public_key(&self) -> DhtPublicKey {
        self.core.public
    }

    /// Joins, now and whenever no node is left, through this node.
    pub(crate) fn bootstrap(&mut self, now: Now, peer: Peer) {
        self.tox.add_bootstrap(&mut self.core, now, peer);
    }

    /// Takes in a datagram. Whatever makes no sense is dropped.
    pub(crate) fn handle_datagram(&mut self, now: Now, from: SocketAddr, bytes: &[u8]) {
        // An IPv4 peer on a socket for both families must have one name only.
        let from = SocketAddr::new(from.ip().to_canonical(), from.port());
        if !self.sources.take(now.mono, from.ip()) {
            return;
        }
        match bytes.first().copied().and_then(EnvelopeId::from_code) {
            None => {
                if let Some(peer) = self.tox.handle(&mut self.core, now, from, bytes) {
                    self.capability.tox_node(&mut self.core, now, peer);
                }
            }
            Some(id) => {
                let Ok(head) = peek(bytes) else { return };
                match id {
                    EnvelopeId::HelloResponse | EnvelopeId::Response => {
                        self.core.handle_response(now, from, &head, bytes);
                    }
                    EnvelopeId::HelloRequest | EnvelopeId::Request => {
                        self.handle_request(now, from, &head, bytes);
                    }
                }
            }
        }
        self.settle(now);
    }

    fn handle_request(&mut self, now: Now, from: SocketAddr, head: &Head, bytes: &[u8]) {
        let sessions = self
            .operations
            .values()
            .filter_map(|op| op.subscription().map(operation::Subscribe::session));
        let Some(incoming) = server::open_request(
            &mut self.core,
            &mut self.hellos,
            sessions,
            now,
            from,
            head,
            bytes,
        ) else {
            return;
        };
        if let Request::Deliver(packet) = incoming.request {
            let Some((op, location)) = self.subscription_of(incoming.to.session) else {
                return;
            };
            let Ok(packet) = packet.verify(now.unix, &self.core.config.policy()) else {
                return;
            };
            if packet.location() == location {
                self.deliver(now, op, packet, Some(incoming.to));
            }
            return;
        }
        server::serve(
            &mut self.core,
            &mut self.subscriptions,
            now,
            Origin::Remote(incoming.to),
            incoming.request,
        );
    }

    fn subscription_of(&self, session: SessionId) -> Option<(OpId, Location)> {
        self.operations.iter().find_map(|(op, running)| {
            let subscription = running.subscription()?;
            (subscription.session() == session).then(|| (*op, subscription.location()))
        })
    }

    fn deliver(
        &mut self,
        now: Now,
        op: OpId,
        packet: StampedPacket,
        reply: Option<server::ReplyTo>,
    ) {
        let name = (packet.location(), packet.id());
        if let Some(delivery) = self.deliveries.arrived(&mut self.core, now, name, reply) {
            self.core.events.push_back(Event::Delivered {
                op,
                delivery,
                packet,
            });
        }
    }

    /// The owner's tombstone for a delivered packet, after the durable commit: its holders delete it.
    pub(crate) fn acknowledge(&mut self, now: Now, delivery: DeliveryId, tombstone: Tombstone) {
        self.deliveries
            .acknowledge(&mut self.core, delivery, tombstone);
        // Our own copy, if we are among the holders, or hold this inbox always.
        let tombstones = vec![tombstone];
        self.core
            .store(StorageRequest::Entomb { tombstones }, StorageFor::Nothing);
        self.settle(now);
    }

    /// Takes in the store's answer to a polled request.
    pub(crate) fn handle_storage(&mut self, now: Now, ticket: Ticket, reply: StorageReply) {
        match self.core.storage_for.remove(&ticket) {
            Some(StorageFor::Serve(serving)) => {
                if let Some(packet) = server::answer_storage(&mut self.core, now, serving, reply) {
                    self.hand_on(now, packet);
                }
            }
            Some(StorageFor::Scan) => match reply {
                StorageReply::Scanned { entries, more } => {
                    self.replication
                        .scanned(&mut self.core, now, &entries, more);
                }
                _ => self.replication.ended(&self.core, now),
            },
            Some(StorageFor::HandOver { to, update }) => {
                if let StorageReply::Got(Some(packet)) = reply {
                    Replication::hand_over(&mut self.core, now, to, update, packet);
                }
            }
            Some(StorageFor::Nothing) | None => {}
        }
        self.settle(now);
    }

    /// A packet is new here: its subscribers get it at once, we ourselves among them.
    fn hand_on(&mut self, now: Now, packet: StampedPacket) {
        let location = packet.location();
        for (peer, token) in self.subscriptions.at(now, &location) {
            let ask = Ask::Deliver {
                packet: (*packet).clone(),
                token,
            };
            self.core
                .ask(now, SessionId::NODE, peer, ask, Purpose::Delivery);
        }
        let own = self.operations.iter().find_map(|(op, running)| {
            let subscription = running.subscription()?;
            (subscription.location() == location).then_some(*op)
        });
        if let Some(op) = own {
            self.deliver(now, op, packet, None);
        }
    }

    /// Starts an operation; its end is an event.
    ///
    /// # Errors
    /// [`StartError`] if too much is under way, or nobody could be asked.
    pub(crate) fn start(&mut self, now: Now, operation: Operation) -> Result<OpId, StartError> {
        if self.operations.len() >= self.core.config.max_operations
            || self.core.requests.len() >= MAX_REQUESTS
        {
            return Err(StartError::Busy);
        }
        let waits_itself = matches!(
            operation,
            Operation::Subscribe { .. } | Operation::Retrieve { .. }
        );
        if self.core.capable.len() == 0 && !self.core.config.store_for_others && !waits_itself {
            return Err(StartError::NoNodes);
        }
        let op = self.new_op();
        let running = Running::start(&mut self.context(now, op), operation);
        self.operations.insert(op, running);
        self.settle(now);
        self.end_if_done(op);
        Ok(op)
    }

    /// Ends an operation without a result.
    pub(crate) fn cancel(&mut self, op: OpId) {
        self.core.requests.cancel(op);
        if let Some(running) = self.operations.remove(&op)
            && let Some(subscription) = running.subscription()
        {
            self.core.sessions.end(subscription.session());
        }
    }

    fn new_op(&mut self) -> OpId {
        let op = OpId(self.next_op);
        self.next_op += 1;
        op
    }

    fn context(&mut self, now: Now, op: OpId) -> Context<'_> {
        Context {
            core: &mut self.core,
            now,
            op,
        }
    }

    /// Works off what the last input led to, until nothing is left.
    fn settle(&mut self, now: Now) {
        loop {
            if let Some((request, ask, purpose)) = self.core.own_requests.pop_front() {
                let origin = Origin::Own { ask, purpose };
                server::serve(
                    &mut self.core,
                    &mut self.subscriptions,
                    now,
                    origin,
                    request,
                );
            } else if let Some(finished) = self.core.finished.pop_front() {
                self.finish(now, finished);
            } else {
                return;
            }
        }
    }

    fn finish(&mut self, now: Now, finished: Finished) {
        match finished.purpose {
            Purpose::Operation { op, branch } => {
                let Some(mut running) = self.operations.remove(&op) else {
                    return;
                };
                running.finished(&mut self.context(now, op), branch, &finished);
                self.operations.insert(op, running);
                self.end_if_done(op);
            }
            Purpose::Replication => {
                if let Ask::Offer(offers) = &finished.ask {
                    let answer = match finished.answer {
                        Answer::Response(Response::Offer(answer)) => Some(answer),
                        _ => None,
                    };
                    self.replication
                        .answered(&mut self.core, finished.peer, offers, answer);
                }
            }
            Purpose::Delivery => {
                if let (
                    Ask::Deliver { packet, .. },
                    Answer::Response(Response::Deliver(Ok(tombstone))),
                ) = (&finished.ask, &finished.answer)
                    && tombstone.covers(packet)
                    && tombstone.verify(self.core.config.network()).is_ok()
                {
                    let tombstones = vec![*tombstone];
                    self.core
                        .store(StorageRequest::Entomb { tombstones }, StorageFor::Nothing);
                }
            }
            Purpose::Capability => {}
        }
    }

    fn end_if_done(&mut self, op: OpId) {
        if self.operations.get(&op).is_some_and(Running::is_done) {
            self.end(op);
        }
    }

    fn end(&mut self, op: OpId) {
        self.core.requests.cancel(op);
        if let Some(result) = self.operations.remove(&op).and_then(Running::into_result) {
            self.core.events.push_back(Event::Done(op, result));
        }
    }

    /// The next datagram to send.
    pub(crate) fn poll_transmit(&mut self) -> Option<Transmit> {
        self.core.transmits.pop_front()
    }

    /// The next request to the store; its answer goes to [`Engine::handle_storage`].
    pub(crate) fn poll_storage(&mut self) -> Option<(Ticket, StorageRequest)> {
        self.core.storage.pop_front()
    }

    /// The next event.
    pub(crate) fn poll_event(&mut self) -> Option<Event> {
        self.core.events.pop_front()
    }

    /// When [`Engine::handle_timeout`] is to be called, on the monotonic clock.
    pub(crate) fn poll_timeout(&self) -> Duration {
        let due = self.operations.values().map(Running::due).min();
        [Some(self.next_tick), due, self.core.requests.next_due()]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(self.next_tick)
    }

    /// Does what is due.
    pub(crate) fn handle_timeout(&mut self, now: Now) {
        self.core.handle_late(now);
        self.settle(now);
        let due: Vec<OpId> = self
            .operations
            .iter()
            .filter(|(_, running)| running.due() <= now.mono)
            .map(|(op, _)| *op)
            .collect();
        for op in due {
            if let Some(mut running) = self.operations.remove(&op) {
                let goes_on = running.handle_due(&mut self.context(now, op));
                self.operations.insert(op, running);
                if !goes_on {
                    self.end(op);
                }
            }
        }
        if now.mono >= self.next_tick {
            self.next_tick = now.mono + TICK;
            self.tick(now);
        }
        self.settle(now);
    }

    fn tick(&mut self, now: Now) {
        self.tox.tick(&mut self.core, now);
        self.capability.tick(&mut self.core, now);
        self.replication.tick(&mut self.core, now);
        self.subscriptions.sweep(now);
        self.deliveries.sweep(now);
        self.core.sweep(now);
        if now.mono >= self.next_refresh && self.core.capable.len() > 0 {
            self.next_refresh = now.mono + REFRESH;
            let own = Location::from_bytes(*self.core.public.as_bytes());
            let mut anywhere = [0; 32];
            self.core.rng.fill_bytes(&mut anywhere);
            for target in [own, Location::from_bytes(anywhere)] {
                let op = self.new_op();
                let running = Running::refresh(&mut self.context(now, op), target);
                self.operations.insert(op, running);
                self.end_if_done(op);
            }
        }
    }

    /// How many Tox nodes and how many capable ones are known.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.core.tox.len(), self.core.capable.len())
    }

    /// All known nodes.
    pub(crate) fn known_nodes(&self, now: Now) -> Vec<KnownNode> {
        let known = |contact: &routing_table::Contact, capable| KnownNode {
            key: contact.peer.key,
            address: contact.peer.addr,
            capable,
            bucket: common_prefix_len(self.core.public.as_bytes(), contact.peer.key.as_bytes()),
            last_seen_seconds: now.mono.saturating_sub(contact.last_seen).as_secs(),
        };
        let tox_only = self
            .core
            .tox
            .iter()
            .filter(|c| self.core.capable.get(&c.peer.key).is_none())
            .map(|c| known(c, false));
        self.core
            .capable
            .iter()
            .map(|c| known(c, true))
            .chain(tox_only)
            .collect()
    }
}
