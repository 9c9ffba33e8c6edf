//! Who can be reached proves it; who cannot finds out, and is told to nobody.

use toxdrop_dht::{DhtConfig, OpResult, Operation, Reachability, Reachable};
use toxdrop_sim::letters::{easy, letter, person};
use toxdrop_sim::{NatKind, Network};

use super::{capable_for, is_proved, is_refuted, reachability, seconds, until, wide};

#[test]
fn who_has_an_address_of_its_own_proves_that_it_can_be_reached() {
    let mut net = wide(1);
    let newcomer = net.add(easy());
    let dialled = until(&mut net, 30, |net| is_proved(net, newcomer));
    assert!(dialled >= 3);
    assert!(net.nodes()[newcomer].engine.stores_for_others());
    until(&mut net, 60, |net| capable_for(net, newcomer) >= 8);
}

#[test]
fn a_translator_that_lets_everybody_in_does_not_matter() {
    for kind in [NatKind::EndpointIndependent, NatKind::Forwarded] {
        let mut net = wide(2);
        let inside = net.add_behind(easy(), kind);
        until(&mut net, 60, |net| is_proved(net, inside));
        assert!(net.nodes()[inside].engine.stores_for_others());
        // Those that knew it as a client are told.
        until(&mut net, 120, |net| capable_for(net, inside) >= 8);
    }
}

/// Sends letters to many places and asks whether a node holds any of them.
fn holds_any(net: &mut Network, node: usize, letters: u64) -> bool {
    (0..letters).any(|number| {
        let packet = letter(&person(number), &person(number + 1), number, net.now());
        let OpResult::Stored(report) = net.operate(3, Operation::store(packet.clone())) else {
            panic!()
        };
        assert!(report.held >= 8);
        net.holders(&packet).contains(&node)
    })
}

#[test]
fn behind_a_translator_a_node_is_a_client_that_nobody_takes_for_a_holder() {
    for kind in [
        NatKind::AddressFiltering,
        NatKind::AddressAndPortFiltering,
        NatKind::AddressAndPortMapping,
    ] {
        let mut net = wide(3);
        let inside = net.add_behind(easy(), kind);
        let found_out = until(&mut net, 600, |net| {
            let engine = &net.nodes()[inside].engine;
            assert!(!engine.stores_for_others(), "{kind:?}");
            assert!(!is_proved(net, inside), "{kind:?}");
            assert_eq!(capable_for(net, inside), 0, "{kind:?}");
            is_refuted(net, inside)
        });
        assert!(found_out > 10, "{kind:?}: after {found_out} s");
        assert!(!holds_any(&mut net, inside, 40), "{kind:?}");
        // It sends, all the same.
        let packet = letter(&person(1), &person(2), 99, net.now());
        let OpResult::Stored(report) = net.operate(inside, Operation::store(packet.clone())) else {
            panic!()
        };
        assert!(report.held >= 8, "{kind:?}");
        assert!(!net.holders(&packet).contains(&inside));
    }
}

#[test]
fn a_firewall_that_translates_nothing_is_found_out_too() {
    let mut net = wide(4);
    let inside = net.add_behind(easy(), NatKind::Firewall);
    // Others see it at its own address: until it is tested it takes itself for reachable.
    until(&mut net, 5, |net| {
        matches!(
            reachability(net, inside),
            Reachability::Presumed {
                reachable: true,
                ..
            }
        )
    });
    until(&mut net, 300, |net| is_refuted(net, inside));
    assert!(!net.nodes()[inside].engine.stores_for_others());
    until(&mut net, 180, |net| capable_for(net, inside) == 0);
    assert!(!holds_any(&mut net, inside, 40));
    let told = reachability(&net, inside).to_string();
    assert_eq!(told, "no: behind a NAT or firewall");
}

#[test]
fn the_settings_have_the_last_word() {
    let mut net = wide(5);
    for (reachable, kind, stores) in [
        (Reachable::Yes, Some(NatKind::AddressAndPortFiltering), true),
        (Reachable::No, None, false),
    ] {
        let config = DhtConfig {
            reachable,
            ..easy()
        };
        let node = match kind {
            Some(kind) => net.add_behind(config, kind),
            None => net.add(config),
        };
        net.run(seconds(300));
        let set = Reachability::Set { reachable: stores };
        assert_eq!(reachability(&net, node), set);
        assert_eq!(net.nodes()[node].engine.stores_for_others(), stores);
        assert_eq!(capable_for(&net, node) > 0, stores);
    }
}

#[test]
fn who_wants_to_store_for_nobody_does_not_although_it_can_be_reached() {
    let mut net = wide(6);
    let node = net.add(DhtConfig {
        store_for_others: false,
        ..easy()
    });
    until(&mut net, 60, |net| is_proved(net, node));
    assert!(!net.nodes()[node].engine.stores_for_others());
    assert_eq!(capable_for(&net, node), 0);
}
