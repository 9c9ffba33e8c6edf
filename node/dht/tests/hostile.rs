//! What hostile and broken peers cannot do, shown by a stranger who speaks the wire format by hand.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code, outside of the functions that clippy knows as tests"
)]

mod common;

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use common::stranger::{Stranger, introduce, operate_beside};
use toxdrop_dht::{DhtConfig, OpResult, Operation};
use toxdrop_proto::ids::{Location, NetworkId, PacketId};
use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_proto::tox::PackedNode;
use toxdrop_proto::wire::{
    Challenge, Command, Demand, ListText, PlaceProof, Plain, Refusal, Request, Response,
    RetrieveText, StoreStatus, Token, first_token,
};
use toxdrop_sim::Network;
use toxdrop_sim::letters::{door_signer, easy, letter, person};

#[test]
fn a_hello_is_answered_with_no_more_than_was_sent() {
    let mut net = Network::joined(2, &easy(), 20);
    let eve = Stranger::new(&mut net, 1);
    let hello = eve.hello(&net, 0);
    net.inject(0, eve.addr, &hello);
    let mail = eve.mail(&mut net);
    assert_eq!(mail.len(), 1);
    assert!(mail[0].1.len() <= hello.len());
}

#[test]
fn strangers_are_answered_at_a_bounded_rate() {
    let config = DhtConfig {
        strangers_answered_per_second: 10,
        ..easy()
    };
    let mut net = Network::joined(2, &config, 21);
    net.run(Duration::from_secs(10));
    let eve = Stranger::new(&mut net, 1);
    let hello = eve.hello(&net, 0);
    for _ in 0..100 {
        net.inject(0, eve.addr, &hello);
    }
    assert!(eve.mail(&mut net).len() <= 10);
}

#[test]
fn a_token_works_for_its_own_address_and_key_only() {
    let mut net = Network::joined(3, &easy(), 22);
    let eve = Stranger::new(&mut net, 1);
    let mallory = Stranger::new(&mut net, 2);
    let token = eve.token(&mut net, 0);
    let get = Request::GetRecord(Location::from_bytes([5; 32]));
    let asked = eve.ask(&net, 0, token, &get);

    let elsewhere = ["203.0.113.7:4001", "203.0.113.8:4000"];
    let elsewhere = elsewhere.map(|addr| addr.parse::<SocketAddr>().unwrap());
    for addr in elsewhere {
        net.listen(addr);
        net.inject(0, addr, &asked);
    }
    let stolen = mallory.ask(&net, 0, token, &get);
    net.inject(0, eve.addr, &stolen);
    let guessed = eve.ask(&net, 0, Token::from_bytes([0; 16]), &get);
    net.inject(0, eve.addr, &guessed);
    let other_node = eve.ask(&net, 1, token, &get);
    net.inject(1, eve.addr, &other_node);
    for addr in [elsewhere[0], elsewhere[1], eve.addr] {
        let answers = net.take_strays(addr);
        assert!(answers.iter().all(|answer| answer.bytes[0] != 0xa3));
    }

    net.inject(0, eve.addr, &asked);
    assert_eq!(eve.mail(&mut net).len(), 1);
    net.run(Duration::from_secs(130));
    net.inject(0, eve.addr, &asked);
    assert_eq!(eve.mail(&mut net).len(), 0, "a token lives two minutes");
}

#[test]
fn an_answer_with_a_wrong_id_tag_command_or_address_is_no_answer() {
    let mut net = Network::joined(1, &easy(), 23);
    let eve = Stranger::new(&mut net, 1);
    introduce(&mut net, 0, &eve);
    let operation = Operation::FindRecord(Location::from_bytes([5; 32]));
    net.start(0, operation).unwrap();
    net.run(Duration::from_millis(100));
    let seen = net.nodes()[0].addr();
    let (from, bytes) = eve
        .mail(&mut net)
        .into_iter()
        .find(|(_, bytes)| eve.open(bytes).1.command == Command::Find)
        .unwrap();
    assert_eq!(from, seen);
    let (head, asked) = eve.open(&bytes);
    let right = Plain::response(asked.request_id, asked.command, Stranger::found([]));
    let send = |net: &mut Network, from: SocketAddr, echo, plain: &Plain| {
        let datagram = eve.seal(&head.sender, echo, plain);
        net.inject(0, from, &datagram);
    };
    let wrong_id = Plain {
        request_id: right.request_id ^ 1,
        ..right.clone()
    };
    let wrong_command = Plain {
        command: Command::Hello,
        ..right.clone()
    };
    let elsewhere = "203.0.113.7:4001".parse().unwrap();
    send(&mut net, eve.addr, head.echo(), &wrong_id);
    send(&mut net, eve.addr, head.echo(), &wrong_command);
    // Neither another's echo, nor the token that the request showed.
    for echo in [Token::from_bytes([1; 16]), head.token] {
        send(&mut net, eve.addr, echo, &right);
    }
    send(&mut net, elsewhere, head.echo(), &right);
    // Our own request, reflected.
    net.inject(0, eve.addr, &bytes);
    assert_eq!(eve.mail(&mut net).len(), 0, "the search still waits");
    send(&mut net, eve.addr, head.echo(), &right);
    let next = eve.mail(&mut net);
    assert_eq!(next.len(), 1);
    // The search is over; a Hello brings the token for what comes next.
    assert_eq!(eve.open(&next[0].1).1.command, Command::Hello);
}

#[test]
fn a_node_that_lies_in_find_is_survived() {
    let mut net = Network::joined(12, &easy(), 24);
    let eve = Stranger::new(&mut net, 1);
    introduce(&mut net, 1, &eve);
    let packet = letter(&person(1), &person(2), 1, net.now());
    let location = packet.location();
    let seen = net.nodes()[1].addr();
    let (result, took) = operate_beside(
        &mut net,
        1,
        Operation::Store(packet.clone()),
        &eve,
        |request| match request {
            Request::Hello(_) => Some(eve.welcome(seen)),
            // Nodes that do not exist, closer than any that does; one of them with a key that is no key.
            Request::Find(find) => {
                let liars = (0..8u8).map(|n| {
                    let mut key = *find.target.as_bytes();
                    key[31] ^= n;
                    let key = if n == 7 { [0; 32] } else { key };
                    let addr = SocketAddr::from(([198, 51, 100 + n, 1], 4000));
                    PackedNode::udp(addr, DhtPublicKey::from_bytes(key))
                });
                Some(Stranger::found(liars))
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
    let mut net = Network::joined(12, &easy(), 25);
    let eve = Stranger::new(&mut net, 1);
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
    let mut net = Network::joined(12, &easy(), 26);
    let eve = Stranger::new(&mut net, 1);
    introduce(&mut net, 1, &eve);
    let broken = SocketAddr::from(([203, 0, 113, 9], 1));
    let broken = PackedNode::udp(broken, DhtPublicKey::from_bytes([0; 32]));
    let packet = letter(&person(1), &person(2), 1, net.now());
    let seen = net.nodes()[1].addr();
    let (result, took) =
        operate_beside(
            &mut net,
            1,
            Operation::Store(packet),
            &eve,
            |request| match request {
                Request::Hello(_) => Some(eve.welcome(seen)),
                Request::Find(_) => Some(Stranger::found([broken])),
                Request::Store(_) => {
                    Some(Response::Store(StoreStatus::Refused(Refusal::RateLimited)).encode())
                }
                _ => None,
            },
        );
    let OpResult::Stored(report) = result else {
        panic!()
    };
    assert_eq!(report.held, 8, "{report:?}");
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn a_node_that_stores_for_nobody_is_not_recommended() {
    let mut net = Network::joined(6, &easy(), 27);
    let leech = net.add(DhtConfig {
        store_for_others: false,
        ..easy()
    });
    net.run(Duration::from_secs(200));
    let key = net.nodes()[leech].key();
    for node in &net.nodes()[..6] {
        let known = node.engine.known_nodes(net.now());
        assert!(known.iter().any(|known| known.key == key && !known.capable));
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
    let mut net = Network::joined(2, &easy(), 28);
    let eve = Stranger::new(&mut net, 1);
    let token = eve.token(&mut net, 0);
    let good = Request::GetRecord(Location::from_bytes([5; 32]));
    let good = eve.ask(&net, 0, token, &good);
    eve.mail(&mut net);
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
    let answers = net.take_strays(eve.addr);
    assert!(answers.is_empty(), "{answers:?}");
}

#[test]
fn what_a_local_network_is_made_of_is_not_told_to_strangers() {
    let mut net = Network::joined(3, &easy(), 29);
    let hidden = Stranger::at(&mut net, 5, "192.168.1.7:33445".parse().unwrap());
    introduce(&mut net, 0, &hidden);
    let eve = Stranger::new(&mut net, 1);
    let find = eve.find(&net, 0, 20);
    net.inject(0, eve.addr, &find);
    let mail = eve.mail(&mut net);
    let (_, plain) = eve.open(&mail[0].1);
    let Response::Find(found) = Response::decode(plain.command, &plain.body).unwrap() else {
        panic!()
    };
    assert!(found.stores && !found.nodes.is_empty());
    assert!(found.nodes.iter().all(|node| node.addr != hidden.addr));
}

#[test]
fn a_find_needs_no_token_and_is_answered_with_no_more_than_was_sent() {
    let mut net = Network::joined(30, &easy(), 30);
    let eve = Stranger::new(&mut net, 1);
    for room in [1, 3, 20] {
        let find = eve.find(&net, 0, room);
        net.inject(0, eve.addr, &find);
        let mail = eve.mail(&mut net);
        assert_eq!(mail.len(), 1);
        assert!(mail[0].1.len() <= find.len());
    }
}

#[test]
fn a_tokenless_request_without_the_first_token_costs_nothing() {
    let mut net = Network::joined(2, &easy(), 31);
    let eve = Stranger::new(&mut net, 1);
    let (own, other) = (net.nodes()[0].key(), net.nodes()[1].key());
    for hello in [eve.hello(&net, 0), eve.find(&net, 0, 3)] {
        for field in [[0; 16], *first_token(&other).as_bytes()] {
            let mut bent = hello.clone();
            bent[33..49].copy_from_slice(&field);
            net.inject(0, eve.addr, &bent);
            assert!(eve.mail(&mut net).is_empty());
        }
        assert_eq!(hello[33..49], *first_token(&own).as_bytes());
        net.inject(0, eve.addr, &hello);
        assert_eq!(eve.mail(&mut net).len(), 1);
    }
}

#[test]
fn a_signature_speaks_for_one_node_token_place_and_command_only() {
    let mut net = Network::joined(3, &easy(), 32);
    let (eve, now) = (Stranger::new(&mut net, 1), net.now());
    let (bob, carol) = (person(2), person(3));
    let (place, elsewhere) = (door_signer(&bob, now), door_signer(&carol, now));
    let token = eve.token(&mut net, 0);
    let node = net.nodes()[0].key();
    let start = PacketId::from_bytes([0; 32]);
    let text = ListText {
        node,
        token,
        after: start,
    };
    let signed = |text: ListText| text.sign(&place, easy().network());
    let list = |signature, key| Request::List {
        owner: PlaceProof { key, signature },
        after: start,
    };
    let mut answer = |request: &Request| {
        let asked = eve.ask(&net, 0, token, request);
        net.inject(0, eve.addr, &asked);
        let mail = eve.mail(&mut net);
        let (_, plain) = eve.open(&mail[0].1);
        match Response::decode(plain.command, &plain.body).unwrap() {
            Response::List(result) => result.map(|_| ()),
            Response::Retrieve(result) => result.map(|_| ()),
            other => panic!("{other:?}"),
        }
    };
    let key = place.public();
    assert_eq!(answer(&list(signed(text), key)), Ok(()));
    let other = DhtPublicKey::from_bytes([7; 32]);
    let retrieve = RetrieveText {
        node,
        token,
        id: start,
    };
    for (signature, key) in [
        (
            signed(ListText {
                node: other,
                ..text
            }),
            key,
        ),
        (
            signed(ListText {
                token: Token::from_bytes([7; 16]),
                ..text
            }),
            key,
        ),
        (
            signed(ListText {
                after: PacketId::from_bytes([1; 32]),
                ..text
            }),
            key,
        ),
        (text.sign(&place, NetworkId(7)), key),
        (retrieve.sign(&place, easy().network()), key),
        (signed(text), elsewhere.public()),
    ] {
        assert_eq!(answer(&list(signature, key)), Err(Refusal::BadSignature));
    }
}

#[test]
fn a_cookie_is_brought_back_once_and_only_for_a_request_under_way() {
    let mut net = Network::joined(1, &easy(), 33);
    let eve = Stranger::new(&mut net, 1);
    introduce(&mut net, 0, &eve);
    net.start(0, Operation::FindRecord(Location::from_bytes([5; 32])))
        .unwrap();
    net.run(Duration::from_millis(100));
    let (_, bytes) = eve.mail(&mut net).pop().unwrap();
    let (head, asked) = eve.open(&bytes);
    let challenge = |nonce, cookie| {
        Challenge {
            node: eve.peer().key,
            nonce,
            demand: Demand::Cookie(Token::from_bytes(cookie)),
        }
        .encode()
    };
    let mut other = head.nonce;
    other[23] ^= 1;
    net.inject(0, eve.addr, &challenge(other, [8; 16]));
    let elsewhere = "203.0.113.7:4001".parse().unwrap();
    net.inject(0, elsewhere, &challenge(head.nonce, [8; 16]));
    assert!(eve.mail(&mut net).is_empty());

    net.inject(0, eve.addr, &challenge(head.nonce, [8; 16]));
    let (_, bytes) = eve.mail(&mut net).pop().unwrap();
    let (again, repeated) = eve.open(&bytes);
    assert_eq!(again.token, Token::from_bytes([8; 16]));
    assert_ne!(again.nonce, head.nonce, "sealed anew");
    assert_eq!(repeated, asked);

    net.inject(0, eve.addr, &challenge(again.nonce, [9; 16]));
    assert!(eve.mail(&mut net).is_empty(), "one challenge a request");
    let found = Plain::response(asked.request_id, asked.command, Stranger::found([]));
    let datagram = eve.seal(&head.sender, again.echo(), &found);
    net.inject(0, eve.addr, &datagram);
    let (_, bytes) = eve.mail(&mut net).pop().unwrap();
    assert_eq!(eve.open(&bytes).1.command, Command::Hello);
}

#[test]
fn no_two_places_of_an_owner_are_asked_for_under_one_key() {
    let mut net = Network::joined(1, &easy(), 34);
    let eve = Stranger::new(&mut net, 1);
    introduce(&mut net, 0, &eve);
    let now = net.now();
    let node = net.nodes()[0].key();
    let places: Vec<_> = (0..6).map(|n| door_signer(&person(n), now)).collect();
    let (seen, lists) = (net.nodes()[0].addr(), Cell::new(0));
    let keys: RefCell<HashMap<Location, HashSet<DhtPublicKey>>> = RefCell::default();
    for place in &places {
        let operation = Operation::List {
            place: Arc::clone(place),
        };
        net.start(0, operation).unwrap();
    }
    for _ in 0..20 {
        net.run(Duration::from_millis(50));
        for (from, bytes) in eve.mail(&mut net) {
            let (head, plain) = eve.open(&bytes);
            if head.sender == node {
                // It looks around for its own sake, and asks for no place of an owner's.
                assert!(matches!(plain.command, Command::Hello | Command::Find));
                continue;
            }
            let request = Request::decode(plain.command, &plain.body).unwrap();
            let body = match &request {
                Request::Hello(_) => eve.welcome(seen),
                Request::Find(find) => {
                    let mut keys = keys.borrow_mut();
                    keys.entry(find.target).or_default().insert(head.sender);
                    Stranger::found([])
                }
                Request::List { owner, .. } => {
                    lists.set(lists.get() + 1);
                    let mut keys = keys.borrow_mut();
                    let at = keys.entry(owner.key.location()).or_default();
                    at.insert(head.sender);
                    continue;
                }
                other => panic!("{other:?}"),
            };
            assert_eq!(from, seen);
            let answer = Plain::response(plain.request_id, plain.command, body);
            let datagram = eve.seal(&head.sender, head.echo(), &answer);
            net.inject(0, eve.addr, &datagram);
        }
    }
    let keys = keys.into_inner();
    assert_eq!(
        (keys.len(), lists.get() >= places.len()),
        (places.len(), true)
    );
    let all: HashSet<DhtPublicKey> = keys.values().flatten().copied().collect();
    assert_eq!(
        all.len(),
        places.len(),
        "one key a place, and no key for two"
    );
}
