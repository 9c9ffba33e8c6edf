//! Being a good citizen of the Tox DHT: what a `tox-bootstrapd` does, a file for each kind of packet.
//!
//! Layouts are `toxdrop-proto`'s, timers are c-toxcore's. Knows nothing of offline messages.

mod bootstrap;
mod bootstrap_info;
mod lan;
mod moved;
mod net;
mod newcomers;
mod nodes;
mod ping;

use std::net::SocketAddr;
use std::time::Duration;

use toxdrop_proto::tox::{self, Envelope};

use crate::peer::Peer;
use bootstrap::Bootstraps;
use lan::Lan;
use moved::Moved;
pub(crate) use net::ToxNet;
use newcomers::Newcomers;
use nodes::NodesAsked;
use ping::Pings;

/// A node that was asked and kept silent for so long is dropped (c-toxcore).
const DROPPED_AFTER: Duration = Duration::from_secs(182);

/// State of the Tox side.
pub(crate) struct ToxSide {
    bootstraps: Bootstraps,
    pings: Pings,
    asked: NodesAsked,
    newcomers: Newcomers,
    moved: Moved,
    lan: Lan,
}

impl ToxSide {
    pub(crate) fn new() -> Self {
        Self {
            bootstraps: Bootstraps::default(),
            pings: Pings::default(),
            asked: NodesAsked::new(),
            newcomers: Newcomers::default(),
            moved: Moved::default(),
            lan: Lan::default(),
        }
    }

    /// Joins, now and whenever no node is left, through this node.
    pub(crate) fn add_bootstrap(&mut self, net: &mut ToxNet<'_>, peer: Peer) {
        self.bootstraps.add(net.now.mono, peer);
        self.bootstrap(net);
    }

    fn bootstrap(&mut self, net: &mut ToxNet<'_>) {
        let due = self.bootstraps.due(net);
        self.try_bootstrap(net, &due);
    }

    /// Asks these at once whether they are there and who is close to us.
    pub(crate) fn try_bootstrap(&mut self, net: &mut ToxNet<'_>, peers: &[Peer]) {
        for peer in peers {
            if peer.key != net.link.public && net.link.families.suit(&peer.addr) {
                self.pings.ping(net, *peer);
                self.asked.ask(net, *peer, net.link.public);
            }
        }
    }

    /// Nodes that were known earlier: pinged at once as far as one moment's share goes, the others after it.
    pub(crate) fn try_known(&mut self, net: &mut ToxNet<'_>, peers: &[Peer]) {
        for peer in peers {
            self.newcomers.consider(net, *peer);
        }
        self.newcomers.tick(net, &mut self.pings);
    }

    /// Takes in a packet of Tox's DHT. Returns a node that proved to be there.
    pub(crate) fn handle(
        &mut self,
        net: &mut ToxNet<'_>,
        from: SocketAddr,
        bytes: &[u8],
    ) -> Option<Peer> {
        let right_length = match *bytes.first()? {
            tox::BOOTSTRAP_INFO => {
                bootstrap_info::answer(net, from, bytes);
                return None;
            }
            tox::LAN_DISCOVERY => {
                if let Some(caller) = lan::heard(net, from, bytes) {
                    self.newcomers.consider(net, caller);
                }
                return None;
            }
            tox::PING_REQUEST | tox::PING_RESPONSE => bytes.len() == tox::PING_LEN,
            tox::NODES_REQUEST => bytes.len() == tox::NODES_REQUEST_LEN,
            tox::NODES_RESPONSE => true,
            _ => false,
        };
        if !right_length {
            return None;
        }
        self.handle_sealed(net, from, bytes)
    }

    fn handle_sealed(
        &mut self,
        net: &mut ToxNet<'_>,
        from: SocketAddr,
        bytes: &[u8],
    ) -> Option<Peer> {
        let envelope = Envelope::decode(bytes).ok()?;
        if envelope.sender == net.link.public {
            return None;
        }
        let peer = Peer {
            key: envelope.sender,
            addr: from,
        };
        let key = net.link.sessions.shared_with_stranger(&peer.key).ok()?;
        let plain = envelope.open(&key).ok()?;
        let asked = match envelope.id {
            tox::PING_REQUEST => ping::answer(net, peer, &key, &plain),
            tox::NODES_REQUEST => nodes::answer(net, peer, &key, &plain),
            tox::PING_RESPONSE => {
                let answered = self.pings.answered(peer, &plain);
                return answered.then(|| self.alive(net, peer));
            }
            _ => {
                for named in self.asked.answered(peer, &plain)? {
                    self.newcomers.consider(net, named);
                }
                return Some(self.alive(net, peer));
            }
        };
        if asked {
            self.newcomers.consider(net, peer);
            self.moved.spoke(net, peer);
        }
        None
    }

    fn alive(&mut self, net: &mut ToxNet<'_>, peer: Peer) -> Peer {
        let first = net.nodes.len() == 0;
        net.nodes.heard(net.now.mono, peer);
        if first {
            self.asked.hurry(net.now.mono);
        }
        peer
    }

    /// Once a second.
    pub(crate) fn tick(&mut self, net: &mut ToxNet<'_>) {
        self.newcomers.tick(net, &mut self.pings);
        self.moved.tick(net, &mut self.pings);
        self.pings.tick(net);
        net.nodes.drop_silent(net.now.mono, DROPPED_AFTER);
        self.asked.tick(net);
        self.bootstrap(net);
        self.lan.tick(net);
    }
}
