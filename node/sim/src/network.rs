//! The network itself: nodes, the datagrams between them, and time, which moves from one event to the next.
//!
//! Knows no scenario: who sends what to whom is up to its user.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use toxdrop_dht::{Event, Now, OpId, OpResult, Operation, StartError};
use toxdrop_proto::ids::{Location, UnixSeconds, distance};
use toxdrop_proto::packet::Packet;

use crate::latency::Latency;
use crate::loss::Loss;
use crate::node::Node;
use crate::queue::Queue;
use crate::traffic::Traffic;

/// When virtual time begins.
pub const EPOCH: UnixSeconds = UnixSeconds(1_800_000_000);

/// An operation that takes longer than this has got lost: the engine's own deadlines are shorter.
const OPERATION_LIMIT: Duration = Duration::from_secs(120);

enum Happening {
    Timer(usize),
    Arrival {
        from: SocketAddr,
        to: SocketAddr,
        bytes: Vec<u8>,
    },
}

/// A datagram to an address that is no node's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stray {
    /// Who sent it, as seen from outside.
    pub from: SocketAddr,
    /// Where to.
    pub to: SocketAddr,
    /// What.
    pub bytes: Vec<u8>,
}

/// Many nodes and what is between them.
pub struct Network {
    pub(crate) nodes: Vec<Node>,
    pub(crate) by_ip: HashMap<IpAddr, usize>,
    queue: Queue<Happening>,
    mono: Duration,
    pub(crate) rng: ChaCha20Rng,
    latency: Latency,
    loss: Loss,
    traffic: Traffic,
    /// What some nodes' own lines add to the time of each datagram, one way.
    far: HashMap<usize, Duration>,
    /// What was sent to addresses that a test listens at.
    strays: BTreeMap<SocketAddr, Vec<Stray>>,
    /// Operations that ended, and when.
    done: HashMap<(usize, OpId), (Duration, OpResult)>,
    /// Addresses that were given out.
    pub(crate) addresses: usize,
    /// How far apart their networks are.
    pub(crate) apart: usize,
}

impl Network {
    /// A network without nodes. All that is random in it comes from the seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            nodes: Vec::new(),
            by_ip: HashMap::new(),
            queue: Queue::new(),
            mono: Duration::ZERO,
            rng: ChaCha20Rng::seed_from_u64(seed),
            latency: Latency::default(),
            loss: Loss::default(),
            traffic: Traffic::default(),
            far: HashMap::new(),
            strays: BTreeMap::new(),
            done: HashMap::new(),
            addresses: 0,
            apart: 1,
        }
    }

    /// From now on datagrams take this long.
    pub fn set_latency(&mut self, latency: Latency) {
        self.latency = latency;
    }

    /// From now on each datagram from or to a node takes so much longer: it is far away.
    pub fn set_far(&mut self, node: usize, longer: Duration) {
        self.far.insert(node, longer);
    }

    /// From now on these datagrams are lost.
    pub fn set_loss(&mut self, loss: Loss) {
        self.loss = loss;
    }

    /// Virtual time.
    #[must_use]
    pub fn now(&self) -> Now {
        Now {
            mono: self.mono,
            unix: EPOCH.plus(self.mono.as_secs()),
        }
    }

    /// All nodes, in the order in which they were added.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// A node, to do something to it; call [`Network::work_off`] afterwards.
    ///
    /// # Panics
    /// If there is no node of this number.
    pub fn node(&mut self, number: usize) -> &mut Node {
        &mut self.nodes[number]
    }

    /// What was sent so far.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.traffic
    }

    /// The network's own generator, for choices that belong to the run.
    pub(crate) fn rng(&mut self) -> &mut ChaCha20Rng {
        &mut self.rng
    }

    /// Lets time pass.
    pub fn run(&mut self, time: Duration) {
        let end = self.mono + time;
        while self.step(end) {}
        self.mono = end;
    }

    /// Starts an operation at a node.
    ///
    /// # Errors
    /// The engine's own.
    ///
    /// # Panics
    /// If there is no node of this number.
    pub fn start(&mut self, node: usize, operation: Operation) -> Result<OpId, StartError> {
        let now = self.now();
        let started = self.nodes[node].engine.start(now, operation);
        self.work_off(node);
        started
    }

    /// Starts an operation at a node and lets time pass until it has ended.
    ///
    /// # Panics
    /// If it does not start, or does not end within two minutes: both are faults of the engine.
    pub fn operate(&mut self, node: usize, operation: Operation) -> OpResult {
        #[allow(clippy::panic, reason = "documented")]
        match self.start(node, operation) {
            Ok(op) => self.wait(node, op),
            Err(error) => panic!("the operation did not start: {error}"),
        }
    }

    /// Lets time pass until a node's operation has ended.
    ///
    /// # Panics
    /// If it does not end within two minutes.
    pub fn wait(&mut self, node: usize, op: OpId) -> OpResult {
        let end = self.mono + OPERATION_LIMIT;
        loop {
            if let Some(result) = self.take_result(node, op) {
                return result;
            }
            assert!(self.step(end), "operation {op:?} never ended");
        }
    }

    /// What came of a node's operation, if it has ended.
    pub fn take_result(&mut self, node: usize, op: OpId) -> Option<OpResult> {
        self.take_ended(node, op).map(|(_, result)| result)
    }

    /// What came of a node's operation, if it has ended, and when that was.
    pub(crate) fn take_ended(&mut self, node: usize, op: OpId) -> Option<(Duration, OpResult)> {
        self.done.remove(&(node, op))
    }

    /// A node's engine begins anew, and so do the names of its operations.
    pub(crate) fn forget_results(&mut self, node: usize) {
        self.done.retain(|(at, _), _| *at != node);
    }

    /// The next thing that happens, if it happens before `end`.
    fn step(&mut self, end: Duration) -> bool {
        if self.queue.next_at().is_none_or(|at| at > end) {
            return false;
        }
        let Some((at, what)) = self.queue.pop() else {
            return false;
        };
        self.mono = self.mono.max(at);
        match what {
            Happening::Timer(number) => self.timer(number, at),
            Happening::Arrival { from, to, bytes } => self.arrival(from, to, &bytes),
        }
        true
    }

    fn timer(&mut self, number: usize, at: Duration) {
        let now = self.now();
        let Some(node) = self.nodes.get_mut(number) else {
            return;
        };
        // Another one was set since, or the node is off.
        if node.armed != Some(at) || !node.online {
            return;
        }
        node.armed = None;
        node.engine.handle_timeout(now);
        self.work_off(number);
    }

    /// Whether a datagram would come through to a node that is on, as things stand.
    #[must_use]
    pub fn reaches(&self, from: SocketAddr, to: SocketAddr) -> bool {
        self.addressee(from, to).is_some()
    }

    fn addressee(&self, from: SocketAddr, to: SocketAddr) -> Option<usize> {
        let number = *self.by_ip.get(&to.ip())?;
        let node = self.nodes.get(number)?;
        let admitted = match &node.nat {
            Some(nat) => nat.admits(self.mono, from, to.port()),
            None => to.port() == node.addr.port(),
        };
        (admitted && node.online).then_some(number)
    }

    fn arrival(&mut self, from: SocketAddr, to: SocketAddr, bytes: &[u8]) {
        let now = self.now();
        let Some(number) = self.addressee(from, to) else {
            return;
        };
        if let Some(node) = self.nodes.get_mut(number) {
            self.traffic.received += 1;
            node.engine.handle_datagram(now, from, bytes);
            self.work_off(number);
        }
    }

    /// A datagram arrives at a node now, from wherever it claims to come.
    pub fn inject(&mut self, to: usize, from: SocketAddr, bytes: &[u8]) {
        let now = self.now();
        if let Some(node) = self.nodes.get_mut(to) {
            node.engine.handle_datagram(now, from, bytes);
        }
        self.work_off(to);
    }

    /// Moves what a node's engine wants to send, store and say, and sets its timer. Needed only after something was
    /// done to an engine directly.
    pub fn work_off(&mut self, number: usize) {
        let now = self.now();
        let Some(node) = self.nodes.get_mut(number) else {
            return;
        };
        while let Some((ticket, request)) = node.engine.poll_storage() {
            let reply = node.store.handle(now.unix, request);
            node.engine.handle_storage(now, ticket, reply);
        }
        while let Some(event) = node.engine.poll_event() {
            match event {
                Event::Done(op, result) => {
                    self.done.insert((number, op), (now.mono, result));
                }
                Event::Delivered { .. } => node.events.push(event),
                Event::Reachability(_) => {
                    let stores = node.engine.stores_for_others();
                    node.store.set_store_for_others(stores);
                }
                Event::CapableNodeFound(_) => {}
            }
        }
        while let Some(transmit) = node.engine.poll_transmit() {
            if !node.online {
                continue;
            }
            self.traffic.sent += 1;
            self.traffic.sent_bytes += transmit.bytes.len() as u64;
            let from = match &mut node.nat {
                Some(nat) => nat.outbound(now.mono, transmit.to),
                None => node.addr,
            };
            if let Some(strays) = self.strays.get_mut(&transmit.to) {
                strays.push(Stray {
                    from,
                    to: transmit.to,
                    bytes: transmit.bytes,
                });
            } else if self.loss.loses(&mut node.line, &mut self.rng) {
                self.traffic.lost += 1;
            } else {
                let addressee = self.by_ip.get(&transmit.to.ip());
                let far: Duration = [Some(&number), addressee]
                    .into_iter()
                    .filter_map(|number| self.far.get(number?))
                    .sum();
                let at = now.mono + far + self.latency.draw(&mut self.rng);
                let (to, bytes) = (transmit.to, transmit.bytes);
                self.queue.push(at, Happening::Arrival { from, to, bytes });
            }
        }
        let due = node.engine.poll_timeout().max(now.mono);
        if node.online && node.armed.is_none_or(|armed| armed != due) {
            node.armed = Some(due);
            self.queue.push(due, Happening::Timer(number));
        }
    }

    /// From now on keeps what is sent to an address that is no node's, for [`Network::take_strays`].
    pub fn listen(&mut self, at: SocketAddr) {
        self.strays.entry(at).or_default();
    }

    /// What was sent to an address that is listened at, since the last call.
    pub fn take_strays(&mut self, at: SocketAddr) -> Vec<Stray> {
        self.strays
            .get_mut(&at)
            .map(std::mem::take)
            .unwrap_or_default()
    }

    /// Which nodes hold a packet, switched on or off.
    pub fn holders(&mut self, packet: &Packet) -> Vec<usize> {
        let (now, location, id) = (self.now(), packet.location(), packet.id());
        self.nodes
            .iter_mut()
            .enumerate()
            .filter_map(|(number, node)| node.holds(now, &location, &id).then_some(number))
            .collect()
    }

    /// The nodes closest to a location of all that are switched on, by their true keys.
    #[must_use]
    pub fn closest(&self, location: &Location, count: usize) -> Vec<usize> {
        let far = |number: &usize| {
            self.nodes
                .get(*number)
                .map(|node| distance(node.key().as_bytes(), location.as_bytes()))
        };
        let mut all: Vec<usize> = (0..self.nodes.len())
            .filter(|number| self.nodes.get(*number).is_some_and(|node| node.online))
            .collect();
        if count < all.len() {
            all.select_nth_unstable_by_key(count, far);
            all.truncate(count);
        }
        all.sort_by_cached_key(far);
        all
    }
}
