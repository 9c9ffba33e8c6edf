//! Nodes that we heard of and that were not pinged yet.
//!
//! Nobody enters the table before it answered; a flood of names pushes nobody out.

use std::collections::{HashSet, VecDeque};

use toxdrop_proto::keys::DhtPublicKey;

use super::net::ToxNet;
use super::ping::Pings;
use crate::peer::{Peer, can_be_sent_to};

/// Pinged per tick of one second (c-toxcore: 32 per 2 s).
const PINGS_PER_TICK: usize = 16;
/// How many wait at the most.
const MOST: usize = 256;

/// The queue.
#[derive(Default)]
pub(super) struct Newcomers {
    waiting: VecDeque<Peer>,
    keys: HashSet<DhtPublicKey>,
}

impl Newcomers {
    /// A node that we heard of: pinged soon, if there is room for it.
    pub(super) fn consider(&mut self, net: &ToxNet<'_>, peer: Peer) {
        let usable = peer.key != net.link.public
            && can_be_sent_to(&peer.addr)
            && net.link.families.suit(&peer.addr);
        if usable
            && net.nodes.get(&peer.key).is_none()
            && net.nodes.has_room(&peer.key)
            && self.waiting.len() < MOST
            && self.keys.insert(peer.key)
        {
            self.waiting.push_back(peer);
        }
    }

    /// Pings the next ones.
    pub(super) fn tick(&mut self, net: &mut ToxNet<'_>, pings: &mut Pings) {
        for _ in 0..PINGS_PER_TICK {
            let Some(peer) = self.waiting.pop_front() else {
                break;
            };
            self.keys.remove(&peer.key);
            pings.ping(net, peer);
        }
    }
}
