//! What the store promises, on a real file and in memory.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code, outside of the functions that clippy knows as tests"
)]

mod common;

use common::*;
use toxdrop_dht::storage::{
    EntombOutcome, ExtendOutcome, OfferVerdict, PutOutcome, PutSource, StorageReply,
    StorageRequest, StoreRefusal,
};
use toxdrop_proto::ids::UnixSeconds;
use toxdrop_proto::keys::EphemeralSecret;
use toxdrop_proto::packet::{StampedPacket, Standing, Terms};
use toxdrop_proto::tombstone::Tombstone;
use toxdrop_store::{DataDir, Store, StoreError};

#[test]
fn a_packet_is_held_once_however_often_it_comes() {
    let store = store(1 << 20);
    let packet = letter(&person(2), 1);
    assert!(matches!(put(&store, &packet), PutOutcome::Held));
    assert!(matches!(put(&store, &packet), PutOutcome::AlreadyHeld));
    assert_eq!(store.stats().unwrap().packets, 1);
}

#[test]
fn a_deleted_packet_is_gone_and_its_tombstone_is_the_answer() {
    let store = store(1 << 20);
    let bob = person(2);
    let packet = letter(&bob, 1);
    let network = policy().network;
    let tombstone = Tombstone::by_owner(&place(&bob), network, packet.id());
    assert_eq!(entomb(&store, tombstone), EntombOutcome::NotHeld);
    put(&store, &packet);
    let other = EphemeralSecret::from_seed(&[3; 32]);
    let stranger = Tombstone::by_sender(&other, network, packet.location(), packet.id());
    assert_eq!(entomb(&store, stranger), EntombOutcome::NotAuthorised);
    assert_eq!(entomb(&store, tombstone), EntombOutcome::Accepted);
    assert!(!holds(&store, &packet));
    assert!(matches!(put(&store, &packet), PutOutcome::Tombstoned(t) if t == tombstone));
    let offers = vec![(packet.location(), packet.id(), packet.expires())];
    let offered = store.write(NOW, &[StorageRequest::Offered { offers }]);
    assert!(matches!(
        &offered.replies[0],
        StorageReply::Offered(verdicts)
            if matches!(verdicts[..], [OfferVerdict::Entombed(t)] if t == tombstone)
    ));
    let ends = Tombstone::kept_until(packet.last());
    store.sweep(UnixSeconds(ends.0 - 1)).unwrap();
    assert_eq!(store.stats().unwrap().tombstones, 1);
    store.sweep(ends).unwrap();
    assert_eq!(store.stats().unwrap().tombstones, 0);
    assert_eq!(store.stats().unwrap().bytes, 0);
}

#[test]
fn a_full_location_lets_in_only_who_shows_twice_the_work_of_the_least() {
    let mut config = config(1 << 20);
    config.location_limit = 2_000;
    let store = Store::in_memory(config, NOW).unwrap();
    let bob = person(2);
    let first = letter(&bob, 1);
    let second = letter(&bob, 2);
    assert!(matches!(put(&store, &first), PutOutcome::Held));
    assert!(matches!(put(&store, &second), PutOutcome::Held));
    let standing = |packet: &StampedPacket| packet.standing().unwrap();
    let lowest = standing(&first).min(standing(&second));
    let needed = lowest.needed_to_displace().unwrap();
    let newcomer = unstamped(&bob, 200);
    let value = |standing: Standing| standing.greatest_value(newcomer.charged_len()).unwrap();
    let short = with_value(&newcomer, NOW.plus(DAY), value(needed) + 1..=value(lowest));
    assert!(standing(&short) < needed && standing(&short) >= lowest);
    match put(&store, &short) {
        PutOutcome::Refused(StoreRefusal::Full { standing }) => assert_eq!(standing, needed),
        other => panic!("{other:?}"),
    }
    let dear = with_value(&newcomer, NOW.plus(DAY), 0..=value(needed));
    assert!(standing(&dear) >= needed);
    assert!(matches!(put(&store, &dear), PutOutcome::Held));
    assert_eq!(store.stats().unwrap().packets, 2);
    assert!(holds(&store, &dear));
    assert_eq!(holds(&store, &first), standing(&first) > standing(&second));
}

#[test]
fn a_longer_life_is_taken_and_a_shorter_or_cheaper_one_refused() {
    let store = store(1 << 20);
    let packet = stamp(&unstamped(&person(2), 1), NOW.plus(DAY), 4);
    put(&store, &packet);
    let extend_with = |expires: UnixSeconds, longer: &StampedPacket| {
        let request = StorageRequest::Extend {
            location: packet.location(),
            id: packet.id(),
            expires,
            nonce: longer.nonce(),
            source: PutSource::Sender,
        };
        match store.write(NOW, &[request]).replies.remove(0) {
            StorageReply::Extended(outcome) => outcome,
            other => panic!("{other:?}"),
        }
    };
    let value = packet.value();
    let extend = |expires| extend_with(expires, &with_value(&packet, expires, 0..=value / 2));
    let two = NOW.plus(2 * DAY);
    let floor = packet.with_stamp(0, two).target(policy().floor, NOW);
    let cheaper = with_value(&packet, two, value + 1..=floor);
    assert!(matches!(
        extend_with(two, &cheaper),
        ExtendOutcome::Refused(StoreRefusal::LowerStanding)
    ));
    assert!(matches!(extend(two), ExtendOutcome::Extended));
    let past = packet.last().end().plus(1);
    assert!(matches!(
        extend(past),
        ExtendOutcome::Refused(StoreRefusal::TtlTooLong { .. })
    ));
    assert!(matches!(
        extend(NOW.plus(DAY / 2)),
        ExtendOutcome::Refused(StoreRefusal::EarlierExpiry)
    ));
}

#[test]
fn an_older_record_never_replaces_a_newer_one_whatever_arrives_between() {
    let mut config = config(1 << 20);
    config.location_limit = 2_000;
    let store = Store::in_memory(config, NOW).unwrap();
    let bob = person(2);
    let record = |revision| record(&bob, revision, Terms::NONE, NOW);
    let (old, new) = (record(1), record(2));
    assert!(matches!(put(&store, &new), PutOutcome::Held));
    for id in 1..20 {
        // They outbid each other; none of them can push the record out.
        let dear = stamp(&unstamped(&bob, id), NOW.plus(DAY), 1 << (id / 3));
        put(&store, &dear);
        assert!(holds(&store, &new));
    }
    match put(&store, &old) {
        PutOutcome::Refused(StoreRefusal::OlderRecord { newer }) => assert_eq!(newer, *new),
        other => panic!("{other:?}"),
    }
    assert!(matches!(put(&store, &record(3)), PutOutcome::Held));
    assert!(!holds(&store, &new) && holds(&store, &record(3)));
    assert_eq!(store.stats().unwrap().packets, 3);
}

#[test]
fn what_has_expired_is_dropped() {
    let store = store(1 << 20);
    let packet = letter(&person(2), 1);
    put(&store, &packet);
    let later = NOW.plus(DAY + 1);
    store.sweep(later).unwrap();
    assert_eq!(store.stats().unwrap().packets, 0);
}

#[test]
fn what_was_answered_is_there_after_opening_again_and_no_second_process_gets_in() {
    let dir = tempfile::tempdir().unwrap();
    let packet = letter(&person(2), 1);
    {
        let lock = DataDir::lock(dir.path()).unwrap();
        let store = Store::open(&lock, config(1 << 20), NOW).unwrap();
        assert!(matches!(put(&store, &packet), PutOutcome::Held));
        assert!(matches!(
            DataDir::lock(dir.path()),
            Err(StoreError::InUse(_))
        ));
    }
    let lock = DataDir::lock(dir.path()).unwrap();
    let store = Store::open(&lock, config(1 << 20), NOW).unwrap();
    assert!(holds(&store, &packet));
}

#[test]
fn a_damaged_file_is_named_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("store.redb");
    for damage in [&b"this is no database"[..], &[0; 5_000]] {
        std::fs::write(&file, damage).unwrap();
        let lock = DataDir::lock(dir.path()).unwrap();
        let opened = Store::open(&lock, config(1 << 20), NOW);
        assert!(
            matches!(opened, Err(StoreError::Corrupt { .. })),
            "{opened:?}"
        );
        assert_eq!(std::fs::read(&file).unwrap(), damage);
    }
}

#[test]
fn a_file_of_an_earlier_format_is_refused_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("store.redb");
    {
        let meta = redb::TableDefinition::<&str, u64>::new("meta");
        let database = redb::Database::create(&file).unwrap();
        let transaction = database.begin_write().unwrap();
        transaction
            .open_table(meta)
            .unwrap()
            .insert("schema", 1)
            .unwrap();
        transaction.commit().unwrap();
    }
    let lock = DataDir::lock(dir.path()).unwrap();
    let error = Store::open(&lock, config(1 << 20), NOW).unwrap_err();
    assert!(matches!(error, StoreError::Earlier { found: 1, .. }));
    assert!(error.to_string().contains("move it away"));
    assert!(file.exists());
}
