//! Requests and their answers by the byte: padding, token fields, challenges.

use std::time::Duration;

use toxdrop_dht::{DhtConfig, Operation};
use toxdrop_proto::ids::Location;
use toxdrop_proto::wire::{
    Challenge, Command, Demand, Plain, Puzzle, Token, find_body_len, first_token,
};
use toxdrop_sim::Network;
use toxdrop_sim::letters::easy;

use crate::stranger::{Stranger, introduce};

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
fn a_puzzle_is_not_solved_for_a_request_that_went_directly() {
    let mut net = Network::joined(1, &easy(), 35);
    let eve = Stranger::new(&mut net, 1);
    introduce(&mut net, 0, &eve);
    net.start(0, Operation::FindRecord(Location::from_bytes([5; 32])))
        .unwrap();
    net.run(Duration::from_millis(100));
    let (_, bytes) = eve.mail(&mut net).pop().unwrap();
    let puzzle = Challenge {
        node: eve.peer().key,
        nonce: eve.open(&bytes).0.nonce,
        demand: Demand::Puzzle(Puzzle {
            seed: [8; 16],
            bits: 1,
        }),
    };
    net.inject(0, eve.addr, &puzzle.encode());
    assert!(eve.mail(&mut net).is_empty());
}

#[test]
fn a_find_that_is_not_padded_gets_nothing() {
    let mut net = Network::joined(3, &easy(), 36);
    let eve = Stranger::new(&mut net, 1);
    let key = net.nodes()[0].key();
    let mut ask = |body: Vec<u8>| {
        let plain = Plain::request(2, Command::Find, body);
        let datagram = eve.seal(&key, first_token(&key), &plain);
        net.inject(0, eve.addr, &datagram);
        eve.mail(&mut net).len()
    };
    let target = [5; 32];
    let padded = |len: usize| [&target[..], &vec![0; len - target.len()]].concat();
    assert_eq!(ask(target.to_vec()), 0);
    assert_eq!(ask(padded(find_body_len(1) - 1)), 0);
    assert_eq!(ask(padded(find_body_len(1) + 1)), 0);
    let mut full = padded(find_body_len(3));
    if let Some(last) = full.last_mut() {
        *last = 1;
    }
    assert_eq!(ask(full), 0, "padding is zeros");
    assert_eq!(ask(padded(find_body_len(1))), 1);
}

#[test]
fn who_has_a_token_is_no_stranger() {
    let config = DhtConfig {
        strangers_answered_per_second: 10,
        ..easy()
    };
    let mut net = Network::joined(2, &config, 37);
    net.run(Duration::from_secs(10));
    let (eve, mallory) = (Stranger::new(&mut net, 1), Stranger::new(&mut net, 2));
    let token = eve.token(&mut net, 0);
    let flood = mallory.hello(&net, 0);
    for _ in 0..100 {
        net.inject(0, mallory.addr, &flood);
    }
    mallory.mail(&mut net);
    let hello = eve.hello(&net, 0);
    net.inject(0, eve.addr, &hello);
    assert!(
        eve.mail(&mut net).is_empty(),
        "strangers have had their share"
    );
    let key = net.nodes()[0].key();
    let (_, plain) = eve.open_request(&key, &hello);
    let renewal = eve.seal(&key, token, &plain);
    net.inject(0, eve.addr, &renewal);
    assert_eq!(eve.mail(&mut net).len(), 1);
}
