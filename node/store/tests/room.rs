//! Limits: kept whatever comes, and given back whatever goes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code, outside of the functions that clippy knows as tests"
)]

mod common;

use std::collections::BTreeSet;

use common::*;
use proptest::prelude::*;
use toxdrop_dht::storage::{PutOutcome, PutSource, StoreRefusal};
use toxdrop_proto::day::Day;
use toxdrop_proto::packet::Terms;
use toxdrop_store::Store;

#[derive(Clone, Debug)]
enum Step {
    Put { seed: u64, number: u64, days: u16 },
    Record { seed: u64, revision: u32 },
    Delete { seed: u64, number: u64, days: u16 },
    Recall { seed: u64, number: u64, days: u16 },
    Hold { seed: Option<u64> },
    Wait { hours: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    let packet = || (2..4u64, 0..12u64, 0..3u16);
    prop_oneof![
        4 => packet().prop_map(|(seed, number, days)| Step::Put { seed, number, days }),
        1 => (2..4u64, 1..5u32).prop_map(|(seed, revision)| Step::Record { seed, revision }),
        2 => packet().prop_map(|(seed, number, days)| Step::Delete { seed, number, days }),
        2 => packet().prop_map(|(seed, number, days)| Step::Recall { seed, number, days }),
        1 => prop::option::of(2..4u64).prop_map(|seed| Step::Hold { seed }),
        1 => (0..30u64).prop_map(|hours| Step::Wait { hours }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_limit_is_passed_and_all_room_comes_back(steps in prop::collection::vec(step(), 1..60)) {
        let mut config = config(12_000);
        config.location_limit = 4_000;
        config.location_tombstone_limit = 600;
        let store = Store::in_memory(config, NOW).unwrap();
        let mut now = NOW;
        let packet = |seed, number, days| {
            let location = place(&person(seed)).public().location();
            cheap(&location, seed * 100 + number, Day::at(NOW).plus(days), 340)
        };
        for step in steps {
            match step {
                Step::Put { seed, number, days } => {
                    put_all(&store, now, PutSource::Sender, &[packet(seed, number, days)]);
                }
                Step::Record { seed, revision } => {
                    let record = record(&person(seed), revision, Terms::NONE, NOW);
                    put_all(&store, now, PutSource::Sender, &[record]);
                }
                Step::Delete { seed, number, days } => {
                    let tombstone = deletion(&place(&person(seed)), &packet(seed, number, days));
                    entomb_all(&store, now, vec![tombstone]);
                }
                Step::Recall { seed, number, days } => {
                    entomb_all(&store, now, vec![recall(&packet(seed, number, days))]);
                }
                Step::Hold { seed } => {
                    let held = seed.map(|seed| place(&person(seed)).public().location());
                    store.set_always_held(now, held.into_iter().collect()).unwrap();
                }
                Step::Wait { hours } => now = now.plus(hours * 3_600),
            }
            let stats = store.stats().unwrap();
            prop_assert!(stats.bytes <= stats.limit);
        }
        while store.sweep(now.plus(60 * DAY)).unwrap().0 {}
        let stats = store.stats().unwrap();
        prop_assert_eq!((stats.packets, stats.tombstones, stats.bytes), (0, 0, 0));
    }
}

#[test]
fn what_is_always_held_is_never_pushed_out_and_the_list_can_change() {
    let mut config = config(1 << 20);
    config.location_limit = 980;
    let store = Store::in_memory(config, NOW).unwrap();
    let bob = person(2);
    let location = place(&bob).public().location();
    store
        .set_always_held(NOW, BTreeSet::from([location]))
        .unwrap();
    for id in 1..5 {
        assert!(matches!(put(&store, &letter(&bob, id)), PutOutcome::Held));
    }
    store.set_always_held(NOW, BTreeSet::new()).unwrap();
    let newcomer = put(&store, &letter(&bob, 5));
    assert!(
        matches!(newcomer, PutOutcome::Refused(StoreRefusal::Full { .. })),
        "{newcomer:?}"
    );
    let dear = stamp(&unstamped(&bob, 6), NOW.plus(DAY), 1 << 14);
    assert!(matches!(put(&store, &dear), PutOutcome::Held));
    assert_eq!(store.stats().unwrap().packets, 1);
}
