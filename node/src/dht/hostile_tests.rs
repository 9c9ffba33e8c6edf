//! What hostile and broken peers cannot do, shown by a stranger who speaks the wire format by hand.

use std::net::SocketAddr;
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use toxdrop_proto::ids::Location;
use toxdrop_proto::keys::{DhtKeyPair, DhtPublicKey, SharedKey};
use toxdrop_proto::tox::PackedNode;
use toxdrop_proto::wire::{
    CAP_STORES, Command, EnvelopeId, HELLO_VERSION, Head, Hello, HelloAnswer, Plain, Request,
    Response, Token, open, peek, seal,
};

use super::testnet::{Testnet, easy, letter, person};
use super::{DhtConfig, Event, OpResult, Operation, Peer};

/// A peer that is no engine: it says whatever a test wants.
struct Stranger {
    keys: DhtKeyPair,
    addr: SocketAddr,
}

impl Stranger {
    fn new(seed: u64) -> Self {
        Self {
            keys: DhtKeyPair::generate(&mut ChaCha20Rng::seed_from_u64(seed)),
            addr: SocketAddr::from(([203, 0, 113, 7], 4000)),
        }
    }

    fn peer(&self) -> Peer {
        Peer {
            key: self.keys.public,
            addr: self.addr,
        }
    }

    fn shared(&self, with: &DhtPublicKey) -> SharedKey {
        SharedKey::new(&self.keys.secret, with).unwrap()
    }

    fn seal(&self, to: &DhtPublicKey, id: EnvelopeId, token: Token, plain: &Plain) -> Vec<u8> {
        let head = Head {
            id,
            sender: self.keys.public,
            token,
            nonce: [3; 24],
        };
        seal(&head, &self.shared(to), plain).unwrap()
    }

    fn hello(&self, net: &Testnet, node: usize) -> Vec<u8> {
        let hello = Hello {
            version: HELLO_VERSION,
            network: easy().network(),
            capabilities: CAP_STORES,
        };
        let plain = Plain {
            request_id: 1,
            command: Command::Hello,
            body: Request::Hello(hello).encode(),
        };
        let key = net.nodes[node].engine.public_key();
        let token = Token::from_bytes([9; 16]);
        self.seal(&key, EnvelopeId::HelloRequest, token, &plain)
    }

    fn find(&self, net: &Testnet, node: usize, token: Token) -> Vec<u8> {
        let plain = Plain {
            request_id: 2,
            command: Command::Find,
            body: Request::Find(Location::from_bytes([5; 32])).encode(),
        };
        let key = net.nodes[node].engine.public_key();
        self.seal(&key, EnvelopeId::Request, token, &plain)
    }

    fn open(&self, bytes: &[u8]) -> (Head, Plain) {
        let head = peek(bytes).unwrap();
        let plain = open(&self.shared(&head.sender), bytes).unwrap();
        (head, plain)
    }

    /// Everything that was sent to this stranger's address since the last call, of offline messaging.
    fn mail(&self, net: &mut Testnet) -> Vec<(SocketAddr, Vec<u8>)> {
        net.mail
            .extract_if(.., |(_, to, _)| *to == self.addr)
            .filter(|(_, _, bytes)| EnvelopeId::from_code(bytes[0]).is_some())
            .map(|(from, _, bytes)| (from, bytes))
            .collect()
    }

    fn token(&self, net: &mut Testnet, node: usize) -> Token {
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
    fn answer(&self, net: &mut Testnet, lie: impl Fn(&Request) -> Option<Vec<u8>>) {
        for (from, bytes) in self.mail(net) {
            let (head, plain) = self.open(&bytes);
            let id = match head.id {
                EnvelopeId::HelloRequest => EnvelopeId::HelloResponse,
                EnvelopeId::Request => EnvelopeId::Response,
                _ => continue,
            };
            let request = Request::decode(plain.command, &plain.body).unwrap();
            if let Some(body) = lie(&request) {
                let plain = Plain { body, ..plain };
                let datagram = self.seal(&head.sender, id, head.token, &plain);
                let node = net.nodes.iter().position(|n| n.addr == from).unwrap();
                net.inject(node, self.addr, &datagram);
            }
        }
    }

    fn welcome(&self, seen: SocketAddr) -> Vec<u8> {
        Response::Hello(HelloAnswer {
            hello: Hello {
                version: HELLO_VERSION,
                network: easy().network(),
                capabilities: CAP_STORES,
            },
            token: Token::from_bytes([4; 16]),
            seen,
        })
        .encode()
    }
}

/// Makes a node believe that the stranger is a capable node.
fn introduce(net: &mut Testnet, node: usize, stranger: &Stranger) {
    let mono = net.mono;
    let core = &mut net.nodes[node].engine.core;
    core.capable.heard(mono, stranger.peer());
}

/// Runs an operation while the stranger answers with lies. Returns what came of it and how long it took.
fn operate_beside(
    net: &mut Testnet,
    node: usize,
    operation: Operation,
    stranger: &Stranger,
    lie: impl Fn(&Request) -> Option<Vec<u8>>,
) -> (OpResult, Duration) {
    let start = net.mono;
    let now = net.now();
    let op = net.nodes[node].engine.start(now, operation).unwrap();
    for _ in 0..2_000 {
        net.run(Duration::from_millis(50));
        stranger.answer(net, &lie);
        let events = &mut net.nodes[node].events;
        let at = events
            .iter()
            .position(|event| matches!(event, Event::Done(done, _) if *done == op));
        if let Some(Event::Done(_, result)) = at.map(|at| events.remove(at)) {
            return (result, net.mono - start);
        }
    }
    panic!("the operation never ended");
}

#[test]
fn a_hello_is_answered_with_no_more_than_was_sent() {
    let mut net = Testnet::joined(2, &easy(), 20);
    let eve = Stranger::new(1);
    let hello = eve.hello(&net, 0);
    net.inject(0, eve.addr, &hello);
    let mail = eve.mail(&mut net);
    assert_eq!(mail.len(), 1);
    assert!(mail[0].1.len() <= hello.len());
}

#[test]
fn hellos_are_answered_at_a_bounded_rate() {
    let config = DhtConfig {
        hellos_answered_per_second: 10,
        ..easy()
    };
    let mut net = Testnet::joined(2, &config, 21);
    net.run(Duration::from_secs(10));
    let eve = Stranger::new(1);
    let hello = eve.hello(&net, 0);
    for _ in 0..100 {
        net.inject(0, eve.addr, &hello);
    }
    assert!(eve.mail(&mut net).len() <= 10);
}

#[test]
fn a_token_works_for_its_own_address_and_key_only() {
    let mut net = Testnet::joined(3, &easy(), 22);
    let (eve, mallory) = (Stranger::new(1), Stranger::new(2));
    let token = eve.token(&mut net, 0);
    let find = eve.find(&net, 0, token);

    for elsewhere in ["203.0.113.7:4001", "203.0.113.8:4000"] {
        net.inject(0, elsewhere.parse().unwrap(), &find);
    }
    let stolen = mallory.find(&net, 0, token);
    net.inject(0, eve.addr, &stolen);
    let guessed = eve.find(&net, 0, Token::from_bytes([0; 16]));
    net.inject(0, eve.addr, &guessed);
    let other_node = eve.find(&net, 1, token);
    net.inject(1, eve.addr, &other_node);
    assert!(net.mail.iter().all(|(_, _, bytes)| bytes[0] != 0xa3));

    net.inject(0, eve.addr, &find);
    assert_eq!(eve.mail(&mut net).len(), 1);
    net.run(Duration::from_secs(130));
    net.inject(0, eve.addr, &find);
    assert_eq!(eve.mail(&mut net).len(), 0, "a token lives two minutes");
}

#[test]
fn an_answer_with_a_wrong_id_tag_command_or_address_is_no_answer() {
    let mut net = Testnet::joined(1, &easy(), 23);
    let eve = Stranger::new(1);
    introduce(&mut net, 0, &eve);
    let now = net.now();
    let operation = Operation::FindRecord(person(1).public());
    net.nodes[0].engine.start(now, operation).unwrap();
    net.run(Duration::from_millis(100));
    let seen = net.nodes[0].addr;
    eve.answer(&mut net, |request| {
        matches!(request, Request::Hello(_)).then(|| eve.welcome(seen))
    });
    net.run(Duration::from_millis(100));
    let (from, bytes) = eve
        .mail(&mut net)
        .into_iter()
        .find(|(_, bytes)| bytes[0] == 0xa2)
        .unwrap();
    assert_eq!(from, seen);
    let (head, asked) = eve.open(&bytes);
    let right = Plain {
        body: Response::Find(Vec::new()).encode(),
        ..asked.clone()
    };
    let send = |net: &mut Testnet, from: SocketAddr, id, token, plain: &Plain| {
        let datagram = eve.seal(&head.sender, id, token, plain);
        net.inject(0, from, &datagram);
    };
    let response = EnvelopeId::Response;
    let wrong_id = Plain {
        request_id: right.request_id ^ 1,
        ..right.clone()
    };
    let wrong_command = Plain {
        command: Command::GetRecord,
        ..right.clone()
    };
    let elsewhere = "203.0.113.7:4001".parse().unwrap();
    send(&mut net, eve.addr, response, head.token, &wrong_id);
    send(&mut net, eve.addr, response, head.token, &wrong_command);
    let wrong_tag = Token::from_bytes([1; 16]);
    send(&mut net, eve.addr, response, wrong_tag, &right);
    send(&mut net, elsewhere, response, head.token, &right);
    // Our own request, reflected.
    net.inject(0, eve.addr, &bytes);
    assert_eq!(eve.mail(&mut net).len(), 0, "the search still waits");
    send(&mut net, eve.addr, response, head.token, &right);
    let next = eve.mail(&mut net);
    assert_eq!(next.len(), 1);
    assert_eq!(eve.open(&next[0].1).1.command, Command::GetRecord);
}

#[test]
fn a_node_that_lies_in_find_is_survived() {
    let mut net = Testnet::joined(12, &easy(), 24);
    let eve = Stranger::new(1);
    introduce(&mut net, 1, &eve);
    let packet = letter(&person(1), &person(2), 1, net.now());
    let location = packet.location();
    let seen = net.nodes[1].addr;
    let (result, took) = operate_beside(
        &mut net,
        1,
        Operation::Store(packet.clone()),
        &eve,
        |request| match request {
            Request::Hello(_) => Some(eve.welcome(seen)),
            // Nodes that do not exist, closer than any that does; one of them with a key that is no key.
            Request::Find(target) => {
                let liars = (0..8u8).map(|n| {
                    let mut key = *target.as_bytes();
                    key[31] ^= n;
                    let key = if n == 7 { [0; 32] } else { key };
                    let addr = SocketAddr::from(([198, 51, 100 + n, 1], 4000));
                    PackedNode::udp(addr, DhtPublicKey::from_bytes(key))
                });
                Some(Response::Find(liars.collect()).encode())
            }
            _ => None,
        },
    );
    let OpResult::Stored(report) = result else {
        panic!()
    };
    assert!(report.held >= 5, "{report:?}");
    assert!(took < Duration::from_secs(46), "{took:?}");
    let closest = net.closest(&location, 10);
    let holders = net.holders(&packet);
    assert!(holders.iter().all(|node| closest.contains(node)));
}

#[test]
fn a_hello_answered_with_nonsense_holds_nothing_up() {
    let mut net = Testnet::joined(12, &easy(), 25);
    let eve = Stranger::new(1);
    introduce(&mut net, 1, &eve);
    let packet = letter(&person(1), &person(2), 1, net.now());
    let (result, took) = operate_beside(&mut net, 1, Operation::Store(packet), &eve, |_| {
        Some(vec![0xff; 3])
    });
    let OpResult::Stored(report) = result else {
        panic!()
    };
    assert_eq!(report.held, 8, "{report:?}");
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn a_key_that_is_no_key_holds_nothing_up() {
    let mut net = Testnet::joined(12, &easy(), 26);
    let broken = Peer {
        key: DhtPublicKey::from_bytes([0; 32]),
        addr: SocketAddr::from(([203, 0, 113, 9], 1)),
    };
    let mono = net.mono;
    net.nodes[1].engine.core.capable.heard(mono, broken);
    let packet = letter(&person(1), &person(2), 1, net.now());
    let start = net.mono;
    let OpResult::Stored(report) = net.operate(1, Operation::Store(packet)) else {
        panic!()
    };
    assert_eq!(report.held, 8, "{report:?}");
    assert!(net.mono - start < Duration::from_secs(5));
}

#[test]
fn a_node_that_stores_for_nobody_is_not_recommended() {
    let mut net = Testnet::joined(6, &easy(), 27);
    let leech = net.add(DhtConfig {
        store_for_others: false,
        ..easy()
    });
    net.run(Duration::from_secs(200));
    let key = net.nodes[leech].engine.public_key();
    for node in &net.nodes[..6] {
        assert!(node.engine.core.capable.get(&key).is_none());
    }
    // It can send, all the same.
    let packet = letter(&person(1), &person(2), 1, net.now());
    let OpResult::Stored(report) = net.operate(leech, Operation::Store(packet)) else {
        panic!()
    };
    assert_eq!(report.held, 6, "{report:?}");
}

#[test]
fn noise_is_dropped_in_silence() {
    let mut net = Testnet::joined(2, &easy(), 28);
    let eve = Stranger::new(1);
    let token = eve.token(&mut net, 0);
    let good = eve.find(&net, 0, token);
    net.mail.clear();
    for length in 0..good.len() {
        net.inject(0, eve.addr, &good[..length]);
    }
    for at in 0..good.len() {
        let mut bent = good.clone();
        bent[at] ^= 1;
        net.inject(0, eve.addr, &bent);
    }
    for first in 0..=255 {
        net.inject(0, eve.addr, &[first; 1300]);
    }
    assert!(net.mail.is_empty(), "{:?}", net.mail);
}

#[test]
fn what_a_local_network_is_made_of_is_not_told_to_strangers() {
    let mut net = Testnet::joined(3, &easy(), 29);
    let mono = net.mono;
    let hidden = Peer {
        key: DhtPublicKey::from_bytes([5; 32]),
        addr: "192.168.1.7:33445".parse().unwrap(),
    };
    net.nodes[0].engine.core.capable.heard(mono, hidden);
    let eve = Stranger::new(1);
    let token = eve.token(&mut net, 0);
    let find = eve.find(&net, 0, token);
    net.inject(0, eve.addr, &find);
    let mail = eve.mail(&mut net);
    let (_, plain) = eve.open(&mail[0].1);
    let Response::Find(nodes) = Response::decode(plain.command, &plain.body).unwrap() else {
        panic!()
    };
    assert!(!nodes.is_empty());
    assert!(nodes.iter().all(|node| node.addr != hidden.addr));
}
