//! A stranger who speaks the wire format by hand, for what hostile and broken peers try.

use std::net::SocketAddr;
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use toxdrop_dht::{OpResult, Operation, Peer};
use toxdrop_proto::ids::Location;
use toxdrop_proto::keys::{DhtKeyPair, DhtPublicKey, SharedKey};
use toxdrop_proto::tox::{self, Envelope, PackedNode, Ping};
use toxdrop_proto::wire::{
    CAP_STORES, Carriage, Command, EnvelopeId, Find, FindAnswer, Head, Hello, HelloAnswer, Plain,
    Request, Response, Token, first_token, open, peek, seal,
};
use toxdrop_sim::letters::easy;
use toxdrop_sim::{EPOCH, Network, Stray};

/// A peer that is no engine: it says whatever a test wants.
pub(crate) struct Stranger {
    keys: DhtKeyPair,
    pub(crate) addr: SocketAddr,
}

impl Stranger {
    /// One that gets everything which is sent to its address.
    pub(crate) fn new(net: &mut Network, seed: u64) -> Self {
        Self::at(net, seed, SocketAddr::from(([203, 0, 113, 7], 4000)))
    }

    pub(crate) fn at(net: &mut Network, seed: u64, addr: SocketAddr) -> Self {
        net.listen(addr);
        Self {
            keys: DhtKeyPair::generate(&mut ChaCha20Rng::seed_from_u64(seed)),
            addr,
        }
    }

    pub(crate) fn peer(&self) -> Peer {
        Peer {
            key: self.keys.public,
            addr: self.addr,
        }
    }

    pub(crate) fn shared(&self, with: &DhtPublicKey) -> SharedKey {
        SharedKey::new(&self.keys.secret, with).unwrap()
    }

    pub(crate) fn seal(&self, to: &DhtPublicKey, token: Token, plain: &Plain) -> Vec<u8> {
        let head = Head {
            carriage: Carriage::Direct(plain.id),
            sender: self.keys.public,
            token,
            nonce: [3; 24],
        };
        seal(&head, &self.shared(to), plain).unwrap()
    }

    pub(crate) fn hello(&self, net: &Network, node: usize) -> Vec<u8> {
        let hello = Hello {
            network: easy().network(),
            capabilities: CAP_STORES,
        };
        let plain = Plain::request(1, Command::Hello, Request::Hello(hello).encode());
        let key = net.nodes()[node].key();
        self.seal(&key, first_token(&key), &plain)
    }

    /// A Find with room for so many nodes, and a first token.
    pub(crate) fn find(&self, net: &Network, node: usize, room: u8) -> Vec<u8> {
        let find = Find {
            target: Location::from_bytes([5; 32]),
            room,
        };
        let plain = Plain::request(2, Command::Find, Request::Find(find).encode());
        let key = net.nodes()[node].key();
        self.seal(&key, first_token(&key), &plain)
    }

    /// A request that needs a token.
    pub(crate) fn ask(
        &self,
        net: &Network,
        node: usize,
        token: Token,
        request: &Request,
    ) -> Vec<u8> {
        let plain = Plain::request(3, request.command(), request.encode());
        self.seal(&net.nodes()[node].key(), token, &plain)
    }

    pub(crate) fn open(&self, bytes: &[u8]) -> (Head, Plain) {
        let head = peek(bytes).unwrap();
        let plain = open(&self.shared(&head.sender), bytes).unwrap();
        (head, plain)
    }

    /// Opens a request of this stranger's own to a node.
    pub(crate) fn open_request(&self, to: &DhtPublicKey, bytes: &[u8]) -> (Head, Plain) {
        let plain = open(&self.shared(to), bytes).unwrap();
        (peek(bytes).unwrap(), plain)
    }

    /// Everything that was sent to this stranger's address since the last call, of offline messaging.
    pub(crate) fn mail(&self, net: &mut Network) -> Vec<(SocketAddr, Vec<u8>)> {
        net.take_strays(self.addr)
            .into_iter()
            .filter(|stray| EnvelopeId::from_code(stray.bytes[0]).is_some())
            .map(|stray| (stray.from, stray.bytes))
            .collect()
    }

    /// Answers Tox pings, and nothing else of Tox.
    pub(crate) fn pong(&self, net: &mut Network) {
        let mail = net.take_strays(self.addr);
        self.answer_pings(net, mail);
    }

    /// Answers the pings among these.
    pub(crate) fn answer_pings(&self, net: &mut Network, mail: Vec<Stray>) {
        let is_ping = |stray: &Stray| stray.bytes[0] == tox::PING_REQUEST;
        for ping in mail.into_iter().filter(is_ping) {
            let envelope = Envelope::decode(&ping.bytes).unwrap();
            let key = self.shared(&envelope.sender);
            let Ok(Ping::Request(id)) = Ping::decode(&envelope.open(&key).unwrap()) else {
                continue;
            };
            let pong = Ping::Response(id);
            let nonce = [8; 24];
            let datagram = Envelope::seal(
                pong.packet_id(),
                &self.keys.public,
                &key,
                &nonce,
                &pong.encode(),
            )
            .unwrap();
            let node = at(net, ping.from);
            net.inject(node, self.addr, &datagram);
        }
    }

    pub(crate) fn token(&self, net: &mut Network, node: usize) -> Token {
        let hello = self.hello(net, node);
        net.inject(node, self.addr, &hello);
        let mail = self.mail(net);
        let (_, plain) = self.open(&mail[0].1);
        match Response::decode(plain.command, &plain.body).unwrap() {
            Response::Hello(answer) => answer.token,
            other => panic!("{other:?}"),
        }
    }

    /// Answers what a node asked, as `lie` wants; what it returns `None` for stays unanswered.
    pub(crate) fn answer(&self, net: &mut Network, lie: impl Fn(&Request) -> Option<Vec<u8>>) {
        for (from, bytes) in self.mail(net) {
            let (head, plain) = self.open(&bytes);
            if !plain.id.is_request() {
                continue;
            }
            let request = Request::decode(plain.command, &plain.body).unwrap();
            if let Some(body) = lie(&request) {
                let plain = Plain::response(plain.request_id, plain.command, body);
                let datagram = self.seal(&head.sender, head.echo(), &plain);
                let node = at(net, from);
                net.inject(node, self.addr, &datagram);
            }
        }
    }

    pub(crate) fn welcome(&self, seen: SocketAddr) -> Vec<u8> {
        Response::Hello(HelloAnswer {
            hello: Hello {
                network: easy().network(),
                capabilities: CAP_STORES,
            },
            token: Token::from_bytes([4; 16]),
            clock: EPOCH,
            seen,
        })
        .encode()
    }

    /// The answer to a Find, by a node that stores for others.
    pub(crate) fn found(nodes: impl IntoIterator<Item = PackedNode>) -> Vec<u8> {
        let nodes = nodes.into_iter().collect();
        Response::Find(FindAnswer {
            stores: true,
            nodes,
        })
        .encode()
    }
}

fn at(net: &Network, addr: SocketAddr) -> usize {
    let nodes = net.nodes();
    nodes.iter().position(|node| node.addr() == addr).unwrap()
}

/// Lets a node find out that the stranger is a capable node: it pings, it greets, and it is answered.
pub(crate) fn introduce(net: &mut Network, node: usize, stranger: &Stranger) {
    let (now, peer) = (net.now(), stranger.peer());
    net.node(node).engine.bootstrap(now, peer);
    net.work_off(node);
    stranger.pong(net);
    let seen = net.nodes()[node].addr();
    stranger.answer(net, |request| {
        matches!(request, Request::Hello(_)).then(|| stranger.welcome(seen))
    });
    let known = net.nodes()[node].engine.known_nodes(net.now());
    assert!(known.iter().any(|k| k.key == peer.key && k.capable));
}

/// Runs an operation while the stranger answers with lies. Returns what came of it and how long it took.
pub(crate) fn operate_beside(
    net: &mut Network,
    node: usize,
    operation: Operation,
    stranger: &Stranger,
    lie: impl Fn(&Request) -> Option<Vec<u8>>,
) -> (OpResult, Duration) {
    let start = net.now().mono;
    let op = net.start(node, operation).unwrap();
    for _ in 0..2_000 {
        net.run(Duration::from_millis(50));
        stranger.answer(net, &lie);
        if let Some(result) = net.take_result(node, op) {
            return (result, net.now().mono - start);
        }
    }
    panic!("the operation never ended");
}
