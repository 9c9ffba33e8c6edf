//! Who may delete always can: owners' tombstones have room, whatever strangers do.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code, outside of the functions that clippy knows as tests"
)]

mod common;

use common::*;
use toxdrop_dht::storage::{EntombOutcome, PutOutcome, PutSource};
use toxdrop_proto::day::Day;
use toxdrop_proto::packet::StampedPacket;
use toxdrop_store::{Store, StoreConfig};

const HOUR: u64 = 3_600;

#[test]
fn an_inbox_with_a_thousand_messages_a_day_for_28_days_never_meets_a_limit() {
    let store = store(StoreConfig::DEFAULT_SIZE_LIMIT);
    let signer = place(&person(2));
    let location = signer.public().location();
    let mut first = None;
    for day in 0..28 {
        let now = NOW.plus(day * DAY + HOUR);
        let messages: Vec<StampedPacket> = (0..1_000)
            .map(|n| cheap(&location, day * 1_000 + n, Day::last_for(now), 1_024))
            .collect();
        let outcomes = put_all(&store, now, PutSource::Sender, &messages);
        assert!(
            outcomes
                .iter()
                .all(|outcome| matches!(outcome, PutOutcome::Held))
        );
        let tombstones = messages.iter().map(|packet| deletion(&signer, packet));
        let outcomes = entomb_all(&store, now.plus(HOUR), tombstones.collect());
        assert!(
            outcomes
                .iter()
                .all(|outcome| *outcome == EntombOutcome::Accepted)
        );
        first.get_or_insert_with(|| messages[0].clone());
    }
    let stats = store.stats().unwrap();
    assert_eq!((stats.packets, stats.tombstones), (0, 28_000));
    // The oldest tombstone is there still.
    let again = put(&store, &first.unwrap());
    assert!(matches!(again, PutOutcome::Tombstoned(_)), "{again:?}");
}

#[test]
fn recalled_files_of_a_stranger_block_neither_the_owner_nor_mail_of_fair_standing() {
    let store = store(1 << 30);
    let bob = person(2);
    let signer = place(&bob);
    let location = signer.public().location();
    let mine = letter(&bob, 1);
    assert!(matches!(put(&store, &mine), PutOutcome::Held));
    // 57 files of 256 KiB, in parts of 812 bytes.
    let mut recalled = 0u64;
    for file in 0..57 {
        let parts: Vec<_> = (0..323)
            .map(|part| cheap(&location, file * 323 + part, Day::last_for(NOW), 1_024))
            .collect();
        put_all(&store, NOW, PutSource::Sender, &parts);
        let recalls = parts.iter().map(|part| recall(part)).collect();
        let outcomes = entomb_all(&store, NOW, recalls);
        recalled += outcomes
            .iter()
            .filter(|outcome| **outcome == EntombOutcome::Accepted)
            .count() as u64;
    }
    // They paid for the room of one location and have no more.
    let stats = store.stats().unwrap();
    assert!(recalled > 4_096 && stats.tombstones < 8 << 20 >> 10);
    assert!(holds(&store, &mine));
    assert_eq!(
        entomb(&store, deletion(&signer, &mine)),
        EntombOutcome::Accepted
    );
    let fair = letter(&bob, 2);
    assert!(matches!(put(&store, &fair), PutOutcome::Held));
    assert_eq!(
        entomb(&store, deletion(&signer, &fair)),
        EntombOutcome::Accepted
    );
}

#[test]
fn a_recall_keeps_the_room_and_the_standing_of_what_it_ends() {
    let mut config = config(1 << 20);
    config.location_limit = 980;
    let store = Store::in_memory(config, NOW).unwrap();
    let bob = person(2);
    let first = letter(&bob, 1);
    put(&store, &first);
    let before = store.stats().unwrap().bytes;
    assert_eq!(entomb(&store, recall(&first)), EntombOutcome::Accepted);
    let stats = store.stats().unwrap();
    assert_eq!(
        (stats.packets, stats.tombstones, stats.bytes),
        (0, 1, before)
    );
    let value = first.value();
    let newcomer = unstamped(&bob, 2);
    let equal = with_value(&newcomer, NOW.plus(DAY), value / 2 + 1..=u64::MAX);
    assert!(matches!(put(&store, &equal), PutOutcome::Refused(_)));
    let dear = with_value(&newcomer, NOW.plus(DAY), 0..=value / 3);
    assert!(matches!(put(&store, &dear), PutOutcome::Held));
    let stats = store.stats().unwrap();
    assert_eq!(
        (stats.packets, stats.tombstones, stats.bytes),
        (1, 0, before)
    );
}

#[test]
fn when_the_owners_share_is_full_the_oldest_goes_and_never_the_new_one() {
    let mut config = config(1 << 20);
    config.location_tombstone_limit = 3 * 256;
    let store = Store::in_memory(config, NOW).unwrap();
    let (signer, other) = (place(&person(2)), place(&person(3)));
    let place_of = |signer: &toxdrop_proto::keys::PlaceSigner| signer.public().location();
    let elsewhere = cheap(&place_of(&other), 99, Day::at(NOW), 340);
    put(&store, &elsewhere);
    entomb(&store, deletion(&other, &elsewhere));
    let packets: Vec<_> = (0..5)
        .map(|n| cheap(&place_of(&signer), n, Day::at(NOW).plus(1 + n as u16), 340))
        .collect();
    for packet in &packets {
        assert!(matches!(put(&store, packet), PutOutcome::Held));
        assert_eq!(
            entomb(&store, deletion(&signer, packet)),
            EntombOutcome::Accepted
        );
        assert!(matches!(put(&store, packet), PutOutcome::Tombstoned(_)));
    }
    assert_eq!(store.stats().unwrap().tombstones, 4);
    assert!(matches!(put(&store, &elsewhere), PutOutcome::Tombstoned(_)));
    for packet in &packets[..2] {
        assert!(matches!(put(&store, packet), PutOutcome::Held));
    }
    for packet in &packets[2..] {
        assert!(matches!(put(&store, packet), PutOutcome::Tombstoned(_)));
    }
}
