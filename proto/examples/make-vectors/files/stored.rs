//! The scene that the vectors of stored things share: two people, their places, messages, a record, tombstones.
//!
//! Writes no vector.

use serde_json::{Value, json};
use toxdrop_proto::day::{DAY_LEN, Day};
use toxdrop_proto::ids::{NetworkId, UnixMillis, UnixSeconds};
use toxdrop_proto::keys::{DhtSecretKey, InboxSecret, PairRole, PlaceSigner};
use toxdrop_proto::message::{Content, Intro, MessageSecret, Postage, Seal, seal};
use toxdrop_proto::packet::{Packet, Terms};
use toxdrop_proto::period::Period;
use toxdrop_proto::place::{Place, PlaceSecret};
use toxdrop_proto::pow::{self, Difficulty};
use toxdrop_proto::record::{RecordContents, seal_record};
use toxdrop_proto::seal::SealChain;
use toxdrop_proto::tombstone::Tombstone;
use toxdrop_proto::tox::Nospam;
use toxdrop_proto::week::Week;

use super::{hash_of, hex, inboxes, kind};

pub(super) const NOW: UnixSeconds = UnixSeconds(1_800_000_000);
pub(super) const NETWORK: NetworkId = NetworkId::MAIN;
/// Senders stamp for so many seconds more than asked.
const STAMP_MARGIN: u64 = 900;
pub(super) const CHEAP: Difficulty = Difficulty {
    nonce_trials_per_byte: 1,
    extra_bytes: 0,
};

/// Who writes: an inbox with a seed.
pub(super) fn alice() -> InboxSecret {
    inboxes().swap_remove(0)
}

/// Who reads: an inbox with a Tox secret key.
pub(super) fn bob() -> InboxSecret {
    inboxes().swap_remove(5)
}

pub(super) fn period() -> Period {
    Period::at(NOW)
}

pub(super) fn place_secret(name: &str) -> PlaceSecret {
    let hash = hash_of(name.as_bytes());
    PlaceSecret::from_bytes(std::array::from_fn(|i| hash[i]))
}

/// Bob's place for strangers.
pub(super) fn front_door() -> Place {
    Place::front_door(period(), PlaceSecret::zero())
}

/// The pair key by which Alice writes to Bob.
pub(super) fn pair() -> PlaceSigner {
    alice()
        .pair(PairRole::Writer, &bob().public(), period())
        .unwrap()
}

pub(super) fn chain() -> SealChain {
    SealChain::from_parts(Week::at(NOW), &hash_of(b"chain"))
}

pub(super) fn seal_secret() -> DhtSecretKey {
    chain().secret(Week::at(NOW)).unwrap()
}

pub(super) fn content(what: &str) -> Content {
    match what {
        "file" => Content::File {
            name: "käse.bin".into(),
            bytes: (0..=255).cycle().take(2000).collect(),
        },
        "long" => Content::Text("All that is gold does not glitter. ".repeat(20)),
        "empty" => Content::Text(String::new()),
        short => Content::Text(short.into()),
    }
}

/// What a sender says who has something to say.
pub(super) fn intro() -> Intro {
    Intro {
        name: Some("Alice Лидделл".parse().unwrap()),
        contacts: Some(place_secret("Alice's contacts")),
        nospam: Some(Nospam([0xde, 0xad, 0xbe, 0xef])),
    }
}

pub(super) fn message_secret(number: u8) -> MessageSecret {
    MessageSecret::from_bytes(hash_of(&[b'm', number]))
}

/// A message from Alice to Bob: to his front door for his seal key, or prepaid for K.
pub(super) fn sealed(what: &str, number: u8, intro: &Intro, prepaid: bool) -> Vec<Packet> {
    let (alice, bob, pair) = (alice(), bob(), pair());
    let seal_key = seal_secret().public();
    let (location, postage) = if prepaid {
        let network = NETWORK;
        let postage = Postage::Prepaid {
            pair: &pair,
            network,
        };
        (pair.public().location(), postage)
    } else {
        (front_door().location(&bob.public()), Postage::Stamps)
    };
    seal(&Seal {
        sender: &alice,
        receiver: &bob.public(),
        seal_key: (!prepaid).then_some(&seal_key),
        location,
        secret: &message_secret(number),
        sent: UnixMillis(NOW.0 * 1000 + 123),
        not_after: NOW.plus(28 * DAY_LEN),
        last: Day::last_for(NOW),
        expires: NOW.plus(7 * DAY_LEN + STAMP_MARGIN),
        intro,
        content: &content(what),
        postage,
    })
    .unwrap()
}

pub(super) fn terms() -> Terms {
    let difficulty = Difficulty {
        nonce_trials_per_byte: 5000,
        extra_bytes: 2000,
    };
    let former = Terms::asking(difficulty, 28 * DAY_LEN, Difficulty::DEFAULT).unwrap();
    let week = Week::at(NOW);
    former.follow(Some((Week::from_number(week.number() - 3), former)), week)
}

pub(super) fn record() -> RecordContents {
    RecordContents {
        revision: 37,
        made: NOW,
        front_door: place_secret("Bob's front door"),
        terms: terms(),
        seal_keys: chain().public_keys(Week::at(NOW)).unwrap(),
    }
}

pub(super) fn record_at(place: &Place) -> Packet {
    seal_record(&bob(), NETWORK, place, &record()).unwrap()
}

/// The first good nonce from `start` on, which is where an earlier search found it.
pub(super) fn stamp(packet: &Packet, difficulty: Difficulty, start: u64) -> Packet {
    let (hash, target) = (packet.initial_hash(), packet.target(difficulty, NOW));
    let nonce = (start..)
        .find(|nonce| pow::verify(*nonce, &hash, target))
        .unwrap();
    packet.with_stamp(nonce, packet.expires())
}

/// An inbox's secret, and its key.
pub(super) fn inbox_json(secret: &InboxSecret) -> Value {
    json!({
        "kind": kind(secret),
        "secret": hex(secret.expose()),
        "key": secret.public().to_string(),
    })
}

/// A place of Bob's, with its key and location.
pub(super) fn place_json(place: &Place) -> Value {
    let key = place.key(&bob().public());
    json!({
        "class": place.class().code(),
        "period": place.period().number(),
        "secret": hex(place.secret().expose()),
        "key": key.to_string(),
        "location": key.location().to_string(),
    })
}

/// A stamped message, for the requests that carry one.
pub(super) fn example_message() -> Packet {
    let packet = sealed("see you at eight", 1, &Intro::default(), false).swap_remove(0);
    stamp(&packet, CHEAP, 0)
}

/// A stamped record, for the refusals that carry one.
pub(super) fn example_record() -> Packet {
    stamp(&record_at(&front_door()), CHEAP, 0)
}

/// A receipt and a recall of [`example_message`].
pub(super) fn example_tombstones() -> [Tombstone; 2] {
    let packet = example_message();
    let (location, id) = (packet.location(), packet.id());
    let ephemeral = message_secret(1).ephemeral(&bob().public(), location, 0);
    [
        Tombstone::by_owner(&front_door().signer(&bob()), NETWORK, id),
        Tombstone::by_sender(&ephemeral, NETWORK, location, id),
    ]
}
