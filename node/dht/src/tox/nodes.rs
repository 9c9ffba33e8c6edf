//! Nodes request and response (0x02, 0x04): who is close to this key?
//!
//! Believes nobody's word: who is named in an answer is pinged first.

use std::collections::HashMap;
use std::time::Duration;

use rand_core::RngCore;
use toxdrop_proto::keys::{DhtPublicKey, SharedKey};
use toxdrop_proto::tox::{self, MAX_NODES, NodesRequest, NodesResponse, PackedNode, Transport};

use super::net::ToxNet;
use super::ping::PING_TIMEOUT;
use crate::peer::{Peer, may_tell};
use crate::sessions::SessionId;

/// How often somebody is asked for nodes (c-toxcore).
const INTERVAL: Duration = Duration::from_secs(20);
/// Requests that follow one another quickly after the first node was found (c-toxcore).
const QUICK_REQUESTS: u32 = 5;
const QUICK_INTERVAL: Duration = Duration::from_secs(1);

/// Nodes requests of ours that wait for an answer, by what comes back in it; and when the next one is due.
pub(super) struct NodesAsked {
    sendbacks: HashMap<[u8; 8], (Peer, Duration)>,
    next: Duration,
    quick_left: u32,
}

impl NodesAsked {
    pub(super) fn new() -> Self {
        Self {
            sendbacks: HashMap::new(),
            next: Duration::ZERO,
            quick_left: QUICK_REQUESTS,
        }
    }

    /// The first node was found: from here on the table is to fill quickly.
    pub(super) fn hurry(&mut self, mono: Duration) {
        self.quick_left = QUICK_REQUESTS;
        self.next = mono;
    }

    /// Asks a node for nodes close to a key.
    pub(super) fn ask(&mut self, net: &mut ToxNet<'_>, peer: Peer, target: DhtPublicKey) {
        let Ok(key) = net.link.sessions.shared(SessionId::NODE, &peer.key) else {
            return;
        };
        let mut sendback = [0; 8];
        net.link.rng.fill_bytes(&mut sendback);
        self.sendbacks.insert(sendback, (peer, net.now.mono));
        let request = NodesRequest { target, sendback };
        net.send_sealed(peer, &key, tox::NODES_REQUEST, &request.encode());
    }

    /// Whether a request of ours to this node waits for its answer.
    pub(super) fn waits_for(&self, peer: &Peer) -> bool {
        self.sendbacks.values().any(|(asked, _)| asked == peer)
    }

    /// The nodes that an answer names, if we asked for it.
    pub(super) fn answered(&mut self, peer: Peer, plain: &[u8]) -> Option<Vec<Peer>> {
        let response = NodesResponse::decode(plain).ok()?;
        let (asked, _) = self.sendbacks.get(&response.sendback)?;
        if *asked != peer {
            return None;
        }
        self.sendbacks.remove(&response.sendback);
        let named = response
            .nodes
            .iter()
            .filter(|node| node.transport == Transport::Udp)
            .map(Peer::named)
            .filter(|named| may_tell(&peer.addr, &named.addr));
        Some(named.collect())
    }

    /// Asks somebody for nodes, if it is time, and forgets requests that nobody answered.
    pub(super) fn tick(&mut self, net: &mut ToxNet<'_>) {
        let mono = net.now.mono;
        self.sendbacks
            .retain(|_, (_, at)| mono.saturating_sub(*at) < PING_TIMEOUT);
        if mono < self.next || net.nodes.len() == 0 {
            return;
        }
        let quick = self.quick_left > 0;
        self.quick_left = self.quick_left.saturating_sub(1);
        self.next = mono + if quick { QUICK_INTERVAL } else { INTERVAL };
        let Some(peer) = net.any_node() else {
            return;
        };
        // Mostly our own neighbourhood, now and then anywhere.
        let mut target = *net.link.public.as_bytes();
        if net.link.rng.next_u32().is_multiple_of(4) {
            net.link.rng.fill_bytes(&mut target);
        }
        self.ask(net, peer, DhtPublicKey::from_bytes(target));
    }
}

/// Answers a request for nodes. An empty answer would be rejected, so there is none: who asks learns of us by ping.
/// Returns whether it was a request.
pub(super) fn answer(net: &mut ToxNet<'_>, peer: Peer, key: &SharedKey, plain: &[u8]) -> bool {
    let Ok(request) = NodesRequest::decode(plain) else {
        return false;
    };
    let nodes = closest_for(net, &peer, request.target.as_bytes());
    if !nodes.is_empty() {
        let response = NodesResponse {
            nodes,
            sendback: request.sendback,
        };
        net.send_sealed(peer, key, tox::NODES_RESPONSE, &response.encode());
    }
    true
}

/// The known nodes closest to a key, as many as an answer holds, that this peer may know.
pub(super) fn closest_for(net: &ToxNet<'_>, peer: &Peer, target: &[u8; 32]) -> Vec<PackedNode> {
    net.nodes
        .closest(target, MAX_NODES + 1)
        .into_iter()
        .filter(|node| node.key != peer.key && may_tell(&peer.addr, &node.addr))
        .take(MAX_NODES)
        .map(|node| PackedNode::udp(node.addr, node.key))
        .collect()
}
