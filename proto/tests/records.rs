//! Inbox records: sealed for each place, judged by holders, opened by who knows the inbox, replaced by newer ones.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

mod common;

use common::{
    CHEAP, NETWORK, NOW, cheap_policy, front_door, period, person, point, record, record_packet,
    stamp, terms,
};
use proptest::prelude::*;
use toxdrop_proto::codec::DecodeErrorKind;
use toxdrop_proto::day::DAY_LEN;
use toxdrop_proto::ids::{NetworkId, UnixSeconds};
use toxdrop_proto::packet::{
    LAST, MAX_RECORD_AHEAD, Packet, PacketError, PacketPolicy, StampedPacket, Terms,
};
use toxdrop_proto::place::{Place, PlaceSecret, RecordPoint};
use toxdrop_proto::pow::Difficulty;
use toxdrop_proto::record::{
    MAX_REVISION, OpenRecordError, RecordContents, RecordError, open_record, seal_record,
};
use toxdrop_proto::seal::{SealChain, record_end};
use toxdrop_proto::week::{WEEK_LEN, Week};

/// Less work than any network asks for, so that thousands of packets can show it.
const LEAST: Difficulty = Difficulty {
    nonce_trials_per_byte: 0,
    extra_bytes: 0,
};

fn contacts() -> Place {
    Place::contacts(period(), PlaceSecret::from_bytes([8; 16]))
}

fn judged(packet: &Packet) -> StampedPacket {
    stamp(packet, packet.expires(), CHEAP, NOW)
        .verify(NOW, &cheap_policy())
        .unwrap()
}

fn at(place: &Place, contents: &RecordContents) -> StampedPacket {
    judged(&seal_record(&person(2), NETWORK, place, contents).unwrap())
}

#[test]
fn who_knows_the_inbox_reads_its_record_at_every_place_and_nobody_else_does() {
    let (bob, eve) = (person(2).public(), person(3).public());
    let contents = record(5);
    for place in [point(), front_door(), contacts()] {
        let packet = at(&place, &contents);
        assert_eq!(open_record(&bob, &place, &packet), Ok(contents.clone()));
        assert_eq!(
            open_record(&eve, &place, &packet),
            Err(OpenRecordError::OtherPlace)
        );
    }
    let elsewhere = open_record(&bob, &front_door(), &at(&point(), &contents));
    assert_eq!(elsewhere, Err(OpenRecordError::OtherPlace));
}

#[test]
fn holders_of_mail_see_the_terms_and_holders_of_points_see_constants() {
    let contents = record(5);
    let clear = |place| at(&place, &contents).record_head().unwrap().terms;
    assert_ne!(terms(), Terms::NONE);
    assert_eq!(clear(front_door()), terms());
    assert_eq!(clear(contacts()), terms());
    for point in RecordPoint::ALL {
        let point = Place::record_point(period(), point);
        assert_eq!(clear(point), Terms::NONE);
    }
}

#[test]
fn all_records_of_one_week_end_together_three_weeks_after_it() {
    let week = Week::at(NOW);
    let made_at = |made: u64| {
        let contents = RecordContents {
            made: UnixSeconds(made),
            ..record(5)
        };
        let packet = seal_record(&person(2), NETWORK, &point(), &contents).unwrap();
        (packet.expires(), packet.last())
    };
    let end = week.end().0 + 3 * WEEK_LEN;
    for made in [week.begin().0, NOW.0, week.end().0 - 1] {
        let (expires, last) = made_at(made);
        assert_eq!((expires, last.end()), (UnixSeconds(end), UnixSeconds(end)));
    }
    let head = record_packet().record_head().unwrap();
    assert_eq!((head.week, head.ends()), (week, record_end(week)));
}

#[test]
fn the_same_contents_give_the_same_packet_on_every_device() {
    let make = || seal_record(&person(2), NETWORK, &point(), &record(5)).unwrap();
    assert_eq!(make(), make());
}

#[test]
fn a_newer_record_replaces_an_older_one_at_its_place_and_nowhere_else() {
    let [old, new] = [5, 6].map(|revision| at(&point(), &record(revision)));
    assert!(new.replaces(&old) && !old.replaces(&new) && !new.replaces(&new));
    let elsewhere = at(&front_door(), &record(9));
    assert!(!elsewhere.replaces(&old) && !old.replaces(&elsewhere));
    // Two devices made the same revision: one of the two wins everywhere.
    let twin = RecordContents {
        made: NOW.plus(1),
        ..record(6)
    };
    let twin = at(&point(), &twin);
    assert_ne!(new.replaces(&twin), twin.replaces(&new));
    let message = judged(&common::message(5));
    assert!(!message.replaces(&old) && !new.replaces(&message));
}

#[test]
fn a_record_binds_until_it_ends() {
    let packet = at(&front_door(), &record(5));
    let end = record_end(Week::at(NOW));
    assert_eq!(packet.in_force(NOW), packet.record_head());
    assert!(packet.in_force(UnixSeconds(end.0 - 1)).is_some());
    assert!(packet.in_force(end).is_none());
    assert!(judged(&common::message(5)).in_force(NOW).is_none());
}

#[test]
fn a_record_of_another_network_or_place_is_refused() {
    let packet = stamp(&record_packet(), record_packet().expires(), CHEAP, NOW);
    let elsewhere = PacketPolicy {
        network: NetworkId(1),
        ..cheap_policy()
    };
    assert_eq!(
        packet.clone().verify(NOW, &elsewhere),
        Err(PacketError::Signature)
    );
    let mut bytes = packet.as_bytes().to_vec();
    bytes[20] ^= 1;
    let moved = Packet::parse(&bytes).unwrap();
    assert_eq!(
        moved.verify(NOW, &cheap_policy()),
        Err(PacketError::NotThePlacesKey)
    );
}

#[test]
fn a_record_dated_more_than_a_day_ahead_is_ignored() {
    let week = Week::at(NOW).plus(1);
    let ahead = RecordContents {
        made: week.begin(),
        seal_keys: SealChain::from_parts(week, &[7; 32])
            .public_keys(week)
            .unwrap(),
        ..record(5)
    };
    let packet = seal_record(&person(2), NETWORK, &point(), &ahead).unwrap();
    let policy = PacketPolicy {
        clock_skew: 10 * DAY_LEN,
        ..cheap_policy()
    };
    let verify = |now| stamp(&packet, packet.expires(), CHEAP, now).verify(now, &policy);
    let day_before = UnixSeconds(week.begin().0 - MAX_RECORD_AHEAD);
    assert!(verify(day_before).is_ok());
    assert_eq!(
        verify(UnixSeconds(day_before.0 - 1)),
        Err(PacketError::RecordAhead)
    );
    assert!(ahead.is_dated_ahead(UnixSeconds(day_before.0 - 1)));
    assert!(!ahead.is_dated_ahead(day_before));
}

#[test]
fn a_record_whose_last_day_ends_no_week_is_malformed() {
    let mut bytes = record_packet().as_bytes().to_vec();
    let last = record_packet().last().minus(1).number();
    bytes[LAST].copy_from_slice(&last.to_be_bytes());
    let error = Packet::parse(&bytes).unwrap_err();
    assert_eq!(
        (error.offset, error.kind),
        (LAST.start, DecodeErrorKind::NotAWeeksLastDay(last))
    );
}

#[test]
fn records_that_would_contradict_themselves_are_not_made() {
    let make = |contents: &RecordContents| seal_record(&person(2), NETWORK, &point(), contents);
    let other_week = RecordContents {
        made: NOW.plus(WEEK_LEN),
        ..record(5)
    };
    assert!(matches!(make(&other_week), Err(RecordError::Week { .. })));
    assert_eq!(make(&record(MAX_REVISION + 1)), Err(RecordError::Revision));
}

#[test]
fn every_flipped_bit_of_a_record_breaks_its_signature_its_place_or_its_form() {
    let packet = at(&front_door(), &record(5));
    for bit in 16 * 8..packet.len() * 8 {
        let mut damaged = packet.as_bytes().to_vec();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let Ok(damaged) = Packet::parse(&damaged) else {
            continue;
        };
        // Whoever damages it may stamp it again: work is not what notices. In its last minute that costs least.
        let now = UnixSeconds(damaged.expires().0 - 60);
        let damaged = stamp(&damaged, damaged.expires(), LEAST, now);
        let policy = PacketPolicy {
            floor: LEAST,
            ..cheap_policy()
        };
        assert!(damaged.verify(now, &policy).is_err(), "bit {bit}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_record_is_read_as_it_was_sealed(
        revision in 0u32..5000, within in 0..WEEK_LEN, secret: [u8; 16], link: [u8; 32], point in 0usize..4,
    ) {
        let week = Week::at(NOW);
        let contents = RecordContents {
            revision,
            made: week.begin().plus(within),
            front_door: PlaceSecret::from_bytes(secret),
            terms: terms(),
            seal_keys: SealChain::from_parts(week, &link).public_keys(week).unwrap(),
        };
        for place in [Place::record_point(period(), RecordPoint::ALL[point]), front_door()] {
            let packet = seal_record(&person(2), NETWORK, &place, &contents).unwrap();
            // What a client keeps of its own is not judged again.
            let kept = StampedPacket::from_store(packet.as_bytes()).unwrap();
            prop_assert_eq!(open_record(&person(2).public(), &place, &kept), Ok(contents.clone()));
        }
    }
}
