//! The nodes that we know: all of Tox's, and among them the capable ones, which speak offline messages.
//!
//! Asks nobody. Most Tox nodes will not know our packets, hence two tables.

use std::collections::VecDeque;
use std::time::Duration;

use toxdrop_proto::keys::DhtPublicKey;

use crate::clocks::Clocks;
use crate::peer::Peer;
use crate::routing_table::RoutingTable;
use crate::speakers::Speakers;

/// Seconds of silence after which a contact is bad, and is dropped (c-toxcore).
pub(crate) const BAD_AFTER: Duration = Duration::from_secs(122);

/// Both tables.
pub(crate) struct Tables {
    pub(crate) tox: RoutingTable,
    pub(crate) capable: RoutingTable,
    /// What time it is for those that we greeted.
    pub(crate) clocks: Clocks,
    /// Some of those that speak offline messages, whether they store for others or not.
    pub(crate) speakers: Speakers,
    /// Capable nodes that are new, until somebody is told.
    newcomers: VecDeque<Peer>,
}

impl Tables {
    pub(crate) fn new(own: DhtPublicKey) -> Self {
        Self {
            tox: RoutingTable::new(own, BAD_AFTER),
            capable: RoutingTable::new(own, BAD_AFTER),
            clocks: Clocks::new(),
            speakers: Speakers::default(),
            newcomers: VecDeque::new(),
        }
    }

    /// A node proved to be there and to speak offline messages.
    pub(crate) fn heard_capable(&mut self, mono: Duration, peer: Peer) {
        if self.capable.heard(mono, peer) {
            self.newcomers.push_back(peer);
        }
    }

    /// The next capable node that entered the table.
    pub(crate) fn pop_newcomer(&mut self) -> Option<Peer> {
        self.newcomers.pop_front()
    }
}
