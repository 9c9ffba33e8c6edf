//! Asking other nodes, and being answered: tokens are got by Hello first, late requests are sent again, answers are
//! matched to what was asked.
//!
//! Knows names of asks only. Who asked, and why, is known to whoever keeps the name.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use rand_core::RngCore;
use toxdrop_proto::wire::{
    CAP_STORES, EnvelopeId, HELLO_VERSION, Head, Plain, Request, Response, Token, open, seal,
};

use crate::ask::{Addressing, Ask};
use crate::config::DhtConfig;
use crate::link::Link;
use crate::peer::Peer;
use crate::requests::{AskId, Pending, Requests};
use crate::sessions::SessionId;
use crate::tables::Tables;
use crate::time::Now;
use crate::tokens::USABLE;

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

/// A token that a peer gave us.
#[derive(Clone, Copy, Debug)]
struct Granted {
    token: Token,
    at: Duration,
}

/// What was asked and did not end yet.
#[derive(Default)]
pub(crate) struct Asker {
    requests: Requests,
    /// Tokens, by the key that we got them under and the peer that they are for.
    granted: HashMap<(SessionId, Peer), Granted>,
    /// What waits for a peer's token.
    waiting: HashMap<(SessionId, Peer), Vec<(AskId, Ask)>>,
    own: VecDeque<OwnRequest>,
    finished: VecDeque<Finished>,
    next: u64,
}

impl Asker {
    /// Requests on the wire that wait for an answer.
    pub(crate) fn pending(&self) -> usize {
        self.requests.len()
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

    /// Forgets a request whose answer nobody wants any more.
    pub(crate) fn cancel(&mut self, id: AskId) {
        self.requests.cancel(id);
    }

    /// Forgets tokens that ran out.
    pub(crate) fn sweep(&mut self, now: Now) {
        self.granted
            .retain(|_, granted| now.mono.saturating_sub(granted.at) < USABLE);
    }

    #[cfg(test)]
    pub(crate) fn is_idle(&self) -> bool {
        self.requests.is_empty()
            && self.waiting.is_empty()
            && self.own.is_empty()
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

    fn give_up(&mut self, pending: Pending) {
        // Its token may be what it no longer knows: the next request starts with a Hello.
        self.granted.remove(&(pending.session, pending.peer));
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
        self.ask_as(id, session, peer, ask);
        id
    }

    /// Greets a node under the node's own key.
    pub(crate) fn hello(&mut self, peer: Peer) {
        self.ask(SessionId::NODE, peer, Ask::Hello(self.config.hello()));
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
            Ask::Hello(_) => {
                let mut tag = [0; 16];
                self.link.rng.fill_bytes(&mut tag);
                self.send(id, session, peer, ask, Token::from_bytes(tag));
            }
            // The subscriber issued this token; no Hello is needed.
            Ask::Deliver { token, .. } => {
                let token = *token;
                self.send(id, session, peer, ask, token);
            }
            _ => match self.asker.granted.get(&(session, peer)) {
                Some(granted) if self.now.mono.saturating_sub(granted.at) < USABLE => {
                    let token = granted.token;
                    self.send(id, session, peer, ask, token);
                }
                _ => self.ask_after_hello(id, session, peer, ask),
            },
        }
    }

    fn ask_after_hello(&mut self, id: AskId, session: SessionId, peer: Peer, ask: Ask) {
        let waiting = self.asker.waiting.entry((session, peer)).or_default();
        waiting.push((id, ask));
        if waiting.len() == 1 {
            self.ask(session, peer, Ask::Hello(self.config.hello()));
        }
    }

    fn send(&mut self, id: AskId, session: SessionId, peer: Peer, ask: Ask, token: Token) {
        let request_id = self.link.rng.next_u64();
        let Some(datagram) = self.seal(session, peer, &ask, token, request_id) else {
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
        let pending = Pending {
            id,
            session,
            peer,
            ask,
            token,
            datagram,
            attempts: 1,
            due: self.now.mono + self.config.request_timeout(),
        };
        self.asker.requests.add(request_id, pending);
    }

    fn seal(
        &mut self,
        session: SessionId,
        peer: Peer,
        ask: &Ask,
        token: Token,
        request_id: u64,
    ) -> Option<Vec<u8>> {
        let own = self.link.sessions.public(session)?;
        let key = self.link.sessions.shared(session, &peer.key).ok()?;
        let mint = &self.link.mint;
        let request = ask.request(&Addressing {
            network: self.config.network(),
            node: peer.key,
            token,
            session: own,
            delivery_token: mint.issue_for_deliveries(&own, peer.addr, &peer.key),
        });
        let head = Head {
            id: match ask {
                Ask::Hello(_) => EnvelopeId::HelloRequest,
                _ => EnvelopeId::Request,
            },
            sender: own,
            token,
            nonce: self.link.nonce(),
        };
        let plain = Plain {
            request_id,
            command: ask.command(),
            body: request.encode(),
        };
        seal(&head, &key, &plain).ok()
    }

    /// Takes in a datagram that claims to answer one of our requests.
    pub(crate) fn handle_response(&mut self, from: SocketAddr, head: &Head, bytes: &[u8]) {
        let peer = Peer {
            key: head.sender,
            addr: from,
        };
        let Some(session) = self.asker.requests.session_for(&peer, &head.token) else {
            return;
        };
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
        let right_id = match pending.ask {
            Ask::Hello(_) => EnvelopeId::HelloResponse,
            _ => EnvelopeId::Response,
        };
        let answer = match Response::decode(plain.command, &plain.body) {
            Ok(response) if head.id == right_id => Answer::Response(response),
            _ => Answer::None,
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
        let capable = &mut self.tables.capable;
        match response {
            Response::Hello(answer) => {
                if answer.hello.network != self.config.network()
                    || answer.hello.version != HELLO_VERSION
                {
                    capable.remove(&peer.key);
                    self.asker.give_up_waiting(session, peer);
                    return;
                }
                if answer.hello.capabilities & CAP_STORES != 0 {
                    self.tables.heard_capable(mono, peer);
                } else {
                    capable.remove(&peer.key);
                }
                let granted = Granted {
                    token: answer.token,
                    at: mono,
                };
                let key = (session, peer);
                self.asker.granted.insert(key, granted);
                for (id, ask) in self.asker.waiting.remove(&key).unwrap_or_default() {
                    self.ask_as(id, session, peer, ask);
                }
            }
            // A subscriber answers under a session key, which is no node.
            Response::Deliver(_) => {}
            // A Hello came first and decided whether it belongs into the table: a node that stores for nobody
            // answers too.
            _ if capable.get(&peer.key).is_some() => self.tables.heard_capable(mono, peer),
            _ => {}
        }
    }

    /// Sends late requests again, and gives up those that were sent often enough.
    pub(crate) fn handle_late(&mut self) {
        let mono = self.now.mono;
        while let Some((request_id, pending)) = self.asker.requests.next_late(mono) {
            if pending.attempts < self.config.request_attempts {
                let (to, datagram) = (pending.peer.addr, pending.datagram.clone());
                // A little longer each time: a slow peer is not helped by haste.
                let wait = self.config.request_timeout() * (pending.attempts + 1);
                self.asker.requests.postpone(request_id, mono + wait);
                self.link.transmits.push(to, datagram);
            } else if let Some(pending) = self.asker.requests.remove(request_id) {
                self.asker.give_up(pending);
            }
        }
    }
}
