//! The promises, whatever store is underneath: that of the simulator here, the real one in the store's own tests.

use std::sync::Arc;
use std::time::Duration;

use toxdrop_proto::keys::{InboxSecret, PlaceSigner};
use toxdrop_proto::packet::{MAX_TTL, StampedPacket, Terms};
use toxdrop_proto::pow::Difficulty;
use toxdrop_proto::tombstone::Tombstone;

use toxdrop_dht::report::{DeleteReport, Listing, RecordReport, StoreReport};
use toxdrop_dht::{DhtConfig, Event, OpResult, Operation};
use toxdrop_sim::letters::{
    door_signer, easy, front_door, letter, message_secret, person, record, stamp,
};
use toxdrop_sim::{Loss, Network};

use super::{add, joined};

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn store(net: &mut Network, node: usize, packet: &StampedPacket) -> StoreReport {
    match net.operate(node, Operation::store(packet.clone())) {
        OpResult::Stored(report) => report,
        other => panic!("{other:?}"),
    }
}

fn list(net: &mut Network, node: usize, place: &Arc<PlaceSigner>) -> Listing {
    let operation = Operation::List {
        place: Arc::clone(place),
    };
    match net.operate(node, operation) {
        OpResult::Listed(listing) => listing,
        other => panic!("{other:?}"),
    }
}

fn retrieve(
    net: &mut Network,
    node: usize,
    place: &Arc<PlaceSigner>,
    listing: &Listing,
) -> Option<StampedPacket> {
    let operation = Operation::Retrieve {
        place: Arc::clone(place),
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
        location: tombstone.location(),
        tombstones: vec![tombstone],
    };
    match net.operate(node, operation) {
        OpResult::Deleted(report) => report,
        other => panic!("{other:?}"),
    }
}

fn owners_tombstone(place: &PlaceSigner, packet: &StampedPacket) -> Tombstone {
    Tombstone::by_owner(place, easy().network(), packet.id())
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
    let (alice, bob) = (person(1), person(2));
    let door = door_signer(&bob, net.now());
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
    let listing = list(&mut net, receiver, &door);
    assert_eq!(listing.entries.len(), 1);
    assert!(listing.entries[0].holders.len() >= 7);
    let got = retrieve(&mut net, receiver, &door, &listing);
    assert_eq!(got.map(|p| p.id()), Some(packet.id()));

    let report = delete(&mut net, receiver, owners_tombstone(&door, &packet));
    assert!(report.accepted >= 7, "{report:?}");
    net.switch_on(3);
    net.run(seconds(5));
    let left: Vec<usize> = net.holders(&packet);
    assert!(left.iter().all(|n| *n == 3), "{left:?}");
}

fn find_record(net: &mut Network, node: usize, owner: &InboxSecret) -> RecordReport {
    let location = front_door(&owner.public(), net.now());
    match net.operate(node, Operation::FindRecord(location)) {
        OpResult::Record(report) => report,
        other => panic!("{other:?}"),
    }
}

/// What Bob asks of senders: so many trials a byte.
fn asking(trials: u64) -> Terms {
    let difficulty = Difficulty {
        nonce_trials_per_byte: trials,
        extra_bytes: 1,
    };
    Terms::asking(difficulty, MAX_TTL, easy().floor()).unwrap()
}

#[test]
fn the_newest_record_of_a_place_is_found_and_no_older_one_comes_back() {
    let mut net = joined(30, &easy(), 11);
    let bob = person(2);
    let report = find_record(&mut net, 4, &bob);
    assert!(report.answered > 0 && report.newest.is_none(), "{report:?}");

    let now = net.now();
    let [old, new] = [1, 2].map(|revision| record(&bob, revision, asking(1), now));
    let report = store(&mut net, 3, &old);
    assert_eq!(report.held, 8, "{report:?}");
    assert_eq!(find_record(&mut net, 4, &bob).newest, Some(old.clone()));

    store(&mut net, 5, &new);
    for node in [4, 17, 29] {
        assert_eq!(find_record(&mut net, node, &bob).newest, Some(new.clone()));
    }
    // An older one does not come back over it, and who tries is shown the newer.
    let report = store(&mut net, 3, &old);
    assert_eq!(report.record.as_ref(), Some(&*new));
    assert_eq!(find_record(&mut net, 8, &bob).newest, Some(new));
}

#[test]
fn what_an_owner_asks_for_is_asked_of_senders_with_the_record_that_says_so() {
    let mut net = joined(8, &easy(), 12);
    let (alice, bob) = (person(1), person(2));
    let now = net.now();
    let terms = record(&bob, 1, asking(1 << 12), now);
    assert_eq!(store(&mut net, 3, &terms).held, 8);
    // One that holds nothing itself: what is one's own is not asked for more than the network asks.
    let sender = add(
        &mut net,
        DhtConfig {
            store_for_others: false,
            ..easy()
        },
    );
    net.run(seconds(60));
    let cheap = letter(&alice, &bob, 1, net.now());
    let report = store(&mut net, sender, &cheap);
    assert_eq!(report.held, 0, "{report:?}");
    assert_eq!(report.record.as_ref(), Some(&*terms));
    // Where no record lies, the network's floor is enough.
    let elsewhere = letter(&alice, &person(3), 2, net.now());
    assert_eq!(store(&mut net, sender, &elsewhere).held, 8);
}

#[test]
fn a_deleted_packet_is_answered_with_the_tombstone_as_a_receipt() {
    let mut net = joined(12, &easy(), 3);
    let (alice, bob) = (person(1), person(2));
    let packet = letter(&alice, &bob, 1, net.now());
    store(&mut net, 1, &packet);
    let tombstone = owners_tombstone(&door_signer(&bob, net.now()), &packet);
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
    let ephemeral = message_secret(7).ephemeral(&bob.public(), packet.location(), 0);
    let recall = Tombstone::by_sender(&ephemeral, easy().network(), packet.location(), packet.id());
    assert!(delete(&mut net, sender, recall).accepted >= 6);
    assert_eq!(net.holders(&packet), [away]);
    net.switch_on(away);
    net.run(seconds(600));
    assert_eq!(net.holders(&packet), [] as [usize; 0]);
}

#[test]
fn a_stranger_learns_nothing_and_deletes_nothing() {
    let mut net = joined(12, &easy(), 5);
    let (alice, bob, eve) = (person(1), person(2), person(3));
    let packet = letter(&alice, &bob, 1, net.now());
    store(&mut net, 1, &packet);
    let eve = door_signer(&eve, net.now());
    assert_eq!(list(&mut net, 2, &eve).entries.len(), 0);
    let report = delete(&mut net, 2, owners_tombstone(&eve, &packet));
    assert_eq!(report.accepted, 0);
    assert!(net.holders(&packet).len() >= 8);
}

#[test]
fn a_subscriber_gets_packets_live_and_the_sender_cannot_tell() {
    let mut net = joined(12, &easy(), 6);
    let (alice, bob, carol) = (person(1), person(2), person(3));
    let door = door_signer(&bob, net.now());
    let subscription = Operation::Subscribe {
        place: Arc::clone(&door),
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
    let tombstone = owners_tombstone(&door, &packet);
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
        quorum: 8,
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
    let (alice, bob) = (person(1), person(2));
    let packet = letter(&alice, &bob, 1, net.now());
    let report = store(&mut net, 1, &packet);
    assert!(report.held >= 5, "{report:?}");
    let door = door_signer(&bob, net.now());
    let listing = list(&mut net, 9, &door);
    assert_eq!(listing.entries.len(), 1);
    assert!(retrieve(&mut net, 9, &door, &listing).is_some());
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
