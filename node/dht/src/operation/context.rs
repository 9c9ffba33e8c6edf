//! What an operation works with at one moment: whom it may ask, under which key, and what it knows.
//!
//! Hands out no part of the engine that an operation has no business with.

use toxdrop_proto::ids::{Location, NetworkId};
use toxdrop_proto::packet::PacketPolicy;

use super::asked::{Asked, Owner, SearchId};
use super::searches::Searches;
use crate::ask::Ask;
use crate::asking::Asking;
use crate::config::DhtConfig;
use crate::peer::Peer;
use crate::sessions::SessionId;
use crate::time::Now;
use crate::vocabulary::OpId;

/// An operation's surroundings.
pub(crate) struct Context<'a> {
    pub(crate) op: OpId,
    pub(crate) asking: Asking<'a>,
    pub(crate) asked: &'a mut Asked,
    pub(crate) searches: &'a mut Searches,
}

impl Context<'_> {
    pub(crate) fn now(&self) -> Now {
        self.asking.now
    }

    pub(crate) fn config(&self) -> &DhtConfig {
        self.asking.config
    }

    pub(crate) fn network(&self) -> NetworkId {
        self.asking.config.network()
    }

    pub(crate) fn policy(&self) -> PacketPolicy {
        self.asking.config.policy()
    }

    /// Asks a node under one of our keys.
    pub(crate) fn ask(&mut self, session: SessionId, peer: Peer, ask: Ask) {
        let id = self.asking.ask(session, peer, ask);
        self.asked.put(Owner::Operation(self.op), id);
    }

    /// Takes back everything that the operation asked and was not answered yet.
    pub(crate) fn take_back(&mut self) {
        for id in self.asked.take_all(Owner::Operation(self.op)) {
            self.asking.asker.take_back(id);
        }
    }

    /// The key for operations at a location.
    pub(crate) fn session_at(&mut self, location: Location) -> SessionId {
        let link = &mut *self.asking.link;
        link.sessions.for_location(location, &mut link.rng)
    }

    /// A key of its own, for a subscription.
    pub(crate) fn fresh_session(&mut self) -> SessionId {
        self.asking.link.fresh_session()
    }

    /// A search that others at the same place share.
    pub(crate) fn search_at(
        &mut self,
        session: SessionId,
        target: Location,
        want: usize,
    ) -> SearchId {
        let (asking, asked) = (&mut self.asking, &mut *self.asked);
        self.searches
            .at(asking, asked, self.op, session, target, want)
    }

    /// A search of its own.
    pub(crate) fn search_alone(
        &mut self,
        session: SessionId,
        target: Location,
        want: usize,
    ) -> SearchId {
        let (asking, asked) = (&mut self.asking, &mut *self.asked);
        self.searches
            .alone(asking, asked, self.op, session, target, want)
    }

    /// Whether any capable node is known.
    pub(crate) fn knows_anybody(&self) -> bool {
        self.asking.tables.capable.len() > 0
    }
}
