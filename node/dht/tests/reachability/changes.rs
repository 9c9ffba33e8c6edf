//! A node's connection changes while it runs, and it notices, both ways.

use toxdrop_dht::{OpResult, Operation, Reachability};
use toxdrop_sim::NatKind;
use toxdrop_sim::letters::{easy, letter, person};

use super::{capable_for, is_proved, reachability, seconds, until, wide};

#[test]
fn a_translator_appears_and_goes_again() {
    let mut net = wide(12);
    let node = net.add(easy());
    until(&mut net, 60, |net| is_proved(net, node));
    net.set_nat(node, Some(NatKind::AddressAndPortFiltering));
    // Its own address is another one now than that which others see.
    assert!(matches!(
        reachability(&net, node),
        Reachability::Presumed {
            reachable: false,
            ..
        }
    ));
    assert!(!net.nodes()[node].engine.stores_for_others());
    until(&mut net, 240, |net| capable_for(net, node) == 0);
    net.set_nat(node, None);
    assert!(net.nodes()[node].engine.stores_for_others());
    until(&mut net, 120, |net| capable_for(net, node) >= 8);
}

#[test]
fn what_is_held_stays_until_it_ends() {
    let mut net = wide(13);
    let packet = letter(&person(1), &person(2), 1, net.now());
    let OpResult::Stored(_) = net.operate(3, Operation::store(packet.clone())) else {
        panic!()
    };
    let holder = net.holders(&packet)[0];
    net.set_nat(holder, Some(NatKind::AddressAndPortFiltering));
    net.run(seconds(600));
    assert!(!net.nodes()[holder].engine.stores_for_others());
    assert!(net.holders(&packet).contains(&holder));
    // And it is handed over to whoever is in charge in its stead.
    assert!(net.holders(&packet).len() > 8);
}
