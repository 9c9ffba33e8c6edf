//! Requests of ours that wait for an answer: sent again when it is late, matched before any cryptography.
//!
//! Keeps books only; the engine sends and opens.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use toxdrop_proto::wire::{Command, Token};

use super::ask::Ask;
use super::operation::OpId;
use super::routing_table::Peer;
use super::sessions::SessionId;

/// Who wants to know the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// An operation; `branch` is its own business.
    Operation { op: OpId, branch: usize },
    /// Keeping the table of capable nodes.
    Capability,
    /// Handing packets over to where they belong.
    Replication,
    /// A packet handed on to a subscriber.
    Delivery,
}

/// A request under way.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) session: SessionId,
    pub(super) peer: Peer,
    pub(super) ask: Ask,
    pub(super) purpose: Purpose,
    pub(super) token: Token,
    /// The datagram, to be sent again as it is.
    pub(super) datagram: Vec<u8>,
    pub(super) attempts: u32,
    due: Duration,
}

/// All requests under way.
#[derive(Default)]
pub(super) struct Requests {
    pending: HashMap<u64, Pending>,
    timers: BTreeSet<(Duration, u64)>,
    /// The sessions with requests to a peer under a token: an answer that matches none is dropped unopened.
    sessions: HashMap<(Peer, Token), Vec<SessionId>>,
}

impl Requests {
    pub(super) fn len(&self) -> usize {
        self.pending.len()
    }

    #[allow(clippy::too_many_arguments, reason = "the fields of one record")]
    pub(super) fn add(
        &mut self,
        id: u64,
        session: SessionId,
        peer: Peer,
        ask: Ask,
        purpose: Purpose,
        token: Token,
        datagram: Vec<u8>,
        due: Duration,
    ) {
        self.timers.insert((due, id));
        self.sessions
            .entry((peer, token))
            .or_default()
            .push(session);
        self.pending.insert(
            id,
            Pending {
                session,
                peer,
                ask,
                purpose,
                token,
                datagram,
                attempts: 1,
                due,
            },
        );
    }

    /// The session that a datagram from this peer with this token field may answer.
    pub(super) fn session_for(&self, peer: &Peer, token: &Token) -> Option<SessionId> {
        self.sessions.get(&(*peer, *token))?.first().copied()
    }

    /// Takes the request that an opened answer belongs to.
    pub(super) fn take_answered(
        &mut self,
        id: u64,
        peer: &Peer,
        token: &Token,
        command: Command,
    ) -> Option<Pending> {
        let pending = self.pending.get(&id)?;
        let fits =
            pending.peer == *peer && pending.token == *token && pending.ask.command() == command;
        if fits { self.remove(id) } else { None }
    }

    /// When the next request is late.
    pub(super) fn next_due(&self) -> Option<Duration> {
        self.timers.first().map(|(due, _)| *due)
    }

    /// A request whose answer is late at `mono`.
    pub(super) fn next_late(&mut self, mono: Duration) -> Option<(u64, &mut Pending)> {
        let (due, id) = *self.timers.first()?;
        if due > mono {
            return None;
        }
        self.pending.get_mut(&id).map(|pending| (id, pending))
    }

    /// Waits once more for a request that was sent again.
    pub(super) fn postpone(&mut self, id: u64, due: Duration) {
        if let Some(pending) = self.pending.get_mut(&id) {
            self.timers.remove(&(pending.due, id));
            pending.due = due;
            pending.attempts += 1;
            self.timers.insert((due, id));
        }
    }

    pub(super) fn remove(&mut self, id: u64) -> Option<Pending> {
        let pending = self.pending.remove(&id)?;
        self.timers.remove(&(pending.due, id));
        let place = (pending.peer, pending.token);
        if let Some(sessions) = self.sessions.get_mut(&place) {
            if let Some(at) = sessions.iter().position(|s| *s == pending.session) {
                sessions.swap_remove(at);
            }
            if sessions.is_empty() {
                self.sessions.remove(&place);
            }
        }
        Some(pending)
    }

    /// Forgets what an operation that has ended was waiting for.
    pub(super) fn cancel(&mut self, op: OpId) {
        let ids: Vec<u64> = self
            .pending
            .iter()
            .filter(|(_, p)| matches!(p.purpose, Purpose::Operation { op: o, .. } if o == op))
            .map(|(id, _)| *id)
            .collect();
        for id in ids {
            self.remove(id);
        }
    }
}
