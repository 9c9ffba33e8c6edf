//! What speaks for a place: its owner's signature, and a session key that serves no other place.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use toxdrop_dht::Operation;
use toxdrop_proto::ids::{Location, NetworkId, PacketId};
use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_proto::wire::{
    Command, ListText, PlaceProof, Plain, Refusal, Request, Response, RetrieveText, Token,
};
use toxdrop_sim::Network;
use toxdrop_sim::letters::{door_signer, easy, person};

use crate::stranger::{Stranger, introduce};

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
