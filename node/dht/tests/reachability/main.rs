//! How nodes find out whether others can reach them, shown on a network in memory.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code, outside of the functions that clippy knows as tests"
)]

mod changes;
mod coming_up;
mod finding_out;

use std::time::Duration;

use toxdrop_dht::Reachability;
use toxdrop_sim::Network;
use toxdrop_sim::letters::easy;

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// A network in which nodes do not know all others, each in an IPv4 /16 of its own, that has had a minute.
fn wide(seed: u64) -> Network {
    let mut net = Network::new(seed);
    net.set_apart();
    for _ in 0..80 {
        net.add(easy());
    }
    net.run(seconds(60));
    net
}

fn reachability(net: &Network, node: usize) -> Reachability {
    net.nodes()[node].engine.reachability()
}

fn is_proved(net: &Network, node: usize) -> bool {
    matches!(reachability(net, node), Reachability::Proved { .. })
}

fn is_refuted(net: &Network, node: usize) -> bool {
    matches!(reachability(net, node), Reachability::Refuted { .. })
}

/// How many nodes would tell others of this one as a holder.
fn capable_for(net: &Network, node: usize) -> usize {
    let key = net.nodes()[node].key();
    let tells = |other: &&toxdrop_sim::Node| {
        let known = other.engine.known_nodes(net.now());
        known.iter().any(|known| known.key == key && known.capable)
    };
    net.nodes().iter().filter(tells).count()
}

/// Lets time pass, second by second, until something holds; says after how long.
fn until(net: &mut Network, most: u64, holds: impl Fn(&Network) -> bool) -> u64 {
    for passed in 0..most {
        if holds(net) {
            return passed;
        }
        net.run(seconds(1));
    }
    assert!(holds(net), "not within {most} s");
    most
}
