//! What the Tox side works with at one moment, and how it seals what it sends.
//!
//! Keeps nothing from one moment to the next.

use std::net::SocketAddr;

use rand_core::RngCore;
use toxdrop_proto::keys::SharedKey;
use toxdrop_proto::tox::Envelope;

use crate::config::DhtConfig;
use crate::link::Link;
use crate::peer::Peer;
use crate::routing_table::RoutingTable;
use crate::time::Now;

/// Settings, keys, the table of all Tox nodes, and the way out.
pub(crate) struct ToxNet<'a> {
    pub(crate) now: Now,
    pub(crate) config: &'a DhtConfig,
    pub(crate) link: &'a mut Link,
    /// The table of all Tox nodes.
    pub(crate) nodes: &'a mut RoutingTable,
}

impl ToxNet<'_> {
    /// Sends a packet of Tox's DHT under the node's own key.
    pub(super) fn send_sealed(&mut self, to: Peer, key: &SharedKey, id: u8, plain: &[u8]) {
        let nonce = self.link.nonce();
        if let Ok(packet) = Envelope::seal(id, &self.link.public, key, &nonce, plain) {
            self.send(to.addr, packet);
        }
    }

    /// Sends a datagram as it is.
    pub(super) fn send(&mut self, to: SocketAddr, bytes: Vec<u8>) {
        self.link.transmits.push(to, bytes);
    }

    /// One of the known nodes, any.
    pub(super) fn any_node(&mut self) -> Option<Peer> {
        let count = u64::try_from(self.nodes.len())
            .ok()
            .filter(|count| *count > 0)?;
        let at = usize::try_from(self.link.rng.next_u64() % count).ok()?;
        self.nodes.iter().nth(at).map(|contact| contact.peer)
    }
}
