//! What a client does in the DHT to send and to fetch, in the order and with the windows that mail does it in, and how long it
//! takes.
//!
//! Opens and stamps nothing that matters.

use std::collections::VecDeque;
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use toxdrop_dht::report::Listing;
use toxdrop_dht::{DhtConfig, Now, OpId, OpResult, Operation};
use toxdrop_proto::ids::Location;
use toxdrop_proto::packet::StampedPacket;
use toxdrop_proto::tombstone::Tombstone;
use toxdrop_sim::letters::{door_signer, easy, letter, person};
use toxdrop_sim::{EPOCH, Latency, Loss, Network};

/// Nodes that store for others.
pub(crate) const NODES: usize = 12;
/// Who sends, and who fetches: clients, which hold nothing.
pub(crate) const SENDER: usize = NODES;
pub(crate) const RECEIVER: usize = NODES + 1;
/// Replicas that a sender waits for.
pub(crate) const QUORUM: usize = 5;
/// Parts that are stored, and packets that are fetched, at once.
const WINDOW: usize = 8;
/// Places of a record that are asked.
const POINTS: u64 = 4;

/// Twelve nodes and two clients that have known one another for two minutes, 50 ms apart.
pub(crate) fn network(seed: u64, loss: f64) -> Network {
    let mut net = Network::new(seed);
    let ms = Duration::from_millis;
    net.set_latency(Latency::Uniform(ms(40), ms(60)));
    net.set_loss(Loss::Independent(loss));
    for _ in 0..NODES {
        net.add(easy());
    }
    let client = DhtConfig {
        store_for_others: false,
        ..easy()
    };
    for _ in 0..2 {
        net.add(client.clone());
    }
    net.run(Duration::from_secs(120));
    net
}

/// Switches off the nodes that are closest to where Bob's mail lies. Everybody still has them in its tables.
pub(crate) fn kill(net: &mut Network, dead: usize) {
    let location = door_signer(&person(2), net.now()).public().location();
    for node in near(net, &location, dead) {
        net.switch_off(node);
    }
}

/// The nodes closest to a location, without the clients.
pub(crate) fn near(net: &Network, location: &Location, count: usize) -> Vec<usize> {
    let mut nodes = net.closest(location, NODES + 2);
    nodes.retain(|node| *node < NODES);
    nodes.truncate(count);
    nodes
}

/// Parts of a message from Alice to Bob.
pub(crate) fn parts(net: &Network, count: u64) -> Vec<StampedPacket> {
    let (alice, bob) = (person(1), person(2));
    let part = |number| letter(&alice, &bob, number, net.now());
    (0..count).map(part).collect()
}

/// Runs operations at a node, `window` at once. Returns what came of each, in order.
pub(crate) fn run(
    net: &mut Network,
    node: usize,
    operations: Vec<Operation>,
    window: usize,
) -> Vec<OpResult> {
    let mut results: Vec<Option<OpResult>> = operations.iter().map(|_| None).collect();
    let mut waiting: VecDeque<(usize, Operation)> = operations.into_iter().enumerate().collect();
    let mut under_way: Vec<(usize, OpId)> = Vec::new();
    loop {
        under_way.retain(|(number, op)| {
            let result = net.take_result(node, *op);
            let goes_on = result.is_none();
            results[*number] = result.or_else(|| results[*number].take());
            goes_on
        });
        while under_way.len() < window
            && let Some((number, operation)) = waiting.pop_front()
        {
            under_way.push((number, net.start(node, operation).unwrap()));
        }
        if under_way.is_empty() {
            return results.into_iter().map(Option::unwrap).collect();
        }
        net.run(Duration::from_millis(1));
    }
}

/// The record of an inbox is looked for at all of its points.
fn look_for_record() -> Vec<Operation> {
    let point = |n| {
        door_signer(&person(1_000 + n), beginning())
            .public()
            .location()
    };
    (0..POINTS)
        .map(|n| Operation::FindRecord(point(n)))
        .collect()
}

/// Whatever the time, the places stay the same.
fn beginning() -> Now {
    Now {
        mono: Duration::ZERO,
        unix: EPOCH,
    }
}

/// Sends the first message to somebody, whose record is looked for before. Returns as [`send_another`].
pub(crate) fn send(net: &mut Network, parts: &[StampedPacket]) -> (Vec<usize>, Duration) {
    let start = net.now().mono;
    run(net, SENDER, look_for_record(), 16);
    let (held, _) = send_another(net, parts);
    (held, net.now().mono - start)
}

/// Sends a message. Returns how many nodes held each part when that was told, and how long all of it took.
pub(crate) fn send_another(net: &mut Network, parts: &[StampedPacket]) -> (Vec<usize>, Duration) {
    let start = net.now().mono;
    let stores = parts.iter().map(|packet| Operation::Store {
        packet: packet.clone(),
        quorum: QUORUM,
    });
    let held = run(net, SENDER, stores.collect(), WINDOW);
    let held = held.into_iter().map(|result| match result {
        OpResult::Stored(report) => report.held,
        other => panic!("{other:?}"),
    });
    (held.collect(), net.now().mono - start)
}

/// Fetches what lies at Bob's door. Returns the packets, and how long all of it took.
pub(crate) fn fetch(net: &mut Network) -> (Vec<StampedPacket>, Duration) {
    let start = net.now().mono;
    let door = door_signer(&person(2), net.now());
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let other = toxdrop_proto::keys::InboxSecret::generate(&mut rng);
    let other = door_signer(&other, net.now());
    let places = [door.clone(), other];
    let mut first = look_for_record();
    first.extend(places.map(|place| Operation::List { place }));
    let mut results = run(net, RECEIVER, first, 16);
    results.pop();
    let Some(OpResult::Listed(Listing { entries, .. })) = results.pop() else {
        panic!("no listing");
    };
    let retrieve = entries.into_iter().map(|entry| Operation::Retrieve {
        place: door.clone(),
        id: entry.id,
        holders: entry.holders,
    });
    let packets = run(net, RECEIVER, retrieve.collect(), WINDOW);
    let packets: Vec<StampedPacket> = packets
        .into_iter()
        .filter_map(|result| match result {
            OpResult::Retrieved(packet) => packet,
            other => panic!("{other:?}"),
        })
        .collect();
    let network = easy().network();
    let tombstones: Vec<Tombstone> = packets
        .iter()
        .map(|packet| Tombstone::by_owner(&door, network, packet.id()))
        .collect();
    for some in tombstones.chunks(24) {
        let delete = Operation::Delete {
            location: door.public().location(),
            tombstones: some.to_vec(),
        };
        run(net, RECEIVER, vec![delete], 1);
    }
    (packets, net.now().mono - start)
}
