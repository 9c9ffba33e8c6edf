//! Judging stored packets: times, work, keys, signatures, and what a record binds.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

mod common;

use common::{
    CHEAP, NETWORK, NOW, WEEK, cheap_policy, front_door, message, person, record_packet, seal,
    stamp, text, tombstones,
};
use proptest::prelude::*;
use toxdrop_proto::codec::Reader;
use toxdrop_proto::day::{DAY_LEN, Day};
use toxdrop_proto::ids::{NetworkId, UnixSeconds};
use toxdrop_proto::packet::{
    Arrival, CLOCK_SKEW, HEADER_LEN, LAST, MAX_TTL, Packet, PacketError, PacketKind, RecordHead,
    StampedPacket, Standing, Terms,
};
use toxdrop_proto::pow::Difficulty;
use toxdrop_proto::tombstone::{Tombstone, TombstoneError};
use toxdrop_proto::week::Week;

/// The bytes with another last day: another packet, which nobody could open, but holders see no difference.
fn with_last(packet: &Packet, last: Day) -> Packet {
    let mut bytes = packet.as_bytes().to_vec();
    bytes[LAST].copy_from_slice(&last.number().to_be_bytes());
    Packet::parse(&bytes).unwrap()
}

#[test]
fn a_stamp_holds_for_its_expiry_and_stays_valid_until_then() {
    let expires = NOW.plus(WEEK);
    let packet = stamp(&message(5), expires, CHEAP, NOW);
    for later in [0, 1, 3600, WEEK / 2, WEEK - 1] {
        let judged = packet.clone().verify(NOW.plus(later), &cheap_policy());
        assert!(judged.is_ok());
    }
    for ago in [0, 9] {
        assert_eq!(
            packet.clone().verify(expires.plus(ago), &cheap_policy()),
            Err(PacketError::Expired(ago))
        );
    }
}

#[test]
fn another_expiry_needs_another_stamp() {
    let packet = stamp(&message(5), NOW.plus(WEEK), CHEAP, NOW);
    let longer = packet.with_stamp(packet.nonce(), NOW.plus(2 * WEEK));
    assert_eq!(longer.id(), packet.id());
    assert!(matches!(
        longer.verify(NOW, &cheap_policy()),
        Err(PacketError::WorkTooLow { .. })
    ));
}

#[test]
fn the_greatest_ttl_leaves_room_for_clocks_that_differ() {
    let max = MAX_TTL + CLOCK_SKEW;
    let at = |ttl| stamp(&message(5), NOW.plus(ttl), CHEAP, NOW).verify(NOW, &cheap_policy());
    assert!(at(max).is_ok());
    assert_eq!(
        at(max + 1),
        Err(PacketError::TtlTooLong { ttl: max + 1, max })
    );
}

#[test]
fn no_stamp_lets_a_packet_outlive_its_last_day() {
    let last = Day::at(NOW).plus(3);
    let packet = with_last(&message(5), last);
    let until = |expires| stamp(&packet, expires, CHEAP, NOW).verify(NOW, &cheap_policy());
    assert!(until(last.end()).is_ok());
    assert_eq!(
        until(last.end().plus(1)),
        Err(PacketError::OutlivesLastDay(last))
    );
}

#[test]
fn no_last_day_lies_further_ahead_than_a_packet_made_by_now_can_have() {
    let latest = Day::latest_last(NOW);
    assert_eq!(latest, Day::at(NOW.plus(CLOCK_SKEW)).plus(28));
    let at = |last| stamp(&with_last(&message(5), last), NOW.plus(WEEK), CHEAP, NOW);
    assert!(at(latest).verify(NOW, &cheap_policy()).is_ok());
    let last = latest.plus(1);
    assert_eq!(
        at(last).verify(NOW, &cheap_policy()),
        Err(PacketError::LastDayTooLate { last, latest })
    );
}

#[test]
fn a_policy_with_more_difficulty_refuses_with_value_and_target() {
    let packet = stamp(&message(5), NOW.plus(WEEK), CHEAP, NOW);
    let policy = cheap_policy().with_difficulty(Difficulty {
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
fn a_message_whose_key_is_no_key_is_refused_when_judged_and_not_before() {
    let mut bytes = message(5).as_bytes().to_vec();
    bytes[HEADER_LEN..HEADER_LEN + 32].fill(0xff);
    let packet = stamp(&Packet::parse(&bytes).unwrap(), NOW.plus(WEEK), CHEAP, NOW);
    assert!(matches!(
        packet.verify(NOW, &cheap_policy()),
        Err(PacketError::Key(_))
    ));
}

#[test]
fn standing_depends_on_work_and_bytes_and_on_no_time() {
    let (short, long) = (message(5), message(700));
    let stamped = |packet: &Packet, ttl| stamp(packet, NOW.plus(ttl), CHEAP, NOW);
    let packet = stamped(&short, WEEK);
    let standing = packet.standing().unwrap();
    assert_eq!(
        standing,
        Standing::of(packet.value(), packet.len() as u64),
        "of its own bytes"
    );
    let judged = packet.verify(NOW.plus(WEEK - 1), &cheap_policy()).unwrap();
    assert_eq!(judged.standing(), Some(standing));
    // What just pays for a week stands higher than what just pays for an hour, however short the time that is left.
    let least = |packet: &Packet, ttl: u64| {
        let packet = packet.with_stamp(0, NOW.plus(ttl));
        let target = packet.target(Difficulty::DEFAULT, NOW);
        Standing::of(target, packet.charged_len())
    };
    assert!(least(&short, WEEK) > least(&short, 3600).needed_to_displace().unwrap());
    assert!(least(&long, WEEK) < least(&short, WEEK));
}

fn head(held_weeks: u64, trials: u64) -> RecordHead {
    let difficulty = Difficulty {
        nonce_trials_per_byte: trials,
        extra_bytes: 0,
    };
    let terms = Terms::asking(difficulty, 7 * DAY_LEN, CHEAP).unwrap();
    let week = Week::at(NOW);
    let since = Week::from_number(week.number() - held_weeks);
    let first = terms.follow(None, since);
    RecordHead {
        version: 1,
        week,
        terms: terms.follow(Some((since, first)), week),
    }
}

#[test]
fn a_records_terms_bind_every_store_and_hand_overs_of_what_is_newer() {
    let policy = cheap_policy();
    let record = head(0, 4096);
    let older = Day::last_for(UnixSeconds(Week::at(NOW).end().0 - 1));
    let newer = Day::last_for(Week::at(NOW).end());
    let bound = |arrival, kind, last| policy.bound_by(Some(&record), arrival, kind, last);
    let raised = bound(Arrival::Store, PacketKind::Message, older);
    assert_eq!(raised.floor.nonce_trials_per_byte, 4096);
    assert_eq!(raised.max_ttl, 7 * DAY_LEN);
    assert_eq!(bound(Arrival::Store, PacketKind::Deposit, newer), raised);
    assert_eq!(bound(Arrival::HandOver, PacketKind::Message, newer), raised);
    // Mail that may have been acknowledged before the terms were made harder is not lost.
    assert_eq!(bound(Arrival::HandOver, PacketKind::Message, older), policy);
    // An owner who asked for too much can take it back.
    assert_eq!(bound(Arrival::Store, PacketKind::Record, newer), policy);
    assert_eq!(
        policy.bound_by(None, Arrival::Store, PacketKind::Message, newer),
        policy
    );
    let points = RecordHead {
        terms: Terms::NONE,
        ..record
    };
    let at_points = policy.bound_by(Some(&points), Arrival::Store, PacketKind::Message, newer);
    assert_eq!(at_points, policy);
}

#[test]
fn handing_over_is_no_way_around_terms_that_have_held_for_five_weeks() {
    let last = Day::at(NOW);
    let bound = |held| {
        cheap_policy().bound_by(
            Some(&head(held, 4096)),
            Arrival::HandOver,
            PacketKind::Message,
            last,
        )
    };
    assert_eq!(bound(0).floor, CHEAP);
    for held in [5, 6, 50] {
        assert_eq!(bound(held).floor.nonce_trials_per_byte, 4096);
    }
}

#[test]
fn what_a_store_wrote_is_read_back_without_being_judged_again() {
    let packet = stamp(&record_packet(), record_packet().expires(), CHEAP, NOW);
    let judged = packet.verify(NOW, &cheap_policy()).unwrap();
    let read = StampedPacket::from_store(judged.as_bytes());
    assert_eq!(read, Ok(judged.clone()));
    assert_eq!(judged.clone().into_packet().as_bytes(), judged.as_bytes());
    assert!(StampedPacket::from_store(&judged.as_bytes()[1..]).is_err());
}

#[test]
fn tombstones_hold_for_their_packet_and_network_only() {
    let packet = message(5);
    let other = seal(8, None, &text(5)).remove(0);
    for tombstone in tombstones() {
        assert_eq!(tombstone.verify(NETWORK), Ok(()));
        assert!(tombstone.covers(&packet));
        assert!(!tombstone.covers(&other));
        assert_eq!(
            tombstone.verify(NetworkId(1)),
            Err(TombstoneError::Signature)
        );
        let moved = Tombstone {
            id: other.id(),
            ..tombstone
        };
        assert!(moved.verify(NETWORK).is_err());
    }
}

#[test]
fn every_flipped_bit_of_a_tombstone_breaks_it() {
    let packet = message(5);
    for tombstone in tombstones() {
        let bytes = tombstone.encode();
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            if let Ok(other) = Tombstone::decode(&mut Reader::new(&damaged)) {
                let holds = other.verify(NETWORK).is_ok() && other.covers(&packet);
                assert!(!holds, "bit {bit}");
            }
        }
    }
}

#[test]
fn nobody_owns_a_location_that_his_key_does_not_hash_to() {
    let packet = message(5);
    let stranger = Tombstone::by_owner(&front_door().signer(&person(3)), NETWORK, packet.id());
    assert_eq!(stranger.verify(NETWORK), Ok(()));
    assert!(!stranger.covers(&packet));
}

#[test]
fn a_tombstone_is_kept_as_long_as_its_packet_may_live_anywhere() {
    let last = Day::last_for(NOW);
    assert_eq!(Tombstone::kept_until(last), last.end().plus(CLOCK_SKEW));
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
}
