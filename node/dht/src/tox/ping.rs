//! Ping (0x00, 0x01): is a node there, under this key and at this address?
//!
//! Whom to ping, and when, is said by others.

use std::collections::HashMap;
use std::time::Duration;

use rand_core::RngCore;
use toxdrop_proto::keys::SharedKey;
use toxdrop_proto::tox::Ping;

use super::net::ToxNet;
use crate::peer::Peer;
use crate::sessions::SessionId;

/// For how long an answer is waited for (c-toxcore).
pub(super) const PING_TIMEOUT: Duration = Duration::from_secs(5);
/// How often a known node is pinged (c-toxcore).
const PING_INTERVAL: Duration = Duration::from_secs(60);

/// Pings of ours that wait for an answer, by their ids.
#[derive(Default)]
pub(super) struct Pings(HashMap<u64, (Peer, Duration)>);

impl Pings {
    /// Pings a node.
    pub(super) fn ping(&mut self, net: &mut ToxNet<'_>, peer: Peer) {
        let id = net.link.rng.next_u64().max(1);
        let Ok(key) = net.link.sessions.shared(SessionId::NODE, &peer.key) else {
            return;
        };
        net.nodes.asked(net.now.mono, &peer.key);
        self.0.insert(id, (peer, net.now.mono));
        let ping = Ping::Request(id);
        net.send_sealed(peer, &key, ping.packet_id(), &ping.encode());
    }

    /// Whether a ping of ours to this node waits for its answer.
    pub(super) fn waits_for(&self, peer: &Peer) -> bool {
        self.0.values().any(|(asked, _)| asked == peer)
    }

    /// Whether this node answers a ping of ours, from the address that was pinged.
    pub(super) fn answered(&mut self, peer: Peer, plain: &[u8]) -> bool {
        let Ok(Ping::Response(id)) = Ping::decode(plain) else {
            return false;
        };
        let asked = self.0.get(&id).is_some_and(|(asked, _)| *asked == peer);
        asked && self.0.remove(&id).is_some()
    }

    /// Pings the nodes whose turn it is, and forgets pings that nobody answered.
    pub(super) fn tick(&mut self, net: &mut ToxNet<'_>) {
        let mono = net.now.mono;
        self.0
            .retain(|_, (_, at)| mono.saturating_sub(*at) < PING_TIMEOUT);
        let due: Vec<Peer> = net
            .nodes
            .iter()
            .filter(|c| mono.saturating_sub(c.last_asked) >= PING_INTERVAL)
            .map(|c| c.peer)
            .collect();
        for peer in due {
            self.ping(net, peer);
        }
    }
}

/// Answers a ping. Returns whether it was one.
pub(super) fn answer(net: &mut ToxNet<'_>, peer: Peer, key: &SharedKey, plain: &[u8]) -> bool {
    let Ok(Ping::Request(id)) = Ping::decode(plain) else {
        return false;
    };
    let pong = Ping::Response(id);
    net.send_sealed(peer, key, pong.packet_id(), &pong.encode());
    true
}
