//! The real store under real engines: a network in memory in which what is simulated is what ships.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code, outside of the functions that clippy knows as tests"
)]

use toxdrop_dht::storage::{StorageReply, StorageRequest};
use toxdrop_dht::{OpResult, Operation};
use toxdrop_proto::ids::{Salt, UnixSeconds};
use toxdrop_sim::letters::{easy, letter, person};
use toxdrop_sim::{EPOCH, Network};
use toxdrop_store::{Store, StoreConfig};

fn handle(store: &Store, now: UnixSeconds, request: StorageRequest) -> StorageReply {
    store
        .read(now, &request)
        .unwrap_or_else(|| store.write(now, &[request]).replies.remove(0))
}

#[test]
fn a_letter_is_held_by_eight_stores_and_listed_from_them() {
    let mut net = Network::new(1);
    for _ in 0..12 {
        let config = StoreConfig::new(easy().policy(), 1 << 24);
        let store = Store::in_memory(config, EPOCH).unwrap();
        let storage = move |now, request| handle(&store, now, request);
        net.add_with(easy(), Box::new(storage));
    }
    net.run(std::time::Duration::from_secs(30));

    let packet = letter(&person(1), &person(2), 1, net.now());
    let OpResult::Stored(report) = net.operate(3, Operation::Store(packet.clone())) else {
        panic!("not an answer to a Store");
    };
    assert_eq!(report.held, 8);
    let mut closest = net.closest(&packet.location(), 8);
    closest.sort_unstable();
    assert_eq!(net.holders(&packet), closest);

    let list = Operation::List {
        owner: std::sync::Arc::new(person(2)),
        salt: Salt::DEFAULT,
    };
    let OpResult::Listed(listing) = net.operate(7, list) else {
        panic!("not an answer to a List");
    };
    assert_eq!(listing.entries.len(), 1);
    assert_eq!(listing.entries[0].holders.len(), 8);
}
