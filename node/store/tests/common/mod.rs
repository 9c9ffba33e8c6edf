//! Packets, places and stores that the tests share.
//!
//! Promises nothing itself.

#![allow(dead_code, reason = "each test file uses its share")]

use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use toxdrop_dht::storage::{EntombOutcome, PutOutcome, PutSource, StorageReply, StorageRequest};
use toxdrop_proto::day::Day;
use toxdrop_proto::ids::{Location, UnixMillis, UnixSeconds};
use toxdrop_proto::keys::{InboxSecret, PlaceSigner, Signature};
use toxdrop_proto::message::{Content, Intro, MessageSecret, Postage, Seal, seal};
use toxdrop_proto::packet::{Packet, PacketPolicy, StampedPacket, Terms};
use toxdrop_proto::period::Period;
use toxdrop_proto::place::{Place, PlaceSecret};
use toxdrop_proto::pow::{self, Difficulty};
use toxdrop_proto::record::{RecordContents, seal_record};
use toxdrop_proto::seal::SealChain;
use toxdrop_proto::tombstone::{Authority, Tombstone};
use toxdrop_proto::week::Week;
use toxdrop_store::{Store, StoreConfig};

/// Just after the beginning of a day.
pub(crate) const NOW: UnixSeconds = UnixSeconds(1_800_000_000 - 1_800_000_000 % DAY);
pub(crate) const DAY: u64 = 86_400;

pub(crate) fn policy() -> PacketPolicy {
    PacketPolicy {
        floor: Difficulty {
            nonce_trials_per_byte: 1,
            extra_bytes: 1,
        },
        ..PacketPolicy::default()
    }
}

pub(crate) fn person(seed: u64) -> InboxSecret {
    InboxSecret::generate(&mut ChaCha20Rng::seed_from_u64(seed))
}

pub(crate) fn front_door() -> Place {
    Place::front_door(Period::at(NOW), PlaceSecret::zero())
}

pub(crate) fn place(owner: &InboxSecret) -> PlaceSigner {
    front_door().signer(owner)
}

pub(crate) fn config(size_limit: u64) -> StoreConfig {
    StoreConfig::new(policy(), size_limit)
}

pub(crate) fn store(size_limit: u64) -> Store {
    Store::in_memory(config(size_limit), NOW).unwrap()
}

/// The packet with the first nonce whose value is in this range.
pub(crate) fn with_value(
    packet: &Packet,
    expires: UnixSeconds,
    values: std::ops::RangeInclusive<u64>,
) -> StampedPacket {
    let packet = packet.with_stamp(0, expires);
    let hash = packet.initial_hash();
    let nonce = (0..)
        .find(|nonce| values.contains(&pow::trial_value(*nonce, &hash)))
        .unwrap();
    StampedPacket::from_store(packet.with_stamp(nonce, expires).as_bytes()).unwrap()
}

/// A nonce whose value is at most this share of what is asked for.
pub(crate) fn stamp(packet: &Packet, expires: UnixSeconds, share: u64) -> StampedPacket {
    let target = packet.with_stamp(0, expires).target(policy().floor, NOW) / share;
    let packet = with_value(packet, expires, 0..=target);
    packet.into_packet().verify(NOW, &policy()).unwrap()
}

pub(crate) fn unstamped(to: &InboxSecret, id: u8) -> Packet {
    let what = Seal {
        sender: &person(1),
        receiver: &to.public(),
        seal_key: None,
        location: front_door().location(&to.public()),
        secret: &MessageSecret::from_bytes([id; 32]),
        sent: UnixMillis(NOW.0 * 1000),
        not_after: NOW.plus(28 * DAY),
        last: Day::last_for(NOW),
        expires: NOW.plus(DAY),
        intro: &Intro::default(),
        content: &Content::Text("hello".into()),
        postage: Postage::Stamps,
    };
    seal(&what).unwrap().remove(0)
}

pub(crate) fn letter(to: &InboxSecret, id: u8) -> StampedPacket {
    stamp(&unstamped(to, id), NOW.plus(DAY), 1)
}

/// What looks like a message, made without a cipher, a signature or work.
pub(crate) fn cheap(location: &Location, number: u64, last: Day, len: usize) -> StampedPacket {
    let expires = last.end().0;
    let mut bytes = vec![0; len];
    ChaCha20Rng::seed_from_u64(number).fill_bytes(&mut bytes[52..]);
    bytes[8..16].copy_from_slice(&expires.to_be_bytes());
    bytes[16] = 2;
    bytes[17] = 1;
    bytes[18..20].copy_from_slice(&last.number().to_be_bytes());
    bytes[20..52].copy_from_slice(location.as_bytes());
    StampedPacket::from_store(&bytes).unwrap()
}

/// A record of a place, made in the week of `made`.
pub(crate) fn record(
    owner: &InboxSecret,
    revision: u32,
    terms: Terms,
    made: UnixSeconds,
) -> StampedPacket {
    let week = Week::at(made);
    let contents = RecordContents {
        revision,
        made,
        front_door: PlaceSecret::zero(),
        terms,
        seal_keys: SealChain::from_parts(week, &[7; 32])
            .public_keys(week)
            .unwrap(),
    };
    let packet = seal_record(owner, policy().network, &front_door(), &contents).unwrap();
    StampedPacket::from_store(packet.as_bytes()).unwrap()
}

/// The owner's tombstone of a packet, not signed: the store takes its word for that.
pub(crate) fn deletion(place: &PlaceSigner, packet: &Packet) -> Tombstone {
    Tombstone {
        authority: Authority::Owner {
            place: place.public().unchecked(),
        },
        id: packet.id(),
        signature: Signature::from_bytes([7; 64]),
    }
}

/// A recall of a packet, not signed either.
pub(crate) fn recall(packet: &Packet) -> Tombstone {
    Tombstone {
        authority: Authority::Sender {
            ephemeral: packet.ephemeral_key().unwrap(),
            location: packet.location(),
        },
        id: packet.id(),
        signature: Signature::from_bytes([7; 64]),
    }
}

pub(crate) fn put_all(
    store: &Store,
    now: UnixSeconds,
    source: PutSource,
    packets: &[StampedPacket],
) -> Vec<PutOutcome> {
    let requests: Vec<_> = packets
        .iter()
        .map(|packet| StorageRequest::Put {
            packet: packet.clone(),
            source,
        })
        .collect();
    let replies = store.write(now, &requests).replies.into_iter();
    replies
        .map(|reply| match reply {
            StorageReply::Put(outcome) => outcome,
            other => panic!("{other:?}"),
        })
        .collect()
}

pub(crate) fn put(store: &Store, packet: &StampedPacket) -> PutOutcome {
    put_all(store, NOW, PutSource::Sender, std::slice::from_ref(packet)).remove(0)
}

pub(crate) fn entomb_all(
    store: &Store,
    now: UnixSeconds,
    tombstones: Vec<Tombstone>,
) -> Vec<EntombOutcome> {
    let request = StorageRequest::Entomb { tombstones };
    match store.write(now, &[request]).replies.remove(0) {
        StorageReply::Entombed(outcomes) => outcomes,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn entomb(store: &Store, tombstone: Tombstone) -> EntombOutcome {
    entomb_all(store, NOW, vec![tombstone]).remove(0)
}

pub(crate) fn holds(store: &Store, packet: &Packet) -> bool {
    store
        .packet(NOW, &packet.location(), &packet.id())
        .unwrap()
        .is_some()
}
