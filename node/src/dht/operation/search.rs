//! The first half of every operation: which nodes are in charge of a location?
//!
//! Runs a lookup by sending its Finds; we count ourselves in where we store for others.

use toxdrop_proto::ids::{Location, distance};
use toxdrop_proto::tox::Transport;
use toxdrop_proto::wire::Response;

use super::super::ask::Ask;
use super::super::core::{Answer, Finished};
use super::super::lookup::Lookup;
use super::super::requests::Purpose;
use super::super::routing_table::{Peer, may_tell};
use super::super::sessions::SessionId;
use super::Context;

/// Nodes of our own table that a lookup starts from.
const SEEDS: usize = 16;

/// A search under way, or ended.
pub(super) struct Search {
    pub(super) session: SessionId,
    target: Location,
    want: usize,
    branch: usize,
    lookup: Lookup,
    found: Option<Vec<Peer>>,
}

impl Search {
    /// Starts a search under a session. `branch` tells the searches of one operation apart.
    pub(super) fn start(
        context: &mut Context<'_>,
        session: SessionId,
        target: Location,
        want: usize,
        branch: usize,
    ) -> Self {
        let core = &context.core;
        let lookup = Lookup::new(
            *target.as_bytes(),
            core.public,
            want,
            core.config.alpha,
            core.config.paths,
            &core.capable.closest(target.as_bytes(), SEEDS),
        );
        let mut search = Self {
            session,
            target,
            want,
            branch,
            lookup,
            found: None,
        };
        search.pump(context);
        search
    }

    /// Starts a search under the session of its location.
    pub(super) fn at(
        context: &mut Context<'_>,
        target: Location,
        want: usize,
        branch: usize,
    ) -> Self {
        let core = &mut *context.core;
        let session = core.sessions.for_location(target, &mut core.rng);
        Self::start(context, session, target, want, branch)
    }

    /// Ends the search with what was found so far: silent or lying nodes shall not eat the operation's whole time.
    pub(super) fn conclude(&mut self, context: &Context<'_>) {
        if self.found.is_none() {
            self.found = Some(self.in_charge(context));
        }
    }

    fn in_charge(&self, context: &Context<'_>) -> Vec<Peer> {
        let mut found = self.lookup.closest();
        if context.core.config.store_for_others {
            found.push(Peer {
                key: context.core.public,
                addr: std::net::SocketAddr::from(([127, 0, 0, 1], 0)),
            });
            found.sort_by_cached_key(|peer| distance(peer.key.as_bytes(), self.target.as_bytes()));
            found.truncate(self.want);
        }
        found
    }

    fn pump(&mut self, context: &mut Context<'_>) {
        if self.found.is_some() {
            return;
        }
        let purpose = Purpose::Operation {
            op: context.op,
            branch: self.branch,
        };
        for peer in self.lookup.next() {
            context.core.ask(
                context.now,
                self.session,
                peer,
                Ask::Find(self.target),
                purpose,
            );
        }
        if self.lookup.is_idle() {
            self.found = Some(self.in_charge(context));
        }
    }

    /// Takes in the end of a Find; anything else is not its business.
    pub(super) fn finished(&mut self, context: &mut Context<'_>, finished: &Finished) {
        if !matches!(finished.ask, Ask::Find(_)) {
            return;
        }
        match &finished.answer {
            Answer::Response(Response::Find(nodes)) => {
                let nodes: Vec<Peer> = nodes
                    .iter()
                    .filter(|node| {
                        node.transport == Transport::Udp
                            && node.addr.port() != 0
                            && may_tell(&finished.peer.addr, &node.addr)
                    })
                    .map(|node| Peer {
                        key: node.key,
                        addr: node.addr,
                    })
                    .collect();
                self.lookup.answered(finished.peer, &nodes);
            }
            _ => self.lookup.failed(&finished.peer),
        }
        self.pump(context);
    }

    /// The nodes in charge, closest first, once the search has ended.
    pub(super) fn found(&self) -> Option<&[Peer]> {
        self.found.as_deref()
    }
}
