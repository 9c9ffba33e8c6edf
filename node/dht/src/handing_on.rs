//! A packet that was just stored here goes on to its subscribers at once.
//!
//! It stays stored until its owner's tombstone comes; who is subscribed is not known here.

use std::collections::HashSet;

use rand_core::RngCore;
use toxdrop_proto::ids::NetworkId;
use toxdrop_proto::packet::Packet;
use toxdrop_proto::tombstone::Tombstone;
use toxdrop_proto::wire::{EnvelopeId, Head, Plain, Request, Response, Token, seal};

use crate::ask::Ask;
use crate::asking::{Answer, Asking, Finished};
use crate::link::Link;
use crate::peer::Peer;
use crate::requests::AskId;
use crate::sessions::SessionId;
use crate::subscriptions::Subscriber;

/// Packets on their way to subscribers.
#[derive(Debug, Default)]
pub(crate) struct HandingOn(HashSet<AskId>);

impl HandingOn {
    /// Asks a subscriber to take a packet, under the token that it gave for that.
    fn start(&mut self, asking: &mut Asking<'_>, to: Peer, token: Token, packet: &Packet) {
        let ask = Ask::Deliver {
            packet: packet.clone(),
            token,
        };
        self.0.insert(asking.ask(SessionId::NODE, to, ask));
    }

    /// Hands a packet on to a subscriber: directly until it answers, or along its way back through the onion, once. There
    /// the owner's Delete is the answer.
    pub(crate) fn hand_on(&mut self, asking: &mut Asking<'_>, to: Subscriber, packet: &Packet) {
        if to.way.is_onion() {
            // Whose key is bad never subscribed, and a packet is short enough.
            let _ = send_back(asking.link, &to, packet);
        } else {
            self.start(asking, to.peer, to.token, packet);
        }
    }

    #[cfg(test)]
    pub(crate) fn is_idle(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether that ask was one of these; it ends with this.
    pub(crate) fn take(&mut self, id: AskId) -> bool {
        self.0.remove(&id)
    }
}

fn send_back(link: &mut Link, to: &Subscriber, packet: &Packet) -> Option<()> {
    let request = Request::Deliver(packet.clone());
    let head = Head {
        carriage: to.way.carriage(EnvelopeId::Request),
        sender: link.public,
        token: to.token,
        nonce: link.nonce(),
    };
    let plain = Plain::request(link.rng.next_u64(), request.command(), request.encode());
    let key = link.onion.known(&link.sessions, &to.peer.key).ok()?;
    let envelope = seal(&head, &key, &plain).ok()?;
    to.way.send(link, to.peer.addr, envelope);
    Some(())
}

/// The owner's tombstone in a subscriber's answer, if it is one and covers the packet.
pub(crate) fn receipt(finished: &Finished, network: NetworkId) -> Option<Tombstone> {
    let Ask::Deliver { packet, .. } = &finished.ask else {
        return None;
    };
    let Answer::Response(Response::Deliver(Ok(tombstone))) = &finished.answer else {
        return None;
    };
    (tombstone.covers(packet) && tombstone.verify(network).is_ok()).then_some(*tombstone)
}
