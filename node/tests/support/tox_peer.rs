//! A Tox DHT node made of nothing but the wire formats: it answers what Tox nodes ask, and asks them.
//!
//! Keeps no table: which nodes it hands out is up to the test.
#![allow(dead_code, reason = "each test program uses a part")]

use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rand::RngCore;
use rand::rngs::OsRng;
use toxdrop_proto::keys::{DhtKeyPair, DhtPublicKey, SharedKey};
use toxdrop_proto::tox::{
    self, Envelope, NODES_REQUEST_LEN, NodesRequest, NodesResponse, PING_LEN, PackedNode, Ping,
};

use super::bootstrapd::loopback_socket;

/// How long anything may take on a busy machine; c-toxcore's slowest timer here is 20 s.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// A node; it answers in a thread of its own until it is dropped.
pub(crate) struct ToxPeer {
    shared: Arc<Shared>,
    server: Option<JoinHandle<()>>,
}

struct Shared {
    socket: UdpSocket,
    keys: DhtKeyPair,
    /// What it hands out to everybody who asks for nodes.
    known: Mutex<Vec<PackedNode>>,
    /// The answers that came: who sent them and what was in the box.
    answers: Mutex<Vec<(SocketAddr, Answer)>>,
    /// What else came: who sent it, and the datagram.
    others: Mutex<Vec<(SocketAddr, Vec<u8>)>>,
    stopped: AtomicBool,
}

/// What a node answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// To a ping request.
    Pong {
        /// Who sent it, proved by the box.
        key: DhtPublicKey,
        /// The request's id, if all is well.
        id: u64,
    },
    /// To a nodes request.
    Nodes {
        /// Who sent it, proved by the box.
        key: DhtPublicKey,
        /// What was in the box.
        response: NodesResponse,
    },
}

impl ToxPeer {
    /// Opens a socket on loopback and starts to answer.
    pub(crate) fn start() -> Self {
        let shared = Arc::new(Shared {
            socket: loopback_socket(),
            keys: DhtKeyPair::generate(&mut OsRng),
            known: Mutex::default(),
            answers: Mutex::default(),
            others: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        let server = {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || shared.serve())
        };
        Self {
            shared,
            server: Some(server),
        }
    }

    /// The node as others hand it out.
    pub(crate) fn node(&self) -> PackedNode {
        let addr = self.shared.socket.local_addr().expect("it is bound");
        PackedNode::udp(addr, self.shared.keys.public)
    }

    /// From now on handed out to whoever asks.
    pub(crate) fn hand_out(&self, nodes: &[PackedNode]) {
        *self.shared.known.lock().expect("no thread panicked") = nodes.to_vec();
    }

    /// Sends a ping request with this id until it is answered; whose key signed the answer, and from where.
    pub(crate) fn ping(&self, to: SocketAddr, key: DhtPublicKey, id: u64) -> (SocketAddr, Answer) {
        let ping = Ping::Request(id);
        self.until("answer our ping", || {
            let packet = self.shared.seal(&key, ping.packet_id(), &ping.encode());
            assert_eq!(packet.len(), PING_LEN);
            self.shared.send(to, &packet);
            self.take(|answer| matches!(answer, Answer::Pong { .. }))
        })
    }

    /// Asks for nodes close to `target` until `good` finds in an answer what it looks for.
    pub(crate) fn nodes<T>(
        &self,
        to: SocketAddr,
        key: DhtPublicKey,
        target: DhtPublicKey,
        good: impl Fn(&NodesResponse) -> Option<T>,
    ) -> T {
        let sendback = OsRng.next_u64().to_be_bytes();
        self.until("hand out the node we look for", || {
            let request = NodesRequest { target, sendback };
            let packet = self
                .shared
                .seal(&key, tox::NODES_REQUEST, &request.encode());
            assert_eq!(packet.len(), NODES_REQUEST_LEN);
            self.shared.send(to, &packet);
            let (from, answer) = self.take(|answer| matches!(answer, Answer::Nodes { .. }))?;
            let Answer::Nodes {
                key: answerer,
                response,
            } = answer
            else {
                return None;
            };
            assert_eq!((from, answerer), (to, key));
            assert_eq!(response.sendback, sendback);
            good(&response)
        })
    }

    /// Calls `ask` again and again until something with this first byte comes that is no ping and no nodes packet; who sent
    /// it, and the datagram.
    pub(crate) fn other(
        &self,
        what: &str,
        first: u8,
        mut ask: impl FnMut(),
    ) -> (SocketAddr, Vec<u8>) {
        self.until(what, || {
            ask();
            let deadline = Instant::now() + Duration::from_millis(500);
            while Instant::now() < deadline {
                if let Some(other) = self.take_other(first) {
                    return Some(other);
                }
                std::thread::park_timeout(Duration::from_millis(10));
            }
            None
        })
    }

    /// What came with this first byte, oldest first, if anything did.
    pub(crate) fn take_other(&self, first: u8) -> Option<(SocketAddr, Vec<u8>)> {
        let mut others = self.shared.others.lock().expect("no thread panicked");
        let at = others
            .iter()
            .position(|(_, bytes)| bytes.first() == Some(&first))?;
        Some(others.remove(at))
    }

    /// Sends a datagram, once.
    pub(crate) fn say(&self, to: SocketAddr, packet: &[u8]) {
        self.shared.send(to, packet);
    }

    /// Its keys.
    pub(crate) fn keys(&self) -> &DhtKeyPair {
        &self.shared.keys
    }

    fn take(&self, wanted: impl Fn(&Answer) -> bool) -> Option<(SocketAddr, Answer)> {
        // The server's read timeout is the pace: ask again only after an answer had time to come.
        let deadline = Instant::now() + Duration::from_millis(500);
        while Instant::now() < deadline {
            let mut answers = self.shared.answers.lock().expect("no thread panicked");
            if let Some(at) = answers.iter().position(|(_, answer)| wanted(answer)) {
                return Some(answers.swap_remove(at));
            }
            drop(answers);
            std::thread::park_timeout(Duration::from_millis(10));
        }
        None
    }

    fn until<T>(&self, what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(value) = attempt() {
                return value;
            }
        }
        panic!("the other side did not {what} within {PATIENCE:?}");
    }
}

impl Drop for ToxPeer {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Relaxed);
        if let Some(server) = self.server.take() {
            // A panic in the server has been printed, and the test fails for want of answers.
            let _ = server.join();
        }
    }
}

impl Shared {
    fn serve(&self) {
        let mut buffer = [0; 2048];
        while !self.stopped.load(Ordering::Relaxed) {
            // A timeout, or an ICMP message about a port that is not open yet: both pass.
            if let Ok((len, from)) = self.socket.recv_from(&mut buffer) {
                self.handle(from, &buffer[..len]);
            }
        }
    }

    /// Unlike a real node it insists: what c-toxcore sends must decode.
    fn handle(&self, from: SocketAddr, bytes: &[u8]) {
        let sealed = [
            tox::PING_REQUEST,
            tox::PING_RESPONSE,
            tox::NODES_REQUEST,
            tox::NODES_RESPONSE,
        ];
        if !bytes.first().is_some_and(|id| sealed.contains(id)) {
            let mut others = self.others.lock().expect("no thread panicked");
            return others.push((from, bytes.to_vec()));
        }
        let Ok(envelope) = Envelope::decode(bytes) else {
            return;
        };
        let shared = SharedKey::new(&self.keys.secret, &envelope.sender).expect("a sound key");
        let plain = envelope.open(&shared).expect("a box that opens");
        let key = envelope.sender;
        match envelope.id {
            tox::NODES_REQUEST => {
                let request = NodesRequest::decode(&plain).expect("a nodes request");
                assert_eq!(bytes.len(), NODES_REQUEST_LEN);
                let nodes = self.known.lock().expect("no thread panicked").clone();
                if !nodes.is_empty() {
                    let response = NodesResponse {
                        nodes,
                        sendback: request.sendback,
                    };
                    let packet = self.seal(&key, tox::NODES_RESPONSE, &response.encode());
                    self.send(from, &packet);
                }
            }
            tox::NODES_RESPONSE => {
                // A node whose table is empty says so; c-toxcore itself ignores that answer.
                if plain.first() != Some(&0) {
                    let response = NodesResponse::decode(&plain).expect("a nodes response");
                    self.note(from, Answer::Nodes { key, response });
                }
            }
            _ => {
                assert_eq!(bytes.len(), PING_LEN);
                let ping = Ping::decode(&plain).expect("a ping");
                assert_eq!(ping.packet_id(), envelope.id);
                match ping {
                    Ping::Request(id) => {
                        let pong = Ping::Response(id);
                        let packet = self.seal(&key, pong.packet_id(), &pong.encode());
                        self.send(from, &packet);
                    }
                    Ping::Response(id) => self.note(from, Answer::Pong { key, id }),
                }
            }
        }
    }

    fn note(&self, from: SocketAddr, answer: Answer) {
        let mut answers = self.answers.lock().expect("no thread panicked");
        answers.push((from, answer));
    }

    fn seal(&self, to: &DhtPublicKey, id: u8, plain: &[u8]) -> Vec<u8> {
        let shared = SharedKey::new(&self.keys.secret, to).expect("a sound key");
        let mut nonce = [0; 24];
        OsRng.fill_bytes(&mut nonce);
        Envelope::seal(id, &self.keys.public, &shared, &nonce, plain).expect("it is short")
    }

    fn send(&self, to: SocketAddr, packet: &[u8]) {
        // Lost datagrams are sent again by whoever waits for the answer.
        let _ = self.socket.send_to(packet, to);
    }
}
