//! That nothing is lost by not waiting: replicas, packets, slow nodes, recalls.

use std::time::Duration;

use toxdrop_dht::report::StoreReport;
use toxdrop_dht::{DhtConfig, OpResult, Operation};
use toxdrop_proto::packet::StampedPacket;
use toxdrop_proto::tombstone::Tombstone;
use toxdrop_proto::wire::{EnvelopeId, peek};
use toxdrop_sim::letters::{door_signer, easy, message_secret, person};
use toxdrop_sim::{Loss, Network, Node};

use crate::client::{QUORUM, RECEIVER, SENDER, fetch, kill, near, network, parts, run, send};

const SEEDS: std::ops::Range<u64> = 200..220;

/// How many nodes that are on hold a packet.
fn holders(net: &mut Network, packet: &StampedPacket) -> usize {
    let holders = net.holders(packet);
    let on = |node: &&usize| net.nodes()[**node].is_online();
    holders.iter().filter(on).count()
}

fn store(net: &mut Network, packet: &StampedPacket, quorum: usize) -> StoreReport {
    let packet = packet.clone();
    match net.operate(SENDER, Operation::Store { packet, quorum }) {
        OpResult::Stored(report) => report,
        other => panic!("{other:?}"),
    }
}

#[test]
fn behind_the_answer_a_packet_reaches_all_replicas_or_all_that_live() {
    for (dead, replicas) in [(0, 8), (1, 8), (6, 6)] {
        for seed in SEEDS {
            let mut net = network(seed, 0.01);
            kill(&mut net, dead);
            let file = parts(&net, 4);
            send(&mut net, &file);
            net.run(Duration::from_secs(5));
            for packet in &file {
                let held = holders(&mut net, packet);
                assert!(held >= replicas, "seed {seed}, {dead} dead: {held}");
            }
        }
    }
}

#[test]
fn a_sender_is_told_at_the_quorum_and_never_before() {
    for seed in SEEDS {
        let mut net = network(seed, 0.05);
        kill(&mut net, 1);
        let letter = parts(&net, 1).remove(0);
        let report = store(&mut net, &letter, QUORUM);
        assert!(report.independent >= QUORUM, "seed {seed}: {report:?}");
        assert!(holders(&mut net, &letter) >= report.held, "seed {seed}");
    }
}

#[test]
fn where_fewer_live_than_the_quorum_the_sender_is_told_so_soon() {
    let mut net = network(1, 0.0);
    kill(&mut net, 9);
    let letter = parts(&net, 1).remove(0);
    let before = net.now().mono;
    let report = store(&mut net, &letter, QUORUM);
    assert_eq!(report.held, 3, "{report:?}");
    let took = net.now().mono - before;
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn a_fetch_misses_nothing_on_a_bad_line_right_after_a_send() {
    for dead in [0, 1, 6] {
        for seed in SEEDS {
            let mut net = network(seed, 0.1);
            kill(&mut net, dead);
            let mut file = parts(&net, 10);
            send(&mut net, &file);
            // What goes on behind the answer may not have ended yet.
            let (mut packets, _) = fetch(&mut net);
            packets.sort_by_key(|packet| packet.id());
            file.sort_by_key(|packet| packet.id());
            assert!(
                packets == file,
                "seed {seed}, {dead} dead: {}",
                packets.len()
            );
        }
    }
}

#[test]
fn a_list_of_several_pages_is_whole_although_one_is_sent_again() {
    for seed in SEEDS {
        let mut net = Network::new(seed);
        let holder = net.add(easy());
        let client = net.add(DhtConfig {
            store_for_others: false,
            ..easy()
        });
        net.run(Duration::from_secs(60));
        let file = parts(&net, 70);
        let stores = file.iter().cloned().map(Operation::store).collect();
        run(&mut net, holder, stores, 8);
        let place = door_signer(&person(2), net.now());
        // Round trips are known, and a page that is lost is soon late.
        let list = Operation::List { place };
        net.operate(client, list.clone());
        net.set_loss(Loss::Independent(0.05));
        match net.operate(client, list) {
            OpResult::Listed(listing) => assert_eq!(listing.entries.len(), 70, "seed {seed}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_slow_node_becomes_a_holder_where_it_is_closest() {
    let mut net = network(2, 0.0);
    let letters = parts(&net, 2);
    let slow = near(&net, &letters[0].location(), 1)[0];
    net.set_far(slow, Duration::from_millis(150));
    for letter in &letters {
        let before = net.now().mono;
        store(&mut net, letter, QUORUM);
        let took = net.now().mono - before;
        assert!(took < Duration::from_secs(2), "{took:?}");
        net.run(Duration::from_secs(3));
        assert!(net.holders(letter).contains(&slow));
        net.run(Duration::from_secs(60));
    }
}

#[test]
fn a_node_that_comes_back_is_a_holder_again() {
    let mut net = network(3, 0.0);
    let letters = parts(&net, 3);
    let away = near(&net, &letters[0].location(), 1)[0];
    net.switch_off(away);
    store(&mut net, &letters[0], QUORUM);
    net.run(Duration::from_secs(5));
    assert!(!net.holders(&letters[0]).contains(&away));
    net.switch_on(away);
    net.run(Duration::from_secs(61));
    store(&mut net, &letters[1], QUORUM);
    net.run(Duration::from_secs(3));
    assert!(net.holders(&letters[1]).contains(&away));
}

#[test]
fn the_dead_are_remembered_and_cost_nothing_the_next_time() {
    let mut net = network(4, 0.0);
    kill(&mut net, 6);
    let letters = parts(&net, 2);
    let mut took = Vec::new();
    for letter in &letters {
        let before = net.now().mono;
        store(&mut net, letter, QUORUM);
        took.push(net.now().mono - before);
        // Later than what a search found is kept for.
        net.run(Duration::from_secs(61));
    }
    let mut healthy = network(4, 0.0);
    let before = healthy.now().mono;
    store(&mut healthy, &letters[0], QUORUM);
    let none = healthy.now().mono - before;
    assert!(
        took[1] <= none.mul_f64(1.2),
        "{took:?}, none dead: {none:?}"
    );
}

#[test]
fn nodes_that_died_since_the_search_are_replaced() {
    let mut net = network(5, 0.0);
    let letters = parts(&net, 2);
    store(&mut net, &letters[0], usize::MAX);
    kill(&mut net, 6);
    let report = store(&mut net, &letters[1], QUORUM);
    assert!(report.independent >= QUORUM, "{report:?}");
    net.run(Duration::from_secs(5));
    assert_eq!(holders(&mut net, &letters[1]), 6);
    let (packets, _) = fetch(&mut net);
    assert_eq!(packets.len(), 2);
}

#[test]
fn parts_of_a_message_share_one_search() {
    let sent = |count| {
        let mut net = network(6, 0.0);
        let parts = parts(&net, count);
        let stores = parts.iter().cloned().map(Operation::store).collect();
        let before = net.traffic().sent;
        run(&mut net, SENDER, stores, 8);
        net.traffic().sent - before
    };
    let (one, eight, sixteen) = (sent(1), sent(8), sent(16));
    // Eight requests and answers each, and hardly anything else.
    assert!(eight <= one + 7 * 16 + 8, "{one} {eight}");
    assert!(sixteen <= eight + 8 * 16 + 8, "{eight} {sixteen}");
}

#[test]
fn a_recall_takes_back_what_goes_on_behind_the_answer() {
    for seed in SEEDS {
        let mut net = network(seed, 0.0);
        let packet = parts(&net, 1).remove(0);
        let location = packet.location();
        // So slow that they would get the packet after all that is told here.
        for node in near(&net, &location, 2) {
            net.set_far(node, Duration::from_millis(600));
        }
        store(&mut net, &packet, QUORUM);
        let bob = person(2).public();
        let ephemeral = message_secret(0).ephemeral(&bob, location, 0);
        let recall = Tombstone::by_sender(&ephemeral, easy().network(), location, packet.id());
        let delete = Operation::Delete {
            location,
            tombstones: vec![recall],
        };
        net.operate(SENDER, delete);
        net.run(Duration::from_secs(6));
        assert_eq!(net.holders(&packet), [] as [usize; 0], "seed {seed}");
    }
}

#[test]
fn a_tombstone_that_the_quorum_knows_of_is_reported() {
    let mut net = network(7, 0.0);
    let letter = parts(&net, 1).remove(0);
    store(&mut net, &letter, usize::MAX);
    let door = door_signer(&person(2), net.now());
    let tombstone = Tombstone::by_owner(&door, easy().network(), letter.id());
    let delete = Operation::Delete {
        location: letter.location(),
        tombstones: vec![tombstone],
    };
    net.operate(RECEIVER, delete);
    kill(&mut net, 1);
    let report = store(&mut net, &letter, QUORUM);
    assert_eq!(report.tombstone, Some(tombstone));
}

/// Requests with a token that a client's other keys than its node's sent.
fn requests(net: &mut Network, client: usize) -> usize {
    let (own, from) = (net.nodes()[client].key(), net.nodes()[client].addr());
    let nodes: Vec<_> = net.nodes().iter().map(Node::addr).collect();
    let strays = nodes.into_iter().flat_map(|addr| net.take_strays(addr));
    let requests = strays.filter(|stray| {
        let first = stray.bytes.first().copied();
        let request = first.and_then(EnvelopeId::from_code) == Some(EnvelopeId::Request);
        stray.from == from && request && peek(&stray.bytes).is_ok_and(|head| head.sender != own)
    });
    requests.count()
}

#[test]
fn a_subscription_that_was_ended_is_asked_for_no_more() {
    let mut asked = 0;
    for wait in (250..=500).step_by(50) {
        let mut net = network(11, 0.0);
        let place = door_signer(&person(2), net.now());
        let op = net.start(RECEIVER, Operation::Subscribe { place }).unwrap();
        net.run(Duration::from_millis(wait));
        for node in 0..net.nodes().len() {
            let addr = net.nodes()[node].addr();
            net.listen(addr);
        }
        net.run(Duration::from_millis(200));
        asked += requests(&mut net, RECEIVER);
        net.node(RECEIVER).engine.cancel(op);
        net.work_off(RECEIVER);
        net.run(Duration::from_secs(5));
        assert_eq!(requests(&mut net, RECEIVER), 0, "after {wait} ms");
    }
    assert!(asked > 0, "nothing was tested");
}
