//! Nodes of the network: how they are added, switched off and on, restarted and replaced.
//!
//! Moves no datagrams.

use std::net::SocketAddr;
use std::time::Duration;

use rand_core::RngCore;
use toxdrop_dht::{DhtConfig, Engine, Peer};
use toxdrop_proto::keys::DhtKeyPair;

use crate::addresses::{PORT, address};
use crate::loss::Line;
use crate::nat::{Nat, NatKind};
use crate::network::Network;
use crate::node::Node;
use crate::store::{MemoryStore, Storage};

/// Nodes that a newcomer is told to join through.
pub(crate) const BOOTSTRAP_NODES: usize = 4;

impl Network {
    /// `count` nodes that have had half a minute to find one another.
    #[must_use]
    pub fn joined(count: usize, config: &DhtConfig, seed: u64) -> Self {
        let mut network = Self::new(seed);
        for _ in 0..count {
            network.add(config.clone());
        }
        network.run(Duration::from_secs(30));
        network
    }

    /// Adds a node with a store in memory.
    pub fn add(&mut self, config: DhtConfig) -> usize {
        let store = MemoryStore::new(config.policy());
        self.add_with(config, Box::new(store))
    }

    /// Adds a node with a store of its own, and lets it join through the first ones.
    pub fn add_with(&mut self, config: DhtConfig, store: Box<dyn Storage>) -> usize {
        let number = self.nodes.len();
        let node = self.make(number, config, store, None);
        self.nodes.push(node);
        self.bootstrap(number);
        number
    }

    /// Adds a node behind a translator, with a store in memory; its address is then the translator's.
    pub fn add_behind(&mut self, config: DhtConfig, kind: NatKind) -> usize {
        let number = self.nodes.len();
        let store = MemoryStore::new(config.policy());
        let node = self.make(number, config, Box::new(store), Some(kind));
        self.nodes.push(node);
        self.bootstrap(number);
        number
    }

    fn make(
        &mut self,
        number: usize,
        config: DhtConfig,
        store: Box<dyn Storage>,
        nat: Option<NatKind>,
    ) -> Node {
        // Nobody simulates more nodes than there are addresses; those that have none could not be reached.
        let addr =
            address(self.addresses * self.apart).unwrap_or(SocketAddr::from(([0, 0, 0, 0], PORT)));
        self.addresses += 1;
        self.by_ip.insert(addr.ip(), number);
        let (seed, secret) = (self.bytes(), self.bytes());
        let keys = DhtKeyPair::from_secret_bytes(secret);
        let now = self.now();
        let mut node = Node {
            engine: Engine::new(config.clone(), keys, seed, now),
            events: Vec::new(),
            store,
            config,
            secret,
            addr,
            nat: nat.map(|kind| Nat::new(kind, addr.ip())),
            online: true,
            line: Line::default(),
            armed: None,
        };
        node.tell_own_addresses(now);
        node
    }

    /// From now on each new node is in an IPv4 /16 of its own, and not only in a /24: to be called before any is added.
    pub fn set_apart(&mut self) {
        self.apart = 256;
    }

    /// Puts a translator or a firewall before a node, another one, or none; its restart, or the next change of its network,
    /// could do the same. From outside it has the same address as before.
    pub fn set_nat(&mut self, number: usize, kind: Option<NatKind>) {
        let now = self.now();
        if let Some(node) = self.nodes.get_mut(number) {
            node.nat = kind.map(|kind| Nat::new(kind, node.addr.ip()));
            node.tell_own_addresses(now);
        }
        self.work_off(number);
    }

    /// Puts a stranger into a node's place: with a key, an address and a store in memory of its own, behind a translator
    /// of the same kind where there was one.
    pub fn replace(&mut self, number: usize) {
        let Some(old) = self.nodes.get(number) else {
            return;
        };
        let (config, ip) = (old.config.clone(), old.addr.ip());
        let nat = old.nat.as_ref().map(|nat| nat.kind);
        let store = MemoryStore::new(config.policy());
        self.by_ip.remove(&ip);
        self.forget_results(number);
        let node = self.make(number, config, Box::new(store), nat);
        if let Some(old) = self.nodes.get_mut(number) {
            *old = node;
        }
        self.bootstrap(number);
    }

    fn bootstrap(&mut self, number: usize) {
        let now = self.now();
        let known: Vec<Peer> = self
            .nodes
            .iter()
            .take(BOOTSTRAP_NODES)
            .enumerate()
            .filter(|(other, _)| *other != number)
            .map(|(_, node)| Peer {
                key: node.key(),
                addr: node.addr,
            })
            .collect();
        if let Some(node) = self.nodes.get_mut(number) {
            for peer in known {
                node.engine.bootstrap(now, peer);
            }
        }
        self.work_off(number);
    }

    fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.rng.fill_bytes(&mut bytes);
        bytes
    }

    /// Switches a node off: it neither sends nor hears, and its time stands still.
    pub fn switch_off(&mut self, number: usize) {
        if let Some(node) = self.nodes.get_mut(number) {
            node.online = false;
        }
    }

    /// Switches a node on again as it was, as a suspended computer is.
    pub fn switch_on(&mut self, number: usize) {
        if let Some(node) = self.nodes.get_mut(number) {
            node.online = true;
            node.armed = None;
        }
        self.work_off(number);
    }

    /// Starts a node anew with its key and its store, as after a restart of the program.
    pub fn restart(&mut self, number: usize) {
        let (seed, now) = (self.bytes(), self.now());
        self.forget_results(number);
        if let Some(node) = self.nodes.get_mut(number) {
            node.online = true;
            node.restart(seed, now);
        }
        self.bootstrap(number);
    }
}
