//! The way back to whoever asked us something.
//!
//! Makes no answers; it seals and queues them.

use std::sync::Arc;

use toxdrop_proto::keys::SharedKey;
use toxdrop_proto::wire::{EnvelopeId, Head, Plain, Response, Token, seal};

use crate::link::Link;
use crate::peer::Peer;
use crate::sessions::SessionId;

/// Where an answer goes.
#[derive(Clone, Debug)]
pub(crate) struct ReplyTo {
    pub(crate) peer: Peer,
    /// The key of ours that was addressed.
    pub(crate) session: SessionId,
    pub(crate) key: Arc<SharedKey>,
    pub(crate) token: Token,
    pub(crate) request_id: u64,
}

impl ReplyTo {
    /// Sends a response there.
    pub(crate) fn respond(&self, link: &mut Link, response: &Response) {
        let Some(own) = link.sessions.public(self.session) else {
            return;
        };
        let id = match response {
            Response::Hello(_) => EnvelopeId::HelloResponse,
            _ => EnvelopeId::Response,
        };
        let head = Head {
            id,
            sender: own,
            token: self.token,
            nonce: link.nonce(),
        };
        let plain = Plain {
            request_id: self.request_id,
            command: response.command(),
            body: response.encode(),
        };
        if let Ok(datagram) = seal(&head, &self.key, &plain) {
            link.transmits.push(self.peer.addr, datagram);
        }
    }
}
