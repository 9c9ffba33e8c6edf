//! What the DHT promises, shown on a network in memory.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code, outside of the functions that clippy knows as tests"
)]

mod all;

use toxdrop_dht::DhtConfig;
use toxdrop_sim::Network;

/// Nodes that have found one another.
fn joined(count: usize, config: &DhtConfig, seed: u64) -> Network {
    Network::joined(count, config, seed)
}

/// One more node.
fn add(net: &mut Network, config: DhtConfig) -> usize {
    net.add(config)
}
