//! How what was asked and what was started ends: answers go to whoever asked, results to whoever waits.
//!
//! Asks nobody.

use std::collections::BTreeSet;

use crate::asking::Finished;
use crate::engine::Engine;
use crate::handing_on::receipt;
use crate::time::Now;
use crate::vocabulary::{Event, OpId};

impl Engine {
    /// Brings an answer to whoever asked. Hellos asked by nobody above are known to the tables already.
    pub(crate) fn finish(&mut self, now: Now, finished: Finished) {
        let asking = self.ground.asking(now);
        if let Some(moved) = self.operations.finished(asking, &finished) {
            self.look_at(moved);
        } else if self.replication.take(finished.id) {
            let (asking, storing) = self.ground.asking_and_storing(now);
            self.replication.answered(&asking, storing, finished);
        } else if self.handing_on.take(finished.id)
            && let Some(tombstone) = receipt(&finished, self.ground.config.network())
        {
            self.entomb(tombstone);
        } else {
            self.dial_ended(now, &finished);
        }
    }

    /// Tells what came of operations that moved on, and ends those that are done.
    pub(crate) fn look_at(&mut self, ops: BTreeSet<OpId>) {
        for op in ops {
            let result = self.operations.early_result(op);
            self.events
                .extend(result.map(|result| Event::Done(op, result)));
            if self.operations.is_done(op) {
                self.end(op);
            }
        }
    }

    /// Ends an operation; whoever waits for its result gets it.
    pub(crate) fn end(&mut self, op: OpId) {
        let (asks, result) = self.operations.end(op);
        self.ground.forget(asks);
        if let Some(result) = result {
            self.events.push_back(Event::Done(op, result));
        }
    }
}
