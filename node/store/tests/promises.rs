//! What the store promises, on a real file and in memory.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code, outside of the functions that clippy knows as tests"
)]

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use toxdrop_proto::ids::{MessageId, Salt, UnixMillis, UnixSeconds};
use toxdrop_proto::keys::InboxSecret;
use toxdrop_proto::location::{inbox_location, record_points};
use toxdrop_proto::message::{Content, Seal, seal};
use toxdrop_proto::packet::{Packet, PacketPolicy, StampedPacket};
use toxdrop_proto::pow::{self, Difficulty};
use toxdrop_proto::record::{InboxRecord, RecordFields};
use toxdrop_proto::tombstone::Tombstone;

use toxdrop_dht::storage::{
    EntombOutcome, ExtendOutcome, PutOutcome, PutSource, StorageReply, StorageRequest, StoreRefusal,
};
use toxdrop_store::{DataDir, Store, StoreConfig, StoreError};

const NOW: UnixSeconds = UnixSeconds(1_800_000_000);
const DAY: u64 = 86_400;

fn policy() -> PacketPolicy {
    PacketPolicy {
        floor: Difficulty {
            nonce_trials_per_byte: 1,
            extra_bytes: 1,
        },
        ..PacketPolicy::default()
    }
}

fn person(seed: u64) -> InboxSecret {
    InboxSecret::generate(&mut ChaCha20Rng::seed_from_u64(seed))
}

fn store(size_limit: u64) -> Store {
    Store::in_memory(StoreConfig::new(policy(), size_limit), NOW).unwrap()
}

/// A nonce whose value is at most `share` of what is asked for.
fn stamp(packet: &Packet, expires: UnixSeconds, share: u64) -> StampedPacket {
    let packet = packet.with_stamp(0, expires);
    let target = packet.target(policy().floor, NOW) / share;
    let hash = packet.initial_hash();
    let nonce = (0..)
        .find(|nonce| pow::verify(*nonce, &hash, target))
        .unwrap();
    packet
        .with_stamp(nonce, expires)
        .verify(NOW, &policy())
        .unwrap()
}

fn unstamped(to: &InboxSecret, id: u8) -> Packet {
    let what = Seal {
        sender: &person(1),
        receiver: &to.public(),
        location: inbox_location(&to.public(), Salt::DEFAULT),
        message_id: MessageId::from_bytes([id; 16]),
        sent: UnixMillis(NOW.0 * 1000),
        not_after: NOW.plus(30 * DAY),
        expires: NOW.plus(DAY),
        content: &Content::Text("hello".into()),
    };
    seal(&what, &mut ChaCha20Rng::seed_from_u64(id.into()))
        .unwrap()
        .remove(0)
}

fn letter(to: &InboxSecret, id: u8) -> StampedPacket {
    stamp(&unstamped(to, id), NOW.plus(DAY), 1)
}

fn put(store: &Store, packet: &StampedPacket) -> PutOutcome {
    let request = StorageRequest::Put {
        packet: packet.clone(),
        source: PutSource::Sender,
    };
    match store.write(NOW, &[request]).replies.remove(0) {
        StorageReply::Put(outcome) => outcome,
        other => panic!("{other:?}"),
    }
}

fn entomb(store: &Store, tombstone: Tombstone) -> EntombOutcome {
    let request = StorageRequest::Entomb {
        tombstones: vec![tombstone],
    };
    match store.write(NOW, &[request]).replies.remove(0) {
        StorageReply::Entombed(outcomes) => outcomes[0],
        other => panic!("{other:?}"),
    }
}

fn holds(store: &Store, packet: &Packet) -> bool {
    store
        .packet(NOW, &packet.location(), &packet.id())
        .unwrap()
        .is_some()
}

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
    let tombstone =
        Tombstone::sign_owner(&bob, network, Salt::DEFAULT, packet.location(), packet.id());
    assert_eq!(entomb(&store, tombstone), EntombOutcome::NotHeld);
    put(&store, &packet);
    let stranger = Tombstone::sign_sender(&person(3), network, packet.location(), packet.id());
    assert_eq!(entomb(&store, stranger), EntombOutcome::NotAuthorised);
    assert_eq!(entomb(&store, tombstone), EntombOutcome::Accepted);
    assert!(!holds(&store, &packet));
    assert!(matches!(put(&store, &packet), PutOutcome::Tombstoned(t) if t == tombstone));
}

#[test]
fn a_full_location_lets_in_only_who_shows_twice_the_work_of_the_least() {
    let mut config = StoreConfig::new(policy(), 1 << 20);
    config.location_limit = 2_000;
    let store = Store::in_memory(config, NOW).unwrap();
    let bob = person(2);
    let first = letter(&bob, 1);
    assert!(matches!(put(&store, &first), PutOutcome::Held));
    assert!(matches!(put(&store, &letter(&bob, 2)), PutOutcome::Held));
    let mut refused = None;
    for id in 3..60 {
        if let PutOutcome::Refused(StoreRefusal::Full { rank }) = put(&store, &letter(&bob, id)) {
            refused = Some(rank);
            break;
        }
    }
    let needed = refused.expect("a newcomer of low rank must be refused");
    let dear = stamp(&unstamped(&bob, 200), NOW.plus(DAY), needed.0 / 1000 + 1);
    assert!(dear.rank(NOW, policy().floor) >= needed);
    assert!(matches!(put(&store, &dear), PutOutcome::Held));
    assert_eq!(store.stats().unwrap().packets, 2);
}

#[test]
fn a_longer_life_is_taken_and_a_shorter_one_refused() {
    let store = store(1 << 20);
    let packet = letter(&person(2), 1);
    put(&store, &packet);
    let extend = |expires: UnixSeconds| {
        let longer = stamp(&packet, expires, 1);
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
    assert!(matches!(extend(NOW.plus(2 * DAY)), ExtendOutcome::Extended));
    assert!(matches!(
        extend(NOW.plus(DAY / 2)),
        ExtendOutcome::Refused(StoreRefusal::EarlierExpiry)
    ));
}

#[test]
fn an_older_record_never_replaces_a_newer_one() {
    let store = store(1 << 20);
    let bob = person(2);
    let record = |sequence| {
        let fields = RecordFields {
            salt: Salt::DEFAULT,
            sequence: UnixMillis(sequence),
            difficulty: policy().floor,
            max_ttl: 7 * DAY,
            expires: NOW.plus(20 * DAY),
            seal_key: [0; 32],
        };
        let record = InboxRecord::sign(&bob, policy().network, fields).unwrap();
        let point = record_points(&bob.public())[0];
        let packet = record.to_packet(point, NOW.plus(DAY)).unwrap();
        stamp(&packet, NOW.plus(DAY), 1)
    };
    let (old, new) = (record(1), record(2));
    assert!(matches!(put(&store, &new), PutOutcome::Held));
    assert!(matches!(
        put(&store, &old),
        PutOutcome::Refused(StoreRefusal::OlderRecord { .. })
    ));
    assert!(matches!(put(&store, &record(3)), PutOutcome::Held));
    assert_eq!(store.stats().unwrap().packets, 1);
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
        let store = Store::open(&lock, StoreConfig::new(policy(), 1 << 20), NOW).unwrap();
        assert!(matches!(put(&store, &packet), PutOutcome::Held));
        assert!(matches!(
            DataDir::lock(dir.path()),
            Err(StoreError::InUse(_))
        ));
    }
    let lock = DataDir::lock(dir.path()).unwrap();
    let store = Store::open(&lock, StoreConfig::new(policy(), 1 << 20), NOW).unwrap();
    assert!(holds(&store, &packet));
}

#[test]
fn a_damaged_file_is_named_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("store.redb");
    for damage in [&b"this is no database"[..], &[0; 5_000]] {
        std::fs::write(&file, damage).unwrap();
        let lock = DataDir::lock(dir.path()).unwrap();
        let opened = Store::open(&lock, StoreConfig::new(policy(), 1 << 20), NOW);
        assert!(
            matches!(opened, Err(StoreError::Corrupt { .. })),
            "{opened:?}"
        );
        assert_eq!(std::fs::read(&file).unwrap(), damage);
    }
}
