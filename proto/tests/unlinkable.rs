//! What holders can compare: nothing that lies at two places of one inbox joins them.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

mod common;

use std::collections::{HashMap, HashSet};

use common::{NETWORK, NOW, WEEK, chain, person, secret, terms, text};
use proptest::prelude::*;
use toxdrop_proto::day::Day;
use toxdrop_proto::ids::UnixMillis;
use toxdrop_proto::keys::{InboxSecret, PairRole, PlaceSigner};
use toxdrop_proto::message::{self, Intro, Postage, Seal};
use toxdrop_proto::packet::{Deposit, Packet, VERSION_AT};
use toxdrop_proto::period::Period;
use toxdrop_proto::place::{Place, PlaceSecret, RecordPoint};
use toxdrop_proto::record::{RecordContents, seal_record};
use toxdrop_proto::tombstone::Tombstone;
use toxdrop_proto::week::Week;

/// The shortest string that counts as shared.
const SHARED: usize = 8;

/// Constants before the location: version, kind, and the last day, which is that of everybody's mail of the day.
const CONSTANTS_END: usize = VERSION_AT + 4;

fn inbox(tox: bool, bytes: &[u8; 32]) -> InboxSecret {
    if tox {
        InboxSecret::from_tox(bytes)
    } else {
        InboxSecret::from_seed(bytes)
    }
}

/// Every place of an inbox in three periods, a moved front door too.
fn places() -> Vec<Place> {
    let now = Period::at(NOW);
    [now.previous(), now, now.next()]
        .into_iter()
        .flat_map(|period| {
            let points = RecordPoint::ALL.map(|point| Place::record_point(period, point));
            [
                Place::front_door(period, PlaceSecret::zero()),
                Place::front_door(period, PlaceSecret::from_bytes([3; 16])),
                Place::contacts(period, PlaceSecret::from_bytes([4; 16])),
            ]
            .into_iter()
            .chain(points)
        })
        .collect()
}

fn record(revision: u32) -> RecordContents {
    RecordContents {
        revision,
        made: NOW,
        front_door: PlaceSecret::from_bytes([3; 16]),
        terms: terms(),
        seal_keys: chain().public_keys(Week::at(NOW)).unwrap(),
    }
}

/// One message, with one secret, as nobody should send it to two places: the worst case.
fn letter(owner: &InboxSecret, place: &PlaceSigner, postage: Postage<'_>) -> Packet {
    let sealed = message::seal(&Seal {
        sender: &person(1),
        receiver: &owner.public(),
        seal_key: None,
        location: place.public().location(),
        secret: &secret(1),
        sent: UnixMillis(NOW.0 * 1000),
        not_after: NOW.plus(WEEK),
        last: Day::last_for(NOW),
        expires: NOW.plus(WEEK),
        intro: &Intro::default(),
        content: &text(100),
        postage,
    });
    sealed.unwrap().swap_remove(0)
}

fn body(packet: &Packet) -> Vec<u8> {
    packet.as_bytes()[CONSTANTS_END..].to_vec()
}

/// All bytes that holders of a place of this inbox get, constants aside.
fn at_place(owner: &InboxSecret, place: &Place) -> Vec<Vec<u8>> {
    let signer = place.signer(owner);
    let letter = letter(owner, &signer, Postage::Stamps);
    let record = seal_record(owner, NETWORK, place, &record(5)).unwrap();
    let mut all = ends(owner, &signer, &letter);
    all.extend([body(&letter), body(&record)]);
    all.push(Tombstone::by_owner(&signer, NETWORK, record.id()).encode());
    all
}

/// The same of a friend's pair place.
fn at_pair(owner: &InboxSecret, role: PairRole, period: Period) -> Vec<Vec<u8>> {
    let pair = owner.pair(role, &person(1).public(), period).unwrap();
    let network = NETWORK;
    let letter = letter(
        owner,
        &pair,
        Postage::Prepaid {
            pair: &pair,
            network,
        },
    );
    let last = Day::last_for(NOW);
    let deposit = Deposit::sign(&pair, NETWORK, 4096, last, NOW.plus(WEEK)).unwrap();
    let mut all = ends(owner, &pair, &letter);
    all.extend([body(&letter), body(&deposit)]);
    all
}

/// The tombstones of a letter.
fn ends(owner: &InboxSecret, signer: &PlaceSigner, letter: &Packet) -> Vec<Vec<u8>> {
    let (location, id) = (letter.location(), letter.id());
    let ephemeral = secret(1).ephemeral(&owner.public(), location, 0);
    vec![
        Tombstone::by_owner(signer, NETWORK, id).encode(),
        Tombstone::by_sender(&ephemeral, NETWORK, location, id).encode(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn two_places_of_one_inbox_share_no_string(tox: bool, bytes: [u8; 32]) {
        let owner = inbox(tox, &bytes);
        let periods = [Period::at(NOW), Period::at(NOW).next()];
        let pairs = periods.into_iter().flat_map(|period| {
            [PairRole::Reader, PairRole::Writer].map(|role| at_pair(&owner, role, period))
        });
        let all = places().into_iter().map(|place| at_place(&owner, &place)).chain(pairs);
        let mut seen: HashMap<Vec<u8>, usize> = HashMap::new();
        for (number, strings) in all.enumerate() {
            for window in strings.iter().flat_map(|string| string.windows(SHARED)) {
                let first = *seen.entry(window.to_vec()).or_insert(number);
                prop_assert_eq!(first, number, "{:02x?} lies at two places", window);
            }
        }
        // Nor does the inbox's key, the sender's or the message's id lie anywhere.
        let public = owner.public();
        let id = secret(1).message_id();
        let keys = [*public.as_bytes(), public.to_tox(), *person(1).public().as_bytes(), person(1).public().to_tox()];
        let names = keys.iter().flat_map(|key| key.windows(SHARED).map(<[u8]>::to_vec))
            .chain(id.as_bytes().windows(SHARED).map(<[u8]>::to_vec));
        for name in names {
            prop_assert!(!seen.contains_key(&name));
        }
    }
}

#[test]
fn no_field_of_records_over_three_publications_joins_places_better_than_chance() {
    // 50 inboxes of different ages publish three times, one of them having moved in between: its revision grows by two.
    let mut numbers = HashSet::new();
    let mut below_middle = HashMap::new();
    for n in 0..50u8 {
        let owner = InboxSecret::from_seed(&[n; 32]);
        let age = u32::from(n) * 40;
        for place in places() {
            let version = |revision| {
                let packet = seal_record(&owner, NETWORK, &place, &record(revision)).unwrap();
                packet.record_head().unwrap().version
            };
            let [a, b, c] = [age, age + 1, age + 3].map(version);
            assert!(a < b && b < c);
            for number in [a, b, c, b - a, c - b, c - a] {
                assert!(
                    numbers.insert(number),
                    "two places share a number or a difference"
                );
            }
            *below_middle.entry(n / 25).or_insert(0) += u32::from(a < 1 << 59);
        }
    }
    // The size of a number tells old inboxes from young ones no better than a coin (525 places each).
    for below in below_middle.values() {
        assert!((210..315).contains(below), "{below}");
    }
}
