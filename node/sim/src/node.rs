//! One simulated node: an engine, its store, its address, and what it keeps while it is off.
//!
//! Moves no time and no datagrams; the network does.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use toxdrop_dht::storage::{StorageReply, StorageRequest};
use toxdrop_dht::{DhtConfig, Engine, Event, Now};
use toxdrop_proto::ids::{Location, PacketId};
use toxdrop_proto::keys::{DhtKeyPair, DhtPublicKey};

use crate::loss::Line;
use crate::nat::Nat;
use crate::store::Storage;

/// What a node behind a translator has for an address; nobody outside ever sees it.
const INSIDE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 2));

/// A node.
pub struct Node {
    /// Its engine; what is done to it directly shows once time passes.
    pub engine: Engine,
    /// The packets that were delivered to it, oldest first.
    pub events: Vec<Event>,
    pub(crate) store: Box<dyn Storage>,
    pub(crate) config: DhtConfig,
    pub(crate) secret: [u8; 32],
    /// Where it listens; behind a NAT nobody else can send there.
    pub(crate) addr: SocketAddr,
    pub(crate) nat: Option<Nat>,
    pub(crate) online: bool,
    pub(crate) line: Line,
    /// The timer that is in the queue for it.
    pub(crate) armed: Option<Duration>,
}

impl Node {
    /// Its DHT key.
    #[must_use]
    pub fn key(&self) -> DhtPublicKey {
        self.engine.public_key()
    }

    /// Its own address.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Whether it is switched on.
    #[must_use]
    pub fn is_online(&self) -> bool {
        self.online
    }

    /// Whether its store holds a packet.
    pub fn holds(&mut self, now: Now, location: &Location, id: &PacketId) -> bool {
        let request = StorageRequest::Get {
            location: *location,
            id: *id,
        };
        let reply = self.store.handle(now.unix, request);
        matches!(reply, StorageReply::Got(Some(_)))
    }

    /// Tells its engine the address that it has of its own.
    pub(crate) fn tell_own_addresses(&mut self, now: Now) {
        let own = match &self.nat {
            Some(nat) if nat.kind.translates() => INSIDE,
            _ => self.addr.ip(),
        };
        self.engine.set_own_addresses(now, [own]);
        self.engine.set_own_port(self.addr.port());
    }

    /// Starts it anew with its key and its store, as after a restart of the program.
    pub(crate) fn restart(&mut self, seed: [u8; 32], now: Now) {
        let keys = DhtKeyPair::from_secret_bytes(self.secret);
        self.engine = Engine::new(self.config.clone(), keys, seed, now);
        self.tell_own_addresses(now);
        self.events.clear();
        self.armed = None;
    }
}
