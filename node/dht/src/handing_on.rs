//! A packet that was just stored here goes on to its subscribers at once.
//!
//! It stays stored until its owner's tombstone comes; who is subscribed is not known here.

use std::collections::HashSet;

use toxdrop_proto::ids::NetworkId;
use toxdrop_proto::packet::Packet;
use toxdrop_proto::tombstone::Tombstone;
use toxdrop_proto::wire::{Response, Token};

use crate::ask::Ask;
use crate::asking::{Answer, Asking, Finished};
use crate::peer::Peer;
use crate::requests::AskId;
use crate::sessions::SessionId;

/// Packets on their way to subscribers.
#[derive(Debug, Default)]
pub(crate) struct HandingOn(HashSet<AskId>);

impl HandingOn {
    /// Hands a packet on to a subscriber, under the token that it gave for that.
    pub(crate) fn start(
        &mut self,
        asking: &mut Asking<'_>,
        to: Peer,
        token: Token,
        packet: &Packet,
    ) {
        let ask = Ask::Deliver {
            packet: packet.clone(),
            token,
        };
        self.0.insert(asking.ask(SessionId::NODE, to, ask));
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
