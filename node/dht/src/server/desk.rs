//! What the server works with at one moment, and the two ways back: to a remote asker, or to an operation of ours.
//!
//! Judges nothing.

use toxdrop_proto::wire::Response;

use crate::ask::Ask;
use crate::asking::{Answer, Asker};
use crate::config::DhtConfig;
use crate::link::Link;
use crate::peer::Peer;
use crate::requests::AskId;
use crate::responding::ReplyTo;
use crate::routing_table::RoutingTable;
use crate::storing::Storing;
use crate::time::Now;

/// Who asks.
#[derive(Debug)]
pub(crate) enum Origin {
    /// Another node or client.
    Remote(ReplyTo),
    /// We ourselves, being among the closest nodes: no token and no signature is needed.
    Own { id: AskId, ask: Ask },
}

impl Origin {
    pub(crate) fn peer(&self) -> Option<Peer> {
        match self {
            Self::Remote(to) => Some(to.peer),
            Self::Own { .. } => None,
        }
    }

    /// Whether who asks speaks through the onion: under a key that is no node's, from an address that is anybody's.
    pub(crate) fn is_onion(&self) -> bool {
        matches!(self, Self::Remote(to) if to.way.is_onion())
    }
}

/// The server's surroundings.
pub(crate) struct Desk<'a> {
    pub(crate) now: Now,
    pub(crate) config: &'a DhtConfig,
    pub(crate) link: &'a mut Link,
    /// The table of capable nodes.
    pub(crate) capable: &'a RoutingTable,
    pub(crate) storing: &'a mut Storing,
    /// For answers to ourselves.
    pub(crate) asker: &'a mut Asker,
}

impl Desk<'_> {
    /// Sends an answer, or hands it to the operation of ours that asked.
    pub(crate) fn reply(&mut self, origin: Origin, response: Response) {
        match origin {
            Origin::Remote(to) => to.respond(self.link, &response),
            Origin::Own { id, ask } => {
                let ourselves = self.link.ourselves();
                self.asker
                    .finish(id, ourselves, ask, Answer::Response(response));
            }
        }
    }
}
