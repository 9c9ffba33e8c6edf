//! Networks in which nobody is proved yet: partial deployment works from the second node on.

use toxdrop_dht::{OpResult, Operation};
use toxdrop_sim::letters::{door_signer, easy, letter, person};
use toxdrop_sim::{NatKind, Network};

use super::{capable_for, seconds, until};

/// Nodes of a home or an office: each has an address of a local network besides the one that others see, so that it presumes
/// nothing before somebody told it how it is seen.
fn new_nodes(count: usize, seed: u64) -> Network {
    let mut net = Network::new(seed);
    net.set_apart();
    for number in 0..count {
        net.add(easy());
        let (now, seen) = (net.now(), net.nodes()[number].addr().ip());
        let own = [seen, "10.1.2.3".parse().unwrap()];
        net.node(number).engine.set_own_addresses(now, own);
        net.work_off(number);
        assert!(!net.nodes()[number].engine.stores_for_others());
    }
    net
}

fn all_store(net: &Network) -> bool {
    let mut nodes = net.nodes().iter();
    nodes.all(|node| node.engine.stores_for_others())
}

#[test]
fn two_new_nodes_send_and_fetch_within_seconds() {
    let mut net = new_nodes(2, 1);
    let both = |net: &Network| (0..2).all(|node| capable_for(net, node) == 1);
    let passed = until(&mut net, 5, |net| all_store(net) && both(net));
    assert!(passed <= 5);
    let (alice, bob) = (person(1), person(2));
    let packet = letter(&alice, &bob, 1, net.now());
    let OpResult::Stored(report) = net.operate(0, Operation::store(packet)) else {
        panic!()
    };
    assert_eq!(report.held, 2);
    let place = door_signer(&bob, net.now());
    let OpResult::Listed(listing) = net.operate(1, Operation::List { place }) else {
        panic!()
    };
    assert_eq!(listing.entries.len(), 1);
}

#[test]
fn twelve_new_nodes_come_up_as_quickly_as_ever() {
    let mut net = new_nodes(12, 2);
    until(&mut net, 5, all_store);
    net.run(seconds(30));
    for node in 0..12 {
        assert!(capable_for(&net, node) >= 8, "node {node}");
    }
    let packet = letter(&person(1), &person(2), 1, net.now());
    let OpResult::Stored(report) = net.operate(2, Operation::store(packet)) else {
        panic!()
    };
    assert_eq!(report.held, 8);
}

#[test]
fn among_few_a_node_behind_a_translator_is_a_client_at_once() {
    let mut net = Network::new(3);
    net.set_apart();
    for _ in 0..3 {
        net.add(easy());
    }
    let inside = net.add_behind(easy(), NatKind::AddressAndPortFiltering);
    for _ in 0..300 {
        net.run(seconds(1));
        assert!(!net.nodes()[inside].engine.stores_for_others());
        assert_eq!(capable_for(&net, inside), 0);
    }
    let packet = letter(&person(1), &person(2), 1, net.now());
    let OpResult::Stored(report) = net.operate(inside, Operation::store(packet)) else {
        panic!()
    };
    assert_eq!(report.held, 3);
}
