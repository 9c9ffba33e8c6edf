//! Boxes around what travels: Tox's and ours open at the other end only, and cannot be changed or relabelled.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

mod common;
mod wire_examples;

use proptest::prelude::*;
use toxdrop_proto::codec::DecodeErrorKind;
use toxdrop_proto::keys::{BoxError, DhtKeyPair, SharedKey};
use toxdrop_proto::tox::{
    ENVELOPE_OVERHEAD, Envelope, NODES_REQUEST_LEN, NodesResponse, ONION_MAX_PACKET,
    ONION_REQUEST_OVERHEAD, PING_LEN, PING_REQUEST, Ping, ReturnPath, split_return_path,
};
use toxdrop_proto::wire::{
    self, Carriage, Command, EnvelopeId, Head, OVERHEAD, OpenError, Plain, REQUEST_BODY_MAX,
    REQUEST_MAX, RESPONSE_MAX, Request, SealError, Token, first_token,
};
use wire_examples::{requests, responses};

fn pairs() -> (DhtKeyPair, DhtKeyPair, SharedKey) {
    let a = DhtKeyPair::from_secret_bytes([1; 32]);
    let b = DhtKeyPair::from_secret_bytes([2; 32]);
    let key = SharedKey::new(&a.secret, &b.public).unwrap();
    (a, b, key)
}

fn head(carriage: Carriage) -> Head {
    Head {
        carriage,
        sender: pairs().0.public,
        token: Token::from_bytes([3; 16]),
        nonce: [4; 24],
    }
}

fn all_plains() -> Vec<Plain> {
    let requests = requests()
        .into_iter()
        .map(|r| Plain::request(77, r.command(), r.encode()));
    let responses = responses()
        .into_iter()
        .map(|r| Plain::response(77, r.command(), r.encode()));
    requests.chain(responses).collect()
}

/// The way that an envelope travels through the onion, if it does.
fn through_the_onion(plain: &Plain) -> Option<Carriage> {
    match (plain.command, plain.id.is_request()) {
        (Command::Offer | Command::DialBack | Command::Dial, _) => None,
        (Command::Deliver, true) => Some(Carriage::OnionBack),
        (Command::Deliver, false) => None,
        (_, true) => Some(Carriage::OnionOut),
        (_, false) => Some(Carriage::OnionBack),
    }
}

#[test]
fn every_command_fits_every_carrier_and_opens_at_the_other_end() {
    let (a, b, key) = pairs();
    let other = SharedKey::new(&b.secret, &a.public).unwrap();
    for plain in all_plains() {
        let onion = through_the_onion(&plain);
        for carriage in [Some(Carriage::Direct(plain.id)), onion]
            .into_iter()
            .flatten()
        {
            let head = head(carriage);
            let envelope = wire::seal(&head, &key, &plain).unwrap();
            assert_eq!(envelope.len(), OVERHEAD + plain.body.len());
            assert_eq!(envelope[0], carriage.code());
            assert_eq!(wire::peek(&envelope), Ok(head));
            assert_eq!(wire::open(&other, &envelope).as_ref(), Ok(&plain));
            // On the longest link of its way; directly, IPv6 never fragments it.
            let (len, max) = match carriage {
                Carriage::Direct(_) => (envelope.len(), 1232),
                Carriage::OnionOut => (envelope.len() + ONION_REQUEST_OVERHEAD, ONION_MAX_PACKET),
                Carriage::OnionBack => {
                    let back = ReturnPath::from_bytes([0; 177]);
                    (back.carry_back(&envelope).len(), ONION_MAX_PACKET)
                }
            };
            assert!(len <= max, "{:?}", plain.command);
        }
    }
}

#[test]
fn an_envelope_travels_in_no_way_that_is_not_its_own() {
    let (_, _, key) = pairs();
    for plain in all_plains() {
        let own = [Some(Carriage::Direct(plain.id)), through_the_onion(&plain)];
        for code in [0x85, 0x86, 0xa0, 0xa1, 0xa2, 0xa3] {
            let carriage = Carriage::from_code(code).unwrap();
            let made = wire::seal(&head(carriage), &key, &plain);
            if own.contains(&Some(carriage)) {
                assert!(made.is_ok());
                continue;
            }
            assert_eq!(made, Err(SealError::Misplaced(plain.command)));
            // Nor is it taken when somebody makes it all the same.
            let right = wire::seal(&head(Carriage::Direct(plain.id)), &key, &plain).unwrap();
            let forged = [&[code], &right[1..]].concat();
            assert!(wire::open(&key, &forged).is_err(), "{plain:?} as {code:#x}");
        }
    }
}

#[test]
fn a_request_that_came_through_the_onion_opens_without_the_way_back() {
    let (_, b, key) = pairs();
    let head = Head {
        token: first_token(&b.public),
        ..head(Carriage::OnionOut)
    };
    let request = &requests()[0];
    let plain = Plain::request(1, request.command(), request.encode());
    let back = ReturnPath::from_bytes([9; 177]);
    let arrived = [
        wire::seal(&head, &key, &plain).unwrap(),
        back.as_bytes().to_vec(),
    ]
    .concat();
    let (envelope, found) = split_return_path(&arrived).unwrap();
    assert_eq!(found, back);
    assert_eq!(wire::peek(envelope).unwrap().token, first_token(&b.public));
    assert_eq!(wire::open(&key, envelope), Ok(plain));
    assert_eq!(wire::open(&key, &arrived), Err(OpenError::Box(BoxError)));
}

#[test]
fn a_response_names_its_request_before_anything_is_opened() {
    let head = Head {
        nonce: std::array::from_fn(|i| u8::try_from(i).unwrap()),
        ..head(Carriage::OnionOut)
    };
    let first_sixteen = std::array::from_fn(|i| u8::try_from(i).unwrap());
    assert_eq!(head.echo(), Token::from_bytes(first_sixteen));
}

#[test]
fn an_envelope_that_was_changed_or_relabelled_does_not_open() {
    let (_, _, key) = pairs();
    let request = &requests()[3];
    let plain = Plain::request(77, request.command(), request.encode());
    for carriage in [Carriage::Direct(EnvelopeId::Request), Carriage::OnionOut] {
        let envelope = wire::seal(&head(carriage), &key, &plain).unwrap();
        for at in 0..envelope.len() {
            let mut damaged = envelope.clone();
            damaged[at] ^= 1;
            let outcome = wire::open(&key, &damaged);
            match at {
                // 0xa2 becomes 0xa3: a response by its look, but not inside. 0x85 becomes 0x84, which is none of ours.
                0 => assert!(matches!(
                    outcome,
                    Err(OpenError::Relabelled | OpenError::Decode(_))
                )),
                // Sender and token are outside the box: the node compares them with what it knows.
                1..49 => assert_eq!(outcome, Ok(plain.clone())),
                _ => assert_eq!(outcome, Err(OpenError::Box(BoxError)), "byte {at}"),
            }
        }
    }
}

#[test]
fn an_envelope_above_its_limit_is_refused_before_any_cryptography() {
    let (_, _, key) = pairs();
    for (code, max) in [
        (0xa0, REQUEST_MAX),
        (0xa2, REQUEST_MAX),
        (0x85, REQUEST_MAX),
        (0xa1, RESPONSE_MAX),
        (0xa3, RESPONSE_MAX),
        (0x86, RESPONSE_MAX),
    ] {
        let mut envelope = vec![code; max + 1];
        let error = wire::peek(&envelope).unwrap_err();
        assert_eq!(error.offset, max);
        assert!(matches!(error.kind, DecodeErrorKind::TooLong { .. }));
        assert_eq!(wire::open(&key, &envelope), Err(OpenError::Decode(error)));
        envelope.truncate(OVERHEAD - 1);
        assert!(wire::peek(&envelope).is_err());
    }
}

#[test]
fn an_envelope_that_no_carrier_would_take_is_not_made() {
    let (_, _, key) = pairs();
    let plain = Plain::request(1, Command::Store, vec![0; REQUEST_BODY_MAX + 1]);
    let made = wire::seal(&head(Carriage::OnionOut), &key, &plain);
    let (len, max) = (REQUEST_MAX + 1, REQUEST_MAX);
    assert_eq!(made, Err(SealError::TooLong { len, max }));
}

#[test]
fn what_needs_no_token_is_never_answered_with_more_than_was_asked() {
    let longest = |wanted: Command| {
        let lens = responses()
            .into_iter()
            .filter_map(|response| (response.command() == wanted).then(|| response.encode().len()));
        lens.max().unwrap()
    };
    let requests = requests();
    let hello = requests.iter().find(|r| matches!(r, Request::Hello(_)));
    let hello = hello.unwrap().encode().len();
    assert_eq!((hello, longest(Command::Hello)), (52, 52));
    assert!(wire::PUZZLE_LEN < OVERHEAD + hello);
    // Finds: in `wire_properties.rs`.
    let unasked = Command::ALL.into_iter().filter(|c| !c.needs_token());
    assert_eq!(unasked.collect::<Vec<_>>(), [Command::Hello, Command::Find]);
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
    fn arbitrary_datagrams_panic_nowhere(mut bytes in prop::collection::vec(any::<u8>(), 0..1300), id in prop::sample::select(vec![0x85u8, 0x86, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4])) {
        let (_, _, key) = pairs();
        let _ = Envelope::decode(&bytes).map(|envelope| envelope.open(&key));
        if let Some(first) = bytes.first_mut() {
            *first = id;
        }
        prop_assert!(wire::open(&key, &bytes).is_err());
    }

    #[test]
    fn any_body_that_fits_travels(body in prop::collection::vec(any::<u8>(), 0..=REQUEST_BODY_MAX), request_id: u64, onion: bool) {
        let (_, _, key) = pairs();
        let plain = Plain::request(request_id, Command::Store, body);
        let carriage = if onion { Carriage::OnionOut } else { Carriage::Direct(EnvelopeId::Request) };
        let envelope = wire::seal(&head(carriage), &key, &plain).unwrap();
        prop_assert_eq!(wire::open(&key, &envelope), Ok(plain));
    }
}
