//! What an engine says of the nodes that it knows.
//!
//! Changes nothing.

use toxdrop_proto::ids::common_prefix_len;
use toxdrop_proto::keys::DhtPublicKey;

use crate::engine::Engine;
use crate::report::KnownNode;
use crate::routing_table::Contact;
use crate::time::Now;

impl Engine {
    /// How many Tox nodes and how many capable ones are known.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let tables = &self.ground.tables;
        (tables.tox.len(), tables.capable.len())
    }

    /// By how many seconds the clocks of other nodes are ahead of ours, one figure a capable node that said so in the last
    /// minutes and is still known.
    /// Each may lie; the median of many is worth something (Toxdrop protocol, 3.6).
    #[must_use]
    pub fn clock_offsets(&self, now: Now) -> Vec<i64> {
        let tables = &self.ground.tables;
        let known = |node: &DhtPublicKey| tables.capable.get(node).is_some();
        tables.clocks.offsets(now, known)
    }

    /// All known nodes.
    #[must_use]
    pub fn known_nodes(&self, now: Now) -> Vec<KnownNode> {
        let own = self.public_key();
        let known = |contact: &Contact, capable| KnownNode {
            key: contact.peer.key,
            address: contact.peer.addr,
            capable,
            bucket: common_prefix_len(own.as_bytes(), contact.peer.key.as_bytes()),
            last_seen_seconds: now.mono.saturating_sub(contact.last_seen).as_secs(),
        };
        let tables = &self.ground.tables;
        let tox_only = tables
            .tox
            .iter()
            .filter(|c| tables.capable.get(&c.peer.key).is_none())
            .map(|c| known(c, false));
        tables
            .capable
            .iter()
            .map(|c| known(c, true))
            .chain(tox_only)
            .collect()
    }
}
