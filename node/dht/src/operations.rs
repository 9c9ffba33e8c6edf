//! All operations under way: who waits for which answer, and what is due.
//!
//! What an operation does with an answer is its own business.

use std::collections::BTreeMap;
use std::time::Duration;

use toxdrop_proto::ids::Location;

use crate::asking::{Asking, Finished};
use crate::operation::Running;
use crate::operation::context::{Asked, Context};
use crate::requests::AskId;
use crate::sessions::SessionId;
use crate::vocabulary::{OpId, OpResult, Operation};

/// Operations by name.
#[derive(Default)]
pub(crate) struct Operations {
    running: BTreeMap<OpId, Running>,
    asked: Asked,
    next: u64,
}

impl Operations {
    pub(crate) fn len(&self) -> usize {
        self.running.len()
    }

    #[cfg(test)]
    pub(crate) fn is_idle(&self) -> bool {
        self.running.is_empty() && self.asked.is_empty()
    }

    /// Starts an operation.
    pub(crate) fn start(&mut self, asking: Asking<'_>, operation: Operation) -> OpId {
        self.begin(asking, |context| Running::start(context, operation))
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
        });
        self.running.insert(op, running);
        op
    }

    /// The operation that asked this; the ask ends with this.
    pub(crate) fn take(&mut self, id: AskId) -> Option<OpId> {
        self.asked.take(id)
    }

    /// Gives an operation the end of one of its asks.
    pub(crate) fn finished(&mut self, asking: Asking<'_>, op: OpId, finished: &Finished) {
        if let Some(running) = self.running.get_mut(&op) {
            let mut context = Context {
                op,
                asking,
                asked: &mut self.asked,
            };
            running.finished(&mut context, finished);
        }
    }

    /// When an operation wants to be called although nothing arrived.
    pub(crate) fn due(&self) -> Option<Duration> {
        self.running.values().map(Running::due).min()
    }

    /// The operations whose time has come.
    pub(crate) fn all_due(&self, mono: Duration) -> Vec<OpId> {
        self.running
            .iter()
            .filter(|(_, running)| running.due() <= mono)
            .map(|(op, _)| *op)
            .collect()
    }

    /// Lets an operation do what is due. Returns whether it goes on.
    pub(crate) fn handle_due(&mut self, asking: Asking<'_>, op: OpId) -> bool {
        let Some(running) = self.running.get_mut(&op) else {
            return false;
        };
        running.handle_due(&mut Context {
            op,
            asking,
            asked: &mut self.asked,
        })
    }

    /// Whether an operation has ended by itself.
    pub(crate) fn is_done(&self, op: OpId) -> bool {
        self.running.get(&op).is_some_and(Running::is_done)
    }

    /// Ends an operation. Returns what it still waited for, and its result where somebody waits for one.
    pub(crate) fn end(&mut self, op: OpId) -> (Vec<AskId>, Option<OpResult>) {
        let result = self.running.remove(&op).and_then(Running::into_result);
        (self.asked.take_all(op), result)
    }

    /// Ends an operation without a result. Returns what it still waited for, and the key that it subscribed under.
    pub(crate) fn cancel(&mut self, op: OpId) -> (Vec<AskId>, Option<SessionId>) {
        let session = self
            .running
            .remove(&op)
            .and_then(|running| running.subscription().map(|(session, _)| session));
        (self.asked.take_all(op), session)
    }

    /// Subscriptions of ours: the key that deliveries come in for, and where packets are expected.
    pub(crate) fn subscriptions(&self) -> impl Iterator<Item = (OpId, SessionId, Location)> {
        self.running.iter().filter_map(|(op, running)| {
            let (session, location) = running.subscription()?;
            Some((*op, session, location))
        })
    }
}
