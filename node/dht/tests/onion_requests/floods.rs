//! What comes through the onion and what comes directly do not push each other out.

use std::time::Duration;

use toxdrop_dht::DhtConfig;
use toxdrop_proto::ids::Location;
use toxdrop_proto::wire::{
    Carriage, EnvelopeId, Find, Request, Response, Token, first_token, peek,
};
use toxdrop_sim::Network;
use toxdrop_sim::letters::{door_signer, easy, letter, person};

use crate::exit::{Exit, session};
use crate::session::Session;

fn find() -> Request {
    Request::Find(Find {
        target: Location::from_bytes([5; 32]),
        room: 3,
    })
}

/// A Find that goes directly, from where the exit is.
fn direct(session: &mut Session, token: Token) -> Vec<u8> {
    let through_onion = session.ask(token, &find());
    let mut datagram = through_onion;
    datagram[0] = EnvelopeId::TokenlessRequest as u8;
    assert!(matches!(
        peek(&datagram).unwrap().carriage,
        Carriage::Direct(_)
    ));
    datagram
}

/// How many of these are answered, directly.
fn answered_directly(net: &mut Network, from: Exit, datagrams: &[Vec<u8>]) -> usize {
    for datagram in datagrams {
        net.inject(0, from.0, datagram);
    }
    let strays = net.take_strays(from.0);
    strays.iter().filter(|s| s.bytes[0] == 0xa1).count()
}

fn few() -> DhtConfig {
    DhtConfig {
        strangers_answered_per_second: 10,
        onion_strangers_answered_per_second: 10,
        onion_puzzles_per_second: 10,
        datagrams_per_source_per_second: 50,
        ..easy()
    }
}

#[test]
fn a_flood_through_the_onion_costs_direct_traffic_nothing_not_even_the_exits_own() {
    let mut net = Network::joined(2, &few(), 1);
    net.run(Duration::from_secs(5));
    let exit = Exit::new(&mut net, 1);
    let mut eve = session(&net, 0, 1);
    let flood = eve.hello();
    let came: usize = (0..200)
        .map(|_| exit.bring(&mut net, 0, &flood).len())
        .sum();
    assert_eq!(came, 10 + 10, "answers, and puzzles");
    let first = first_token(&eve.node);
    let datagrams: Vec<_> = (0..5).map(|_| direct(&mut eve, first)).collect();
    assert_eq!(answered_directly(&mut net, exit, &datagrams), 5);
}

#[test]
fn a_direct_flood_costs_those_behind_the_onion_nothing() {
    let mut net = Network::joined(2, &few(), 1);
    net.run(Duration::from_secs(5));
    let exit = Exit::new(&mut net, 1);
    let (mut eve, mut alice) = (session(&net, 0, 1), session(&net, 0, 2));
    let first = first_token(&eve.node);
    let flood: Vec<_> = (0..200).map(|_| direct(&mut eve, first)).collect();
    assert!(answered_directly(&mut net, exit, &flood) <= 10);
    let hello = alice.hello();
    let came = exit.bring(&mut net, 0, &hello);
    let answer = alice.response(&hello, &came[0]);
    assert!(matches!(answer, Response::Hello(_)));
}

#[test]
fn an_exit_brings_so_much_a_second() {
    let mut net = Network::joined(2, &few(), 1);
    let (exit, other) = (Exit::new(&mut net, 1), Exit::new(&mut net, 2));
    let mut alice = session(&net, 0, 1);
    let token = exit.token(&mut net, 0, &mut alice);
    let renewal = alice.hello_with(token);
    let came: usize = (0..100)
        .map(|_| exit.bring(&mut net, 0, &renewal).len())
        .sum();
    assert_eq!(came, 49);
    other.token(&mut net, 0, &mut alice);
}

#[test]
fn what_goes_back_through_the_onion_is_bounded_by_the_byte() {
    let config = DhtConfig {
        onion_bytes_per_second: 10_000,
        ..easy()
    };
    let mut net = Network::joined(2, &config, 1);
    let exit = Exit::new(&mut net, 1);
    let mut bob = session(&net, 0, 1);
    let place = door_signer(&person(2), net.now());
    let packet = letter(&person(1), &person(2), 1, net.now());
    let token = exit.token(&mut net, 0, &mut bob);
    let store = bob.ask(token, &Request::Store((*packet).clone()));
    assert_eq!(exit.bring(&mut net, 0, &store).len(), 1);
    net.run(Duration::from_secs(2));
    let retrieve = bob.retrieve(token, &place, packet.id());
    let came: Vec<_> = (0..100)
        .flat_map(|_| exit.bring(&mut net, 0, &retrieve))
        .collect();
    let bytes: usize = came.iter().map(|answer| 178 + answer.len()).sum();
    assert!((9_000..=10_000).contains(&bytes), "{bytes}");
    // It is there again a second later.
    net.run(Duration::from_secs(2));
    assert_eq!(exit.bring(&mut net, 0, &retrieve).len(), 1);
}

#[test]
fn subscriptions_through_the_onion_take_no_room_from_direct_ones() {
    let config = DhtConfig {
        max_subscriptions: 2,
        ..easy()
    };
    let mut net = Network::joined(2, &config, 1);
    let exit = Exit::new(&mut net, 1);
    let mut granted = |number: u64, onion: bool| {
        let mut session = session(&net, 0, number);
        let place = door_signer(&person(number), net.now());
        let token = if onion {
            exit.token(&mut net, 0, &mut session)
        } else {
            exit.direct_token(&mut net, 0, &mut session)
        };
        let wanted = (Token::from_bytes([6; 16]), 300);
        let request = session.subscribe(token, &place, wanted);
        if onion {
            let came = exit.bring(&mut net, 0, &request);
            let answer = session.response(&request, &came[0]);
            return matches!(answer, Response::Subscribe(Ok(_)));
        }
        let mut datagram = request;
        datagram[0] = EnvelopeId::Request as u8;
        net.inject(0, exit.0, &datagram);
        let strays = net.take_strays(exit.0);
        let answer = strays.iter().find(|s| s.bytes[0] == 0xa3).unwrap();
        // Result, and the lifetime; a refusal is shorter.
        answer.bytes.len() == 104
    };
    assert!(granted(1, true) && granted(2, true));
    assert!(!granted(3, true), "no more through the onion");
    assert!(granted(4, false) && granted(5, false));
    assert!(!granted(6, false), "no more directly");
    assert!(granted(1, true), "renewed");
    assert!(granted(4, false), "renewed");
}
