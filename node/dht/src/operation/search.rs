//! The first half of every operation: which nodes are in charge of a location?
//!
//! Runs a lookup by sending its Finds; we count ourselves in where we store for others. What it found stands once those that
//! are not late have answered; it goes on behind that, and adds who answers later.

use std::collections::BTreeSet;
use std::time::Duration;

use toxdrop_proto::ids::{Location, distance};
use toxdrop_proto::tox::Transport;
use toxdrop_proto::wire::{Find, MAX_FIND_ROOM, Response};

use super::asked::{Asked, Owner, SearchId};
use crate::ask::Ask;
use crate::asking::{Answer, Asking, Finished};
use crate::lateness::Late;
use crate::lookup::Lookup;
use crate::peer::{Peer, may_tell};
use crate::sessions::SessionId;
use crate::vocabulary::OpId;

/// Nodes of our own table that a lookup starts from.
const SEEDS: usize = 16;

/// Room for so many nodes in each answer to a search of a node for its own sake.
const NODE_ROOM: u8 = 8;

/// A search under way, or ended and kept for the next operation at its place.
pub(crate) struct Search {
    id: SearchId,
    pub(crate) session: SessionId,
    target: Location,
    pub(crate) want: usize,
    lookup: Lookup,
    found: Vec<Peer>,
    /// When the closest were found, and how many; what stands behind them in `found` answered later.
    ended: Option<(Duration, usize)>,
    /// Nobody is asked any more.
    settled: bool,
    /// When it has to end.
    until: Duration,
    /// The operations that wait for it.
    pub(crate) serves: BTreeSet<OpId>,
}

impl Search {
    /// Starts a search under a session.
    pub(crate) fn start(
        asking: &mut Asking<'_>,
        asked: &mut Asked,
        id: SearchId,
        session: SessionId,
        target: Location,
        want: usize,
    ) -> Self {
        let config = asking.config;
        let seeds = asking.tables.capable.closest(target.as_bytes(), SEEDS);
        let own = asking.link.public;
        let (alpha, paths) = (config.alpha, config.paths);
        let mut search = Self {
            id,
            session,
            target,
            want,
            lookup: Lookup::new(*target.as_bytes(), own, want, alpha, paths, &seeds),
            found: Vec::new(),
            ended: None,
            settled: false,
            // Silent or lying nodes shall not eat an operation's whole time.
            until: asking.now.mono + config.operation_deadline() / 2,
            serves: BTreeSet::new(),
        };
        search.pump(asking, asked);
        search
    }

    fn pump(&mut self, asking: &mut Asking<'_>, asked: &mut Asked) {
        // A client's lookup serves all that concerns its place; nodes that look around need fewer.
        let find = Find {
            target: self.target,
            room: match self.session {
                SessionId::NODE => NODE_ROOM,
                _ => MAX_FIND_ROOM,
            },
        };
        for peer in self.lookup.next() {
            let id = asking.ask(self.session, peer, Ask::Find(find));
            asked.put(Owner::Search(self.id), id);
        }
        self.settled = self.lookup.is_idle();
        if self.ended.is_none() && (self.settled || self.lookup.is_over()) {
            self.conclude(asking);
        }
    }

    /// Ends the search with what was found so far.
    pub(crate) fn conclude(&mut self, asking: &Asking<'_>) {
        if self.ended.is_some() {
            return;
        }
        self.found = self.lookup.closest();
        if asking.link.stores {
            self.found.push(asking.link.ourselves());
            let far = |peer: &Peer| distance(peer.key.as_bytes(), self.target.as_bytes());
            self.found.sort_by_cached_key(far);
            self.found.truncate(self.want);
        }
        self.ended = Some((asking.now.mono, self.found.len()));
    }

    /// Takes in the end of one of its Finds. Returns whether there is news for those that it serves.
    pub(crate) fn finished(
        &mut self,
        asking: &mut Asking<'_>,
        asked: &mut Asked,
        finished: &Finished,
    ) -> bool {
        match &finished.answer {
            Answer::Response(Response::Find(answer)) => {
                let nodes: Vec<Peer> = answer
                    .nodes
                    .iter()
                    .filter(|node| node.transport == Transport::Udp && node.addr.port() != 0)
                    .map(Peer::named)
                    .filter(|named| {
                        may_tell(&finished.peer.addr, &named.addr)
                            && asking.link.families.suit(&named.addr)
                    })
                    .collect();
                self.lookup.answered(finished.peer, answer.stores, &nodes);
            }
            _ => self.lookup.failed(&finished.peer),
        }
        self.go_on(asking, asked)
    }

    /// Takes in that an answer is late. Returns whether there is news for those that it serves.
    pub(crate) fn late(&mut self, asking: &mut Asking<'_>, asked: &mut Asked, late: &Late) -> bool {
        self.lookup.late(&late.peer, late.by);
        self.go_on(asking, asked)
    }

    fn go_on(&mut self, asking: &mut Asking<'_>, asked: &mut Asked) -> bool {
        let before = (self.found.len(), self.ended.is_some(), self.settled);
        self.pump(asking, asked);
        if before.1 {
            // Who answers behind the answer is in charge all the same.
            for peer in self.lookup.closest() {
                if !self.found.contains(&peer) {
                    self.found.push(peer);
                }
            }
        }
        before != (self.found.len(), self.ended.is_some(), self.settled)
    }

    /// What was found, once it has ended: how many of them at that moment, and all.
    pub(crate) fn found(&self) -> Option<(usize, &[Peer])> {
        let (_, first) = self.ended?;
        Some((first, &self.found))
    }

    /// When it ended.
    pub(crate) fn ended(&self) -> Option<Duration> {
        self.ended.map(|(at, _)| at)
    }

    /// Whether a new search would hardly find more: it is under way, or found somebody besides ourselves, and as many as were
    /// looked for or all that are known and not silent.
    pub(crate) fn is_worth_sharing(&self, asking: &mut Asking<'_>) -> bool {
        if self.ended.is_none() || self.found.len() >= self.want {
            return true;
        }
        let own = asking.link.public;
        let mut seeds = (asking.tables.capable)
            .closest(self.target.as_bytes(), SEEDS)
            .into_iter();
        self.found.iter().any(|peer| peer.key != own)
            && !seeds.any(|peer| {
                self.lookup.lacks(&peer) && !asking.asker.silence.is_silent(&peer, asking.now.mono)
            })
    }

    /// Whether nobody will be found any more.
    pub(crate) fn is_settled(&self) -> bool {
        self.settled
    }

    /// When it has to end, if it has not.
    pub(crate) fn due(&self) -> Option<Duration> {
        self.ended.is_none().then_some(self.until)
    }
}
