//! Being a good citizen of the Tox DHT: answering, keeping a table of nodes, and joining through bootstrap nodes.
//!
//! Timers are c-toxcore's. Knows nothing of offline messages.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use rand_core::RngCore;
use toxdrop_proto::keys::{DhtPublicKey, SharedKey};
use toxdrop_proto::tox::{
    self, BootstrapInfo, Envelope, LanDiscovery, MAX_NODES, NodesRequest, NodesResponse,
    PackedNode, Ping, Transport,
};

use crate::config::DhtConfig;
use crate::link::Link;
use crate::peer::{Peer, may_tell};
use crate::routing_table::RoutingTable;
use crate::sessions::SessionId;
use crate::time::Now;

const PING_TIMEOUT: Duration = Duration::from_secs(5);
const PING_INTERVAL: Duration = Duration::from_secs(60);
const DROPPED_AFTER: Duration = Duration::from_secs(182);
const NODES_INTERVAL: Duration = Duration::from_secs(20);
/// Nodes requests that follow one another quickly after the first node was found.
const QUICK_REQUESTS: u32 = 5;
const QUICK_INTERVAL: Duration = Duration::from_secs(1);
/// Newly heard nodes pinged per tick of one second (c-toxcore: 32 per 2 s).
const PINGS_PER_TICK: usize = 16;
/// Newly heard nodes that wait to be pinged.
const MAX_TO_PING: usize = 256;
const LAN_INTERVAL: Duration = Duration::from_secs(10);
/// Longest pause between attempts to reach a bootstrap node.
const MAX_BACKOFF: Duration = Duration::from_secs(60);
/// What our bootstrap info calls our version.
const INFO_VERSION: u32 = 1;

/// What the Tox side works with at one moment.
pub(crate) struct ToxNet<'a> {
    pub(crate) now: Now,
    pub(crate) config: &'a DhtConfig,
    pub(crate) link: &'a mut Link,
    /// The table of all Tox nodes.
    pub(crate) nodes: &'a mut RoutingTable,
}

#[derive(Clone, Copy, Debug)]
struct Bootstrap {
    peer: Peer,
    next_try: Duration,
    backoff: Duration,
}

/// State of the Tox side.
#[derive(Default)]
pub(crate) struct ToxSide {
    bootstraps: Vec<Bootstrap>,
    pings: HashMap<u64, (Peer, Duration)>,
    sendbacks: HashMap<[u8; 8], (Peer, Duration)>,
    to_ping: VecDeque<Peer>,
    waiting: HashSet<DhtPublicKey>,
    next_nodes: Duration,
    next_lan: Duration,
    quick_left: u32,
}

impl ToxSide {
    pub(crate) fn new() -> Self {
        Self {
            quick_left: QUICK_REQUESTS,
            ..Self::default()
        }
    }

    /// Joins, now and whenever no node is left, through this node.
    pub(crate) fn add_bootstrap(&mut self, net: &mut ToxNet<'_>, peer: Peer) {
        self.bootstraps.retain(|known| known.peer.key != peer.key);
        self.bootstraps.push(Bootstrap {
            peer,
            next_try: net.now.mono,
            backoff: Duration::from_secs(1),
        });
        self.bootstrap(net);
    }

    /// Takes in a packet of Tox's DHT. Returns a node that proved to be there.
    pub(crate) fn handle(
        &mut self,
        net: &mut ToxNet<'_>,
        from: SocketAddr,
        bytes: &[u8],
    ) -> Option<Peer> {
        match *bytes.first()? {
            tox::BOOTSTRAP_INFO if tox::is_bootstrap_info_request(bytes) => {
                let info = BootstrapInfo {
                    version: INFO_VERSION,
                    motd: net.config.motd.clone().into_bytes(),
                };
                net.link.transmits.push(from, info.encode());
                None
            }
            tox::LAN_DISCOVERY => {
                let lan = LanDiscovery::decode(bytes).ok()?;
                if net.config.lan_discovery && is_local(&from) {
                    self.consider(
                        net,
                        Peer {
                            key: lan.key,
                            addr: from,
                        },
                    );
                }
                None
            }
            id @ (tox::PING_REQUEST
            | tox::PING_RESPONSE
            | tox::NODES_REQUEST
            | tox::NODES_RESPONSE) => {
                let right_length = match id {
                    tox::NODES_REQUEST => bytes.len() == tox::NODES_REQUEST_LEN,
                    tox::NODES_RESPONSE => true,
                    _ => bytes.len() == tox::PING_LEN,
                };
                if !right_length {
                    return None;
                }
                self.handle_sealed(net, from, bytes)
            }
            _ => None,
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
        let key = net.link.sessions.shared_with_stranger(&peer.key).ok()?;
        let plain = envelope.open(&key).ok()?;
        match envelope.id {
            tox::PING_REQUEST => {
                let Ok(Ping::Request(id)) = Ping::decode(&plain) else {
                    return None;
                };
                let pong = Ping::Response(id);
                send(net, peer, &key, pong.packet_id(), &pong.encode());
                self.consider(net, peer);
                None
            }
            tox::PING_RESPONSE => {
                let Ok(Ping::Response(id)) = Ping::decode(&plain) else {
                    return None;
                };
                let (asked, _) = self.pings.get(&id)?;
                if *asked != peer {
                    return None;
                }
                self.pings.remove(&id);
                self.alive(net, peer)
            }
            tox::NODES_REQUEST => {
                let request = NodesRequest::decode(&plain).ok()?;
                self.answer_nodes(net, peer, &key, &request);
                self.consider(net, peer);
                None
            }
            _ => {
                let response = NodesResponse::decode(&plain).ok()?;
                let (asked, _) = self.sendbacks.get(&response.sendback)?;
                if *asked != peer {
                    return None;
                }
                self.sendbacks.remove(&response.sendback);
                for node in response.nodes {
                    if node.transport == Transport::Udp && may_tell(&from, &node.addr) {
                        let heard = Peer {
                            key: node.key,
                            addr: node.addr,
                        };
                        self.consider(net, heard);
                    }
                }
                self.alive(net, peer)
            }
        }
    }

    /// An empty answer would be rejected, so there is none: who asks learns of us by ping.
    fn answer_nodes(
        &self,
        net: &mut ToxNet<'_>,
        peer: Peer,
        key: &SharedKey,
        request: &NodesRequest,
    ) {
        let nodes: Vec<PackedNode> = net
            .nodes
            .closest(request.target.as_bytes(), MAX_NODES + 1)
            .into_iter()
            .filter(|node| node.key != peer.key && may_tell(&peer.addr, &node.addr))
            .take(MAX_NODES)
            .map(|node| PackedNode::udp(node.addr, node.key))
            .collect();
        if nodes.is_empty() {
            return;
        }
        let response = NodesResponse {
            nodes,
            sendback: request.sendback,
        };
        send(net, peer, key, tox::NODES_RESPONSE, &response.encode());
    }

    fn alive(&mut self, net: &mut ToxNet<'_>, peer: Peer) -> Option<Peer> {
        let first = net.nodes.len() == 0;
        net.nodes.heard(net.now.mono, peer);
        if first {
            self.quick_left = QUICK_REQUESTS;
            self.next_nodes = net.now.mono;
        }
        Some(peer)
    }

    /// A node that we heard of: pinged soon, if there is room for it.
    fn consider(&mut self, net: &ToxNet<'_>, peer: Peer) {
        let usable = peer.key != net.link.public
            && peer.addr.port() != 0
            && !peer.addr.ip().is_unspecified()
            && !peer.addr.ip().is_multicast();
        if usable
            && net.nodes.get(&peer.key).is_none()
            && net.nodes.has_room(&peer.key)
            && self.to_ping.len() < MAX_TO_PING
            && self.waiting.insert(peer.key)
        {
            self.to_ping.push_back(peer);
        }
    }

    /// Once a second.
    pub(crate) fn tick(&mut self, net: &mut ToxNet<'_>) {
        let fresh = |at: &Duration| net.now.mono.saturating_sub(*at) < PING_TIMEOUT;
        self.pings.retain(|_, (_, at)| fresh(at));
        self.sendbacks.retain(|_, (_, at)| fresh(at));
        for _ in 0..PINGS_PER_TICK {
            let Some(peer) = self.to_ping.pop_front() else {
                break;
            };
            self.waiting.remove(&peer.key);
            self.ping(net, peer);
        }
        let due: Vec<Peer> = net
            .nodes
            .iter()
            .filter(|c| net.now.mono.saturating_sub(c.last_asked) >= PING_INTERVAL)
            .map(|c| c.peer)
            .collect();
        for peer in due {
            self.ping(net, peer);
        }
        net.nodes.drop_silent(net.now.mono, DROPPED_AFTER);
        self.ask_for_nodes(net);
        self.bootstrap(net);
        if net.config.lan_discovery && net.now.mono >= self.next_lan {
            self.next_lan = net.now.mono + LAN_INTERVAL;
            let call = LanDiscovery {
                key: net.link.public,
            };
            let everybody = SocketAddr::from(([255, 255, 255, 255], tox::FIRST_PORT));
            net.link.transmits.push(everybody, call.encode());
        }
    }

    fn ask_for_nodes(&mut self, net: &mut ToxNet<'_>) {
        if net.now.mono < self.next_nodes || net.nodes.len() == 0 {
            return;
        }
        let quick = self.quick_left > 0;
        self.quick_left = self.quick_left.saturating_sub(1);
        self.next_nodes = net.now.mono
            + if quick {
                QUICK_INTERVAL
            } else {
                NODES_INTERVAL
            };
        let peers: Vec<Peer> = net.nodes.iter().map(|c| c.peer).collect();
        let Some(peer) = pick(net, &peers) else {
            return;
        };
        // Mostly our own neighbourhood, now and then anywhere.
        let mut target = *net.link.public.as_bytes();
        if net.link.rng.next_u32().is_multiple_of(4) {
            net.link.rng.fill_bytes(&mut target);
        }
        self.nodes_request(net, peer, DhtPublicKey::from_bytes(target));
    }

    fn bootstrap(&mut self, net: &mut ToxNet<'_>) {
        let alone = net.nodes.len() == 0;
        let mut due = Vec::new();
        for node in &mut self.bootstraps {
            // While others are known it is asked now and then, in case we sit in a corner of the network.
            let known = net.nodes.get(&node.peer.key).is_some();
            if net.now.mono < node.next_try || known {
                continue;
            }
            if !alone {
                node.backoff = MAX_BACKOFF;
            }
            node.next_try = net.now.mono + node.backoff;
            node.backoff = (node.backoff * 2).min(MAX_BACKOFF);
            due.push(node.peer);
        }
        for peer in due {
            self.ping(net, peer);
            self.nodes_request(net, peer, net.link.public);
        }
    }

    fn ping(&mut self, net: &mut ToxNet<'_>, peer: Peer) {
        let id = net.link.rng.next_u64().max(1);
        let Ok(key) = net.link.sessions.shared(SessionId::NODE, &peer.key) else {
            return;
        };
        net.nodes.asked(net.now.mono, &peer.key);
        self.pings.insert(id, (peer, net.now.mono));
        let ping = Ping::Request(id);
        send(net, peer, &key, ping.packet_id(), &ping.encode());
    }

    fn nodes_request(&mut self, net: &mut ToxNet<'_>, peer: Peer, target: DhtPublicKey) {
        let Ok(key) = net.link.sessions.shared(SessionId::NODE, &peer.key) else {
            return;
        };
        let mut sendback = [0; 8];
        net.link.rng.fill_bytes(&mut sendback);
        self.sendbacks.insert(sendback, (peer, net.now.mono));
        let request = NodesRequest { target, sendback };
        send(net, peer, &key, tox::NODES_REQUEST, &request.encode());
    }
}

fn send(net: &mut ToxNet<'_>, to: Peer, key: &SharedKey, id: u8, plain: &[u8]) {
    let nonce = net.link.nonce();
    if let Ok(packet) = Envelope::seal(id, &net.link.public, key, &nonce, plain) {
        net.link.transmits.push(to.addr, packet);
    }
}

fn pick(net: &mut ToxNet<'_>, peers: &[Peer]) -> Option<Peer> {
    let count = u64::try_from(peers.len()).ok().filter(|count| *count > 0)?;
    let at = usize::try_from(net.link.rng.next_u64() % count).ok()?;
    peers.get(at).copied()
}

fn is_local(addr: &SocketAddr) -> bool {
    match addr.ip() {
        std::net::IpAddr::V4(ip) => ip.is_private() || ip.is_loopback() || ip.is_link_local(),
        std::net::IpAddr::V6(ip) => {
            ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local()
        }
    }
}
