//! Operations of a client: store, extend, list, retrieve, delete, find a record, subscribe.
//!
//! Each is a small state machine: a search for the nodes in charge, then one question to each of them. All end, at
//! the latest at their deadline, with what was found until then.

pub(crate) mod asked;
mod awaited;
pub(crate) mod context;
mod delete;
mod finding;
mod judge;
mod list;
mod record;
mod retrieve;
mod round;
mod search;
pub(crate) mod searches;
mod store;
mod subscribe;

use std::time::Duration;

use toxdrop_proto::ids::{Location, PacketId};
use toxdrop_proto::wire::TtlUpdate;

use crate::asking::Finished;
use crate::lateness::Late;
use crate::sessions::SessionId;
use crate::vocabulary::{OpResult, Operation};
use context::Context;
use delete::Delete;
use finding::Finding;
use list::List;
use record::FindRecord;
use retrieve::Retrieve;
use store::Store;
use subscribe::Subscribe;

enum Kind {
    Store(Store),
    FindRecord(FindRecord),
    List(List),
    Retrieve(Retrieve),
    Delete(Delete),
    Subscribe(Subscribe),
    /// A search for its own sake: it fills the table of capable nodes.
    Refresh(Finding),
}

/// An operation under way.
pub(crate) struct Running {
    kind: Kind,
    deadline: Duration,
    /// What came of it was told already: it goes on behind that.
    reported: bool,
}

impl Running {
    /// Starts an operation; it has sent its first requests when this returns.
    pub(crate) fn start(context: &mut Context<'_>, operation: Operation) -> Self {
        let kind = match operation {
            Operation::Store { packet, quorum } => {
                Kind::Store(Store::packet(context, packet.into_packet(), quorum))
            }
            Operation::Extend {
                location,
                id,
                expires,
                nonce,
                quorum,
            } => {
                let update = TtlUpdate {
                    location,
                    id,
                    expires,
                    nonce,
                };
                Kind::Store(Store::extend(context, update, quorum))
            }
            Operation::FindRecord(location) => Kind::FindRecord(FindRecord::new(context, location)),
            Operation::List { place } => Kind::List(List::new(context, place)),
            Operation::Retrieve { place, id, holders } => {
                Kind::Retrieve(Retrieve::new(context, place, id, holders))
            }
            Operation::Delete {
                location,
                tombstones,
            } => Kind::Delete(Delete::new(context, location, tombstones)),
            Operation::Subscribe { place } => Kind::Subscribe(Subscribe::new(context, place)),
        };
        Self::until_deadline(context, kind)
    }

    /// Starts a search for the nodes around `target`.
    pub(crate) fn refresh(context: &mut Context<'_>, target: Location) -> Self {
        let want = context.config().replicas;
        let mut finding = Finding::alone(context, SessionId::NODE, target, want);
        finding.take(context);
        Self::until_deadline(context, Kind::Refresh(finding))
    }

    fn until_deadline(context: &Context<'_>, kind: Kind) -> Self {
        Self {
            kind,
            deadline: context.now().mono + context.config().operation_deadline(),
            reported: false,
        }
    }

    /// Takes in the end of one of its requests.
    pub(crate) fn finished(&mut self, context: &mut Context<'_>, finished: &Finished) {
        match &mut self.kind {
            Kind::Store(store) => store.finished(context, finished),
            Kind::FindRecord(find) => find.finished(context, finished),
            Kind::List(list) => list.finished(context, finished),
            Kind::Retrieve(retrieve) => retrieve.finished(context, finished),
            Kind::Delete(delete) => delete.finished(context, finished),
            Kind::Subscribe(_) | Kind::Refresh(_) => {}
        }
    }

    /// Takes in that the answer to one of its requests is late.
    pub(crate) fn late(&mut self, context: &mut Context<'_>, late: &Late) {
        match &mut self.kind {
            Kind::Store(store) => store.late(context, late),
            Kind::FindRecord(find) => find.late(context, late),
            Kind::List(list) => list.late(context, late),
            Kind::Retrieve(retrieve) => retrieve.late(context, late),
            Kind::Delete(delete) => delete.late(context, late),
            Kind::Subscribe(_) | Kind::Refresh(_) => {}
        }
    }

    /// Its search has news.
    pub(crate) fn searched(&mut self, context: &mut Context<'_>) {
        match &mut self.kind {
            Kind::Store(store) => store.pump(context),
            Kind::FindRecord(find) => find.pump(context),
            Kind::List(list) => list.pump(context),
            Kind::Delete(delete) => delete.pump(context),
            Kind::Subscribe(subscribe) => subscribe.pump(context),
            Kind::Refresh(finding) => drop(finding.take(context)),
            Kind::Retrieve(_) => {}
        }
    }

    /// Packets of a place were deleted or recalled: what is on its way to nodes there is taken back. Returns whether that
    /// concerned it.
    pub(crate) fn take_back(
        &mut self,
        context: &mut Context<'_>,
        location: Location,
        ids: &[PacketId],
    ) -> bool {
        match &mut self.kind {
            Kind::Store(store) if ids.iter().any(|id| store.is_of(location, *id)) => {
                store.take_back(context);
                true
            }
            _ => false,
        }
    }

    /// Whether it has ended by itself.
    pub(crate) fn is_done(&self) -> bool {
        match &self.kind {
            Kind::Store(store) => store.is_done(),
            Kind::FindRecord(find) => find.is_done(),
            Kind::List(list) => list.is_done(),
            Kind::Retrieve(retrieve) => retrieve.is_done(),
            Kind::Delete(delete) => delete.is_done(),
            Kind::Subscribe(_) => false,
            Kind::Refresh(finding) => finding.has_found(),
        }
    }

    /// Whether somebody waits for what comes of it.
    pub(crate) fn is_awaited(&self) -> bool {
        !self.reported
    }

    /// What came of it so far, if that is enough for whoever waits and was not told before.
    pub(crate) fn early_result(&mut self) -> Option<OpResult> {
        match &self.kind {
            Kind::Store(store) if !self.reported && store.is_enough() => {
                self.reported = true;
                Some(OpResult::Stored(store.report()))
            }
            _ => None,
        }
    }

    /// When it wants to be called next although nothing arrived.
    pub(crate) fn due(&self) -> Duration {
        match &self.kind {
            Kind::Subscribe(subscribe) => subscribe.due(),
            _ => self.deadline,
        }
    }

    /// Its time has come: renews a subscription; anything else ends. Returns whether it goes on.
    pub(crate) fn handle_due(&mut self, context: &mut Context<'_>) -> bool {
        match &mut self.kind {
            Kind::Subscribe(subscribe) => {
                subscribe.renew(context);
                true
            }
            _ => false,
        }
    }

    /// What came of it; `None` where nobody waits for that.
    pub(crate) fn into_result(self) -> Option<OpResult> {
        match self.kind {
            Kind::Store(_) if self.reported => None,
            Kind::Store(store) => Some(OpResult::Stored(store.report())),
            Kind::FindRecord(find) => Some(OpResult::Record(find.into_report())),
            Kind::List(list) => Some(OpResult::Listed(list.into_report())),
            Kind::Retrieve(retrieve) => Some(OpResult::Retrieved(retrieve.into_packet())),
            Kind::Delete(delete) => Some(OpResult::Deleted(delete.into_report())),
            Kind::Subscribe(_) | Kind::Refresh(_) => None,
        }
    }

    /// Of a subscription: the key that deliveries come in for, and where packets are expected.
    pub(crate) fn subscription(&self) -> Option<(SessionId, Location)> {
        match &self.kind {
            Kind::Subscribe(subscribe) => Some((subscribe.session(), subscribe.location())),
            _ => None,
        }
    }
}
