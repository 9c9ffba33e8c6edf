//! Vectors of inbox records: their version numbers, their terms, and a whole record at several places; and of tombstones.

use serde_json::{Value, json};
use toxdrop_proto::codec::Writer;
use toxdrop_proto::day::{DAY_LEN, Day};
use toxdrop_proto::packet::{PacketPolicy, RecordHead, Terms};
use toxdrop_proto::place::{Place, PlaceSecret, RecordPoint};
use toxdrop_proto::pow::Difficulty;
use toxdrop_proto::record::{MAX_REVISION, open_record, version_number};
use toxdrop_proto::tombstone::{Authority, Tombstone};
use toxdrop_proto::week::Week;

use super::stored::{
    CHEAP, NETWORK, NOW, bob, example_message, example_tombstones, front_door, inbox_json,
    message_secret, period, place_json, place_secret, record, record_at, stamp, terms,
};
use super::{hex, inboxes};

pub(super) fn records() -> Value {
    let contents = record();
    let places = [
        Place::record_point(period(), RecordPoint::ALL[0]),
        Place::record_point(period(), RecordPoint::ALL[3]),
        Place::front_door(period(), PlaceSecret::zero()),
        Place::front_door(period().next(), contents.front_door.clone()),
        Place::contacts(period(), place_secret("Bob's contacts")),
    ];
    let policy = PacketPolicy {
        floor: CHEAP,
        ..PacketPolicy::default()
    };
    let at: Vec<_> = places
        .iter()
        .map(|place| {
            let packet = record_at(place);
            let judged = stamp(&packet, CHEAP, 0).verify(NOW, &policy).unwrap();
            let opened = open_record(&bob().public(), place, &judged);
            assert_eq!(opened.as_ref(), Ok(&contents));
            let head = packet.record_head().unwrap();
            json!({
                "place": place_json(place),
                "version": head.version,
                "terms_in_clear": terms_hex(head.terms),
                "packet": hex(packet.as_bytes()),
            })
        })
        .collect();
    json!({
        "network_id": NETWORK.0,
        "inbox": inbox_json(&bob()),
        "revision": contents.revision,
        "made": contents.made.0,
        "front_door": hex(contents.front_door.expose()),
        "terms": terms_hex(contents.terms),
        "week": contents.week().number(),
        "seal_keys": contents.seal_keys.keys.map(|key| key.to_string()),
        "contents": hex(contents.encode()),
        "at": at,
        "versions": versions(),
        "terms_asked": terms_asked(),
        "bound": bound(),
    })
}

fn terms_hex(terms: Terms) -> String {
    let mut writer = Writer::default();
    terms.encode(&mut writer);
    hex(writer.finish())
}

fn versions() -> Vec<Value> {
    let place = Place::record_point(period(), RecordPoint::ALL[1]);
    inboxes()
        .iter()
        .take(2)
        .flat_map(|inbox| {
            [0, 1, 2, 16, 17, 1000, MAX_REVISION].map(|revision| {
                json!({
                    "inbox_key": inbox.public().to_string(),
                    "class": place.class().code(),
                    "period": place.period().number(),
                    "revision": revision,
                    "version": version_number(&inbox.public(), &place, revision).unwrap(),
                })
            })
        })
        .collect()
}

fn terms_asked() -> Vec<Value> {
    [
        (1000, 1000, 28 * DAY_LEN),
        (1001, 1000, 10 * DAY_LEN),
        (4096, 1025, 2 * DAY_LEN),
        (1 << 32, 1 << 20, DAY_LEN),
        (500, 0, 90 * DAY_LEN),
    ]
    .map(|(nonce_trials_per_byte, extra_bytes, max_ttl)| {
        let difficulty = Difficulty {
            nonce_trials_per_byte,
            extra_bytes,
        };
        let terms = Terms::asking(difficulty, max_ttl, Difficulty::DEFAULT).unwrap();
        json!({
            "nonce_trials_per_byte": nonce_trials_per_byte,
            "extra_bytes": extra_bytes,
            "max_ttl": max_ttl,
            "terms": terms_hex(terms),
        })
    })
    .into()
}

/// Which last days the packets have that terms may be newer than.
fn bound() -> Vec<Value> {
    let week = Week::at(NOW);
    let harder = terms().follow(None, week);
    (0..7)
        .flat_map(|held| {
            let since = Week::from_number(week.number() - held);
            let head = RecordHead {
                version: 0,
                week,
                terms: harder.follow(Some((since, harder)), week),
            };
            let day = |days: i32| Day::from_number(u16::try_from(20_833 + days).unwrap());
            [-1, 0, 7, 27, 28, 29, 35].map(|days| {
                json!({
                    "week": week.number(),
                    "terms": terms_hex(head.terms),
                    "held": held,
                    "last": day(days).number(),
                    "may_be_older": head.may_be_older(day(days)),
                })
            })
        })
        .collect()
}

pub(super) fn tombstones() -> Value {
    let packet = example_message();
    let secret = message_secret(1);
    example_tombstones()
        .into_iter()
        .map(|tombstone| {
            tombstone.verify(NETWORK).unwrap();
            assert!(tombstone.covers(&packet));
            let (authority, key) = match tombstone.authority {
                Authority::Owner { place } => (1, place),
                Authority::Sender { ephemeral, .. } => (2, ephemeral),
            };
            json!({
                "network_id": NETWORK.0,
                "authority": authority,
                "inbox": inbox_json(&bob()),
                "place": place_json(&front_door()),
                "message_secret": hex(secret.expose()),
                "part": 0,
                "key": key.to_string(),
                "location": tombstone.location().to_string(),
                "id": tombstone.id.to_string(),
                "signature": tombstone.signature.to_string(),
                "tombstone": hex(tombstone.encode()),
                "packet": hex(packet.as_bytes()),
                "kept_until": Tombstone::kept_until(packet.last()).0,
            })
        })
        .collect()
}
