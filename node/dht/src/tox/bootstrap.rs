//! Nodes to join through: asked while nobody is known, and now and then later.
//!
//! Knows addresses only; names are looked up outside. A node may have several.

use std::time::Duration;

use super::net::ToxNet;
use crate::peer::Peer;

/// Longest pause between attempts to reach one.
const MAX_BACKOFF: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug)]
struct Bootstrap {
    peer: Peer,
    next_try: Duration,
    backoff: Duration,
}

/// The nodes to join through.
#[derive(Default)]
pub(super) struct Bootstraps(Vec<Bootstrap>);

impl Bootstraps {
    /// Joins, now and whenever no node is left, through this node.
    pub(super) fn add(&mut self, mono: Duration, peer: Peer) {
        self.0.retain(|known| known.peer != peer);
        self.0.push(Bootstrap {
            peer,
            next_try: mono,
            backoff: Duration::from_secs(1),
        });
    }

    /// Those that are to be asked now.
    pub(super) fn due(&mut self, net: &ToxNet<'_>) -> Vec<Peer> {
        let alone = net.nodes.len() == 0;
        let mut due = Vec::new();
        for node in &mut self.0 {
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
        due
    }
}
