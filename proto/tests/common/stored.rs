//! One valid example of everything that is stored, made from fixed seeds, and how it is read and written again.
//!
//! Says nothing about what should happen to the examples.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use toxdrop_proto::codec::Reader;
use toxdrop_proto::day::{DAY_LEN, Day};
use toxdrop_proto::ids::{NetworkId, UnixMillis, UnixSeconds};
use toxdrop_proto::keys::{DhtPublicKey, InboxSecret, PairRole, PlaceSigner};
use toxdrop_proto::message::{self, Content, Intro, MessageSecret, Postage, Seal};
use toxdrop_proto::packet::{Deposit, MAX_DEPOSIT, Packet, PacketPolicy, Terms};
use toxdrop_proto::period::Period;
use toxdrop_proto::place::{Place, PlaceSecret, RecordPoint};
use toxdrop_proto::pow::{self, Difficulty};
use toxdrop_proto::record::{RecordContents, seal_record};
use toxdrop_proto::seal::SealChain;
use toxdrop_proto::tombstone::Tombstone;
use toxdrop_proto::week::Week;

use super::{Example, Recode, example};

pub(crate) const NETWORK: NetworkId = NetworkId::MAIN;
pub(crate) const NOW: UnixSeconds = UnixSeconds(1_800_000_000);
pub(crate) const WEEK: u64 = 7 * DAY_LEN;

/// So little work that every test can do it.
pub(crate) const CHEAP: Difficulty = Difficulty {
    nonce_trials_per_byte: 1,
    extra_bytes: 0,
};

pub(crate) fn cheap_policy() -> PacketPolicy {
    PacketPolicy {
        floor: CHEAP,
        ..PacketPolicy::default()
    }
}

/// A few fixed people: of odd numbers by a seed, of even ones by a Tox secret key.
pub(crate) fn person(number: u64) -> InboxSecret {
    use rand_chacha::rand_core::RngCore;
    let mut bytes = [0; 32];
    ChaCha20Rng::seed_from_u64(number).fill_bytes(&mut bytes);
    if number.is_multiple_of(2) {
        InboxSecret::from_tox(&bytes)
    } else {
        InboxSecret::from_seed(&bytes)
    }
}

pub(crate) fn period() -> Period {
    Period::at(NOW)
}

pub(crate) fn front_door() -> Place {
    Place::front_door(period(), PlaceSecret::zero())
}

pub(crate) fn point() -> Place {
    Place::record_point(period(), RecordPoint::ALL[0])
}

pub(crate) fn secret(number: u8) -> MessageSecret {
    MessageSecret::from_bytes([number; 32])
}

pub(crate) fn text(len: usize) -> Content {
    Content::Text("x".repeat(len))
}

/// A message from person 1 to the front door of person 2.
pub(crate) fn seal(number: u8, seal_key: Option<&DhtPublicKey>, content: &Content) -> Vec<Packet> {
    seal_with(number, seal_key, content, &Intro::default())
}

pub(crate) fn seal_with(
    number: u8,
    seal_key: Option<&DhtPublicKey>,
    content: &Content,
    intro: &Intro,
) -> Vec<Packet> {
    message::seal(&Seal {
        sender: &person(1),
        receiver: &person(2).public(),
        seal_key,
        location: front_door().location(&person(2).public()),
        secret: &secret(number),
        sent: UnixMillis(NOW.0 * 1000),
        not_after: NOW.plus(2 * WEEK),
        last: Day::last_for(NOW),
        expires: NOW.plus(WEEK),
        intro,
        content,
        postage: Postage::Stamps,
    })
    .unwrap()
}

pub(crate) fn message(len: usize) -> Packet {
    seal(9, None, &text(len)).swap_remove(0)
}

pub(crate) fn chain() -> SealChain {
    SealChain::from_parts(Week::at(NOW), &[7; 32])
}

pub(crate) fn terms() -> Terms {
    let difficulty = Difficulty {
        nonce_trials_per_byte: 2000,
        extra_bytes: 1000,
    };
    Terms::asking(difficulty, WEEK, CHEAP).unwrap()
}

pub(crate) fn record(revision: u32) -> RecordContents {
    RecordContents {
        revision,
        made: NOW,
        front_door: PlaceSecret::from_bytes([3; 16]),
        terms: terms(),
        seal_keys: chain().public_keys(Week::at(NOW)).unwrap(),
    }
}

pub(crate) fn record_packet() -> Packet {
    seal_record(&person(2), NETWORK, &point(), &record(5)).unwrap()
}

/// The pair key of person 1, who writes, and person 2, who reads.
pub(crate) fn pair() -> PlaceSigner {
    person(1)
        .pair(PairRole::Writer, &person(2).public(), period())
        .unwrap()
}

pub(crate) fn deposit(size: u32) -> Packet {
    Deposit::sign(
        &pair(),
        NETWORK,
        size,
        Day::last_for(NOW),
        NOW.plus(2 * WEEK),
    )
    .unwrap()
}

pub(crate) fn prepaid(number: u8, len: usize) -> Vec<Packet> {
    let pair = pair();
    message::seal(&Seal {
        sender: &person(1),
        receiver: &person(2).public(),
        seal_key: None,
        location: pair.public().location(),
        secret: &secret(number),
        sent: UnixMillis(NOW.0 * 1000),
        not_after: NOW.plus(2 * WEEK),
        last: Day::last_for(NOW),
        expires: NOW.plus(WEEK),
        intro: &Intro::default(),
        content: &text(len),
        postage: Postage::Prepaid {
            pair: &pair,
            network: NETWORK,
        },
    })
    .unwrap()
}

/// An owner's of `message(5)`, and its sender's.
pub(crate) fn tombstones() -> [Tombstone; 2] {
    let packet = message(5);
    let (location, id) = (packet.location(), packet.id());
    let ephemeral = secret(9).ephemeral(&person(2).public(), location, 0);
    [
        Tombstone::by_owner(&front_door().signer(&person(2)), NETWORK, id),
        Tombstone::by_sender(&ephemeral, NETWORK, location, id),
    ]
}

/// Finds the work for this expiry.
pub(crate) fn stamp(
    packet: &Packet,
    expires: UnixSeconds,
    difficulty: Difficulty,
    now: UnixSeconds,
) -> Packet {
    let packet = packet.with_stamp(0, expires);
    let (hash, target) = (packet.initial_hash(), packet.target(difficulty, now));
    let nonce = (0..)
        .find(|nonce| pow::verify(*nonce, &hash, target))
        .unwrap();
    packet.with_stamp(nonce, expires)
}

/// Everything that is stored.
pub(crate) fn stored() -> Vec<Example> {
    let recode: Recode = |bytes| Ok(Packet::parse(bytes)?.as_bytes().to_vec());
    let recode_tombstone: Recode = |bytes| {
        let mut reader = Reader::new(bytes);
        let tombstone = Tombstone::decode(&mut reader)?;
        reader.finish()?;
        Ok(tombstone.encode())
    };
    let recode_contents: Recode = |bytes| Ok(RecordContents::decode(bytes)?.encode());
    let packet = |name: &str, packet: &Packet| example(name, packet.as_bytes().to_vec(), recode);
    let mut examples: Vec<_> = [5, 200, 400, 812]
        .map(|len| packet(&format!("message of {len}"), &message(len)))
        .into();
    examples.extend(
        [5, 200, 400, 716].map(|len| packet(&format!("prepaid of {len}"), &prepaid(9, len)[0])),
    );
    examples.push(packet("record packet", &record_packet()));
    examples.push(packet("deposit", &deposit(MAX_DEPOSIT)));
    examples.push(example(
        "record contents",
        record(5).encode(),
        recode_contents,
    ));
    for tombstone in tombstones() {
        examples.push(example("tombstone", tombstone.encode(), recode_tombstone));
    }
    examples
}
