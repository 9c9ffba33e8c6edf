//! Boxes around what travels: Tox's and ours open at the other end only, and cannot be changed or relabelled.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

mod common;

use common::{requests, responses};
use proptest::prelude::*;
use toxdrop_proto::codec::DecodeErrorKind;
use toxdrop_proto::keys::{BoxError, DhtKeyPair, SharedKey};
use toxdrop_proto::tox::{
    ENVELOPE_OVERHEAD, Envelope, NODES_REQUEST_LEN, NodesResponse, PING_LEN, PING_REQUEST, Ping,
};
use toxdrop_proto::wire::{
    self, BODY_MAX, EnvelopeId, Head, MAX_DATAGRAM, OVERHEAD, OpenError, Plain, Request, Response,
    Token,
};

fn pairs() -> (DhtKeyPair, DhtKeyPair, SharedKey) {
    let a = DhtKeyPair::from_secret_bytes([1; 32]);
    let b = DhtKeyPair::from_secret_bytes([2; 32]);
    let key = SharedKey::new(&a.secret, &b.public).unwrap();
    (a, b, key)
}

fn head(a: &DhtKeyPair, id: EnvelopeId) -> Head {
    Head {
        id,
        sender: a.public,
        token: Token::from_bytes([3; 16]),
        nonce: [4; 24],
    }
}

fn all_plains() -> Vec<(EnvelopeId, Plain)> {
    let plain = |command, body| Plain {
        request_id: 77,
        command,
        body,
    };
    let requests = requests()
        .into_iter()
        .map(|r| (EnvelopeId::Request, plain(r.command(), r.encode())));
    let responses = responses()
        .into_iter()
        .map(|r| (EnvelopeId::Response, plain(r.command(), r.encode())));
    requests.chain(responses).collect()
}

#[test]
fn every_command_fits_a_datagram_and_opens_at_the_other_end() {
    let (a, b, key) = pairs();
    let other = SharedKey::new(&b.secret, &a.public).unwrap();
    for (id, plain) in all_plains() {
        let head = head(&a, id);
        let datagram = wire::seal(&head, &key, &plain).unwrap();
        assert_eq!(datagram.len(), OVERHEAD + plain.body.len());
        assert!(datagram.len() <= MAX_DATAGRAM);
        assert_eq!(wire::peek(&datagram), Ok(head));
        assert_eq!(wire::open(&other, &datagram), Ok(plain));
    }
}

#[test]
fn a_datagram_that_was_changed_or_relabelled_does_not_open() {
    let (a, _, key) = pairs();
    let (_, plain) = all_plains().swap_remove(1);
    let datagram = wire::seal(&head(&a, EnvelopeId::Request), &key, &plain).unwrap();
    for at in 0..datagram.len() {
        let mut damaged = datagram.clone();
        damaged[at] ^= 1;
        let outcome = wire::open(&key, &damaged);
        match at {
            // 0xa2 becomes 0xa3: a response by its look, but not inside.
            0 => assert_eq!(outcome, Err(OpenError::Relabelled)),
            // Sender and token are outside the box: the node compares them with what it knows.
            1..49 => assert_eq!(outcome, Ok(plain.clone())),
            _ => assert_eq!(outcome, Err(OpenError::Box(BoxError)), "byte {at}"),
        }
    }
}

#[test]
fn a_datagram_above_the_limit_is_refused_before_any_cryptography() {
    let (_, _, key) = pairs();
    let mut datagram = vec![0xa2; MAX_DATAGRAM + 1];
    let error = wire::peek(&datagram).unwrap_err();
    assert_eq!(error.offset, MAX_DATAGRAM);
    assert!(matches!(error.kind, DecodeErrorKind::TooLong { .. }));
    assert_eq!(wire::open(&key, &datagram), Err(OpenError::Decode(error)));
    datagram.truncate(OVERHEAD - 1);
    assert!(wire::peek(&datagram).is_err());
}

#[test]
fn a_hello_is_never_answered_with_more_than_was_asked() {
    for request in requests().iter().filter(|r| matches!(r, Request::Hello(_))) {
        for response in responses()
            .iter()
            .filter(|r| matches!(r, Response::Hello(_)))
        {
            assert!(response.encode().len() <= request.encode().len());
        }
    }
}

#[test]
fn tox_packets_have_the_lengths_that_c_toxcore_insists_on() {
    let (a, _, key) = pairs();
    let ping = Ping::Request(1).encode();
    let packet = Envelope::seal(PING_REQUEST, &a.public, &key, &[4; 24], &ping).unwrap();
    assert_eq!((packet.len(), PING_LEN), (82, 82));
    assert_eq!(NODES_REQUEST_LEN, 113);
    assert_eq!(ENVELOPE_OVERHEAD, 73);
}

#[test]
fn a_tox_packet_opens_at_the_other_end_and_nowhere_else() {
    let (a, b, key) = pairs();
    let plain = Ping::Request(9).encode();
    let packet = Envelope::seal(PING_REQUEST, &a.public, &key, &[4; 24], &plain).unwrap();
    let envelope = Envelope::decode(&packet).unwrap();
    assert_eq!((envelope.id, envelope.sender), (PING_REQUEST, a.public));
    let other = SharedKey::new(&b.secret, &envelope.sender).unwrap();
    assert_eq!(envelope.open(&other), Ok(plain));
    let stranger = DhtKeyPair::from_secret_bytes([9; 32]);
    let wrong = SharedKey::new(&stranger.secret, &a.public).unwrap();
    assert_eq!(envelope.open(&wrong), Err(BoxError));
}

#[test]
fn a_nodes_response_without_nodes_is_refused_as_c_toxcore_does() {
    let plain = [&[0u8][..], &[8; 8]].concat();
    let error = NodesResponse::decode(&plain).unwrap_err();
    assert_eq!(error.offset, 0);
}

proptest! {
    #[test]
    fn arbitrary_datagrams_panic_nowhere(mut bytes in prop::collection::vec(any::<u8>(), 0..1300), id in 0xa0u8..0xa5) {
        let (_, _, key) = pairs();
        let _ = Envelope::decode(&bytes).map(|envelope| envelope.open(&key));
        if let Some(first) = bytes.first_mut() {
            *first = id;
        }
        prop_assert!(wire::open(&key, &bytes).is_err());
    }

    #[test]
    fn any_body_that_fits_travels(body in prop::collection::vec(any::<u8>(), 0..=BODY_MAX), request_id: u64) {
        let (a, _, key) = pairs();
        let plain = Plain { request_id, command: wire::Command::Store, body };
        let datagram = wire::seal(&head(&a, EnvelopeId::Request), &key, &plain).unwrap();
        prop_assert_eq!(wire::open(&key, &datagram), Ok(plain));
    }
}
