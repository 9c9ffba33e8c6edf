//! Being asked: to have somebody dial the asker (DialBack), or to dial somebody for a peer (Dial).
//!
//! Asks for no dial-back itself. Nobody is dialled at any other address than its own request came from, as far as that is
//! ours to see; how little a peer that lies about it can do with us, budgets say.

use std::collections::HashMap;
use std::net::SocketAddr;

use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_proto::wire::{Command, Dial, DialCookie, Dialled, Refusal, Response};

use super::budget::Budget;
use crate::ask::Ask;
use crate::asking::{Answer, Asking, Finished};
use crate::bounded::Bounded;
use crate::peer::{Peer, can_be_sent_to, canonical, is_local, may_tell};
use crate::requests::AskId;
use crate::responding::ReplyTo;
use crate::sessions::SessionId;
use crate::speakers::wide_network;

/// DialBacks of one network, and of all, that somebody is asked to dial for in a minute.
const DIAL_BACKS: (u32, u32) = (12, 120);
/// Dials that are made for one network, and for all, in a minute.
const DIALS: (u32, u32) = (12, 120);
/// Dialers that are asked for one DialBack: one that had dealings with the asker says so, and the next one is asked.
const DIALERS: usize = 5;
/// Answers that are remembered, to give the same one to a request that is sent again.
const REMEMBERED: usize = 512;

/// A request, by its sender, what that chose, and who is to be dialled.
type Name = (Command, DhtPublicKey, DialCookie, SocketAddr);

/// A DialBack that a dialer was asked for.
#[derive(Debug)]
struct Running {
    to: ReplyTo,
    dial: Dial,
    tried: Vec<DhtPublicKey>,
}

/// What is under way for others.
pub(crate) struct Dialling {
    running: HashMap<AskId, Running>,
    answered: Bounded<Name, Response>,
    dial_backs: Budget,
    dials: Budget,
}

impl Dialling {
    pub(crate) fn new() -> Self {
        Self {
            running: HashMap::new(),
            answered: Bounded::new(REMEMBERED),
            dial_backs: Budget::per_minute(DIAL_BACKS.0, DIAL_BACKS.1),
            dials: Budget::per_minute(DIALS.0, DIALS.1),
        }
    }

    #[cfg(test)]
    pub(crate) fn is_idle(&self) -> bool {
        self.running.is_empty()
    }

    /// The asker wants to be dialled by somebody whom it did not write to.
    pub(crate) fn dial_back(&mut self, asking: &mut Asking<'_>, to: ReplyTo, cookie: DialCookie) {
        let dial = Dial {
            addr: to.peer.addr,
            key: to.peer.key,
            cookie,
        };
        if let Some(response) = self.answered.get(&dial_back_named(&dial)) {
            return to.respond(asking.link, response);
        }
        if self.running.values().any(|running| running.dial == dial) {
            // Sent again: its answer is on the way.
            return;
        }
        if !self.dial_backs.take(asking.now.mono, &to.peer.addr) {
            return to.respond(asking.link, &Response::DialBack(Err(Refusal::RateLimited)));
        }
        let tried = Vec::new();
        self.ask_next(asking, Running { to, dial, tried });
    }

    /// Asks the next dialer, or says that there is none.
    fn ask_next(&mut self, asking: &mut Asking<'_>, mut running: Running) {
        let next = if running.tried.len() < DIALERS {
            dialer(asking, &running)
        } else {
            None
        };
        match next {
            Some(peer) => {
                running.tried.push(peer.key);
                let id = asking.ask(SessionId::NODE, peer, Ask::Dial(running.dial));
                self.running.insert(id, running);
            }
            None => self.answer(asking, &running, Err(Refusal::Unavailable)),
        }
    }

    fn answer(&mut self, asking: &mut Asking<'_>, to: &Running, result: Result<(), Refusal>) {
        let response = Response::DialBack(result);
        to.to.respond(asking.link, &response);
        self.answered.put(dial_back_named(&to.dial), response);
    }

    /// Takes in the end of an ask, if it was one of these.
    pub(crate) fn finished(&mut self, asking: &mut Asking<'_>, finished: &Finished) {
        let Some(running) = self.running.remove(&finished.id) else {
            return;
        };
        match &finished.answer {
            Answer::Response(Response::Dial(Ok(()))) => self.answer(asking, &running, Ok(())),
            answer => {
                if matches!(answer, Answer::None) {
                    asking.tables.speakers.remove(&finished.peer.key);
                }
                self.ask_next(asking, running);
            }
        }
    }

    /// A peer wants us to dial somebody who asked it for that.
    pub(crate) fn dial(&mut self, asking: &mut Asking<'_>, to: &ReplyTo, dial: &Dial) {
        let name = (Command::Dial, to.peer.key, dial.cookie, dial.addr);
        if let Some(response) = self.answered.get(&name) {
            return to.respond(asking.link, response);
        }
        let result = self.dialled(asking, to, dial);
        let response = Response::Dial(result);
        to.respond(asking.link, &response);
        self.answered.put(name, response);
    }

    fn dialled(
        &mut self,
        asking: &mut Asking<'_>,
        to: &ReplyTo,
        dial: &Dial,
    ) -> Result<(), Refusal> {
        let mono = asking.now.mono;
        let told = may_tell(&to.peer.addr, &dial.addr);
        if !is_dialable(&dial.addr)
            || !told
            || asking.link.transmits.dealings.lately(mono, &dial.addr)
        {
            return Err(Refusal::Unavailable);
        }
        if !self.dials.take(mono, &to.peer.addr) {
            return Err(Refusal::RateLimited);
        }
        let dialled = Dialled::new(asking.link.public, &dial.key, &dial.cookie);
        asking.link.transmits.push(dial.addr, dialled.encode());
        Ok(())
    }
}

fn dial_back_named(dial: &Dial) -> Name {
    (Command::DialBack, dial.key, dial.cookie, dial.addr)
}

/// Somebody to dial the asker: of its address family, in another network than it, and in a local one only where it is.
fn dialer(asking: &mut Asking<'_>, running: &Running) -> Option<Peer> {
    let asker = running.dial.addr;
    let network = wide_network(&asker);
    let fits = |peer: &Peer| {
        peer.key != running.dial.key
            && !running.tried.contains(&peer.key)
            && peer.addr.is_ipv4() == asker.is_ipv4()
            && is_local(&peer.addr) == is_local(&asker)
            && (network.is_none() || wide_network(&peer.addr) != network)
    };
    let speakers = asking.tables.speakers.shuffled(&mut asking.link.rng);
    speakers.into_iter().find(fits)
}

/// Whether an address is one host's, by the name that it has everywhere.
fn is_dialable(addr: &SocketAddr) -> bool {
    can_be_sent_to(addr) && canonical(*addr) == *addr
}
