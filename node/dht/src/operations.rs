//! All operations under way: who waits for which answer, and what is due.
//!
//! What an operation does with an answer is its own business.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use toxdrop_proto::ids::{Location, PacketId};

use crate::asking::{Asking, Finished};
use crate::lateness::Late;
use crate::operation::Running;
use crate::operation::asked::{Asked, Owner};
use crate::operation::context::Context;
use crate::operation::searches::Searches;
use crate::requests::AskId;
use crate::sessions::SessionId;
use crate::vocabulary::{OpId, OpResult, Operation};

/// Operations by name.
#[derive(Default)]
pub(crate) struct Operations {
    running: BTreeMap<OpId, Running>,
    searches: Searches,
    asked: Asked,
    next: u64,
}

impl Operations {
    /// How many operations somebody waits for.
    pub(crate) fn len(&self) -> usize {
        let awaited = |running: &&Running| running.is_awaited();
        self.running.values().filter(awaited).count()
    }

    #[cfg(test)]
    pub(crate) fn is_idle(&self) -> bool {
        self.running.is_empty() && self.asked.is_empty() && self.searches.is_idle()
    }

    /// Starts an operation. Returns its name, and the operations that something came of.
    pub(crate) fn start(
        &mut self,
        mut asking: Asking<'_>,
        operation: Operation,
    ) -> (OpId, BTreeSet<OpId>) {
        let mut moved = BTreeSet::new();
        if let Operation::Delete {
            location,
            tombstones,
        } = &operation
        {
            let ids: Vec<PacketId> = tombstones.iter().map(|tombstone| tombstone.id).collect();
            moved = self.take_back(&mut asking, *location, &ids);
        }
        let op = self.begin(asking, |context| Running::start(context, operation));
        moved.insert(op);
        (op, moved)
    }

    /// Starts a search for the nodes around a place, for its own sake.
    pub(crate) fn refresh(&mut self, asking: Asking<'_>, target: Location) -> OpId {
        self.begin(asking, |context| Running::refresh(context, target))
    }

    fn begin(
        &mut self,
        asking: Asking<'_>,
        start: impl FnOnce(&mut Context<'_>) -> Running,
    ) -> OpId {
        let op = OpId(self.next);
        self.next += 1;
        let running = start(&mut Context {
            op,
            asking,
            asked: &mut self.asked,
            searches: &mut self.searches,
        });
        self.running.insert(op, running);
        op
    }

    /// What was deleted or recalled is not brought to further nodes.
    fn take_back(
        &mut self,
        asking: &mut Asking<'_>,
        location: Location,
        ids: &[PacketId],
    ) -> BTreeSet<OpId> {
        let all: BTreeSet<OpId> = self.running.keys().copied().collect();
        let mut concerned = BTreeSet::new();
        self.each(asking, &all, |running, context| {
            if running.take_back(context, location, ids) {
                concerned.insert(context.op);
            }
        });
        concerned
    }

    fn each(
        &mut self,
        asking: &mut Asking<'_>,
        ops: &BTreeSet<OpId>,
        mut what: impl FnMut(&mut Running, &mut Context<'_>),
    ) {
        for op in ops {
            if let Some(running) = self.running.get_mut(op) {
                let mut context = Context {
                    op: *op,
                    asking: asking.again(),
                    asked: &mut self.asked,
                    searches: &mut self.searches,
                };
                what(running, &mut context);
            }
        }
    }

    /// Takes in the end of an ask, if an operation or its search asked it. Returns the operations that something came of.
    pub(crate) fn finished(
        &mut self,
        mut asking: Asking<'_>,
        finished: &Finished,
    ) -> Option<BTreeSet<OpId>> {
        match self.asked.take(finished.id)? {
            Owner::Operation(op) => {
                let ops = BTreeSet::from([op]);
                self.each(&mut asking, &ops, |running, context| {
                    running.finished(context, finished);
                });
                Some(ops)
            }
            Owner::Search(id) => {
                let (searches, asked) = (&mut self.searches, &mut self.asked);
                let ops = searches.finished(&mut asking, asked, id, finished);
                self.each(&mut asking, &ops, Running::searched);
                Some(ops)
            }
        }
    }

    /// Takes in that the answer to an ask is late. Returns the operations that something came of.
    pub(crate) fn late(&mut self, mut asking: Asking<'_>, late: &Late) -> BTreeSet<OpId> {
        match self.asked.owner(late.id) {
            None => BTreeSet::new(),
            Some(Owner::Operation(op)) => {
                let ops = BTreeSet::from([op]);
                self.each(&mut asking, &ops, |running, context| {
                    running.late(context, late);
                });
                ops
            }
            Some(Owner::Search(id)) => {
                let (searches, asked) = (&mut self.searches, &mut self.asked);
                let ops = searches.late(&mut asking, asked, id, late);
                self.each(&mut asking, &ops, Running::searched);
                ops
            }
        }
    }

    /// When an operation wants to be called although nothing arrived.
    pub(crate) fn due(&self) -> Option<Duration> {
        let running = self.running.values().map(Running::due);
        running.chain(self.searches.due()).min()
    }

    /// Lets the operations do what is due. Returns those that something came of, and those that are over.
    pub(crate) fn handle_due(
        &mut self,
        mut asking: Asking<'_>,
    ) -> (BTreeSet<OpId>, BTreeSet<OpId>) {
        let moved = self.searches.handle_due(&asking);
        self.each(&mut asking, &moved, Running::searched);
        let mono = asking.now.mono;
        let due = |(_, running): &(&OpId, &Running)| running.due() <= mono;
        let due: BTreeSet<OpId> = self.running.iter().filter(due).map(|(op, _)| *op).collect();
        let mut over = BTreeSet::new();
        self.each(&mut asking, &due, |running, context| {
            if !running.handle_due(context) {
                over.insert(context.op);
            }
        });
        (moved, over)
    }

    /// Forgets what serves nobody any more.
    pub(crate) fn sweep(&mut self, mono: Duration) {
        self.searches.sweep(mono);
    }

    /// Whether an operation has ended by itself.
    pub(crate) fn is_done(&self, op: OpId) -> bool {
        self.running.get(&op).is_some_and(Running::is_done)
    }

    /// What came of an operation so far, if that is enough for whoever waits; it goes on behind that.
    pub(crate) fn early_result(&mut self, op: OpId) -> Option<OpResult> {
        self.running.get_mut(&op)?.early_result()
    }

    /// Ends an operation. Returns what it still waited for, and its result where somebody waits for one.
    pub(crate) fn end(&mut self, op: OpId) -> (Vec<AskId>, Option<OpResult>) {
        self.searches.leave_all(op);
        let result = self.running.remove(&op).and_then(Running::into_result);
        (self.asked.take_all(Owner::Operation(op)), result)
    }

    /// Ends an operation without a result. Returns what it still waited for, and the key that it subscribed under.
    pub(crate) fn cancel(&mut self, op: OpId) -> (Vec<AskId>, Option<SessionId>) {
        self.searches.leave_all(op);
        let session = self
            .running
            .remove(&op)
            .and_then(|running| running.subscription().map(|(session, _)| session));
        (self.asked.take_all(Owner::Operation(op)), session)
    }

    /// Subscriptions of ours: the key that deliveries come in for, and where packets are expected.
    pub(crate) fn subscriptions(&self) -> impl Iterator<Item = (OpId, SessionId, Location)> {
        self.running.iter().filter_map(|(op, running)| {
            let (session, location) = running.subscription()?;
            Some((*op, session, location))
        })
    }
}
