//! Delete: tombstones to all nodes that may hold the packets.

use std::collections::HashSet;

use toxdrop_proto::ids::Location;
use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_proto::tombstone::Tombstone;
use toxdrop_proto::wire::{Deleted, Response, delete_batches};

use super::context::Context;
use super::search::Search;
use crate::ask::Ask;
use crate::asking::{Answer, Finished};
use crate::report::DeleteReport;

/// A Delete under way.
pub(crate) struct Delete {
    tombstones: Vec<Tombstone>,
    search: Search,
    started: bool,
    in_flight: usize,
    asked: usize,
    answered: HashSet<DhtPublicKey>,
    accepted: HashSet<DhtPublicKey>,
}

impl Delete {
    pub(crate) fn new(
        context: &mut Context<'_>,
        location: Location,
        tombstones: Vec<Tombstone>,
    ) -> Self {
        let want = context.config().list_nodes;
        let search = Search::at(context, location, want);
        let mut delete = Self {
            tombstones,
            search,
            started: false,
            in_flight: 0,
            asked: 0,
            answered: HashSet::new(),
            accepted: HashSet::new(),
        };
        delete.pump(context);
        delete
    }

    fn pump(&mut self, context: &mut Context<'_>) {
        let Some(found) = self.search.found().filter(|_| !self.started) else {
            return;
        };
        self.started = true;
        self.asked = found.len();
        for peer in found {
            for some in delete_batches(&self.tombstones) {
                self.in_flight += 1;
                let ask = Ask::Delete(some.to_vec());
                context.ask(self.search.session, *peer, ask);
            }
        }
    }

    /// The time for searching is over.
    pub(crate) fn conclude_search(&mut self, context: &mut Context<'_>) {
        self.search.conclude(context);
        self.pump(context);
    }

    pub(crate) fn finished(&mut self, context: &mut Context<'_>, finished: &Finished) {
        if matches!(finished.ask, Ask::Find(_)) {
            self.search.finished(context, finished);
            return self.pump(context);
        }
        self.in_flight = self.in_flight.saturating_sub(1);
        // One word for each tombstone, or it is no answer.
        if let (Ask::Delete(sent), Answer::Response(Response::Delete(statuses))) =
            (&finished.ask, &finished.answer)
            && statuses.len() == sent.len()
        {
            self.answered.insert(finished.peer.key);
            if statuses
                .iter()
                .any(|status| matches!(status, Deleted::Accepted | Deleted::Already))
            {
                self.accepted.insert(finished.peer.key);
            }
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.started && self.in_flight == 0
    }

    pub(crate) fn into_report(self) -> DeleteReport {
        DeleteReport {
            asked: self.asked,
            answered: self.answered.len(),
            accepted: self.accepted.len(),
        }
    }
}
