//! What comes through Tox's onion and is an envelope is served as if it came directly; the rest is Tox's own.
//!
//! Who asks so enters no table and is greeted by nobody: the key is a session's, the address an exit's.

use std::net::SocketAddr;

use toxdrop_proto::tox::ONION_DATA_REQUEST;

use crate::engine::Engine;
use crate::server::desk::Origin;
use crate::server::through_onion::Arrived;
use crate::time::Now;

impl Engine {
    /// Whether one more datagram from this address is within its rate. What comes through the onion has another than
    /// what comes directly: an exit's own traffic and that of those behind it do not push each other out.
    pub(crate) fn is_within_rate(&mut self, now: Now, from: &SocketAddr, bytes: &[u8]) -> bool {
        if bytes.first() == Some(&ONION_DATA_REQUEST) {
            self.onion_door.admits(now.mono, from)
        } else {
            self.sources.take(now.mono, from.ip())
        }
    }

    /// Takes in an 0x85.
    pub(crate) fn heard_through_onion(&mut self, now: Now, exit: SocketAddr, bytes: &[u8]) {
        let link = &mut self.ground.link;
        match self.onion_door.receive(link, now, exit, bytes) {
            Arrived::Tox => {
                self.tox.handle(&mut self.ground.tox(now), exit, bytes);
            }
            Arrived::Ours(Some(incoming)) => {
                let origin = Origin::Remote(incoming.to);
                let desk = &mut self.ground.desk(now);
                self.server.serve(desk, origin, incoming.request);
            }
            Arrived::Ours(None) => {}
        }
    }
}
