//! Nodes that speak from another address than the one that we know: restarted at another port, or behind a new one.
//!
//! Anybody can send on what a node once sent, so the known address is asked first; only its silence makes room for the new one.

use std::collections::HashMap;
use std::time::Duration;

use toxdrop_proto::keys::DhtPublicKey;

use super::net::ToxNet;
use super::ping::{PING_TIMEOUT, Pings};
use crate::peer::Peer;

/// How many are looked into at once.
const MOST: usize = 64;

/// Where nodes of the table seem to be now, and since when we ask.
#[derive(Default)]
pub(super) struct Moved(HashMap<DhtPublicKey, Claim>);

struct Claim {
    new: Peer,
    asked: Option<Duration>,
}

impl Moved {
    /// A known node spoke from here.
    pub(super) fn spoke(&mut self, net: &ToxNet<'_>, peer: Peer) {
        let elsewhere =
            (net.nodes.get(&peer.key)).is_some_and(|contact| contact.peer.addr != peer.addr);
        if elsewhere && self.0.len() < MOST {
            let claim = Claim {
                new: peer,
                asked: None,
            };
            self.0.entry(peer.key).or_insert(claim);
        }
    }

    /// Asks at the known addresses, and a ping's time later at the new ones of those that kept silent.
    pub(super) fn tick(&mut self, net: &mut ToxNet<'_>, pings: &mut Pings) {
        let mono = net.now.mono;
        let mut to_ping = Vec::new();
        self.0.retain(|key, claim| {
            let Some(contact) = net.nodes.get(key) else {
                // It was dropped meanwhile: at its new address it is a newcomer.
                to_ping.push(claim.new);
                return false;
            };
            match claim.asked {
                None => {
                    claim.asked = Some(mono);
                    to_ping.push(contact.peer);
                    true
                }
                Some(asked) if contact.last_seen >= asked => false,
                Some(asked) if mono.saturating_sub(asked) < PING_TIMEOUT => true,
                Some(_) => {
                    to_ping.push(claim.new);
                    false
                }
            }
        });
        for peer in to_ping {
            pings.ping(net, peer);
        }
    }
}
