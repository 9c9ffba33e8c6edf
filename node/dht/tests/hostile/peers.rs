//! What hostile and broken peers cannot do to a network.

use std::net::SocketAddr;
use std::time::Duration;

use toxdrop_dht::report::{self, DeleteReport, RefusalReason};
use toxdrop_dht::{DhtConfig, OpResult, Operation};
use toxdrop_proto::ids::Location;
use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_proto::packet::Terms;
use toxdrop_proto::tombstone::Tombstone;
use toxdrop_proto::tox::PackedNode;
use toxdrop_proto::wire::{
    Command, Deleted, Plain, Refusal, Request, Response, StoreStatus, Token,
};
use toxdrop_sim::Network;
use toxdrop_sim::letters::{door_signer, easy, letter, person, record};

use crate::stranger::{Stranger, introduce, operate_beside};

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
        Operation::store(packet.clone()),
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
    let (result, took) = operate_beside(&mut net, 1, Operation::store(packet), &eve, |_| {
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
            Operation::store(packet),
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
    assert!(report.held >= 8, "{report:?}");
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn a_node_that_calls_a_record_older_is_believed_only_with_a_newer_one() {
    let mut net = Network::joined(3, &easy(), 35);
    let eve = Stranger::new(&mut net, 1);
    introduce(&mut net, 1, &eve);
    let [own, older] = [2, 1].map(|revision| record(&person(2), revision, Terms::NONE, net.now()));
    let seen = net.nodes()[1].addr();
    let store = Operation::store(own);
    let (result, _) = operate_beside(&mut net, 1, store, &eve, |request| match request {
        Request::Hello(_) => Some(eve.welcome(seen)),
        Request::Find(_) => Some(Stranger::found([])),
        Request::Store(_) => {
            let newer = (*older).clone();
            let refusal = Refusal::OlderRecord { newer };
            Some(Response::Store(StoreStatus::Refused(refusal)).encode())
        }
        _ => None,
    });
    let OpResult::Stored(report) = result else {
        panic!()
    };
    let eves = (report.replicas.iter()).find(|(holder, _)| holder.key == eve.peer().key);
    let status = eves.map(|(_, status)| status);
    assert!(
        matches!(
            status,
            Some(report::StoreStatus::Refused(RefusalReason::Other(_)))
        ),
        "{report:?}"
    );
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
    let OpResult::Stored(report) = net.operate(leech, Operation::store(packet)) else {
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
fn an_answer_to_a_delete_with_more_or_fewer_words_than_tombstones_counts_as_none() {
    for (seed, words) in [(43, 0), (44, 2), (45, 1)] {
        let mut net = Network::joined(1, &easy(), seed);
        let eve = Stranger::new(&mut net, 1);
        introduce(&mut net, 0, &eve);
        let place = door_signer(&person(2), net.now());
        let packet = letter(&person(1), &person(2), 1, net.now());
        let delete = Operation::Delete {
            location: packet.location(),
            tombstones: vec![Tombstone::by_owner(&place, easy().network(), packet.id())],
        };
        let seen = net.nodes()[0].addr();
        let (result, _) = operate_beside(&mut net, 0, delete, &eve, |request| match request {
            Request::Hello(_) => Some(eve.welcome(seen)),
            Request::Find(_) => Some(Stranger::found([])),
            Request::Delete(_) => Some(Response::Delete(vec![Deleted::Accepted; words]).encode()),
            _ => None,
        });
        let OpResult::Deleted(report) = result else {
            panic!()
        };
        let believed = usize::from(words == 1);
        // We ourselves answer too, and hold no such packet.
        let expected = DeleteReport {
            asked: 2,
            answered: 1 + believed,
            accepted: believed,
        };
        assert_eq!(report, expected);
    }
}
