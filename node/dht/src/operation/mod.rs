//! Operations of a client: store, extend, list, retrieve, delete, find a record, subscribe.
//!
//! Each is a small state machine: a search for the nodes in charge, then one question to each of them. All end, at
//! the latest at their deadline, with what was found until then.

pub(crate) mod context;
mod delete;
mod list;
mod record;
mod retrieve;
mod search;
mod store;
mod subscribe;

use std::time::Duration;

use toxdrop_proto::ids::Location;
use toxdrop_proto::wire::TtlUpdate;

use crate::asking::Finished;
use crate::sessions::SessionId;
use crate::vocabulary::{OpResult, Operation};
use context::Context;
use delete::Delete;
use list::List;
use record::FindRecord;
use retrieve::Retrieve;
use search::Search;
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
    Refresh(Search),
}

/// An operation under way.
pub(crate) struct Running {
    kind: Kind,
    /// When searching has to end; `None` once it has.
    search_until: Option<Duration>,
    deadline: Duration,
}

impl Running {
    /// Starts an operation; it has sent its first requests when this returns.
    pub(crate) fn start(context: &mut Context<'_>, operation: Operation) -> Self {
        let kind = match operation {
            Operation::Store(packet) => Kind::Store(Store::packet(context, packet)),
            Operation::Extend {
                location,
                id,
                expires,
                nonce,
            } => Kind::Store(Store::extend(
                context,
                TtlUpdate {
                    location,
                    id,
                    expires,
                    nonce,
                },
            )),
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
        let search = Search::start(context, SessionId::NODE, target, want);
        Self::until_deadline(context, Kind::Refresh(search))
    }

    fn until_deadline(context: &Context<'_>, kind: Kind) -> Self {
        let time = context.config().operation_deadline();
        Self {
            kind,
            search_until: Some(context.now().mono + time / 2),
            deadline: context.now().mono + time,
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
            Kind::Subscribe(subscribe) => subscribe.finished(context, finished),
            Kind::Refresh(search) => search.finished(context, finished),
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
            Kind::Refresh(search) => search.found().is_some(),
        }
    }

    /// When it wants to be called next although nothing arrived.
    pub(crate) fn due(&self) -> Duration {
        match &self.kind {
            Kind::Subscribe(subscribe) => subscribe.due(),
            _ => self.search_until.unwrap_or(self.deadline),
        }
    }

    /// Its time has come: renews a subscription; anything else goes on with what its search found, or ends. Returns
    /// whether it goes on.
    pub(crate) fn handle_due(&mut self, context: &mut Context<'_>) -> bool {
        match &mut self.kind {
            Kind::Subscribe(subscribe) => {
                subscribe.renew(context);
                return true;
            }
            _ if self.search_until.take().is_none() => return false,
            Kind::Store(store) => store.conclude_search(context),
            Kind::FindRecord(find) => find.conclude_search(context),
            Kind::List(list) => list.conclude_search(context),
            Kind::Delete(delete) => delete.conclude_search(context),
            Kind::Retrieve(_) | Kind::Refresh(_) => {}
        }
        !self.is_done()
    }

    /// What came of it; `None` where nobody waits for that.
    pub(crate) fn into_result(self) -> Option<OpResult> {
        match self.kind {
            Kind::Store(store) => Some(OpResult::Stored(store.into_report())),
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
