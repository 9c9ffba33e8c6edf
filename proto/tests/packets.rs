//! Judging stored packets: work, time, records and tombstones, and what nobody can change unnoticed.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

mod common;

use common::{NETWORK, NOW, WEEK, message, person, record, record_packet, tombstones};
use proptest::prelude::*;
use toxdrop_proto::codec::{DecodeError, DecodeErrorKind};
use toxdrop_proto::ids::{Location, NetworkId, Salt, UnixMillis, UnixSeconds};
use toxdrop_proto::keys::KeyError;
use toxdrop_proto::location::{inbox_location, record_points};
use toxdrop_proto::message::{OpenError, open};
use toxdrop_proto::packet::{
    CLOCK_SKEW, HEADER_LEN, MAX_TTL, Packet, PacketError, PacketPolicy, Rank, StampedPacket,
};
use toxdrop_proto::pow::{self, Difficulty};
use toxdrop_proto::record::{InboxRecord, RecordError, RecordFields};
use toxdrop_proto::tombstone::TombstoneError;

const CHEAP: PacketPolicy = PacketPolicy {
    network: NETWORK,
    floor: Difficulty {
        nonce_trials_per_byte: 1,
        extra_bytes: 0,
    },
    max_ttl: MAX_TTL,
    clock_skew: CLOCK_SKEW,
};

/// Finds the work for the packet's present expiry.
fn stamp(
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

#[test]
fn a_stamp_holds_for_its_expiry_and_stays_valid_until_then() {
    let expires = NOW.plus(WEEK);
    let packet = stamp(&message(5), expires, CHEAP.floor, NOW);
    for later in [0, 1, 3600, WEEK / 2, WEEK - 1] {
        assert!(packet.clone().verify(NOW.plus(later), &CHEAP).is_ok());
    }
    assert_eq!(
        packet.clone().verify(expires, &CHEAP),
        Err(PacketError::Expired(0))
    );
    assert_eq!(
        packet.verify(expires.plus(9), &CHEAP),
        Err(PacketError::Expired(9))
    );
}

#[test]
fn another_expiry_needs_another_stamp() {
    let packet = stamp(&message(5), NOW.plus(WEEK), CHEAP.floor, NOW);
    let longer = packet.with_stamp(packet.nonce(), NOW.plus(2 * WEEK));
    assert_eq!(longer.id(), packet.id());
    assert!(matches!(
        longer.verify(NOW, &CHEAP),
        Err(PacketError::WorkTooLow { .. })
    ));
}

#[test]
fn the_greatest_ttl_leaves_room_for_clocks_that_differ() {
    let max = MAX_TTL + CLOCK_SKEW;
    let at = |ttl| stamp(&message(5), NOW.plus(ttl), CHEAP.floor, NOW).verify(NOW, &CHEAP);
    assert!(at(max).is_ok());
    assert_eq!(
        at(max + 1),
        Err(PacketError::TtlTooLong { ttl: max + 1, max })
    );
}

#[test]
fn a_policy_with_more_difficulty_refuses_with_value_and_target() {
    let packet = stamp(&message(5), NOW.plus(WEEK), CHEAP.floor, NOW);
    let policy = CHEAP.with_difficulty(Difficulty {
        nonce_trials_per_byte: 1 << 30,
        extra_bytes: 1000,
    });
    let (value, target) = (packet.value(), packet.target(policy.floor, NOW));
    assert_eq!(
        packet.verify(NOW, &policy),
        Err(PacketError::WorkTooLow { value, target })
    );
}

#[test]
fn rank_rises_while_a_packet_is_held_and_does_not_favour_short_lives() {
    let difficulty = CHEAP.floor;
    let packet = stamp(&message(5), NOW.plus(WEEK), difficulty, NOW);
    let packet = packet.verify(NOW, &CHEAP).unwrap();
    let ranks: Vec<Rank> = [0, WEEK / 4, WEEK / 2, WEEK - 300, WEEK - 1]
        .map(|later| packet.rank(NOW.plus(later), difficulty))
        .to_vec();
    assert!(ranks[0] >= Rank(1000));
    assert!(ranks.is_sorted(), "{ranks:?}");
    assert_eq!(ranks[3], ranks[4]);
    assert_eq!(Rank::of(0, u64::MAX), Rank(u64::MAX));
    assert_eq!(Rank::of(500, 1000).doubled(), Rank(4000));
}

#[test]
fn a_record_is_taken_at_its_five_places_only() {
    let record = record();
    let mut places = record_points(&record.key).to_vec();
    places.push(inbox_location(&record.key, record.salt));
    assert_eq!(record.locations().to_vec(), places);
    for place in places {
        let packet = record.to_packet(place, record.expires).unwrap();
        let packet = stamp(&packet, record.expires, CHEAP.floor, NOW);
        assert!(packet.verify(NOW, &CHEAP).is_ok());
    }
    for elsewhere in [
        Location::from_bytes([0; 32]),
        inbox_location(&record.key, Salt::DEFAULT),
    ] {
        let packet = record.to_packet(elsewhere, record.expires).unwrap();
        let packet = stamp(&packet, record.expires, CHEAP.floor, NOW);
        assert_eq!(packet.verify(NOW, &CHEAP), Err(PacketError::RecordLocation));
    }
}

#[test]
fn a_record_does_not_outlive_its_own_signature() {
    let expires = record().expires;
    let packet = stamp(&record_packet(), expires.plus(1), CHEAP.floor, NOW);
    assert_eq!(packet.verify(NOW, &CHEAP), Err(PacketError::RecordExpiry));
}

#[test]
fn a_record_of_another_network_is_refused() {
    let packet = stamp(&record_packet(), record().expires, CHEAP.floor, NOW);
    let elsewhere = PacketPolicy {
        network: NetworkId(1),
        ..CHEAP
    };
    assert_eq!(
        packet.verify(NOW, &elsewhere),
        Err(PacketError::RecordSignature(KeyError::Signature))
    );
}

#[test]
fn every_flipped_bit_of_a_record_breaks_its_signature_or_its_form() {
    let record = record();
    let bytes = record.encode();
    let decode = |bytes: &[u8]| InboxRecord::decode(&mut toxdrop_proto::codec::Reader::new(bytes));
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        if let Ok(other) = decode(&damaged) {
            assert_eq!(other.verify(NETWORK), Err(KeyError::Signature), "bit {bit}");
        }
    }
}

fn with_sequence(sequence: u64, salt: u8) -> InboxRecord {
    let fields = RecordFields {
        sequence: UnixMillis(sequence),
        salt: Salt::from_bytes([salt; 16]),
        ..record().fields
    };
    InboxRecord::sign(&person(2), NETWORK, fields).unwrap()
}

#[test]
fn of_two_records_exactly_one_supersedes_the_other() {
    let (old, new) = (with_sequence(1, 0), with_sequence(2, 0));
    assert!(new.supersedes(&old) && !old.supersedes(&new));
    let tie = with_sequence(2, 1);
    assert_ne!(new.supersedes(&tie), tie.supersedes(&new));
    assert!(!new.supersedes(&new));
    let stranger = InboxRecord::sign(&person(3), NETWORK, new.fields).unwrap();
    assert!(!stranger.supersedes(&old));
}

#[test]
fn records_with_figures_out_of_range_are_not_signed() {
    let mut fields = record().fields;
    fields.max_ttl = 0;
    assert_eq!(
        InboxRecord::sign(&person(2), NETWORK, fields),
        Err(RecordError::MaxTtl(0))
    );
    fields = record().fields;
    fields.difficulty.nonce_trials_per_byte = 0;
    assert!(matches!(
        InboxRecord::sign(&person(2), NETWORK, fields),
        Err(RecordError::Difficulty(_))
    ));
}

#[test]
fn tombstones_hold_for_their_packet_and_network_only() {
    let packet = message(5);
    let other = message(200);
    for tombstone in tombstones() {
        assert_eq!(tombstone.verify(NETWORK), Ok(()));
        assert!(tombstone.covers(&packet));
        assert!(!tombstone.covers(&other));
        assert_eq!(
            tombstone.verify(NetworkId(1)),
            Err(TombstoneError::Signature(KeyError::Signature))
        );
        let moved = toxdrop_proto::tombstone::Tombstone {
            id: other.id(),
            ..tombstone
        };
        assert!(moved.verify(NETWORK).is_err());
    }
}

#[test]
fn nobody_owns_a_location_that_his_key_does_not_hash_to() {
    let packet = message(5);
    let stranger = person(3);
    let tombstone = toxdrop_proto::tombstone::Tombstone::sign_owner(
        &stranger,
        NETWORK,
        Salt::DEFAULT,
        packet.location(),
        packet.id(),
    );
    assert_eq!(tombstone.verify(NETWORK), Err(TombstoneError::NotOwner));
}

/// The packet with other bytes where its ephemeral key stands, paid for.
fn with_ephemeral(key: [u8; 32]) -> Packet {
    let mut bytes = message(5).as_bytes().to_vec();
    bytes[HEADER_LEN..][..32].copy_from_slice(&key);
    let packet = Packet::parse(&bytes).unwrap();
    stamp(&packet, NOW.plus(WEEK), CHEAP.floor, NOW)
}

#[test]
fn an_unusable_ephemeral_key_is_refused_by_whoever_verifies_or_opens() {
    let mut with_sign = *person(3).public().as_bytes();
    with_sign[31] |= 0x80;
    let mut not_a_point = [0; 32];
    not_a_point[0] = 2;
    for (key, error) in [
        (with_sign, KeyError::SignBit),
        ([0; 32], KeyError::LowOrder),
        (not_a_point, KeyError::NotAPoint),
    ] {
        let expected = DecodeError {
            offset: HEADER_LEN,
            kind: DecodeErrorKind::Key {
                what: "ephemeral key",
                error,
            },
        };
        let packet = with_ephemeral(key);
        assert_eq!(packet.ephemeral_key(), Err(expected));
        assert_eq!(open(&person(2), &packet), Err(OpenError::Outer));
        let (_, flaw) = toxdrop_proto::anatomy::fields(packet.as_bytes());
        assert_eq!(flaw, Some(expected));
        assert_eq!(
            packet.verify(NOW, &CHEAP),
            Err(PacketError::EphemeralKey(expected))
        );
    }
}

#[test]
fn work_is_asked_for_before_an_ephemeral_key_is_looked_at() {
    let unpaid = with_ephemeral([0; 32]).with_stamp(0, NOW.plus(WEEK));
    let dear = CHEAP.with_difficulty(Difficulty {
        nonce_trials_per_byte: 1 << 30,
        extra_bytes: 1000,
    });
    assert!(matches!(
        unpaid.verify(NOW, &dear),
        Err(PacketError::WorkTooLow { .. })
    ));
}

#[test]
fn a_packet_knows_the_key_it_was_sealed_with_and_a_record_has_none() {
    let packet = message(5);
    let key = packet.ephemeral_key().unwrap().unwrap();
    assert!(packet.is_sealed_with(&key));
    assert!(!packet.is_sealed_with(&person(1).public()));
    let record = record_packet();
    assert_eq!(record.ephemeral_key(), Ok(None));
    assert!(!record.is_sealed_with(&person(2).public()));
}

#[test]
fn what_a_store_gives_back_is_not_judged_again() {
    let stamped = stamp(&message(5), NOW.plus(WEEK), CHEAP.floor, NOW);
    let stamped = stamped.verify(NOW, &CHEAP).unwrap();
    assert_eq!(StampedPacket::from_store(stamped.as_bytes()), Ok(stamped));
    assert!(StampedPacket::from_store(with_ephemeral([0; 32]).as_bytes()).is_ok());
}

#[test]
fn every_flipped_bit_after_the_stamp_keeps_a_message_shut() {
    let bob = person(2);
    let packet = message(5);
    assert!(open(&bob, &packet).is_ok());
    for bit in 16 * 8..packet.len() * 8 {
        let mut damaged = packet.as_bytes().to_vec();
        damaged[bit / 8] ^= 1 << (bit % 8);
        if let Ok(damaged) = Packet::parse(&damaged) {
            assert!(
                matches!(
                    open(&bob, &damaged),
                    Err(OpenError::Outer | OpenError::NotAMessage)
                ),
                "bit {bit}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_new_stamp_changes_the_first_sixteen_bytes_only(nonce: u64, expires: u64) {
        let packet = message(5);
        let stamped = packet.with_stamp(nonce, UnixSeconds(expires));
        prop_assert_eq!(stamped.nonce(), nonce);
        prop_assert_eq!(stamped.expires(), UnixSeconds(expires));
        prop_assert_eq!(&stamped.as_bytes()[16..], &packet.as_bytes()[16..]);
        prop_assert_eq!(stamped.id(), packet.id());
        prop_assert_eq!(Packet::parse(stamped.as_bytes()).unwrap(), stamped);
        prop_assert!(HEADER_LEN < packet.len());
    }

    #[test]
    fn any_record_is_read_as_it_was_signed(
        salt: [u8; 16], sequence: u64, ntpb in 1u64..=1 << 32, extra in 0u64..=1 << 20,
        max_ttl in 1u64..=28 * 86_400, expires: u64, seal_key: [u8; 32],
    ) {
        let fields = RecordFields {
            salt: Salt::from_bytes(salt),
            sequence: UnixMillis(sequence),
            difficulty: Difficulty { nonce_trials_per_byte: ntpb, extra_bytes: extra },
            max_ttl,
            expires: UnixSeconds(expires),
            seal_key,
        };
        let record = InboxRecord::sign(&person(2), NETWORK, fields).unwrap();
        let bytes = record.encode();
        let read = InboxRecord::decode(&mut toxdrop_proto::codec::Reader::new(&bytes)).unwrap();
        prop_assert_eq!(read.verify(NETWORK), Ok(()));
        prop_assert_eq!(read, record);
    }
}
