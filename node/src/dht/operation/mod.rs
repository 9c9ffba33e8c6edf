//! Operations of a client: store, extend, list, retrieve, delete, find a record, subscribe.
//!
//! Each is a small state machine: a search for the nodes in charge, then one question to each of them. All end, at
//! the latest at their deadline, with what was found until then.

mod delete;
mod list;
mod record;
mod retrieve;
mod search;
mod store;
mod subscribe;

use std::sync::Arc;
use std::time::Duration;

use toxdrop_proto::ids::{Location, PacketId, Salt, UnixSeconds};
use toxdrop_proto::keys::{InboxPublicKey, InboxSecret};
use toxdrop_proto::packet::StampedPacket;
use toxdrop_proto::tombstone::Tombstone;
use toxdrop_proto::wire::TtlUpdate;

use super::ask::Owner;
use super::core::{Core, Finished};
use super::report::{DeleteReport, Holder, Listing, RecordReport, StoreReport};
use super::routing_table::Peer;
use super::sessions::SessionId;
use crate::clock::Now;
use delete::Delete;
use list::List;
use record::FindRecord;
use retrieve::Retrieve;
use search::Search;
use store::Store;
pub(super) use subscribe::Subscribe;

/// Names an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct OpId(pub(super) u64);

/// What can be asked of the DHT.
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    /// Store a packet at the nodes in charge of its location.
    Store(StampedPacket),
    /// Let a stored packet live longer.
    Extend {
        /// Where it lies.
        location: Location,
        /// Which packet.
        id: PacketId,
        /// Its new expiry.
        expires: UnixSeconds,
        /// The nonce that pays for it.
        nonce: u64,
    },
    /// Find the newest record of an inbox.
    FindRecord(InboxPublicKey),
    /// List what lies at an inbox's location.
    List {
        /// Whose inbox.
        owner: Arc<InboxSecret>,
        /// The salt of the location.
        salt: Salt,
    },
    /// Take one packet from one of its holders.
    Retrieve {
        /// Whose inbox.
        owner: Arc<InboxSecret>,
        /// The salt of the location.
        salt: Salt,
        /// Which packet.
        id: PacketId,
        /// Who holds it; asked in turn.
        holders: Vec<Holder>,
    },
    /// Send tombstones, all of one location.
    Delete {
        /// The location.
        location: Location,
        /// The tombstones.
        tombstones: Vec<Tombstone>,
    },
    /// Have packets handed on as they are stored, until cancelled.
    Subscribe {
        /// Whose inbox.
        owner: Arc<InboxSecret>,
        /// The salt of the location.
        salt: Salt,
    },
}

/// How an operation ended.
#[derive(Clone, Debug)]
pub(crate) enum OpResult {
    /// Of Store and Extend.
    Stored(StoreReport),
    /// Of FindRecord.
    Record(RecordReport),
    /// Of List.
    Listed(Listing),
    /// Of Retrieve; `None` if no holder has it (any more).
    Retrieved(Option<StampedPacket>),
    /// Of Delete.
    Deleted(DeleteReport),
}

/// A node as reports name it.
pub(super) fn holder(peer: &Peer) -> Holder {
    Holder {
        key: peer.key,
        address: peer.addr,
    }
}

/// What an operation needs of its surroundings.
pub(super) struct Context<'a> {
    pub(super) core: &'a mut Core,
    pub(super) now: Now,
    pub(super) op: OpId,
}

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
pub(super) struct Running {
    kind: Kind,
    /// When searching has to end; `None` once it has.
    search_until: Option<Duration>,
    deadline: Duration,
}

impl Running {
    /// Starts an operation; it has sent its first requests when this returns.
    pub(super) fn start(context: &mut Context<'_>, operation: Operation) -> Self {
        let owner = |secret, salt| Owner { secret, salt };
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
            Operation::FindRecord(key) => Kind::FindRecord(FindRecord::new(context, key)),
            Operation::List {
                owner: secret,
                salt,
            } => Kind::List(List::new(context, owner(secret, salt))),
            Operation::Retrieve {
                owner: secret,
                salt,
                id,
                holders,
            } => Kind::Retrieve(Retrieve::new(context, owner(secret, salt), id, holders)),
            Operation::Delete {
                location,
                tombstones,
            } => Kind::Delete(Delete::new(context, location, tombstones)),
            Operation::Subscribe {
                owner: secret,
                salt,
            } => Kind::Subscribe(Subscribe::new(context, owner(secret, salt))),
        };
        Self::until_deadline(context, kind)
    }

    /// Starts a search for the nodes around `target`.
    pub(super) fn refresh(context: &mut Context<'_>, target: Location) -> Self {
        let want = context.core.config.replicas;
        let search = Search::start(context, SessionId::NODE, target, want, 0);
        Self::until_deadline(context, Kind::Refresh(search))
    }

    fn until_deadline(context: &Context<'_>, kind: Kind) -> Self {
        let time = context.core.config.operation_deadline();
        Self {
            kind,
            search_until: Some(context.now.mono + time / 2),
            deadline: context.now.mono + time,
        }
    }

    /// Takes in the end of one of its requests.
    pub(super) fn finished(
        &mut self,
        context: &mut Context<'_>,
        branch: usize,
        finished: &Finished,
    ) {
        match &mut self.kind {
            Kind::Store(store) => store.finished(context, finished),
            Kind::FindRecord(find) => find.finished(context, branch, finished),
            Kind::List(list) => list.finished(context, finished),
            Kind::Retrieve(retrieve) => retrieve.finished(context, finished),
            Kind::Delete(delete) => delete.finished(context, finished),
            Kind::Subscribe(subscribe) => subscribe.finished(context, finished),
            Kind::Refresh(search) => search.finished(context, finished),
        }
    }

    /// Whether it has ended by itself.
    pub(super) fn is_done(&self) -> bool {
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
    pub(super) fn due(&self) -> Duration {
        match &self.kind {
            Kind::Subscribe(subscribe) => subscribe.due(),
            _ => self.search_until.unwrap_or(self.deadline),
        }
    }

    /// Its time has come: renews a subscription; anything else goes on with what its search found, or ends. Returns
    /// whether it goes on.
    pub(super) fn handle_due(&mut self, context: &mut Context<'_>) -> bool {
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
    pub(super) fn into_result(self) -> Option<OpResult> {
        match self.kind {
            Kind::Store(store) => Some(OpResult::Stored(store.into_report())),
            Kind::FindRecord(find) => Some(OpResult::Record(find.into_report())),
            Kind::List(list) => Some(OpResult::Listed(list.into_report())),
            Kind::Retrieve(retrieve) => Some(OpResult::Retrieved(retrieve.into_packet())),
            Kind::Delete(delete) => Some(OpResult::Deleted(delete.into_report())),
            Kind::Subscribe(_) | Kind::Refresh(_) => None,
        }
    }

    /// The subscription that it is, if it is one.
    pub(super) fn subscription(&self) -> Option<&Subscribe> {
        match &self.kind {
            Kind::Subscribe(subscribe) => Some(subscribe),
            _ => None,
        }
    }
}
