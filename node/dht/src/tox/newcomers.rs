//! Nodes that we heard of and that were not pinged yet.
//!
//! Nobody enters the table before it answered. Those that we asked about wait apart from those that spoke to us unasked: a
//! flood of the latter holds up none of the former, and pushes nobody out.

use std::collections::{HashSet, VecDeque};

use toxdrop_proto::keys::DhtPublicKey;

use super::net::ToxNet;
use super::ping::Pings;
use crate::peer::{Peer, can_be_sent_to};

/// Pinged per tick of one second (c-toxcore: 32 per 2 s).
const PINGS_PER_TICK: usize = 16;
/// How many of each kind wait at the most.
const MOST: usize = 256;

/// The queues.
#[derive(Default)]
pub(super) struct Newcomers {
    /// Named by nodes that we asked, or known earlier.
    named: VecDeque<Peer>,
    /// They spoke first.
    spoke: VecDeque<Peer>,
    keys: HashSet<DhtPublicKey>,
}

impl Newcomers {
    /// A node that was named to us, since we asked: pinged soon, if there is room for it.
    pub(super) fn named(&mut self, net: &ToxNet<'_>, peer: Peer) {
        if self.named.len() < MOST && self.is_new(net, &peer) {
            self.named.push_back(peer);
        }
    }

    /// A node that spoke to us: pinged soon, if there is room for it.
    pub(super) fn spoke(&mut self, net: &ToxNet<'_>, peer: Peer) {
        if self.spoke.len() < MOST && self.is_new(net, &peer) {
            self.spoke.push_back(peer);
        }
    }

    fn is_new(&mut self, net: &ToxNet<'_>, peer: &Peer) -> bool {
        let usable = peer.key != net.link.public
            && can_be_sent_to(&peer.addr)
            && net.link.families.suit(&peer.addr);
        usable
            && net.nodes.get(&peer.key).is_none()
            && net.nodes.has_room(&peer.key)
            && self.keys.insert(peer.key)
    }

    /// Pings the next ones, of both kinds by turns.
    pub(super) fn tick(&mut self, net: &mut ToxNet<'_>, pings: &mut Pings) {
        for turn in 0..PINGS_PER_TICK {
            let (first, second) = match turn % 2 {
                0 => (&mut self.named, &mut self.spoke),
                _ => (&mut self.spoke, &mut self.named),
            };
            let Some(peer) = first.pop_front().or_else(|| second.pop_front()) else {
                break;
            };
            self.keys.remove(&peer.key);
            pings.ping(net, peer);
        }
    }
}
