//! Vectors of what is stored: stamped packets, records, tombstones, sealed messages.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::{Value, json};
use toxdrop_proto::ids::{MessageId, NetworkId, Salt, UnixMillis, UnixSeconds};
use toxdrop_proto::keys::InboxSecret;
use toxdrop_proto::location::inbox_location;
use toxdrop_proto::message::{Content, Seal, ephemeral_secret, join, open, seal};
use toxdrop_proto::packet::{Packet, PacketKind, PacketPolicy, Rank};
use toxdrop_proto::pow::{self, Difficulty};
use toxdrop_proto::record::{InboxRecord, RecordFields};
use toxdrop_proto::tombstone::{Authority, Tombstone};

use super::{hex, person};

const NOW: UnixSeconds = UnixSeconds(1_800_000_000);
const DAY: u64 = 86_400;
/// Senders stamp for so many seconds more than asked.
const STAMP_MARGIN: u64 = 900;
const CHEAP: Difficulty = Difficulty {
    nonce_trials_per_byte: 1,
    extra_bytes: 0,
};

fn content(what: &str) -> Content {
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

fn sealed(sender: &InboxSecret, receiver: &InboxSecret, what: &str, id: u8) -> Vec<Packet> {
    let what = Seal {
        sender,
        receiver: &receiver.public(),
        location: inbox_location(&receiver.public(), Salt::DEFAULT),
        message_id: MessageId::from_bytes([id; 16]),
        sent: UnixMillis(NOW.0 * 1000 + 123),
        not_after: NOW.plus(28 * DAY),
        expires: NOW.plus(7 * DAY + STAMP_MARGIN),
        content: &content(what),
    };
    seal(&what, &mut ChaCha20Rng::seed_from_u64(u64::from(id))).unwrap()
}

fn record(difficulty: Difficulty) -> InboxRecord {
    let fields = RecordFields {
        salt: Salt::from_bytes([7; 16]),
        sequence: UnixMillis(NOW.0 * 1000),
        difficulty,
        max_ttl: 14 * DAY,
        expires: NOW.plus(28 * DAY),
        seal_key: [0; 32],
    };
    InboxRecord::sign(&person(2), NetworkId::MAIN, fields).unwrap()
}

/// The first good nonce from `start` on, which is where an earlier search found it.
fn stamp(packet: &Packet, difficulty: Difficulty, start: u64) -> Packet {
    let (hash, target) = (packet.initial_hash(), packet.target(difficulty, NOW));
    let nonce = (start..)
        .find(|nonce| pow::verify(*nonce, &hash, target))
        .unwrap();
    packet.with_stamp(nonce, packet.expires())
}

pub(super) fn packets() -> Value {
    let (alice, bob) = (person(1), person(2));
    let short = sealed(&alice, &bob, "see you at eight", 1).swap_remove(0);
    let long = sealed(&alice, &bob, "file", 2).swap_remove(0);
    let record = record(Difficulty::DEFAULT);
    let [point, .., inbox] = record.locations();
    let expires = NOW.plus(7 * DAY + STAMP_MARGIN);
    let at_point = record.to_packet(point, expires).unwrap();
    let at_inbox = record.to_packet(inbox, expires).unwrap();
    // The last figure is the nonce that a search from 0 ends with.
    [
        ("short message, cheap", &short, CHEAP, 0),
        ("full message part, cheap", &long, CHEAP, 0),
        ("record at its first point, cheap", &at_point, CHEAP, 0),
        ("record at the inbox, cheap", &at_inbox, CHEAP, 0),
        (
            "short message, default difficulty",
            &short,
            Difficulty::DEFAULT,
            SHORT_DEFAULT_NONCE,
        ),
    ]
    .into_iter()
    .map(|(name, packet, difficulty, start)| {
        stamped(name, &stamp(packet, difficulty, start), difficulty)
    })
    .collect()
}

/// Found by a search from 0; the search goes on from here should the packet change.
const SHORT_DEFAULT_NONCE: u64 = 35_018_982;

fn stamped(name: &str, packet: &Packet, difficulty: Difficulty) -> Value {
    let policy = PacketPolicy {
        floor: difficulty,
        ..PacketPolicy::default()
    };
    packet.clone().verify(NOW, &policy).unwrap();
    let (value, target) = (packet.value(), packet.target(difficulty, NOW));
    json!({
        "name": name,
        "packet": hex(packet.as_bytes()),
        "nonce": packet.nonce(),
        "expires": packet.expires().0,
        "kind": packet.kind() as u8,
        "location": packet.location().to_string(),
        "id": packet.id().to_string(),
        "initial_hash": hex(packet.initial_hash()),
        "now": NOW.0,
        "nonce_trials_per_byte": difficulty.nonce_trials_per_byte,
        "extra_bytes": difficulty.extra_bytes,
        "target": target,
        "value": value,
        "rank_thousandths": Rank::of(value, target).0,
    })
}

pub(super) fn records() -> Value {
    [
        Difficulty::DEFAULT,
        Difficulty {
            nonce_trials_per_byte: 5000,
            extra_bytes: 2000,
        },
    ]
    .into_iter()
    .map(|difficulty| {
        let record = record(difficulty);
        json!({
            "network_id": NetworkId::MAIN.0,
            "seed": hex(person(2).expose_seed()),
            "key": record.key.to_string(),
            "salt": record.salt.to_string(),
            "sequence": record.sequence.0,
            "nonce_trials_per_byte": record.difficulty.nonce_trials_per_byte,
            "extra_bytes": record.difficulty.extra_bytes,
            "max_ttl": record.max_ttl,
            "expires": record.expires.0,
            "seal_key": hex(record.seal_key),
            "signature": record.signature.to_string(),
            "record": hex(record.encode()),
            "locations": record.locations().map(|place| place.to_string()),
        })
    })
    .collect()
}

pub(super) fn tombstones() -> Value {
    let (alice, bob) = (person(1), person(2));
    let packet = example_message();
    let (location, id) = (packet.location(), packet.id());
    let message_id = MessageId::from_bytes([1; 16]);
    let ephemeral = ephemeral_secret(&alice, &bob.public(), location, message_id, 0);
    let network = NetworkId::MAIN;
    let [receipt, recall] = example_tombstones();
    [(receipt, &bob), (recall, &ephemeral)]
        .into_iter()
        .map(|(tombstone, signer)| {
            tombstone.verify(network).unwrap();
            assert!(tombstone.covers(&packet));
            let (authority, key, salt) = match tombstone.authority {
                Authority::Owner { key, salt } => (1, key, salt),
                Authority::Sender { ephemeral } => (2, ephemeral, Salt::DEFAULT),
            };
            json!({
                "network_id": network.0,
                "seed": hex(signer.expose_seed()),
                "authority": authority,
                "location": location.to_string(),
                "id": id.to_string(),
                "key": key.to_string(),
                "salt": salt.to_string(),
                "signature": tombstone.signature.to_string(),
                "tombstone": hex(tombstone.encode()),
                "packet": hex(packet.as_bytes()),
            })
        })
        .collect()
}

pub(super) fn messages() -> Value {
    let (alice, bob) = (person(1), person(2));
    [("see you at eight", 1), ("file", 2), ("long", 3), ("empty", 4)]
        .into_iter()
        .map(|(what, id)| {
            let packets = sealed(&alice, &bob, what, id);
            let opened: Vec<_> = packets.iter().map(|packet| open(&bob, packet).unwrap()).collect();
            let content = content(what);
            assert_eq!(join(&opened), Ok(content.clone()));
            json!({
                "sender_seed": hex(alice.expose_seed()),
                "sender_key": alice.public().to_string(),
                "receiver_seed": hex(bob.expose_seed()),
                "receiver_key": bob.public().to_string(),
                "location": packets[0].location().to_string(),
                "message_id": opened[0].message_id.to_string(),
                "sent": opened[0].sent.0,
                "not_after": opened[0].not_after.0,
                "content_type": content.content_type(),
                "content": hex(content.encode().unwrap()),
                "parts": packets.iter().enumerate().map(|(part, packet)| part_of(&alice, &bob, part, packet)).collect::<Value>(),
            })
        })
        .collect()
}

fn part_of(sender: &InboxSecret, receiver: &InboxSecret, part: usize, packet: &Packet) -> Value {
    let opened = open(receiver, packet).unwrap();
    let part = u8::try_from(part).unwrap();
    let ephemeral = ephemeral_secret(
        sender,
        &receiver.public(),
        packet.location(),
        opened.message_id,
        part,
    );
    assert_eq!(packet.ephemeral_key(), Ok(Some(ephemeral.public())));
    assert_eq!((packet.kind(), opened.part), (PacketKind::Message, part));
    json!({
        "part": part,
        "parts": opened.parts,
        "ephemeral_seed": hex(ephemeral.expose_seed()),
        "ephemeral_key": ephemeral.public().to_string(),
        "content": hex(&opened.content),
        "packet": hex(packet.as_bytes()),
    })
}

/// A stamped message, for the requests that carry one.
pub(super) fn example_message() -> Packet {
    let packet = sealed(&person(1), &person(2), "see you at eight", 1).swap_remove(0);
    stamp(&packet, CHEAP, 0)
}

/// A stamped record, for the refusals that carry one.
pub(super) fn example_record() -> Packet {
    let record = record(Difficulty::DEFAULT);
    let packet = record
        .to_packet(record.inbox_location(), NOW.plus(7 * DAY))
        .unwrap();
    stamp(&packet, CHEAP, 0)
}

/// A receipt and a recall of [`example_message`].
pub(super) fn example_tombstones() -> [Tombstone; 2] {
    let (alice, bob) = (person(1), person(2));
    let packet = example_message();
    let (location, id) = (packet.location(), packet.id());
    let message_id = MessageId::from_bytes([1; 16]);
    let ephemeral = ephemeral_secret(&alice, &bob.public(), location, message_id, 0);
    [
        Tombstone::sign_owner(&bob, NetworkId::MAIN, Salt::DEFAULT, location, id),
        Tombstone::sign_sender(&ephemeral, NetworkId::MAIN, location, id),
    ]
}
