//! What all parts of the engine share: keys, tables, queues, and the way to ask another node something.
//!
//! Decides nothing: operations, server and maintenance do.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use lru::LruCache;
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use toxdrop_proto::ids::PacketId;
use toxdrop_proto::keys::{DhtKeyPair, DhtPublicKey, NONCE_LEN};
use toxdrop_proto::wire::{
    CAP_STORES, EnvelopeId, HELLO_VERSION, Head, Hello, Plain, Request, Response, Token, seal,
};

use super::ask::{Addressing, Ask};
use super::config::DhtConfig;
use super::requests::{Purpose, Requests};
use super::routing_table::{Peer, RoutingTable};
use super::sessions::{SessionId, Sessions};
use super::tokens::{TokenMint, USABLE};
use super::{Event, Ticket, Transmit};
use crate::clock::Now;
use crate::store::api::StorageRequest;

/// A token that a peer gave us.
#[derive(Clone, Copy, Debug)]
struct Granted {
    token: Token,
    at: Duration,
}

/// What waits for a peer's token.
type Waiting = Vec<(Ask, Purpose)>;

/// How an ask ended.
#[derive(Debug)]
pub(super) enum Answer {
    /// With a response to it.
    Response(Response),
    /// Without: not answered, or with nonsense.
    None,
}

/// An ask that ended, on its way to whoever wanted to know.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) peer: Peer,
    pub(super) ask: Ask,
    pub(super) purpose: Purpose,
    pub(super) answer: Answer,
}

/// Why a storage request was made.
#[derive(Debug)]
pub(super) enum StorageFor {
    /// To answer a request, ours or another's.
    Serve(super::server::Serving),
    /// To find what other nodes should hold.
    Scan,
    /// To hand this packet over to that peer.
    HandOver { to: Peer, update: bool },
    /// Nobody asks for the outcome.
    Nothing,
}

/// Shared state.
pub(super) struct Core {
    pub(super) config: DhtConfig,
    pub(super) public: DhtPublicKey,
    pub(super) rng: ChaCha20Rng,
    pub(super) sessions: Sessions,
    pub(super) mint: TokenMint,
    pub(super) tox: RoutingTable,
    pub(super) capable: RoutingTable,
    pub(super) requests: Requests,
    pub(super) finished: VecDeque<Finished>,
    /// Requests to ourselves: served without a detour over the network.
    pub(super) own_requests: VecDeque<(Request, Ask, Purpose)>,
    pub(super) transmits: VecDeque<Transmit>,
    pub(super) storage: VecDeque<(Ticket, StorageRequest)>,
    pub(super) storage_for: HashMap<Ticket, StorageFor>,
    pub(super) events: VecDeque<Event>,
    /// Packets that we said we want from a node that offered them.
    pub(super) wanted: LruCache<(DhtPublicKey, PacketId), Duration>,
    granted: HashMap<(SessionId, Peer), Granted>,
    waiting: HashMap<(SessionId, Peer), Waiting>,
    next_ticket: u64,
}

/// Datagrams that wait to be sent; more are dropped, as a full socket would.
const MAX_TRANSMITS: usize = 16_384;
/// Offered packets that we remember to want.
const MAX_WANTED: usize = 8_192;
/// Seconds of silence after which a contact is bad, and is dropped (c-toxcore).
pub(super) const BAD_AFTER: Duration = Duration::from_secs(122);

impl Core {
    pub(super) fn new(config: DhtConfig, keys: DhtKeyPair, seed: [u8; 32]) -> Self {
        let mut rng = ChaCha20Rng::from_seed(seed);
        let mut mint_secret = [0; 16];
        rng.fill_bytes(&mut mint_secret);
        let public = keys.public;
        Self {
            config,
            public,
            rng,
            sessions: Sessions::new(keys),
            mint: TokenMint::new(mint_secret),
            tox: RoutingTable::new(public, BAD_AFTER),
            capable: RoutingTable::new(public, BAD_AFTER),
            requests: Requests::default(),
            finished: VecDeque::new(),
            own_requests: VecDeque::new(),
            transmits: VecDeque::new(),
            storage: VecDeque::new(),
            storage_for: HashMap::new(),
            events: VecDeque::new(),
            wanted: LruCache::new(
                std::num::NonZeroUsize::new(MAX_WANTED).unwrap_or(std::num::NonZeroUsize::MIN),
            ),
            granted: HashMap::new(),
            waiting: HashMap::new(),
            next_ticket: 0,
        }
    }

    /// What we say of ourselves in a Hello.
    pub(super) fn hello(&self) -> Hello {
        Hello {
            version: HELLO_VERSION,
            network: self.config.network(),
            capabilities: if self.config.store_for_others {
                CAP_STORES
            } else {
                0
            },
        }
    }

    pub(super) fn nonce(&mut self) -> [u8; NONCE_LEN] {
        let mut nonce = [0; NONCE_LEN];
        self.rng.fill_bytes(&mut nonce);
        nonce
    }

    pub(super) fn transmit(&mut self, to: SocketAddr, bytes: Vec<u8>) {
        if self.transmits.len() < MAX_TRANSMITS {
            self.transmits.push_back(Transmit { to, bytes });
        }
    }

    pub(super) fn store(&mut self, request: StorageRequest, why: StorageFor) {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        self.storage.push_back((ticket, request));
        self.storage_for.insert(ticket, why);
    }

    /// Asks a peer under one of our keys. The answer, or its absence, comes through `finished`.
    pub(super) fn ask(
        &mut self,
        now: Now,
        session: SessionId,
        peer: Peer,
        ask: Ask,
        purpose: Purpose,
    ) {
        if peer.key == self.public {
            let request = ask.request(&Addressing {
                network: self.config.network(),
                node: self.public,
                token: Token::from_bytes([0; 16]),
                session: self.public,
                delivery_token: Token::from_bytes([0; 16]),
            });
            self.own_requests.push_back((request, ask, purpose));
            return;
        }
        match &ask {
            Ask::Hello(_) => {
                let mut tag = [0; 16];
                self.rng.fill_bytes(&mut tag);
                self.send(now, session, peer, ask, purpose, Token::from_bytes(tag));
            }
            // The subscriber issued this token; no Hello is needed.
            Ask::Deliver { token, .. } => {
                let token = *token;
                self.send(now, session, peer, ask, purpose, token);
            }
            _ => match self.granted.get(&(session, peer)) {
                Some(granted) if now.mono.saturating_sub(granted.at) < USABLE => {
                    let token = granted.token;
                    self.send(now, session, peer, ask, purpose, token);
                }
                _ => self.ask_after_hello(now, session, peer, ask, purpose),
            },
        }
    }

    fn ask_after_hello(
        &mut self,
        now: Now,
        session: SessionId,
        peer: Peer,
        ask: Ask,
        purpose: Purpose,
    ) {
        let waiting = self.waiting.entry((session, peer)).or_default();
        waiting.push((ask, purpose));
        if waiting.len() == 1 {
            let hello = Ask::Hello(self.hello());
            self.ask(now, session, peer, hello, Purpose::Capability);
        }
    }

    fn send(
        &mut self,
        now: Now,
        session: SessionId,
        peer: Peer,
        ask: Ask,
        purpose: Purpose,
        token: Token,
    ) {
        let request_id = self.rng.next_u64();
        let Some(datagram) = self.seal_ask(session, peer, &ask, token, request_id) else {
            // A key that is no point, or a session that has ended: nothing can be waited for.
            if matches!(ask, Ask::Hello(_)) {
                self.give_up_waiting(session, peer);
            }
            self.finish(peer, ask, purpose, Answer::None);
            return;
        };
        if session == SessionId::NODE {
            self.capable.asked(now.mono, &peer.key);
        }
        self.transmit(peer.addr, datagram.clone());
        let due = now.mono + self.config.request_timeout();
        self.requests.add(
            request_id, session, peer, ask, purpose, token, datagram, due,
        );
    }

    fn seal_ask(
        &mut self,
        session: SessionId,
        peer: Peer,
        ask: &Ask,
        token: Token,
        request_id: u64,
    ) -> Option<Vec<u8>> {
        let own = self.sessions.public(session)?;
        let key = self.sessions.shared(session, &peer.key).ok()?;
        let request = ask.request(&Addressing {
            network: self.config.network(),
            node: peer.key,
            token,
            session: own,
            delivery_token: self.mint.issue_for_deliveries(&own, peer.addr, &peer.key),
        });
        let head = Head {
            id: match ask {
                Ask::Hello(_) => EnvelopeId::HelloRequest,
                _ => EnvelopeId::Request,
            },
            sender: own,
            token,
            nonce: self.nonce(),
        };
        let plain = Plain {
            request_id,
            command: ask.command(),
            body: request.encode(),
        };
        seal(&head, &key, &plain).ok()
    }

    fn finish(&mut self, peer: Peer, ask: Ask, purpose: Purpose, answer: Answer) {
        self.finished.push_back(Finished {
            peer,
            ask,
            purpose,
            answer,
        });
    }

    /// Takes in a datagram that claims to answer one of our requests.
    pub(super) fn handle_response(
        &mut self,
        now: Now,
        from: SocketAddr,
        head: &Head,
        bytes: &[u8],
    ) {
        let peer = Peer {
            key: head.sender,
            addr: from,
        };
        let Some(session) = self.requests.session_for(&peer, &head.token) else {
            return;
        };
        let Ok(key) = self.sessions.shared(session, &peer.key) else {
            return;
        };
        let Ok(plain) = toxdrop_proto::wire::open(&key, bytes) else {
            return;
        };
        let Some(pending) =
            self.requests
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
            Answer::Response(response) => self.note_alive(now, session, peer, response),
            // Nonsense instead of a token: what waited for it would wait for ever.
            Answer::None if matches!(pending.ask, Ask::Hello(_)) => {
                self.give_up_waiting(session, peer);
            }
            Answer::None => {}
        }
        self.finish(peer, pending.ask, pending.purpose, answer);
    }

    /// An answer proves that the peer is there and capable; a Hello's brings its token.
    fn note_alive(&mut self, now: Now, session: SessionId, peer: Peer, response: &Response) {
        match response {
            Response::Hello(answer) => {
                if answer.hello.network != self.config.network()
                    || answer.hello.version != HELLO_VERSION
                {
                    self.capable.remove(&peer.key);
                    self.give_up_waiting(session, peer);
                    return;
                }
                if answer.hello.capabilities & CAP_STORES != 0 {
                    self.note_capable(now, peer);
                } else {
                    self.capable.remove(&peer.key);
                }
                let granted = Granted {
                    token: answer.token,
                    at: now.mono,
                };
                self.granted.insert((session, peer), granted);
                for (ask, purpose) in self.waiting.remove(&(session, peer)).unwrap_or_default() {
                    self.ask(now, session, peer, ask, purpose);
                }
            }
            // A subscriber answers under a session key, which is no node.
            Response::Deliver(_) => {}
            // A Hello came first and decided whether it belongs into the table: a node that stores for nobody
            // answers too.
            _ if self.capable.get(&peer.key).is_some() => self.note_capable(now, peer),
            _ => {}
        }
    }

    fn note_capable(&mut self, now: Now, peer: Peer) {
        if self.capable.heard(now.mono, peer) {
            self.events.push_back(Event::CapableNodeFound(peer));
        }
    }

    fn give_up_waiting(&mut self, session: SessionId, peer: Peer) {
        for (ask, purpose) in self.waiting.remove(&(session, peer)).unwrap_or_default() {
            self.finish(peer, ask, purpose, Answer::None);
        }
    }

    /// Sends late requests again, and gives up those that were sent often enough.
    pub(super) fn handle_late(&mut self, now: Now) {
        let attempts = self.config.request_attempts;
        loop {
            let Some((id, pending)) = self.requests.next_late(now.mono) else {
                return;
            };
            if pending.attempts < attempts {
                let (to, datagram) = (pending.peer.addr, pending.datagram.clone());
                // A little longer each time: a slow peer is not helped by haste.
                let wait = self.config.request_timeout() * (pending.attempts + 1);
                self.requests.postpone(id, now.mono + wait);
                self.transmit(to, datagram);
                continue;
            }
            let Some(pending) = self.requests.remove(id) else {
                continue;
            };
            // Its token may be what it no longer knows: the next request starts with a Hello.
            self.granted.remove(&(pending.session, pending.peer));
            if matches!(pending.ask, Ask::Hello(_)) {
                self.give_up_waiting(pending.session, pending.peer);
            }
            self.finish(pending.peer, pending.ask, pending.purpose, Answer::None);
        }
    }

    /// Forgets tokens that ran out.
    pub(super) fn sweep(&mut self, now: Now) {
        self.granted
            .retain(|_, granted| now.mono.saturating_sub(granted.at) < USABLE);
    }

    /// Sends a response to whoever asked.
    pub(super) fn respond(&mut self, to: &super::server::ReplyTo, response: &Response) {
        let Some(own) = self.sessions.public(to.session) else {
            return;
        };
        let id = match response {
            Response::Hello(_) => EnvelopeId::HelloResponse,
            _ => EnvelopeId::Response,
        };
        let head = Head {
            id,
            sender: own,
            token: to.token,
            nonce: self.nonce(),
        };
        let plain = Plain {
            request_id: to.request_id,
            command: response.command(),
            body: response.encode(),
        };
        if let Ok(datagram) = seal(&head, &to.key, &plain) {
            self.transmit(to.peer.addr, datagram);
        }
    }

    /// Whether a request under this token may come from that peer to our node key.
    pub(super) fn token_is_good(&self, now: Now, peer: &Peer, token: &Token) -> bool {
        self.mint
            .check(now.mono, &self.public, peer.addr, &peer.key, token)
    }

    /// The shared key with a peer whose token was good.
    pub(super) fn shared(
        &mut self,
        session: SessionId,
        peer: &DhtPublicKey,
    ) -> Option<Arc<toxdrop_proto::keys::SharedKey>> {
        self.sessions.shared(session, peer).ok()
    }
}
