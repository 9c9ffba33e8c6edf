//! That a search that found too little is not what the next operation goes by.

use std::time::Duration;

use toxdrop_dht::{OpResult, Operation};
use toxdrop_sim::letters::{door_signer, easy, person};
use toxdrop_sim::{Loss, Network};

use crate::client::{NODES, SENDER, network};

/// How many nodes a List at Bob's door asked, and how many answered.
fn list(net: &mut Network, node: usize) -> (usize, usize) {
    let place = door_signer(&person(2), net.now());
    match net.operate(node, Operation::List { place }) {
        OpResult::Listed(listing) => (listing.asked, listing.answered),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_was_found_right_after_the_start_does_not_serve_once_others_are_known() {
    let mut net = network(8, 0.0);
    let newcomer = net.add(easy());
    assert_eq!(list(&mut net, newcomer), (1, 1), "it knows nobody yet");
    net.run(Duration::from_secs(10));
    let (asked, answered) = list(&mut net, newcomer);
    assert!(asked >= NODES && answered >= NODES, "{asked}, {answered}");
}

#[test]
fn what_was_found_without_a_line_does_not_serve_once_it_is_back() {
    let mut net = network(9, 0.0);
    net.set_loss(Loss::Independent(1.0));
    assert_eq!(list(&mut net, SENDER), (0, 0));
    net.set_loss(Loss::Independent(0.0));
    let (asked, answered) = list(&mut net, SENDER);
    assert!(asked >= NODES && answered >= NODES, "{asked}, {answered}");
}

#[test]
fn where_few_were_found_who_is_known_since_is_asked_as_well() {
    let mut net = Network::new(10);
    let nodes = [net.add(easy()), net.add(easy())];
    net.run(Duration::from_secs(30));
    assert_eq!(list(&mut net, nodes[1]), (2, 2));
    for _ in 0..5 {
        net.add(easy());
    }
    net.run(Duration::from_secs(20));
    assert_eq!(list(&mut net, nodes[1]), (7, 7));
}
