//! Cookies that other nodes want to see before they spend an X25519 on us.
//!
//! Puzzles come through the onion only, and none is solved.

use std::net::SocketAddr;

use toxdrop_proto::wire::{Challenge, Demand};

use crate::asking::Asking;
use crate::peer::Peer;

impl Asking<'_> {
    /// A node under load wants a cookie back before it spends an X25519: the same request again, with it in the token field.
    /// Once a request; puzzles come through the onion only.
    pub(crate) fn handle_challenge(&mut self, from: SocketAddr, bytes: &[u8]) {
        let Ok(challenge) = Challenge::decode(bytes) else {
            return;
        };
        let Demand::Cookie(cookie) = challenge.demand else {
            return;
        };
        let peer = Peer {
            key: challenge.node,
            addr: from,
        };
        let echo = challenge.echo();
        let Some((request_id, pending)) = self.asker.requests.echoed(&peer, &echo) else {
            return;
        };
        let tokenless = !pending.ask.command().needs_token();
        if pending.nonce != challenge.nonce || pending.challenged || !tokenless {
            return;
        }
        let Some(mut pending) = self.asker.requests.remove(request_id) else {
            return;
        };
        let sealed = self.seal(pending.session, peer, &pending.ask, cookie, request_id);
        if let Some((head, datagram)) = sealed {
            self.link.transmits.push(from, datagram.clone());
            (pending.nonce, pending.echo) = (head.nonce, head.echo());
            pending.datagram = datagram;
        }
        pending.challenged = true;
        self.asker.requests.add(request_id, pending);
    }
}
