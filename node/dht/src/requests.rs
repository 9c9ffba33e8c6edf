//! Requests of ours that wait for an answer: sent again when it is late, matched before any cryptography.
//!
//! Keeps books only; [`crate::asking`] sends and opens.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use toxdrop_proto::keys::NONCE_LEN;
use toxdrop_proto::wire::{Command, Token};

use crate::ask::Ask;
use crate::peer::Peer;
use crate::sessions::SessionId;

/// Names what was asked, to whoever asked. It is not the request id on the wire, which is random.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct AskId(pub(crate) u64);

/// As many attempts as nobody allows.
const NO_MORE: u32 = u32::MAX;

/// A request under way.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) id: AskId,
    pub(crate) session: SessionId,
    pub(crate) peer: Peer,
    pub(crate) ask: Ask,
    /// Its nonce: whoever answers shows that it saw the request.
    pub(crate) nonce: [u8; NONCE_LEN],
    /// What stands in the token field of its answer.
    pub(crate) echo: Token,
    /// Whether a challenge was met: no second one is.
    pub(crate) challenged: bool,
    /// The datagram, to be sent again as it is.
    pub(crate) datagram: Vec<u8>,
    pub(crate) attempts: u32,
    /// When it was sent first.
    pub(crate) sent: Duration,
    /// After how long its answer is late.
    pub(crate) patience: Duration,
    /// The peer was silent when it was asked.
    pub(crate) unlikely: bool,
    /// When it is late, or late again.
    pub(crate) due: Duration,
}

impl Pending {
    /// Whether it was sent once only, by intent.
    pub(crate) fn is_sent_once(&self) -> bool {
        self.attempts == NO_MORE
    }
}

/// All requests under way, by their request ids on the wire.
#[derive(Default)]
pub(crate) struct Requests {
    pending: HashMap<u64, Pending>,
    by_ask: HashMap<AskId, u64>,
    timers: BTreeSet<(Duration, u64)>,
    /// By peer and echo: an answer that matches none is dropped unopened.
    by_echo: HashMap<(Peer, Token), u64>,
}

impl Requests {
    pub(crate) fn len(&self) -> usize {
        self.pending.len()
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.pending.is_empty()
            && self.by_ask.is_empty()
            && self.timers.is_empty()
            && self.by_echo.is_empty()
    }

    pub(crate) fn add(&mut self, request_id: u64, pending: Pending) {
        self.timers.insert((pending.due, request_id));
        self.by_echo
            .insert((pending.peer, pending.echo), request_id);
        self.by_ask.insert(pending.id, request_id);
        self.pending.insert(request_id, pending);
    }

    /// The request that a datagram from this peer with this token field may answer.
    pub(crate) fn echoed(&self, peer: &Peer, echo: &Token) -> Option<(u64, &Pending)> {
        let request_id = *self.by_echo.get(&(*peer, *echo))?;
        Some((request_id, self.pending.get(&request_id)?))
    }

    /// Takes the request that an opened answer belongs to.
    pub(crate) fn take_answered(
        &mut self,
        request_id: u64,
        peer: &Peer,
        echo: &Token,
        command: Command,
    ) -> Option<Pending> {
        let (echoed, pending) = self.echoed(peer, echo)?;
        let fits = echoed == request_id && pending.ask.command() == command;
        if fits { self.remove(request_id) } else { None }
    }

    /// When the next request is late.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        self.timers.first().map(|(due, _)| *due)
    }

    /// A request whose answer is late at `mono`.
    pub(crate) fn next_late(&mut self, mono: Duration) -> Option<(u64, &mut Pending)> {
        let (due, request_id) = *self.timers.first()?;
        if due > mono {
            return None;
        }
        self.pending
            .get_mut(&request_id)
            .map(|pending| (request_id, pending))
    }

    /// Waits once more for a request that was sent again.
    pub(crate) fn postpone(&mut self, request_id: u64, due: Duration) {
        if let Some(pending) = self.pending.get_mut(&request_id) {
            self.timers.remove(&(pending.due, request_id));
            pending.due = due;
            pending.attempts += 1;
            self.timers.insert((due, request_id));
        }
    }

    /// Waits until then for the answer, and does not send the request again.
    pub(crate) fn send_no_more(&mut self, id: AskId, due: Duration) {
        if let Some(request_id) = self.by_ask.get(&id).copied() {
            self.postpone(request_id, due);
            if let Some(pending) = self.pending.get_mut(&request_id) {
                pending.attempts = NO_MORE;
            }
        }
    }

    pub(crate) fn remove(&mut self, request_id: u64) -> Option<Pending> {
        let pending = self.pending.remove(&request_id)?;
        self.by_ask.remove(&pending.id);
        self.timers.remove(&(pending.due, request_id));
        self.by_echo.remove(&(pending.peer, pending.echo));
        Some(pending)
    }

    /// The asks that wait for a peer's answer.
    pub(crate) fn of_peer(&self, peer: &Peer) -> impl Iterator<Item = &Pending> {
        let of_peer = move |pending: &&Pending| pending.peer == *peer;
        self.pending.values().filter(of_peer)
    }

    /// Whether the answer to an ask is late, or was from the beginning.
    pub(crate) fn is_behind(&self, id: AskId) -> bool {
        let request_id = self.by_ask.get(&id);
        let pending = request_id.and_then(|request_id| self.pending.get(request_id));
        pending.is_some_and(|pending| pending.attempts > 1 || pending.unlikely)
    }

    /// Forgets the request that an ask became.
    pub(crate) fn cancel(&mut self, id: AskId) {
        if let Some(request_id) = self.by_ask.get(&id).copied() {
            self.remove(request_id);
        }
    }
}
