//! Being a good citizen of the Tox DHT: what a `tox-bootstrapd` does, a file for each kind of packet.
//!
//! Layouts are `toxdrop-proto`'s, timers are c-toxcore's. Knows nothing of offline messages.

mod announce;
mod announcements;
mod bootstrap;
mod bootstrap_info;
mod budgets;
mod dht_request;
mod forward;
mod lan;
mod moved;
mod net;
mod newcomers;
mod next_hop;
mod nodes;
mod onion;
mod onion_data;
mod ping;
mod return_paths;
mod source;
pub(crate) mod tcp_relay;
mod timed_auth;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use toxdrop_proto::tox::{self, Envelope};

use crate::config::DhtConfig;
use crate::link::Link;
use crate::peer::Peer;
use announce::PingIds;
use announcements::Announcements;
use bootstrap::Bootstraps;
use budgets::Budgets;
use forward::Forwarder;
use lan::Lan;
use moved::Moved;
pub(crate) use net::ToxNet;
use newcomers::Newcomers;
use nodes::NodesAsked;
use ping::Pings;
use return_paths::ReturnPaths;
use tcp_relay::{TcpClient, TcpOnionRequest};

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
    budgets: Budgets,
    return_paths: ReturnPaths,
    announcements: Announcements,
    ping_ids: PingIds,
    forwarder: Forwarder,
    /// What came back through the onion for clients of the TCP relay.
    for_tcp: VecDeque<(TcpClient, Vec<u8>)>,
}

impl ToxSide {
    pub(crate) fn new(config: &DhtConfig, link: &mut Link, mono: Duration) -> Self {
        Self {
            bootstraps: Bootstraps::default(),
            pings: Pings::default(),
            asked: NodesAsked::new(),
            newcomers: Newcomers::default(),
            moved: Moved::default(),
            lan: Lan::default(),
            budgets: Budgets::new(config, mono),
            return_paths: ReturnPaths::new(&mut link.rng, mono),
            announcements: Announcements::new(link.public),
            ping_ids: PingIds::new(&mut link.rng),
            forwarder: Forwarder::new(&mut link.rng),
            for_tcp: VecDeque::new(),
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
            self.newcomers.named(net, *peer);
        }
        self.newcomers.tick(net, &mut self.pings);
    }

    /// Takes in a packet of Tox. Returns a node that proved to be there.
    pub(crate) fn handle(
        &mut self,
        net: &mut ToxNet<'_>,
        from: SocketAddr,
        bytes: &[u8],
    ) -> Option<Peer> {
        match *bytes.first()? {
            tox::PING_REQUEST | tox::PING_RESPONSE | tox::NODES_REQUEST | tox::NODES_RESPONSE => {
                return self.handle_sealed(net, from, bytes);
            }
            _ if bytes.len() > tox::MAX_UDP_PACKET => {}
            // What cannot be passed on or answered is dropped.
            id => drop(self.serve(net, from, id, bytes)),
        }
        None
    }

    /// What is done for others and leaves no trace in the table.
    fn serve(
        &mut self,
        net: &mut ToxNet<'_>,
        from: SocketAddr,
        id: u8,
        bytes: &[u8],
    ) -> Option<()> {
        let Self {
            budgets,
            return_paths,
            announcements,
            ping_ids,
            forwarder,
            ..
        } = self;
        let routed = &mut budgets.routed;
        match id {
            tox::DHT_REQUEST => dht_request::handle(net, routed, from, bytes),
            tox::LAN_DISCOVERY => {
                let caller = lan::heard(net, from, bytes)?;
                self.newcomers.spoke(net, caller);
                Some(())
            }
            tox::ONION_REQUEST_1 | tox::ONION_REQUEST_2 | tox::ONION_REQUEST_3 => {
                onion::outward(net, (return_paths, &mut budgets.onward), from, bytes)
            }
            tox::ANNOUNCE_REQUEST_OLD | tox::ANNOUNCE_REQUEST => {
                let state = (announcements, &*ping_ids, &mut budgets.announcements);
                announce::handle(net, state, from, bytes)
            }
            tox::ONION_DATA_REQUEST => {
                onion_data::handle(net, (announcements, routed), from, bytes)
            }
            tox::ONION_RESPONSE_1 | tox::ONION_RESPONSE_2 | tox::ONION_RESPONSE_3 => {
                let came = onion::back(net, (return_paths, &mut budgets.back), from, bytes)?;
                self.for_tcp.extend(came);
                Some(())
            }
            tox::FORWARD_REQUEST => forwarder.request(net, routed, from, bytes),
            tox::FORWARDING => forwarder.forwarded(net, routed, from, bytes),
            tox::FORWARD_REPLY => forwarder.reply(net, routed, from, bytes),
            tox::BOOTSTRAP_INFO => bootstrap_info::answer(net, &mut budgets.info, from, bytes),
            _ => None,
        }
    }

    /// A client of the TCP relay begins an onion path here.
    pub(crate) fn onion_from_tcp(&mut self, net: &mut ToxNet<'_>, request: &TcpOnionRequest) {
        let state = (&self.return_paths, &mut self.budgets.onward);
        // What cannot be passed on is dropped, as over UDP.
        let _ = onion::outward_from_tcp(net, state, request);
    }

    /// The next thing that came back through the onion for a client of the TCP relay.
    pub(crate) fn pop_for_tcp(&mut self) -> Option<(TcpClient, Vec<u8>)> {
        self.for_tcp.pop_front()
    }

    /// Whether a sealed packet is worth an X25519: of the right length, and asked for or within a budget.
    fn is_expected(&mut self, net: &ToxNet<'_>, peer: &Peer, id: u8, length: usize) -> bool {
        let (mono, ip) = (net.now.mono, peer.addr.ip());
        match id {
            tox::PING_REQUEST => {
                let known = net.nodes.get(&peer.key).is_some_and(|c| c.peer == *peer);
                length == tox::PING_LEN && (known || self.budgets.pings.take(mono, ip))
            }
            tox::PING_RESPONSE => length == tox::PING_LEN && self.pings.waits_for(peer),
            tox::NODES_REQUEST => {
                length == tox::NODES_REQUEST_LEN && self.budgets.nodes.take(mono, ip)
            }
            _ => length <= tox::NODES_RESPONSE_MAX && self.asked.waits_for(peer),
        }
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
        if !self.is_expected(net, &peer, envelope.id, bytes.len()) {
            return None;
        }
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
                    self.newcomers.named(net, named);
                }
                return Some(self.alive(net, peer));
            }
        };
        if asked {
            self.newcomers.spoke(net, peer);
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
        self.return_paths.tick(&mut net.link.rng, net.now.mono);
    }
}
