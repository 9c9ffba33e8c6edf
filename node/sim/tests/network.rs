//! What the network in memory promises to those who build on it.

use std::time::Duration;

use toxdrop_dht::{OpResult, Operation};
use toxdrop_sim::letters::{easy, letter, person};
use toxdrop_sim::{Churn, Latency, Loss, NatKind, Network, Scenario};

fn scenario(seed: u64) -> Scenario {
    Scenario {
        nodes: 60,
        time: Duration::from_secs(1_200),
        letters: 20,
        latency: Latency::LogNormal {
            median: Duration::from_millis(35),
            sigma: 0.4,
        },
        loss: Loss::Bursts {
            share: 0.02,
            length: 3.0,
        },
        churn: Churn::Exponential {
            session: Duration::from_secs(1_200),
            offline: Duration::from_secs(300),
        },
        config: easy(),
        seed,
    }
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_seed_another_one() {
    let first = scenario(1).run(|_| {});
    assert_eq!(first, scenario(1).run(|_| {}));
    assert_ne!(first, scenario(2).run(|_| {}));
    assert_eq!(first.messages.sent, 20);
    assert!(first.packets_found > 0.9, "{first:?}");
}

#[test]
fn a_quiet_network_finds_everything_at_the_right_nodes() {
    let quiet = Scenario {
        loss: Loss::None,
        churn: Churn::None,
        ..scenario(3)
    };
    let outcome = quiet.run(|_| {});
    assert_eq!(outcome.online, 60);
    assert!((outcome.lookups_all_right - 1.0).abs() < f64::EPSILON);
    assert_eq!(outcome.messages.found, 20);
    // Each of the eight also hands on to the eight nearest others that it knows of.
    assert!((8.0..=11.0).contains(&outcome.holders), "{outcome:?}");
}

#[test]
fn a_thousand_nodes_have_addresses_of_their_own_and_find_one_another() {
    let mut net = Network::new(4);
    for _ in 0..1_000 {
        net.add(easy());
    }
    net.run(Duration::from_secs(90));
    let packet = letter(&person(1), &person(2), 1, net.now());
    let closest = net.closest(&packet.location(), 8);
    let OpResult::Stored(report) = net.operate(999, Operation::store(packet.clone())) else {
        panic!("not an answer to a Store");
    };
    assert_eq!(report.held, 8);
    let mut closest = closest;
    closest.sort_unstable();
    assert_eq!(net.holders(&packet), closest);
}

#[test]
fn a_node_behind_a_translator_sends_although_nobody_can_write_to_it_first() {
    for kind in [
        NatKind::EndpointIndependent,
        NatKind::AddressFiltering,
        NatKind::AddressAndPortFiltering,
        NatKind::AddressAndPortMapping,
    ] {
        let mut net = Network::joined(12, &easy(), 5);
        let client = toxdrop_dht::DhtConfig {
            store_for_others: false,
            ..easy()
        };
        let inside = net.add_behind(client, kind);
        net.run(Duration::from_secs(60));
        let packet = letter(&person(1), &person(2), 1, net.now());
        let OpResult::Stored(report) = net.operate(inside, Operation::store(packet)) else {
            panic!("not an answer to a Store");
        };
        assert!(report.held >= 8, "{kind:?}");
        // Nobody inside wrote to this stranger, wherever it aims at.
        let stranger = "203.0.113.9:5".parse().unwrap();
        let open = (1_024..1_100)
            .filter(|port| net.reaches(stranger, (net.nodes()[inside].addr().ip(), *port).into()))
            .count();
        assert_eq!(open > 0, kind == NatKind::EndpointIndependent, "{kind:?}");
    }
}

#[test]
fn who_is_off_hears_nothing_and_comes_back_with_what_it_held() {
    let mut net = Network::joined(12, &easy(), 6);
    let packet = letter(&person(1), &person(2), 1, net.now());
    net.operate(0, Operation::store(packet.clone()));
    let holder = net.holders(&packet)[0];
    net.switch_off(holder);
    let now = net.now();
    net.run(Duration::from_secs(3_600));
    assert_eq!(net.now().mono - now.mono, Duration::from_secs(3_600));
    net.restart(holder);
    net.run(Duration::from_secs(30));
    assert!(net.holders(&packet).contains(&holder));
    assert!(net.nodes()[holder].engine.counts().1 > 5);
    net.replace(holder);
    assert!(!net.holders(&packet).contains(&holder));
}
