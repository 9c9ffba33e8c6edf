//! Delete: tombstones to all nodes that may hold the packets.

use std::collections::HashSet;

use toxdrop_proto::ids::Location;
use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_proto::tombstone::Tombstone;
use toxdrop_proto::wire::{Deleted, Response, delete_batches};

use super::context::Context;
use super::round::Round;
use crate::ask::Ask;
use crate::asking::{Answer, Finished};
use crate::lateness::Late;
use crate::report::DeleteReport;

/// A Delete under way.
pub(crate) struct Delete {
    tombstones: Vec<Tombstone>,
    round: Round,
    accepted: HashSet<DhtPublicKey>,
}

impl Delete {
    pub(crate) fn new(
        context: &mut Context<'_>,
        location: Location,
        tombstones: Vec<Tombstone>,
    ) -> Self {
        let want = context.config().list_nodes;
        let closest = context.config().replicas;
        let round = Round::new(context, location, want, closest);
        let mut delete = Self {
            tombstones,
            round,
            accepted: HashSet::new(),
        };
        delete.pump(context);
        delete
    }

    /// Goes on with what its search found.
    pub(crate) fn pump(&mut self, context: &mut Context<'_>) {
        for peer in self.round.next(context) {
            for some in delete_batches(&self.tombstones) {
                self.round.awaited.ask(peer);
                let ask = Ask::Delete(some.to_vec());
                context.ask(self.round.session(), peer, ask);
            }
        }
    }

    /// A node's answer is late.
    pub(crate) fn late(&mut self, context: &mut Context<'_>, late: &Late) {
        self.round.late(context, late);
        self.pump(context);
    }

    pub(crate) fn finished(&mut self, context: &mut Context<'_>, finished: &Finished) {
        // One word for each tombstone, or it is no answer.
        let statuses = match (&finished.ask, &finished.answer) {
            (Ask::Delete(sent), Answer::Response(Response::Delete(statuses)))
                if statuses.len() == sent.len() =>
            {
                Some(statuses)
            }
            _ => None,
        };
        self.round.awaited.over(&finished.peer, statuses.is_some());
        let taken = |status: &Deleted| matches!(status, Deleted::Accepted | Deleted::Already);
        if statuses.is_some_and(|statuses| statuses.iter().any(taken)) {
            self.accepted.insert(finished.peer.key);
        }
        self.pump(context);
    }

    pub(crate) fn is_done(&self) -> bool {
        self.round.is_over()
    }

    pub(crate) fn into_report(self) -> DeleteReport {
        DeleteReport {
            asked: self.round.awaited.asked(),
            answered: self.round.awaited.answered(),
            accepted: self.accepted.len(),
        }
    }
}
