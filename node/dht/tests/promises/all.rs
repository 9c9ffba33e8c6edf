//! The promises, whatever store is underneath: that of the simulator here, the real one in the store's own tests.

use std::sync::Arc;
use std::time::Duration;

use toxdrop_proto::ids::{Salt, UnixMillis};
use toxdrop_proto::keys::InboxSecret;
use toxdrop_proto::location::record_points;
use toxdrop_proto::message::ephemeral_secret;
use toxdrop_proto::packet::StampedPacket;
use toxdrop_proto::pow::Difficulty;
use toxdrop_proto::record::{InboxRecord, RecordFields};
use toxdrop_proto::tombstone::Tombstone;

use toxdrop_dht::report::{DeleteReport, Listing, StoreReport};
use toxdrop_dht::{Event, OpResult, Operation};
use toxdrop_sim::letters::{easy, letter, message_id, person, stamp};
use toxdrop_sim::{Loss, Network};

use super::{add, joined};

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn store(net: &mut Network, node: usize, packet: &StampedPacket) -> StoreReport {
    match net.operate(node, Operation::Store(packet.clone())) {
        OpResult::Stored(report) => report,
        other => panic!("{other:?}"),
    }
}

fn list(net: &mut Network, node: usize, owner: &Arc<InboxSecret>) -> Listing {
    let operation = Operation::List {
        owner: Arc::clone(owner),
        salt: Salt::DEFAULT,
    };
    match net.operate(node, operation) {
        OpResult::Listed(listing) => listing,
        other => panic!("{other:?}"),
    }
}

fn retrieve(
    net: &mut Network,
    node: usize,
    owner: &Arc<InboxSecret>,
    listing: &Listing,
) -> Option<StampedPacket> {
    let operation = Operation::Retrieve {
        owner: Arc::clone(owner),
        salt: Salt::DEFAULT,
        id: listing.entries[0].id,
        holders: listing.entries[0].holders.clone(),
    };
    match net.operate(node, operation) {
        OpResult::Retrieved(packet) => packet,
        other => panic!("{other:?}"),
    }
}

fn delete(net: &mut Network, node: usize, tombstone: Tombstone) -> DeleteReport {
    let operation = Operation::Delete {
        location: tombstone.location,
        tombstones: vec![tombstone],
    };
    match net.operate(node, operation) {
        OpResult::Deleted(report) => report,
        other => panic!("{other:?}"),
    }
}

fn owners_tombstone(owner: &InboxSecret, packet: &StampedPacket) -> Tombstone {
    Tombstone::sign_owner(
        owner,
        easy().network(),
        Salt::DEFAULT,
        packet.location(),
        packet.id(),
    )
}

#[test]
fn nodes_find_one_another_through_one() {
    let net = joined(12, &easy(), 1);
    for node in net.nodes() {
        let (tox, capable) = node.engine.counts();
        assert!(tox >= 8 && capable >= 8, "{tox} {capable}");
    }
}

#[test]
fn a_packet_is_stored_listed_retrieved_and_deleted_while_its_sender_is_gone() {
    let mut net = joined(20, &easy(), 2);
    let (alice, bob) = (person(1), Arc::new(person(2)));
    let packet = letter(&alice, &bob, 1, net.now());

    let report = store(&mut net, 3, &packet);
    assert_eq!((report.held, report.independent), (8, 8), "{report:?}");
    let mut holders = net.holders(&packet);
    let mut closest = net.closest(&packet.location(), 8);
    holders.sort_unstable();
    closest.sort_unstable();
    assert_eq!(holders, closest);
    net.switch_off(3);

    let receiver = (0..20).find(|n| *n != 3).unwrap();
    let listing = list(&mut net, receiver, &bob);
    assert_eq!(listing.entries.len(), 1);
    assert!(listing.entries[0].holders.len() >= 7);
    let got = retrieve(&mut net, receiver, &bob, &listing);
    assert_eq!(got.map(|p| p.id()), Some(packet.id()));

    let report = delete(&mut net, receiver, owners_tombstone(&bob, &packet));
    assert!(report.accepted >= 7, "{report:?}");
    net.switch_on(3);
    net.run(seconds(5));
    let left: Vec<usize> = net.holders(&packet);
    assert!(left.iter().all(|n| *n == 3), "{left:?}");
}

#[test]
fn the_newest_record_is_found_even_at_a_single_point() {
    let mut net = joined(30, &easy(), 11);
    let bob = person(2);
    let expires = net.now().unix.plus(86_400);
    let record = |sequence| {
        let fields = RecordFields {
            salt: Salt::DEFAULT,
            sequence: UnixMillis(sequence),
            difficulty: Difficulty {
                nonce_trials_per_byte: 1,
                extra_bytes: 1,
            },
            max_ttl: 86_400,
            expires,
            seal_key: [0; 32],
        };
        InboxRecord::sign(&bob, easy().policy().network, fields).unwrap()
    };
    let find =
        |net: &mut Network, node| match net.operate(node, Operation::FindRecord(bob.public())) {
            OpResult::Record(report) => report,
            other => panic!("{other:?}"),
        };
    let publish = |net: &mut Network, node, record: &InboxRecord, point| {
        let packet = record.to_packet(point, expires).unwrap();
        let packet = stamp(&packet, expires, &easy().policy(), net.now());
        store(net, node, &packet)
    };
    let report = find(&mut net, 4);
    assert!(report.answered > 0 && report.newest.is_none(), "{report:?}");

    let points = record_points(&bob.public());
    let (old, new) = (record(1), record(2));
    for point in points {
        let report = publish(&mut net, 3, &old, point);
        assert_eq!(report.held, 8, "{report:?}");
    }
    assert_eq!(find(&mut net, 4).newest, Some(old.clone()));

    // Wherever the newer one lies, and whatever lies at the other points.
    publish(&mut net, 5, &new, points[2]);
    for node in [4, 17, 29] {
        assert_eq!(find(&mut net, node).newest, Some(new.clone()));
    }
    // An older one does not come back over it.
    let report = publish(&mut net, 3, &old, points[2]);
    assert_eq!(find(&mut net, 8).newest, Some(new), "{report:?}");
}

#[test]
fn a_deleted_packet_is_answered_with_the_tombstone_as_a_receipt() {
    let mut net = joined(12, &easy(), 3);
    let (alice, bob) = (person(1), person(2));
    let packet = letter(&alice, &bob, 1, net.now());
    store(&mut net, 1, &packet);
    let tombstone = owners_tombstone(&bob, &packet);
    delete(&mut net, 2, tombstone);
    let report = store(&mut net, 1, &packet);
    assert_eq!(report.tombstone, Some(tombstone));
    assert_eq!(report.held, 0);
}

#[test]
fn a_recalled_packet_does_not_come_back_after_a_heal() {
    let mut net = joined(12, &easy(), 4);
    let (alice, bob) = (person(1), person(2));
    let packet = letter(&alice, &bob, 7, net.now());
    store(&mut net, 1, &packet);
    let away = net.holders(&packet)[0];
    net.switch_off(away);
    let sender = (0..12).find(|n| *n != away).unwrap();
    let ephemeral = ephemeral_secret(&alice, &bob.public(), packet.location(), message_id(7), 0);
    let recall =
        Tombstone::sign_sender(&ephemeral, easy().network(), packet.location(), packet.id());
    assert!(delete(&mut net, sender, recall).accepted >= 6);
    assert_eq!(net.holders(&packet), [away]);
    net.switch_on(away);
    net.run(seconds(600));
    assert_eq!(net.holders(&packet), [] as [usize; 0]);
}

#[test]
fn a_stranger_learns_nothing_and_deletes_nothing() {
    let mut net = joined(12, &easy(), 5);
    let (alice, bob, eve) = (person(1), person(2), Arc::new(person(3)));
    let packet = letter(&alice, &bob, 1, net.now());
    store(&mut net, 1, &packet);
    assert_eq!(list(&mut net, 2, &eve).entries.len(), 0);
    let report = delete(&mut net, 2, owners_tombstone(&eve, &packet));
    assert_eq!(report.accepted, 0);
    assert!(net.holders(&packet).len() >= 8);
}

#[test]
fn a_subscriber_gets_packets_live_and_the_sender_cannot_tell() {
    let mut net = joined(12, &easy(), 6);
    let (alice, bob, carol) = (person(1), Arc::new(person(2)), person(3));
    let subscription = Operation::Subscribe {
        owner: Arc::clone(&bob),
        salt: Salt::DEFAULT,
    };
    net.start(5, subscription).unwrap();
    net.run(seconds(5));

    let packet = letter(&alice, &bob, 1, net.now());
    let to_subscriber = store(&mut net, 1, &packet);
    let to_nobody = letter(&alice, &carol, 2, net.now());
    let to_nobody = store(&mut net, 1, &to_nobody);
    assert_eq!(to_subscriber.held, to_nobody.held);

    net.run(seconds(1));
    let mut delivered = Vec::new();
    for event in net.node(5).events.drain(..) {
        if let Event::Delivered {
            delivery,
            packet: got,
            ..
        } = event
        {
            assert_eq!(got.id(), packet.id());
            delivered.push(delivery);
        }
    }
    assert_eq!(delivered.len(), 1, "eight holders, one delivery");
    let now = net.now();
    let tombstone = owners_tombstone(&bob, &packet);
    net.node(5).engine.acknowledge(now, delivered[0], tombstone);
    net.work_off(5);
    net.run(seconds(10));
    assert_eq!(net.holders(&packet), [] as [usize; 0]);
}

#[test]
fn a_longer_life_needs_only_its_stamp() {
    let mut net = joined(12, &easy(), 7);
    let (alice, bob) = (person(1), person(2));
    let packet = letter(&alice, &bob, 1, net.now());
    store(&mut net, 1, &packet);
    let now = net.now();
    let longer = stamp(&packet, now.unix.plus(7 * 86_400), &easy().policy(), now);
    let operation = Operation::Extend {
        location: packet.location(),
        id: packet.id(),
        expires: longer.expires(),
        nonce: longer.nonce(),
    };
    let OpResult::Stored(report) = net.operate(1, operation) else {
        panic!()
    };
    assert_eq!(report.held, 8, "{report:?}");
    net.run(seconds(2 * 86_400));
    assert!(net.holders(&packet).len() >= 8);
}

#[test]
fn packets_move_on_to_newcomers_and_no_copy_is_dropped() {
    let mut net = joined(10, &easy(), 8);
    let (alice, bob) = (person(1), person(2));
    let packet = letter(&alice, &bob, 1, net.now());
    store(&mut net, 1, &packet);
    let before = net.holders(&packet);
    for _ in 0..20 {
        add(&mut net, easy());
    }
    net.run(seconds(300));
    let after = net.holders(&packet);
    assert!(before.iter().all(|n| after.contains(n)));
    for node in net.closest(&packet.location(), 5) {
        assert!(after.contains(&node), "node {node} of {after:?}");
    }
}

#[test]
fn a_fifth_of_all_datagrams_may_be_lost() {
    let mut net = Network::new(9);
    net.set_loss(Loss::Independent(0.2));
    for _ in 0..16 {
        add(&mut net, easy());
    }
    net.run(seconds(120));
    let (alice, bob) = (person(1), Arc::new(person(2)));
    let packet = letter(&alice, &bob, 1, net.now());
    let report = store(&mut net, 1, &packet);
    assert!(report.held >= 5, "{report:?}");
    let listing = list(&mut net, 9, &bob);
    assert_eq!(listing.entries.len(), 1);
    assert!(retrieve(&mut net, 9, &bob, &listing).is_some());
}

#[test]
fn lookups_find_the_truly_closest_of_two_hundred() {
    let mut net = joined(200, &easy(), 10);
    net.run(seconds(180));
    let (alice, bob) = (person(1), person(2));
    let packet = letter(&alice, &bob, 1, net.now());
    let report = store(&mut net, 42, &packet);
    assert_eq!(report.held, 8);
    let holders = net.holders(&packet);
    let closest = net.closest(&packet.location(), 8);
    let right = holders.iter().filter(|n| closest.contains(n)).count();
    assert!(right >= 7, "{holders:?} instead of {closest:?}");
}
