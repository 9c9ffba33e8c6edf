//! What an operation works with at one moment: whom it may ask, under which key, and what it knows.
//!
//! Hands out no part of the engine that an operation has no business with.

use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;

use toxdrop_proto::ids::{Location, NetworkId};
use toxdrop_proto::packet::PacketPolicy;

use crate::ask::Ask;
use crate::asking::Asking;
use crate::config::DhtConfig;
use crate::peer::Peer;
use crate::requests::AskId;
use crate::sessions::SessionId;
use crate::time::Now;
use crate::vocabulary::OpId;

/// Which operation asked what.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    asked: HashMap<AskId, OpId>,
    by_op: BTreeSet<(OpId, AskId)>,
}

impl Asked {
    /// The operation that asked this; the ask ends with this.
    pub(crate) fn take(&mut self, id: AskId) -> Option<OpId> {
        let op = self.asked.remove(&id)?;
        self.by_op.remove(&(op, id));
        Some(op)
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.asked.is_empty() && self.by_op.is_empty()
    }

    /// Everything that an operation still waits for; it waits no longer.
    pub(crate) fn take_all(&mut self, op: OpId) -> Vec<AskId> {
        let range = (op, AskId(0))..=(op, AskId(u64::MAX));
        let ids: Vec<AskId> = self.by_op.range(range).map(|(_, id)| *id).collect();
        for id in &ids {
            self.take(*id);
        }
        ids
    }
}

/// An operation's surroundings.
pub(crate) struct Context<'a> {
    pub(crate) op: OpId,
    pub(crate) asking: Asking<'a>,
    pub(crate) asked: &'a mut Asked,
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

    /// Whether our socket can send there.
    pub(crate) fn reaches(&self, addr: &SocketAddr) -> bool {
        self.asking.link.families.suit(addr)
    }

    /// Asks a node under one of our keys.
    pub(crate) fn ask(&mut self, session: SessionId, peer: Peer, ask: Ask) {
        let id = self.asking.ask(session, peer, ask);
        self.asked.asked.insert(id, self.op);
        self.asked.by_op.insert((self.op, id));
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

    /// The capable nodes of our table that are closest to a location.
    pub(crate) fn closest(&self, target: Location, count: usize) -> Vec<Peer> {
        let capable = &self.asking.tables.capable;
        capable.closest(target.as_bytes(), count)
    }

    /// Whether any capable node is known.
    pub(crate) fn knows_anybody(&self) -> bool {
        self.asking.tables.capable.len() > 0
    }

    /// Ourselves, as a node among others.
    pub(crate) fn ourselves(&self) -> Peer {
        self.asking.link.ourselves()
    }
}
