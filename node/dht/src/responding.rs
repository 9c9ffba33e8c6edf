//! The way back to whoever asked us something.
//!
//! Makes no answers; it seals and queues them.

use std::sync::Arc;

use toxdrop_proto::keys::SharedKey;
use toxdrop_proto::wire::{EnvelopeId, Head, Plain, Response, Token, seal};

use crate::link::Link;
use crate::peer::Peer;
use crate::sessions::SessionId;
use crate::way_back::WayBack;

/// Where an answer goes.
#[derive(Clone, Debug)]
pub(crate) struct ReplyTo {
    pub(crate) peer: Peer,
    /// How the request came, and the answer goes.
    pub(crate) way: WayBack,
    /// The key of ours that was addressed.
    pub(crate) session: SessionId,
    pub(crate) key: Arc<SharedKey>,
    /// What the request showed.
    pub(crate) token: Token,
    /// What names the request in its answer.
    pub(crate) echo: Token,
    pub(crate) request_id: u64,
}

impl ReplyTo {
    /// Sends a response there.
    pub(crate) fn respond(&self, link: &mut Link, response: &Response) {
        let Some(own) = link.sessions.public(self.session) else {
            return;
        };
        let command = response.command();
        let head = Head {
            carriage: self.way.carriage(EnvelopeId::of_response(command)),
            sender: own,
            token: self.echo,
            nonce: link.nonce(),
        };
        let plain = Plain::response(self.request_id, command, response.encode());
        if let Ok(datagram) = seal(&head, &self.key, &plain) {
            self.way.send(link, self.peer.addr, datagram);
        }
    }
}
