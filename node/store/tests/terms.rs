//! What a record asks binds at its location, and nowhere else.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code, outside of the functions that clippy knows as tests"
)]

mod common;

use common::*;
use toxdrop_dht::storage::{PutOutcome, PutSource, StoreRefusal};
use toxdrop_proto::day::Day;
use toxdrop_proto::packet::{StampedPacket, Terms};
use toxdrop_proto::pow::Difficulty;
use toxdrop_proto::week::Week;

fn terms() -> Terms {
    let difficulty = Difficulty {
        nonce_trials_per_byte: 64,
        extra_bytes: 1,
    };
    Terms::asking(difficulty, 7 * DAY, policy().floor).unwrap()
}

/// A message that pays for the floor only, or for the terms as well.
fn message(seed: u64, number: u64, last: Day, days: u64, pays: bool) -> StampedPacket {
    let location = place(&person(seed)).public().location();
    let expires = NOW.plus(days * DAY).min(last.end());
    let packet = cheap(&location, number, last, 340).with_stamp(0, expires);
    let (floor, asked) = (
        packet.target(policy().floor, NOW),
        packet.target(terms().difficulty().max(policy().floor), NOW),
    );
    let values = if pays { 0..=asked } else { asked + 1..=floor };
    with_value(&packet, expires, values)
}

#[test]
fn terms_bind_stores_and_what_is_handed_over_but_cannot_be_older() {
    let week = Week::at(NOW);
    let begins = Day::at(week.end());
    let old = begins.plus(27);
    let new = begins.plus(28);
    use PutSource::{HandOver, Own, Sender};
    // Place, source, last day, days to live, pays what is asked: taken?
    let cases = [
        (2, Sender, old, 1, false, false),
        (2, Sender, old, 1, true, true),
        (2, Sender, old, 10, true, false),
        (2, HandOver, old, 1, false, true),
        (2, HandOver, old, 10, false, true),
        (2, HandOver, new, 1, false, false),
        (2, HandOver, new, 10, true, false),
        (2, HandOver, new, 1, true, true),
        (2, Own, new, 10, false, true),
        (3, Sender, old, 10, false, true),
    ];
    let store = store(1 << 24);
    let record = record(&person(2), 1, terms(), NOW);
    assert!(matches!(put(&store, &record), PutOutcome::Held));
    for (number, (seed, source, last, days, pays, taken)) in (0..).zip(cases) {
        let packet = message(seed, number, last, days, pays);
        let outcome = put_all(&store, NOW, source, &[packet]).remove(0);
        match outcome {
            PutOutcome::Held => assert!(taken, "case {number}"),
            PutOutcome::Refused(StoreRefusal::TtlTooLong { max }) => {
                assert!(!taken && days == 10 && max == 7 * DAY, "case {number}");
            }
            PutOutcome::Refused(StoreRefusal::WorkTooLow {
                record: Some(said), ..
            }) => {
                assert!(!taken && !pays && said == *record, "case {number}");
            }
            other => panic!("case {number}: {other:?}"),
        }
    }
}

#[test]
fn an_owner_who_asked_for_too_much_can_take_it_back() {
    let store = store(1 << 24);
    let bob = person(2);
    assert!(matches!(
        put(&store, &record(&bob, 1, terms(), NOW)),
        PutOutcome::Held
    ));
    let easier = record(&bob, 2, Terms::NONE, NOW);
    assert!(matches!(put(&store, &easier), PutOutcome::Held));
    let packet = message(2, 1, Day::last_for(NOW), 10, false);
    assert!(matches!(put(&store, &packet), PutOutcome::Held));
}

#[test]
fn a_record_that_has_ended_binds_nobody() {
    let store = store(1 << 24);
    let bob = person(2);
    let record = record(&bob, 1, terms(), NOW);
    assert!(matches!(put(&store, &record), PutOutcome::Held));
    let after = record.expires();
    let location = record.location();
    let packet = cheap(&location, 1, Day::last_for(after), 340);
    let outcome = put_all(&store, after, PutSource::Sender, &[packet]).remove(0);
    assert!(matches!(outcome, PutOutcome::Held), "{outcome:?}");
}
