//! A network in memory for tests: many engines with their stores, virtual time, latency and loss, all from one seed.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::net::SocketAddr;
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use toxdrop_proto::ids::{Location, MessageId, Salt, UnixMillis, UnixSeconds};
use toxdrop_proto::keys::{DhtKeyPair, InboxSecret};
use toxdrop_proto::location::inbox_location;
use toxdrop_proto::message::{Content, Seal, seal};
use toxdrop_proto::packet::{Packet, StampedPacket};
use toxdrop_proto::pow;

use super::{DhtConfig, Engine, Event, OpId, OpResult, Operation, Peer};
use crate::clock::Now;
use crate::store::{Store, StoreConfig};

/// When virtual time begins.
pub(super) const EPOCH: UnixSeconds = UnixSeconds(1_800_000_000);

pub(super) struct TestNode {
    pub(super) engine: Engine,
    pub(super) store: Store,
    pub(super) addr: SocketAddr,
    pub(super) online: bool,
    pub(super) events: Vec<Event>,
}

type Datagram = (Reverse<Duration>, u64, usize, SocketAddr, Vec<u8>);

pub(super) struct Testnet {
    pub(super) nodes: Vec<TestNode>,
    pub(super) rng: ChaCha20Rng,
    pub(super) mono: Duration,
    /// Of a thousand datagrams, how many are lost.
    pub(super) loss: u32,
    pub(super) sent: u64,
    /// What was sent to addresses that are no node's: who from, and the datagram.
    pub(super) mail: Vec<(SocketAddr, SocketAddr, Vec<u8>)>,
    by_addr: HashMap<SocketAddr, usize>,
    wire: BinaryHeap<Datagram>,
}

pub(super) fn easy() -> DhtConfig {
    DhtConfig {
        nonce_trials_per_byte: 1,
        extra_bytes: 1,
        hand_over_min_age_seconds: 0,
        ..DhtConfig::default()
    }
}

impl Testnet {
    /// `count` nodes that join through the first one, and have had half a minute to find one another.
    pub(super) fn joined(count: usize, config: &DhtConfig, seed: u64) -> Self {
        let mut net = Self::empty(seed);
        for _ in 0..count {
            net.add(config.clone());
        }
        net.run(Duration::from_secs(30));
        net
    }

    pub(super) fn empty(seed: u64) -> Self {
        Self {
            nodes: Vec::new(),
            rng: ChaCha20Rng::seed_from_u64(seed),
            mono: Duration::ZERO,
            loss: 0,
            sent: 0,
            mail: Vec::new(),
            by_addr: HashMap::new(),
            wire: BinaryHeap::new(),
        }
    }

    pub(super) fn now(&self) -> Now {
        Now {
            mono: self.mono,
            unix: EPOCH.plus(self.mono.as_secs()),
        }
    }

    pub(super) fn add(&mut self, config: DhtConfig) -> usize {
        let number = self.nodes.len();
        // One node per /24, so that the limit per network does not bind.
        let [high, low] = u16::try_from(number).unwrap().to_be_bytes();
        let addr = SocketAddr::from(([11, high, low, 1], 33445));
        let mut seed = [0; 32];
        self.rng.fill_bytes(&mut seed);
        let keys = DhtKeyPair::generate(&mut self.rng);
        let now = self.now();
        let store_config = StoreConfig::new(config.policy(), 1 << 24);
        let mut engine = Engine::new(config, keys, seed, now);
        if let Some(first) = self.nodes.first() {
            let peer = Peer {
                key: first.engine.public_key(),
                addr: first.addr,
            };
            engine.bootstrap(now, peer);
        }
        self.by_addr.insert(addr, number);
        self.nodes.push(TestNode {
            engine,
            store: Store::in_memory(store_config, now.unix).unwrap(),
            addr,
            online: true,
            events: Vec::new(),
        });
        number
    }

    /// Lets time pass.
    pub(super) fn run(&mut self, time: Duration) {
        let end = self.mono + time;
        while self.step(end) {}
        self.mono = end;
    }

    /// Lets time pass until a node's operation has ended.
    pub(super) fn wait(&mut self, node: usize, op: OpId) -> OpResult {
        let end = self.mono + Duration::from_secs(120);
        loop {
            let events = &mut self.nodes[node].events;
            let at = events
                .iter()
                .position(|event| matches!(event, Event::Done(done, _) if *done == op));
            if let Some(Event::Done(_, result)) = at.map(|at| events.remove(at)) {
                return result;
            }
            assert!(self.step(end), "operation {op:?} never ended");
        }
    }

    pub(super) fn operate(&mut self, node: usize, operation: Operation) -> OpResult {
        let now = self.now();
        let op = self.nodes[node].engine.start(now, operation).unwrap();
        self.wait(node, op)
    }

    /// The next thing that happens, if it happens before `end`.
    fn step(&mut self, end: Duration) -> bool {
        self.flush();
        let timer = self
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| node.online)
            .map(|(at, node)| (node.engine.poll_timeout(), at))
            .min();
        let arrival = self.wire.peek().map(|(at, ..)| at.0);
        let (at, is_timer) = match (timer, arrival) {
            (Some((timer, _)), Some(arrival)) if timer < arrival => (timer, true),
            (_, Some(arrival)) => (arrival, false),
            (Some((timer, _)), None) => (timer, true),
            (None, None) => return false,
        };
        if at > end {
            return false;
        }
        self.mono = self.mono.max(at);
        let now = self.now();
        if is_timer {
            if let Some((_, node)) = timer {
                self.nodes[node].engine.handle_timeout(now);
            }
        } else if let Some((_, _, to, from, bytes)) = self.wire.pop()
            && self.nodes[to].online
        {
            self.nodes[to].engine.handle_datagram(now, from, &bytes);
        }
        true
    }

    /// A datagram arrives at a node now, from wherever it claims to come.
    pub(super) fn inject(&mut self, to: usize, from: SocketAddr, bytes: &[u8]) {
        let now = self.now();
        self.nodes[to].engine.handle_datagram(now, from, bytes);
        self.flush();
    }

    /// Moves what the engines want to send, store and say.
    fn flush(&mut self) {
        let now = self.now();
        for node in &mut self.nodes {
            while let Some((ticket, request)) = node.engine.poll_storage() {
                let replies = match node.store.read(now.unix, &request) {
                    Some(reply) => vec![reply],
                    None => node.store.write(now.unix, &[request]).replies,
                };
                for reply in replies {
                    node.engine.handle_storage(now, ticket, reply);
                }
            }
            while let Some(event) = node.engine.poll_event() {
                node.events.push(event);
            }
            while let Some(transmit) = node.engine.poll_transmit() {
                self.sent += 1;
                let lost = self.rng.next_u32() % 1000 < self.loss;
                let latency = Duration::from_millis(10 + u64::from(self.rng.next_u32() % 50));
                if !self.by_addr.contains_key(&transmit.to) {
                    self.mail.push((node.addr, transmit.to, transmit.bytes));
                } else if let Some(to) = self.by_addr.get(&transmit.to)
                    && node.online
                    && !lost
                {
                    self.wire.push((
                        Reverse(self.mono + latency),
                        self.sent,
                        *to,
                        node.addr,
                        transmit.bytes,
                    ));
                }
            }
        }
    }

    /// Which nodes hold a packet.
    pub(super) fn holders(&self, packet: &Packet) -> Vec<usize> {
        let now = self.now().unix;
        (0..self.nodes.len())
            .filter(|at| {
                self.nodes[*at]
                    .store
                    .packet(now, &packet.location(), &packet.id())
                    .unwrap()
                    .is_some()
            })
            .collect()
    }

    /// The nodes closest to a location, by their true keys.
    pub(super) fn closest(&self, location: &Location, count: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..self.nodes.len()).collect();
        all.sort_by_key(|at| {
            let key = self.nodes[*at].engine.public_key();
            toxdrop_proto::ids::distance(key.as_bytes(), location.as_bytes())
        });
        all.truncate(count);
        all
    }
}

pub(super) fn person(seed: u64) -> InboxSecret {
    InboxSecret::generate(&mut ChaCha20Rng::seed_from_u64(seed))
}

/// A stamped message of the easiest kind.
pub(super) fn letter(from: &InboxSecret, to: &InboxSecret, id: u8, now: Now) -> StampedPacket {
    let what = Seal {
        sender: from,
        receiver: &to.public(),
        location: inbox_location(&to.public(), Salt::DEFAULT),
        message_id: MessageId::from_bytes([id; 16]),
        sent: UnixMillis(now.unix.0 * 1000),
        not_after: now.unix.plus(30 * 86_400),
        expires: now.unix.plus(86_400),
        content: &Content::Text("hello".into()),
    };
    let packet = seal(&what, &mut ChaCha20Rng::seed_from_u64(u64::from(id)))
        .unwrap()
        .remove(0);
    stamp(&packet, packet.expires(), now)
}

pub(super) fn stamp(packet: &Packet, expires: UnixSeconds, now: Now) -> StampedPacket {
    let policy = easy().policy();
    let packet = packet.with_stamp(0, expires);
    let target = packet.target(policy.floor, now.unix);
    let hash = packet.initial_hash();
    let nonce = (0..)
        .find(|nonce| pow::verify(*nonce, &hash, target))
        .unwrap();
    packet
        .with_stamp(nonce, expires)
        .verify(now.unix, &policy)
        .unwrap()
}
