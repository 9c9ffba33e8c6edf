//! What an envelope must show, and what nobody gets by bending one.

use std::time::Duration;

use toxdrop_proto::ids::Location;
use toxdrop_proto::wire::{
    Carriage, Command, EnvelopeId, Hello, Plain, Request, Response, Token, first_token,
};
use toxdrop_sim::Network;
use toxdrop_sim::letters::{door_signer, easy, person};

use crate::exit::{Exit, session};

fn record() -> Request {
    Request::GetRecord(Location::from_bytes([5; 32]))
}

#[test]
fn a_request_needs_the_token_of_its_exit_and_its_key() {
    let mut net = Network::joined(2, &easy(), 1);
    let (exit, other) = (Exit::new(&mut net, 1), Exit::new(&mut net, 2));
    let (mut alice, mut eve) = (session(&net, 0, 1), session(&net, 0, 2));
    let token = exit.token(&mut net, 0, &mut alice);
    eve.hello();
    let good = alice.ask(token, &record());
    let first = first_token(&alice.node);
    assert!(other.bring(&mut net, 0, &good).is_empty(), "another exit's");
    let stolen = eve.ask(token, &record());
    assert!(exit.bring(&mut net, 0, &stolen).is_empty(), "another key's");
    for field in [first, Token::from_bytes([0; 16]), first_token(&alice.own)] {
        let bad = alice.ask(field, &record());
        assert!(exit.bring(&mut net, 0, &bad).is_empty(), "{field:?}");
    }
    let came = exit.bring(&mut net, 0, &good);
    let answer = alice.response(&good, &came[0]);
    assert!(matches!(answer, Response::GetRecord(Err(_))));
}

#[test]
fn a_token_is_renewed_with_itself_and_good_for_two_minutes_at_most() {
    let mut net = Network::joined(2, &easy(), 1);
    let exit = Exit::new(&mut net, 1);
    let mut alice = session(&net, 0, 1);
    let token = exit.token(&mut net, 0, &mut alice);
    let renewal = alice.hello_with(token);
    assert_eq!(exit.bring(&mut net, 0, &renewal).len(), 1);
    let request = alice.ask(token, &record());
    assert_eq!(exit.bring(&mut net, 0, &request).len(), 1);
    // Asked again because its answer was lost, it is answered again.
    assert_eq!(exit.bring(&mut net, 0, &request).len(), 1);
    net.run(Duration::from_secs(120));
    assert!(exit.bring(&mut net, 0, &request).is_empty());
    assert!(exit.bring(&mut net, 0, &renewal).is_empty());
}

#[test]
fn a_recorded_envelope_is_nothing_through_another_exit() {
    let mut net = Network::joined(2, &easy(), 1);
    let (exit, other) = (Exit::new(&mut net, 1), Exit::new(&mut net, 2));
    let mut bob = session(&net, 0, 1);
    let place = door_signer(&person(2), net.now());
    let token = exit.token(&mut net, 0, &mut bob);
    let deliveries = (Token::from_bytes([6; 16]), 300);
    for request in [
        bob.list(token, &place),
        bob.subscribe(token, &place, deliveries),
        bob.hello_with(token),
    ] {
        assert_eq!(exit.bring(&mut net, 0, &request).len(), 1);
        assert!(other.bring(&mut net, 0, &request).is_empty());
        assert!(exit.carried(&mut net).is_empty());
    }
}

#[test]
fn no_part_and_no_bit_of_an_envelope_can_be_left_out_or_turned() {
    let mut net = Network::joined(2, &easy(), 1);
    let exit = Exit::new(&mut net, 1);
    let mut alice = session(&net, 0, 1);
    let token = exit.token(&mut net, 0, &mut alice);
    // X25519 does not look at a key's last bit; a token does.
    let last_of_key = 33 * 8 - 1;
    for (whole, unseen) in [
        (alice.ask(token, &record()), None),
        (alice.hello(), Some(last_of_key)),
    ] {
        for cut in 0..whole.len() {
            net.run(Duration::from_millis(10));
            assert!(exit.bring(&mut net, 0, &whole[..cut]).is_empty(), "{cut}");
        }
        for bit in (0..whole.len() * 8).filter(|bit| Some(*bit) != unseen) {
            net.run(Duration::from_millis(10));
            let mut bent = whole.clone();
            bent[bit / 8] ^= 1 << (bit % 8);
            assert!(exit.bring(&mut net, 0, &bent).is_empty(), "bit {bit}");
        }
        // Longer by a byte, the way back begins elsewhere.
        let longer = [&whole[..], &[0]].concat();
        assert!(exit.bring(&mut net, 0, &longer).is_empty());
        // Without a way back behind it there is no way to answer.
        net.inject(0, exit.0, &whole);
        assert!(exit.carried(&mut net).is_empty());
    }
}

#[test]
fn the_ids_and_lengths_of_the_way_back_are_not_those_of_the_way_out() {
    let mut net = Network::joined(2, &easy(), 1);
    let exit = Exit::new(&mut net, 1);
    let mut alice = session(&net, 0, 1);
    let token = exit.token(&mut net, 0, &mut alice);
    let hello = Request::Hello(Hello {
        network: easy().network(),
        capabilities: 0,
    });
    let answers = Plain::response(1, Command::Hello, hello.encode());
    let direct = Carriage::Direct(EnvelopeId::TokenlessResponse);
    let mut response = alice.seal(direct, token, &answers);
    response[0] = 0x85;
    assert!(exit.bring(&mut net, 0, &response).is_empty());
    for first in [0x86, 0xa0, 0xa2] {
        let mut relabelled = alice.hello();
        relabelled[0] = first;
        let before = net.traffic().sent;
        assert!(exit.bring(&mut net, 0, &relabelled).is_empty());
        assert_eq!(net.traffic().sent, before, "{first:#x}");
    }
}

#[test]
fn a_key_that_is_no_point_gets_nothing() {
    let mut net = Network::joined(2, &easy(), 1);
    let exit = Exit::new(&mut net, 1);
    let mut hello = session(&net, 0, 1).hello();
    hello[1..33].copy_from_slice(&[0; 32]);
    assert!(exit.bring(&mut net, 0, &hello).is_empty());
}

#[test]
fn a_token_got_through_the_onion_is_none_for_the_exits_own_address_and_the_reverse() {
    let mut net = Network::joined(2, &easy(), 1);
    let exit = Exit::new(&mut net, 1);
    let mut session = session(&net, 0, 1);
    let place = door_signer(&person(1), net.now());
    let through = exit.token(&mut net, 0, &mut session);
    let direct = exit.direct_token(&mut net, 0, &mut session);
    for (token, onion, served) in [
        (through, true, true),
        (through, false, false),
        (direct, true, false),
        (direct, false, true),
    ] {
        let mut list = session.list(token, &place);
        if onion {
            let came = exit.bring(&mut net, 0, &list);
            assert_eq!(came.len(), usize::from(served));
        } else {
            list[0] = EnvelopeId::Request as u8;
            net.inject(0, exit.0, &list);
            let answers = net.take_strays(exit.0).into_iter();
            let answers = answers.filter(|stray| stray.bytes[0] == 0xa3);
            assert_eq!(answers.count(), usize::from(served));
        }
    }
}
