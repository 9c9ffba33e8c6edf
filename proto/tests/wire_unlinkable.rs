//! What one node receives for two places of an inbox, each over a session of its own, holds nothing that joins them.
//!
//! Every command that an owner sends is searched, inside and outside of the box, for strings that both places' requests
//! have and that requests for a stranger's place have not.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

use std::collections::HashSet;

use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use toxdrop_proto::ids::{Location, NetworkId, PacketId, UnixSeconds};
use toxdrop_proto::keys::{DhtKeyPair, InboxSecret, SharedKey};
use toxdrop_proto::period::Period;
use toxdrop_proto::place::{Place, PlaceSecret, RecordPoint};
use toxdrop_proto::wire::{
    Bearer, Carriage, Command, Find, Head, ListText, Mint, PlaceProof, Plain, Request,
    RetrieveText, SubscribeRequest, SubscribeText, Token, TtlUpdate, first_token, seal,
};

const NETWORK: NetworkId = NetworkId::MAIN;
const NOW: UnixSeconds = UnixSeconds(1_800_000_000);
/// Strings that are shorter than this are found anywhere by chance.
const STRING: usize = 8;

fn bytes<const N: usize>(rng: &mut ChaCha20Rng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    bytes
}

/// All that the node `node` gets to see of one session: datagrams, and what is in their boxes.
fn session(
    inbox: &InboxSecret,
    place: &Place,
    node: &DhtKeyPair,
    rng: &mut ChaCha20Rng,
) -> Vec<Vec<u8>> {
    let session = DhtKeyPair::generate(rng);
    let signer = place.signer(inbox);
    let (key, location) = (signer.public(), signer.public().location());
    let bearer = Bearer {
        own: node.public,
        addr: "192.0.2.1:33445".parse().unwrap(),
        sender: session.public,
    };
    let token = Mint::new([5; 16]).token(NOW, &bearer);
    let proof = |signature| PlaceProof { key, signature };
    let after = PacketId::from_bytes([0; 32]);
    let id = PacketId::from_bytes(bytes(rng));
    let list = ListText {
        node: node.public,
        token,
        after,
    };
    let retrieve = RetrieveText {
        node: node.public,
        token,
        id,
    };
    let subscribe = SubscribeText {
        node: node.public,
        token,
        subscriber: session.public,
        subscriber_token: Token::from_bytes(bytes(rng)),
        lifetime: 300,
    };
    let requests = [
        Request::Find(Find {
            target: location,
            room: 20,
        }),
        Request::GetRecord(location),
        Request::List {
            owner: proof(list.sign(&signer, NETWORK)),
            after,
        },
        Request::Retrieve {
            owner: proof(retrieve.sign(&signer, NETWORK)),
            id,
        },
        Request::Subscribe(SubscribeRequest {
            owner: proof(subscribe.sign(&signer, NETWORK)),
            subscriber_token: subscribe.subscriber_token,
            lifetime: subscribe.lifetime,
        }),
        Request::TtlUpdate(TtlUpdate {
            location,
            id,
            expires: NOW,
            nonce: rng.next_u64(),
        }),
    ];
    requests
        .iter()
        .flat_map(|request| {
            let head = Head {
                carriage: Carriage::OnionOut,
                sender: session.public,
                token: match request.command() {
                    Command::Find => first_token(&node.public),
                    _ => token,
                },
                nonce: bytes(rng),
            };
            let shared = SharedKey::new(&session.secret, &node.public).unwrap();
            let plain = Plain::request(rng.next_u64(), request.command(), request.encode());
            let inside = [&plain.request_id.to_be_bytes()[..], &plain.body].concat();
            [seal(&head, &shared, &plain).unwrap(), inside]
        })
        .collect()
}

/// All strings that lie in no constant: bytes beside one would else be found together with it, by chance.
fn strings(seen: &[Vec<u8>], constants: &HashSet<[u8; STRING]>) -> HashSet<[u8; STRING]> {
    let mut found = HashSet::new();
    for bytes in seen {
        let mut constant = vec![false; bytes.len()];
        for (at, window) in bytes.windows(STRING).enumerate() {
            if constants.contains(window) {
                constant[at..at + STRING].fill(true);
            }
        }
        for (at, window) in bytes.windows(STRING).enumerate() {
            if !constant[at..at + STRING].contains(&true) {
                found.insert(window.try_into().unwrap());
            }
        }
    }
    found
}

/// An owner's places in this period and the next.
fn places() -> Vec<Place> {
    let secret = || PlaceSecret::from_bytes([6; 16]);
    [744, 745]
        .map(Period::from_number)
        .into_iter()
        .flat_map(|period| {
            [
                Place::front_door(period, PlaceSecret::zero()),
                Place::front_door(period, secret()),
                Place::contacts(period, secret()),
                Place::record_point(period, RecordPoint::ALL[0]),
                Place::record_point(period, RecordPoint::ALL[3]),
            ]
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn requests_for_two_places_of_one_inbox_share_no_string(seed: [u8; 32], stranger: [u8; 32], tox: bool, chance: u64) {
        prop_assume!(seed != stranger);
        let rng = &mut ChaCha20Rng::seed_from_u64(chance);
        let node = DhtKeyPair::generate(rng);
        let inbox = if tox { InboxSecret::from_tox(&seed) } else { InboxSecret::from_seed(&seed) };
        let other = InboxSecret::from_seed(&stranger);
        let none = HashSet::new();
        let constants: HashSet<_> = places()
            .iter()
            .flat_map(|place| strings(&session(&other, place, &node, rng), &none))
            .collect();
        let seen: Vec<_> = places()
            .iter()
            .map(|place| strings(&session(&inbox, place, &node, rng), &constants))
            .collect();
        for (i, one) in seen.iter().enumerate() {
            for two in &seen[i + 1..] {
                let shared: Vec<_> = one.intersection(two).collect();
                prop_assert!(shared.is_empty(), "{shared:02x?}");
            }
            let key = inbox.public();
            prop_assert!(key.as_bytes().windows(STRING).all(|window| !one.contains(window)));
        }
        // What the search is worth: two sessions at one place share its key and its location.
        let again = strings(&session(&inbox, &places()[0], &node, rng), &constants);
        prop_assert!(again.intersection(&seen[0]).count() >= 2 * (Location::LEN - STRING + 1));
    }
}
