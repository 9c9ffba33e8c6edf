//! What the DHT promises, over the real store: what is simulated is what ships.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code, outside of the functions that clippy knows as tests"
)]

#[path = "../../dht/tests/promises/all.rs"]
mod all;

use std::time::Duration;

use toxdrop_dht::DhtConfig;
use toxdrop_dht::storage::{StorageReply, StorageRequest};
use toxdrop_proto::ids::UnixSeconds;
use toxdrop_sim::{EPOCH, Network};
use toxdrop_store::{Store, StoreConfig};

fn handle(store: &Store, now: UnixSeconds, request: StorageRequest) -> StorageReply {
    store
        .read(now, &request)
        .unwrap_or_else(|| store.write(now, &[request]).replies.remove(0))
}

/// Nodes with databases in memory that have found one another.
fn joined(count: usize, config: &DhtConfig, seed: u64) -> Network {
    let mut net = Network::new(seed);
    for _ in 0..count {
        add(&mut net, config.clone());
    }
    net.run(Duration::from_secs(30));
    net
}

/// One more node.
fn add(net: &mut Network, config: DhtConfig) -> usize {
    let settings = StoreConfig::new(config.policy(), 1 << 24);
    let store = Store::in_memory(settings, EPOCH).unwrap();
    let storage = move |now, request| handle(&store, now, request);
    net.add_with(config, Box::new(storage))
}
