//! The engine: takes in datagrams, time, the store's answers and orders; datagrams, storage requests and events are
//! polled out.
//!
//! Knows which part of it each input is for, and decides nothing else.

use std::collections::{BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use rand_core::RngCore;
use toxdrop_proto::ids::Location;
use toxdrop_proto::keys::{DhtKeyPair, DhtPublicKey};
use toxdrop_proto::packet::StampedPacket;
use toxdrop_proto::tombstone::Tombstone;
use toxdrop_proto::tox::ONION_DATA_REQUEST;
use toxdrop_proto::wire::{COOKIE, DIALLED, EnvelopeId, Head, Request, peek};

use crate::capability::Capability;
use crate::config::DhtConfig;
use crate::deliveries::{Deliveries, DeliveryId};
use crate::ground::Ground;
use crate::handing_on::HandingOn;
use crate::limits::{Bucket, PerSource};
use crate::operations::Operations;
use crate::peer::{Peer, canonical};
use crate::reachability::Reach;
use crate::replication::Replication;
use crate::responding::ReplyTo;
use crate::server::Server;
use crate::server::desk::Origin;
use crate::server::incoming::open_request;
use crate::server::through_onion::OnionDoor;
use crate::storage::{StorageReply, StorageRequest};
use crate::storing::Ticket;
use crate::time::Now;
use crate::tox::ToxSide;
use crate::tox::tcp_relay::TcpRelay;
use crate::transmits::Transmit;
use crate::vocabulary::{Event, OpId, Operation, StartError};

/// How often maintenance looks around.
const TICK: Duration = Duration::from_secs(1);
/// How often the neighbourhood of our own key is searched.
const REFRESH: Duration = Duration::from_secs(60);
/// How soon after the first capable node was found.
const FIRST_REFRESH: Duration = Duration::from_secs(1);
/// Requests of ours that wait for an answer; new operations are refused beyond.
const MAX_REQUESTS: usize = 16_384;

/// A node of the DHT, without sockets, clocks and disks.
pub struct Engine {
    pub(crate) ground: Ground,
    pub(crate) tox: ToxSide,
    pub(crate) relay: TcpRelay,
    capability: Capability,
    pub(crate) replication: Replication,
    pub(crate) server: Server,
    pub(crate) handing_on: HandingOn,
    deliveries: Deliveries,
    pub(crate) operations: Operations,
    pub(crate) reach: Reach,
    pub(crate) events: VecDeque<Event>,
    next_tick: Duration,
    next_refresh: Duration,
    pub(crate) sources: PerSource,
    strangers: Bucket,
    pub(crate) onion_door: OnionDoor,
}

impl Engine {
    /// A node with this key. All randomness comes from the seed.
    #[must_use]
    pub fn new(config: DhtConfig, keys: DhtKeyPair, seed: [u8; 32], now: Now) -> Self {
        let mono = now.mono;
        let mut ground = Ground::new(config, keys, seed);
        let config = &ground.config;
        let mut engine = Self {
            tox: ToxSide::new(config, &mut ground.link, mono),
            relay: TcpRelay::new(config, mono),
            capability: Capability::new(config.hellos_per_second, mono),
            replication: Replication::new(config.replication_interval_seconds, mono),
            server: Server::new(),
            handing_on: HandingOn::default(),
            deliveries: Deliveries::new(),
            operations: Operations::default(),
            reach: Reach::new(config.reachable),
            events: VecDeque::new(),
            next_tick: mono,
            next_refresh: mono + FIRST_REFRESH,
            sources: PerSource::new(config.datagrams_per_source_per_second),
            strangers: Bucket::new(config.strangers_answered_per_second, mono),
            onion_door: OnionDoor::new(config, mono),
            ground,
        };
        engine.judge_reachability(now);
        engine
    }

    /// The node's DHT key.
    #[must_use]
    pub fn public_key(&self) -> DhtPublicKey {
        self.ground.link.public
    }

    /// Joins, now and whenever no node is left, through this node.
    pub fn bootstrap(&mut self, now: Now, peer: Peer) {
        self.tox.add_bootstrap(&mut self.ground.tox(now), peer);
    }

    /// Takes in a datagram. Whatever makes no sense is dropped.
    pub fn handle_datagram(&mut self, now: Now, from: SocketAddr, bytes: &[u8]) {
        // An IPv4 peer on a socket for both families must have one name only.
        let from = canonical(from);
        self.ground.link.families.heard(&from);
        if !self.is_within_rate(now, &from, bytes) {
            return;
        }
        let known = self.heard_from(now, &from);
        let first = bytes.first().copied();
        match first.and_then(EnvelopeId::from_code) {
            None if first == Some(COOKIE) => {
                self.ground.asking(now).handle_challenge(from, bytes);
            }
            None if first == Some(DIALLED) => self.dialled(now, known, bytes),
            None if first == Some(ONION_DATA_REQUEST) => self.heard_through_onion(now, from, bytes),
            None => {
                if let Some(peer) = self.tox.handle(&mut self.ground.tox(now), from, bytes) {
                    self.capability.tox_node(&mut self.ground.asking(now), peer);
                }
                self.answer_tcp_clients();
            }
            Some(id) => {
                let Ok(head) = peek(bytes) else { return };
                match id {
                    EnvelopeId::TokenlessResponse | EnvelopeId::Response => {
                        self.ground.asking(now).handle_response(from, &head, bytes);
                    }
                    EnvelopeId::TokenlessRequest | EnvelopeId::Request => {
                        self.handle_request(now, from, (id, &head), bytes);
                    }
                }
            }
        }
        self.settle(now);
    }

    fn handle_request(
        &mut self,
        now: Now,
        from: SocketAddr,
        head: (EnvelopeId, &Head),
        bytes: &[u8],
    ) {
        let sessions = self
            .operations
            .subscriptions()
            .map(|(_, session, _)| session);
        let Some(incoming) = open_request(
            &mut self.ground.link,
            &mut self.strangers,
            sessions,
            now,
            from,
            head,
            bytes,
        ) else {
            return;
        };
        match incoming.request {
            Request::Deliver(packet) => {
                let session = incoming.to.session;
                let Some((op, _, location)) = self
                    .operations
                    .subscriptions()
                    .find(|(_, own, _)| *own == session)
                else {
                    return;
                };
                let Ok(packet) = packet.verify(now.unix, &self.ground.config.policy()) else {
                    return;
                };
                if packet.location() == location {
                    self.deliver(now, op, packet, Some(incoming.to));
                }
            }
            Request::DialBack(cookie) => self.asked_for_dial_back(now, incoming.to, cookie),
            Request::Dial(dial) => self.asked_to_dial(now, &incoming.to, &dial),
            request => {
                if let Request::Hello(hello) = &request {
                    self.heard_hello(now, incoming.to.peer, hello);
                }
                let origin = Origin::Remote(incoming.to);
                self.server
                    .serve(&mut self.ground.desk(now), origin, request);
            }
        }
    }

    fn deliver(&mut self, now: Now, op: OpId, packet: StampedPacket, reply: Option<ReplyTo>) {
        let name = (packet.location(), packet.id());
        let link = &mut self.ground.link;
        if let Some(delivery) = self.deliveries.arrived(link, now, name, reply) {
            self.events.push_back(Event::Delivered {
                op,
                delivery,
                packet,
            });
        }
    }

    /// The owner's tombstone for a delivered packet, after the durable commit: its holders delete it.
    pub fn acknowledge(&mut self, now: Now, delivery: DeliveryId, tombstone: Tombstone) {
        self.deliveries
            .acknowledge(&mut self.ground.link, delivery, tombstone);
        // Our own copy, if we are among the holders, or hold this inbox always.
        self.entomb(tombstone);
        self.settle(now);
    }

    pub(crate) fn entomb(&mut self, tombstone: Tombstone) {
        let tombstones = vec![tombstone];
        self.ground
            .storing
            .request(StorageRequest::Entomb { tombstones });
    }

    /// Takes in the store's answer to a polled request.
    pub fn handle_storage(&mut self, now: Now, ticket: Ticket, reply: StorageReply) {
        if let Some(serving) = self.server.take(ticket) {
            let mut desk = self.ground.desk(now);
            if let Some(packet) = self.server.answer(&mut desk, serving, reply) {
                self.hand_on(now, packet);
            }
        } else {
            let (mut asking, storing) = self.ground.asking_and_storing(now);
            self.replication
                .handle_storage(&mut asking, storing, ticket, reply);
        }
        self.settle(now);
    }

    /// A packet is new here: its subscribers get it at once, we ourselves among them.
    fn hand_on(&mut self, now: Now, packet: StampedPacket) {
        let location = packet.location();
        for to in self.server.subscribers(now, &location) {
            let mut asking = self.ground.asking(now);
            self.handing_on.hand_on(&mut asking, to, &packet);
        }
        let own = self
            .operations
            .subscriptions()
            .find(|(_, _, subscribed)| *subscribed == location);
        if let Some((op, ..)) = own {
            self.deliver(now, op, packet, None);
        }
    }

    /// Starts an operation; its end is an event.
    ///
    /// # Errors
    /// [`StartError`] if too much is under way, or nobody could be asked.
    pub fn start(&mut self, now: Now, operation: Operation) -> Result<OpId, StartError> {
        let ground = &self.ground;
        if self.operations.len() >= ground.config.max_operations
            || ground.asker.pending() >= MAX_REQUESTS
        {
            return Err(StartError::Busy);
        }
        let waits_itself = matches!(
            operation,
            Operation::Subscribe { .. } | Operation::Retrieve { .. }
        );
        if ground.tables.capable.len() == 0 && !ground.link.stores && !waits_itself {
            return Err(StartError::NoNodes);
        }
        let (op, moved) = self.operations.start(self.ground.asking(now), operation);
        self.settle(now);
        self.look_at(moved);
        Ok(op)
    }

    /// Ends an operation without a result.
    pub fn cancel(&mut self, op: OpId) {
        let (asks, session) = self.operations.cancel(op);
        // Not even a late one goes on: nobody shall take up what is not wanted.
        for id in asks {
            self.ground.asker.take_back(id);
        }
        if let Some(session) = session {
            self.ground.link.sessions.end(session);
        }
    }

    /// Works off what the last input led to, until nothing is left.
    fn settle(&mut self, now: Now) {
        self.ground.link.transmits.pass(now.mono);
        self.look_at_ourselves(now);
        loop {
            while let Some(peer) = self.ground.tables.pop_newcomer() {
                self.events.push_back(Event::CapableNodeFound(peer));
            }
            if let Some(own) = self.ground.asker.pop_own() {
                let origin = Origin::Own {
                    id: own.id,
                    ask: own.ask,
                };
                self.server
                    .serve(&mut self.ground.desk(now), origin, own.request);
            } else if let Some(late) = self.ground.asker.pop_late() {
                let moved = self.operations.late(self.ground.asking(now), &late);
                self.look_at(moved);
            } else if let Some(finished) = self.ground.asker.pop_finished() {
                self.finish(now, finished);
            } else {
                return;
            }
        }
    }

    /// The next datagram to send.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.ground.link.transmits.pop()
    }

    /// The next request to the store; its answer goes to [`Engine::handle_storage`].
    pub fn poll_storage(&mut self) -> Option<(Ticket, StorageRequest)> {
        self.ground.storing.pop()
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When [`Engine::handle_timeout`] is to be called, on the monotonic clock.
    #[must_use]
    pub fn poll_timeout(&self) -> Duration {
        [self.operations.due(), self.ground.asker.next_due()]
            .into_iter()
            .flatten()
            .fold(self.next_tick, Duration::min)
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Now) {
        self.ground.asking(now).handle_late();
        self.settle(now);
        let (moved, over) = self.operations.handle_due(self.ground.asking(now));
        self.look_at(moved);
        for op in over {
            self.end(op);
        }
        if now.mono >= self.next_tick {
            self.next_tick = now.mono + TICK;
            self.tick(now);
        }
        self.settle(now);
    }

    fn tick(&mut self, now: Now) {
        self.tox.tick(&mut self.ground.tox(now));
        self.tick_relay(now);
        self.capability.tick(&mut self.ground.asking(now));
        self.ask_around(now);
        let (asking, storing) = self.ground.asking_and_storing(now);
        self.replication.tick(&asking, storing);
        self.server.sweep(now);
        self.deliveries.sweep(now);
        self.ground.asker.sweep(now);
        self.operations.sweep(now.mono);
        if now.mono >= self.next_refresh && self.ground.tables.capable.len() > 0 {
            self.next_refresh = now.mono + REFRESH;
            let own = Location::from_bytes(*self.public_key().as_bytes());
            let mut anywhere = [0; 32];
            self.ground.link.rng.fill_bytes(&mut anywhere);
            for target in [own, Location::from_bytes(anywhere)] {
                let op = self.operations.refresh(self.ground.asking(now), target);
                self.look_at(BTreeSet::from([op]));
            }
        }
    }
}

#[cfg(test)]
mod tests;
