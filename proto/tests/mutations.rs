//! What fuzzers find: valid bytes, mutated again and again, fed to every decoder — also from inside a sound box.
//!
//! Each decoder must refuse or mean exactly what it read; `codecs.rs` has the systematic, single damages.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

mod common;
mod wire_examples;

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::Index;
use toxdrop_proto::anatomy;
use toxdrop_proto::keys::{DhtKeyPair, SharedKey};
use toxdrop_proto::tox;
use toxdrop_proto::wire::{
    self, Carriage, Challenge, Command, Dialled, EnvelopeId, Head, Plain, REQUEST_BODY_MAX,
    RESPONSE_BODY_MAX, Request, Response, Token,
};
use wire_examples::{all, requests, responses};

/// The valid bytes to begin with.
static SEEDS: LazyLock<Vec<Vec<u8>>> =
    LazyLock::new(|| all().into_iter().map(|example| example.bytes).collect());

#[derive(Clone, Debug)]
enum Mutation {
    Set(Index, u8),
    Add(Index, i8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, usize),
    Truncate(Index),
    /// The end of another valid example from here on.
    Splice(Index, Index),
    /// A whole field of the same byte: zeros, ones.
    Fill(Index, usize, bool),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    use Mutation::{Add, Fill, Insert, Remove, Repeat, Set, Splice, Truncate};
    let at = any::<Index>;
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(i, byte)| Set(i, byte)),
        (at(), any::<i8>()).prop_map(|(i, by)| Add(i, by)),
        (at(), prop::collection::vec(any::<u8>(), 1..40)).prop_map(|(i, bytes)| Insert(i, bytes)),
        (at(), 1usize..80).prop_map(|(i, len)| Remove(i, len)),
        (at(), 1usize..200).prop_map(|(i, len)| Repeat(i, len)),
        at().prop_map(Truncate),
        (at(), at()).prop_map(|(i, seed)| Splice(i, seed)),
        (at(), 1usize..40, any::<bool>()).prop_map(|(i, len, ones)| Fill(i, len, ones)),
    ]
}

fn mutated() -> impl Strategy<Value = Vec<u8>> {
    (any::<Index>(), prop::collection::vec(mutation(), 0..6)).prop_map(|(seed, mutations)| {
        mutations
            .iter()
            .fold(seed.get(&SEEDS).clone(), |bytes, mutation| {
                apply(bytes, mutation)
            })
    })
}

fn apply(mut bytes: Vec<u8>, mutation: &Mutation) -> Vec<u8> {
    // One place more than there are bytes: the end.
    let place = |index: &Index, len: usize| index.index(len + 1);
    let len = bytes.len();
    match mutation {
        Mutation::Set(i, byte) => {
            if let Some(at) = bytes.get_mut(place(i, len)) {
                *at = *byte;
            }
        }
        Mutation::Add(i, by) => {
            if let Some(at) = bytes.get_mut(place(i, len)) {
                *at = at.wrapping_add_signed(*by);
            }
        }
        Mutation::Insert(i, new) => {
            let at = place(i, len);
            bytes.splice(at..at, new.iter().copied());
        }
        Mutation::Remove(i, count) => {
            let at = place(i, len);
            bytes.drain(at..(at + count).min(len));
        }
        Mutation::Repeat(i, count) => {
            let at = place(i, len);
            let again = bytes[at..(at + count).min(len)].to_vec();
            bytes.splice(at..at, again);
        }
        Mutation::Truncate(i) => bytes.truncate(place(i, len)),
        Mutation::Splice(i, seed) => {
            let at = place(i, len);
            bytes.truncate(at);
            bytes.extend(seed.get(&SEEDS).iter().skip(at));
        }
        Mutation::Fill(i, count, ones) => {
            let at = place(i, len);
            let end = (at + count).min(len);
            bytes[at..end].fill(if *ones { 0xff } else { 0 });
        }
    }
    bytes
}

/// Whatever a body decodes to is written as the very same bytes, and fits into a datagram.
fn means_itself(command: Command, body: &[u8]) -> Result<(), TestCaseError> {
    let request = Request::decode(command, body).map(|request| request.encode());
    let response = Response::decode(command, body).map(|response| response.encode());
    for (outcome, max) in [(request, REQUEST_BODY_MAX), (response, RESPONSE_BODY_MAX)] {
        match outcome {
            Ok(again) => {
                prop_assert_eq!(&again[..], body);
                prop_assert!(again.len() <= max);
            }
            Err(error) => prop_assert!(error.offset <= body.len(), "{error} lies outside"),
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_decoder_refuses_mutated_bytes_or_means_them(bytes in mutated()) {
        for example in all() {
            match (example.recode)(&bytes) {
                Ok(again) => prop_assert_eq!(&again, &bytes, "{}", example.name),
                Err(error) => prop_assert!(error.offset <= bytes.len(), "{}: {error} lies outside", example.name),
            }
        }
    }

    #[test]
    fn every_command_refuses_the_mutated_body_of_any_other_or_means_it(bytes in mutated()) {
        for command in Command::ALL {
            means_itself(command, &bytes)?;
        }
    }

    #[test]
    fn a_hostile_peer_with_a_sound_box_is_no_danger(bytes in mutated(), command in 0u8..16, outside in prop::sample::select(vec![0xa0u8, 0xa1, 0xa2, 0xa3, 0x85, 0x86]), inside in 0xa0u8..0xa5) {
        let (mallory, node) = (DhtKeyPair::from_secret_bytes([1; 32]), DhtKeyPair::from_secret_bytes([2; 32]));
        let key = SharedKey::new(&mallory.secret, &node.public).unwrap();
        // The inside is arbitrary, too: an id, a request id, a command, and the mutated body.
        let text = [&[inside][..], &[7; 8], &[command], &bytes].concat();
        let nonce = [4; 24];
        let sealed = key.seal(&nonce, &text).unwrap();
        let envelope = [&[outside][..], mallory.public.as_bytes(), &[3; 16], &nonce, &sealed].concat();
        let max = if inside % 2 == 0 { REQUEST_BODY_MAX } else { RESPONSE_BODY_MAX };
        match wire::open(&key, &envelope) {
            Ok(plain) => {
                prop_assert_eq!(Command::from_code(command), Some(plain.command));
                prop_assert!(outside == inside || outside < 0xa0);
                prop_assert!(plain.body.len() <= max);
                means_itself(plain.command, &plain.body)?;
            }
            Err(_) => {
                let sound = outside == inside && bytes.len() <= max;
                let known = Command::from_code(command).filter(|c| c.needs_token() == (inside > 0xa1));
                prop_assert!(!sound || known.is_none());
            }
        }
    }

    #[test]
    fn mutated_bytes_without_a_box_are_refused_or_mean_themselves(bytes in mutated(), id in prop::sample::select(vec![wire::COOKIE, wire::DIALLED, 0x86]), len in 0usize..80) {
        let bytes = [&[id], &bytes[..bytes.len().min(len)]].concat();
        let challenge = Challenge::decode(&bytes).map(|challenge| challenge.encode());
        let dialled = Dialled::decode(&bytes).map(|dialled| dialled.encode());
        for outcome in [challenge, dialled] {
            match outcome {
                Ok(again) => prop_assert_eq!(&again, &bytes),
                Err(error) => prop_assert!(error.offset <= bytes.len(), "{error} lies outside"),
            }
        }
    }

    #[test]
    fn the_anatomy_of_mutated_bytes_covers_them_in_order(bytes in mutated()) {
        let (fields, error) = anatomy::fields(&bytes);
        let mut at = 0;
        for field in fields {
            prop_assert_eq!(field.range.start, at, "{:?}", field);
            prop_assert!(field.range.end >= at && field.range.end <= bytes.len(), "{field:?}");
            at = field.range.end;
        }
        prop_assert!(at == bytes.len() || error.is_some());
    }

    #[test]
    fn mutated_datagrams_are_peeked_at_without_a_panic_and_do_not_open(bytes in mutated(), at in any::<Index>(), flip in 1u8..) {
        let (a, b) = (DhtKeyPair::from_secret_bytes([1; 32]), DhtKeyPair::from_secret_bytes([2; 32]));
        let key = SharedKey::new(&a.secret, &b.public).unwrap();
        let head = Head { carriage: Carriage::Direct(EnvelopeId::Request), sender: a.public, token: Token::from_bytes([3; 16]), nonce: [4; 24] };
        let body = bytes[..bytes.len().min(REQUEST_BODY_MAX)].to_vec();
        let plain = Plain::request(7, Command::Store, body);
        let mut datagram = wire::seal(&head, &key, &plain).unwrap();
        let at = at.index(datagram.len());
        datagram[at] ^= flip;
        // As a node does it: the key follows from the sender that the datagram names.
        let Ok(peeked) = wire::peek(&datagram) else { return Ok(()) };
        let Ok(shared) = SharedKey::new(&b.secret, &peeked.sender) else { return Ok(()) };
        let outcome = wire::open(&shared, &datagram);
        if (33..49).contains(&at) {
            // The token is checked by itself, before any cryptography: all that was changed shows there.
            prop_assert!(outcome.is_ok() && peeked.token != head.token);
        } else {
            // X25519 ignores the top bit of a public key; such a twin is another sender to every table.
            let twin = at == 32 && flip == 0x80;
            // Whoever carries an envelope can hand it on by another carrier; what it says stays the same.
            let carried_on = at == 0 && peeked.carriage == Carriage::OnionOut;
            prop_assert!(outcome.is_err() || twin || carried_on, "byte {at} ^ {flip:#x}");
            prop_assert!(!carried_on || outcome == Ok(plain));
            prop_assert!(!twin || peeked.sender != head.sender);
        }
    }
}

#[test]
fn no_request_is_read_as_the_response_to_it() {
    let (a, b) = (
        DhtKeyPair::from_secret_bytes([1; 32]),
        DhtKeyPair::from_secret_bytes([2; 32]),
    );
    let key = SharedKey::new(&a.secret, &b.public).unwrap();
    let requests = requests()
        .into_iter()
        .map(|r| Plain::request(7, r.command(), r.encode()));
    let responses = responses()
        .into_iter()
        .map(|r| Plain::response(7, r.command(), r.encode()));
    for plain in requests.chain(responses) {
        let head = Head {
            carriage: Carriage::Direct(plain.id),
            sender: a.public,
            token: Token::from_bytes([3; 16]),
            nonce: [4; 24],
        };
        let mut datagram = wire::seal(&head, &key, &plain).unwrap();
        for other in (0xa0..=0xa3).filter(|other| *other != plain.id as u8) {
            datagram[0] = other;
            // A response may be too long to be called a request.
            if let Ok(head) = wire::peek(&datagram) {
                assert_eq!(head.carriage.code(), other);
                let outcome = wire::open(&key, &datagram);
                assert_eq!(
                    outcome,
                    Err(wire::OpenError::Relabelled),
                    "{:?}",
                    plain.command
                );
            }
        }
    }
}

#[test]
fn tox_and_offline_messaging_share_no_packet_id_but_those_that_the_onion_carries() {
    let ours = (0..=u8::MAX)
        .filter(|code| Carriage::from_code(*code).is_some())
        .chain([wire::COOKIE, wire::DIALLED])
        .collect::<Vec<_>>();
    let theirs = [
        tox::PING_REQUEST,
        tox::PING_RESPONSE,
        tox::NODES_REQUEST,
        tox::NODES_RESPONSE,
        tox::LAN_DISCOVERY,
        tox::ONION_RESPONSE_3,
        tox::BOOTSTRAP_INFO,
    ];
    assert_eq!(ours, [0x85, 0x86, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5]);
    assert!(ours.iter().all(|code| !theirs.contains(code)));
}
