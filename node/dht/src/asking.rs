//! Asking other nodes, and being answered: tokens are got by Hello first, answers are matched to what was asked.
//!
//! Knows names of asks only. Who asked, and why, is known to whoever keeps the name.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use rand_core::RngCore;
use toxdrop_proto::wire::{
    Bearer, CAP_STORES, Carriage, EnvelopeId, Head, HelloAnswer, Plain, Request, Response, Token,
    first_token, open, seal,
};

use crate::ask::{Addressing, Ask};
use crate::config::DhtConfig;
use crate::grants::{Grants, KEPT, USABLE};
use crate::lateness::Late;
use crate::link::Link;
use crate::peer::Peer;
use crate::requests::{AskId, Pending, Requests};
use crate::round_trips::RoundTrips;
use crate::sessions::SessionId;
use crate::silence::Silence;
use crate::tables::Tables;
use crate::time::Now;

/// How an ask ended.
#[derive(Debug)]
pub(crate) enum Answer {
    /// With a response to it.
    Response(Response),
    /// Without: not answered, or with nonsense.
    None,
}

/// An ask that ended, on its way to whoever wanted to know.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) id: AskId,
    pub(crate) peer: Peer,
    pub(crate) ask: Ask,
    pub(crate) answer: Answer,
}

/// A request to ourselves: served without a detour over the network.
#[derive(Debug)]
pub(crate) struct OwnRequest {
    pub(crate) id: AskId,
    pub(crate) ask: Ask,
    pub(crate) request: Request,
}

/// What was asked and did not end yet.
#[derive(Default)]
pub(crate) struct Asker {
    pub(crate) requests: Requests,
    pub(crate) round_trips: RoundTrips,
    pub(crate) silence: Silence,
    grants: Grants,
    /// What waits for a peer's token.
    pub(crate) waiting: HashMap<(SessionId, Peer), Vec<(AskId, Ask)>>,
    own: VecDeque<OwnRequest>,
    pub(crate) late: VecDeque<Late>,
    finished: VecDeque<Finished>,
    next: u64,
}

impl Asker {
    /// Requests on the wire that wait for an answer.
    pub(crate) fn pending(&self) -> usize {
        self.requests.len()
    }

    /// The next ask whose answer is late.
    pub(crate) fn pop_late(&mut self) -> Option<Late> {
        self.late.pop_front()
    }

    /// When something is to be sent again, or given up.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        self.requests.next_due()
    }

    /// The next request to ourselves.
    pub(crate) fn pop_own(&mut self) -> Option<OwnRequest> {
        self.own.pop_front()
    }

    /// The next ask that ended.
    pub(crate) fn pop_finished(&mut self) -> Option<Finished> {
        self.finished.pop_front()
    }

    /// Ends an ask: with the answer to a request to ourselves, or otherwise.
    pub(crate) fn finish(&mut self, id: AskId, peer: Peer, ask: Ask, answer: Answer) {
        self.finished.push_back(Finished {
            id,
            peer,
            ask,
            answer,
        });
    }

    /// Nobody waits for an answer any more. Where it is late the request goes on alone: that is how a peer is found to be
    /// there again, or gone.
    pub(crate) fn cancel(&mut self, id: AskId) {
        if !self.requests.is_behind(id) {
            self.requests.cancel(id);
        }
    }

    /// Takes a request back: it is sent no more, not even once its peer is greeted.
    pub(crate) fn take_back(&mut self, id: AskId) {
        self.requests.cancel(id);
        for waiting in self.waiting.values_mut() {
            waiting.retain(|(waits, _)| *waits != id);
        }
    }

    /// Forgets tokens that ran out.
    pub(crate) fn sweep(&mut self, now: Now) {
        self.grants.sweep(now.mono);
    }

    #[cfg(test)]
    pub(crate) fn is_idle(&self) -> bool {
        self.requests.is_empty()
            && self.waiting.is_empty()
            && self.own.is_empty()
            && self.late.is_empty()
            && self.finished.is_empty()
    }

    fn new_id(&mut self) -> AskId {
        let id = AskId(self.next);
        self.next += 1;
        id
    }

    fn give_up_waiting(&mut self, session: SessionId, peer: Peer) {
        for (id, ask) in self.waiting.remove(&(session, peer)).unwrap_or_default() {
            self.finish(id, peer, ask, Answer::None);
        }
    }

    /// A request was sent often enough.
    pub(crate) fn give_up(&mut self, pending: Pending) {
        // Its token may be what it no longer knows: the next request starts with a Hello.
        self.grants.remove(pending.session, pending.peer);
        if matches!(pending.ask, Ask::Hello(_)) {
            self.give_up_waiting(pending.session, pending.peer);
        }
        self.finish(pending.id, pending.peer, pending.ask, Answer::None);
    }
}

/// The asker with what it needs at one moment.
pub(crate) struct Asking<'a> {
    pub(crate) now: Now,
    pub(crate) config: &'a DhtConfig,
    pub(crate) link: &'a mut Link,
    pub(crate) tables: &'a mut Tables,
    pub(crate) asker: &'a mut Asker,
}

impl Asking<'_> {
    /// Asks a peer under one of our keys. The answer, or its absence, comes through [`Asker::pop_finished`].
    pub(crate) fn ask(&mut self, session: SessionId, peer: Peer, ask: Ask) -> AskId {
        let id = self.asker.new_id();
        self.asker.note_if_silent(id, peer, self.now.mono);
        self.ask_as(id, session, peer, ask);
        id
    }

    /// The same, for one of many who need it.
    pub(crate) fn again(&mut self) -> Asking<'_> {
        Asking {
            now: self.now,
            config: self.config,
            link: self.link,
            tables: self.tables,
            asker: self.asker,
        }
    }

    /// Greets a node under the node's own key.
    pub(crate) fn hello(&mut self, peer: Peer) {
        self.ask(SessionId::NODE, peer, self.greeting());
    }

    /// Our Hello.
    pub(crate) fn greeting(&self) -> Ask {
        Ask::Hello(self.config.hello(self.link.stores))
    }

    fn ask_as(&mut self, id: AskId, session: SessionId, peer: Peer, ask: Ask) {
        if peer.key == self.link.public {
            let no_token = Token::from_bytes([0; 16]);
            let request = ask.request(&Addressing {
                network: self.config.network(),
                node: self.link.public,
                token: no_token,
                session: self.link.public,
                delivery_token: no_token,
            });
            self.asker.own.push_back(OwnRequest { id, ask, request });
            return;
        }
        match &ask {
            // These need no token; a good one spares a challenge.
            Ask::Hello(_) | Ask::Find(_) => {
                let token = self.granted(session, peer, KEPT);
                let token = token.unwrap_or_else(|| first_token(&peer.key));
                self.send(id, session, peer, ask, token);
            }
            // The subscriber issued this token; no Hello is needed.
            Ask::Deliver { token, .. } => {
                let token = *token;
                self.send(id, session, peer, ask, token);
            }
            _ => match self.granted(session, peer, USABLE) {
                Some(token) => self.send(id, session, peer, ask, token),
                None => self.ask_after_hello(id, session, peer, ask),
            },
        }
    }

    /// The token that a peer gave us, if that is not too long ago.
    fn granted(&self, session: SessionId, peer: Peer, age: Duration) -> Option<Token> {
        self.asker.grants.get(session, peer, self.now.mono, age)
    }

    fn ask_after_hello(&mut self, id: AskId, session: SessionId, peer: Peer, ask: Ask) {
        let waiting = self.asker.waiting.entry((session, peer)).or_default();
        waiting.push((id, ask));
        if waiting.len() == 1 {
            self.ask(session, peer, self.greeting());
        }
    }

    fn send(&mut self, id: AskId, session: SessionId, peer: Peer, ask: Ask, token: Token) {
        let request_id = self.link.rng.next_u64();
        let Some((head, datagram)) = self.seal(session, peer, &ask, token, request_id) else {
            // A key that is no point, or a session that has ended: nothing can be waited for.
            if matches!(ask, Ask::Hello(_)) {
                self.asker.give_up_waiting(session, peer);
            }
            self.asker.finish(id, peer, ask, Answer::None);
            return;
        };
        if session == SessionId::NODE {
            self.tables.capable.asked(self.now.mono, &peer.key);
        }
        self.link.transmits.push(peer.addr, datagram.clone());
        let patience = self.asker.patience(self.config, peer, &ask);
        let pending = Pending {
            id,
            session,
            peer,
            ask,
            nonce: head.nonce,
            echo: head.echo(),
            challenged: false,
            datagram,
            attempts: 1,
            sent: self.now.mono,
            patience,
            unlikely: self.asker.silence.is_silent(&peer, self.now.mono),
            due: self.now.mono + patience,
        };
        self.asker.requests.add(request_id, pending);
    }

    /// A request as a datagram, with its head; `None` for a key that is no point, or a session that has ended.
    pub(crate) fn seal(
        &mut self,
        session: SessionId,
        peer: Peer,
        ask: &Ask,
        token: Token,
        request_id: u64,
    ) -> Option<(Head, Vec<u8>)> {
        let own = self.link.sessions.public(session)?;
        let key = self.link.sessions.shared(session, &peer.key).ok()?;
        let holder = Bearer {
            own,
            addr: peer.addr,
            sender: peer.key,
        };
        let request = ask.request(&Addressing {
            network: self.config.network(),
            node: peer.key,
            token,
            session: own,
            delivery_token: self.link.mint.delivery_token(&holder),
        });
        let head = Head {
            carriage: Carriage::Direct(EnvelopeId::of_request(ask.command())),
            sender: own,
            token,
            nonce: self.link.nonce(),
        };
        let plain = Plain::request(request_id, ask.command(), request.encode());
        Some((head, seal(&head, &key, &plain).ok()?))
    }

    /// Takes in a datagram that claims to answer one of our requests.
    pub(crate) fn handle_response(&mut self, from: SocketAddr, head: &Head, bytes: &[u8]) {
        let peer = Peer {
            key: head.sender,
            addr: from,
        };
        let Some((_, pending)) = self.asker.requests.echoed(&peer, &head.token) else {
            return;
        };
        let session = pending.session;
        let Ok(key) = self.link.sessions.shared(session, &peer.key) else {
            return;
        };
        let Ok(plain) = open(&key, bytes) else {
            return;
        };
        let Some(pending) =
            self.asker
                .requests
                .take_answered(plain.request_id, &peer, &head.token, plain.command)
        else {
            return;
        };
        self.asker.heard(&pending, self.now.mono);
        let answer = match Response::decode(plain.command, &plain.body) {
            Ok(response) => Answer::Response(response),
            Err(_) => Answer::None,
        };
        match &answer {
            Answer::Response(response) => self.note_alive(session, peer, response),
            // Nonsense instead of a token: what waited for it would wait for ever.
            Answer::None if matches!(pending.ask, Ask::Hello(_)) => {
                self.asker.give_up_waiting(session, peer);
            }
            Answer::None => {}
        }
        self.asker.finish(pending.id, peer, pending.ask, answer);
    }

    /// An answer proves that the peer is there and capable; a Hello's brings its token.
    fn note_alive(&mut self, session: SessionId, peer: Peer, response: &Response) {
        let mono = self.now.mono;
        let known = self.tables.capable.get(&peer.key).is_some();
        match response {
            Response::Hello(answer) => self.greeted(session, peer, answer),
            // A subscriber answers under a session key, which is no node.
            Response::Deliver(_) => {}
            // Met while we looked around for our own sake, and not what we know of it: its Hello decides.
            Response::Find(answer) if answer.stores != known && session == SessionId::NODE => {
                self.hello(peer);
            }
            // A node that stores for nobody answers too.
            _ if known => self.tables.heard_capable(mono, peer),
            _ => {}
        }
    }

    fn greeted(&mut self, session: SessionId, peer: Peer, answer: &HelloAnswer) {
        let mono = self.now.mono;
        if answer.hello.network != self.config.network() {
            self.tables.capable.remove(&peer.key);
            self.tables.speakers.remove(&peer.key);
            self.asker.give_up_waiting(session, peer);
            return;
        }
        if session == SessionId::NODE {
            self.tables.speakers.greeted(mono, peer, answer.seen.ip());
        }
        if answer.hello.capabilities & CAP_STORES != 0 {
            self.tables.heard_capable(mono, peer);
        } else {
            self.tables.capable.remove(&peer.key);
        }
        // Only those of the table count: who makes keys in plenty finds its buckets full.
        if session == SessionId::NODE && self.tables.capable.get(&peer.key).is_some() {
            self.tables.clocks.said(self.now, peer.key, answer.clock);
        }
        self.asker.grants.put(session, peer, answer.token, mono);
        let waiting = self.asker.waiting.remove(&(session, peer));
        for (id, ask) in waiting.unwrap_or_default() {
            self.ask_as(id, session, peer, ask);
        }
    }
}
