//! The first half of every operation: which nodes are in charge of a location?
//!
//! Runs a lookup by sending its Finds; we count ourselves in where we store for others.

use toxdrop_proto::ids::{Location, distance};
use toxdrop_proto::tox::Transport;
use toxdrop_proto::wire::{Find, MAX_FIND_ROOM, Response};

use super::context::Context;
use crate::ask::Ask;
use crate::asking::{Answer, Finished};
use crate::lookup::Lookup;
use crate::peer::{Peer, may_tell};
use crate::sessions::SessionId;

/// Nodes of our own table that a lookup starts from.
const SEEDS: usize = 16;

/// Room for so many nodes in each answer to a search of a node for its own sake.
const NODE_ROOM: u8 = 8;

/// A search under way, or ended.
pub(crate) struct Search {
    pub(crate) session: SessionId,
    target: Location,
    want: usize,
    lookup: Lookup,
    found: Option<Vec<Peer>>,
}

impl Search {
    /// Starts a search under a session.
    pub(crate) fn start(
        context: &mut Context<'_>,
        session: SessionId,
        target: Location,
        want: usize,
    ) -> Self {
        let lookup = Lookup::new(
            *target.as_bytes(),
            context.ourselves().key,
            want,
            context.config().alpha,
            context.config().paths,
            &context.closest(target, SEEDS),
        );
        let mut search = Self {
            session,
            target,
            want,
            lookup,
            found: None,
        };
        search.pump(context);
        search
    }

    /// Starts a search under the session of its location.
    pub(crate) fn at(context: &mut Context<'_>, target: Location, want: usize) -> Self {
        let session = context.session_at(target);
        Self::start(context, session, target, want)
    }

    /// Ends the search with what was found so far: silent or lying nodes shall not eat the operation's whole time.
    pub(crate) fn conclude(&mut self, context: &Context<'_>) {
        if self.found.is_none() {
            self.found = Some(self.in_charge(context));
        }
    }

    fn in_charge(&self, context: &Context<'_>) -> Vec<Peer> {
        let mut found = self.lookup.closest();
        if context.asking.link.stores {
            found.push(context.ourselves());
            found.sort_by_cached_key(|peer| distance(peer.key.as_bytes(), self.target.as_bytes()));
            found.truncate(self.want);
        }
        found
    }

    fn pump(&mut self, context: &mut Context<'_>) {
        if self.found.is_some() {
            return;
        }
        // A client's lookup serves all that concerns its place; nodes that look around need fewer.
        let find = Find {
            target: self.target,
            room: match self.session {
                SessionId::NODE => NODE_ROOM,
                _ => MAX_FIND_ROOM,
            },
        };
        for peer in self.lookup.next() {
            context.ask(self.session, peer, Ask::Find(find));
        }
        if self.lookup.is_idle() {
            self.found = Some(self.in_charge(context));
        }
    }

    /// Takes in the end of a Find; anything else is not its business.
    pub(crate) fn finished(&mut self, context: &mut Context<'_>, finished: &Finished) {
        if !matches!(finished.ask, Ask::Find(_)) {
            return;
        }
        match &finished.answer {
            Answer::Response(Response::Find(answer)) => {
                let nodes: Vec<Peer> = answer
                    .nodes
                    .iter()
                    .filter(|node| {
                        node.transport == Transport::Udp
                            && node.addr.port() != 0
                            && may_tell(&finished.peer.addr, &node.addr)
                            && context.reaches(&node.addr)
                    })
                    .map(|node| Peer {
                        key: node.key,
                        addr: node.addr,
                    })
                    .collect();
                self.lookup.answered(finished.peer, answer.stores, &nodes);
            }
            _ => self.lookup.failed(&finished.peer),
        }
        self.pump(context);
    }

    /// The nodes in charge, closest first, once the search has ended.
    pub(crate) fn found(&self) -> Option<&[Peer]> {
        self.found.as_deref()
    }
}
