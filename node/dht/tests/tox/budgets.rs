//! Nobody makes a node an amplifier or a free relay for floods.

use std::net::SocketAddr;
use std::time::Duration;

use toxdrop_dht::DhtConfig;
use toxdrop_proto::keys::{DhtKeyPair, SharedKey};
use toxdrop_proto::tox::{
    self, AnnounceLayout, AnnounceRequest, Envelope, ForwardReply, ForwardRequest, Forwarding,
    NodesRequest, Ping, bootstrap_info_request,
};
use toxdrop_sim::Network;
use toxdrop_sim::letters::easy;

use crate::client::Client;

/// Few, so that they are soon used up.
fn few() -> DhtConfig {
    DhtConfig {
        relayed_per_source_per_second: 5,
        relayed_per_second: 12,
        answered_per_source_per_second: 3,
        answered_per_second: 8,
        ..easy()
    }
}

/// How many datagrams a node sends within a moment when each of these clients sends so many packets.
fn sent(
    net: &mut Network,
    clients: &mut [Client],
    count: usize,
    packet: impl Fn(&mut Client, &Network) -> Vec<u8>,
) -> u64 {
    net.run(Duration::from_secs(2));
    let before = net.traffic().sent;
    for client in clients {
        for _ in 0..count {
            let packet = packet(client, net);
            net.inject(0, client.addr, &packet);
        }
    }
    net.traffic().sent - before
}

#[test]
fn each_source_and_all_together_have_a_budget_for_what_is_passed_on_and_what_is_answered() {
    let mut net = Network::joined(4, &few(), 1);
    let mut clients: Vec<Client> = (1..=4).map(|n| Client::new(&mut net, n)).collect();
    let target = SocketAddr::from(([203, 0, 113, 99], 1));
    let onion = |client: &mut Client, net: &Network| {
        let nonce = client.nonce();
        client
            .path(net, [0, 1, 2])
            .wrap(&nonce, target, &[0x85; 50])
            .unwrap()
    };
    assert_eq!(sent(&mut net, &mut clients[..1], 20, onion), 5);
    assert_eq!(sent(&mut net, &mut clients, 20, onion), 12);
    // What is used up in one budget is there in the others.
    let info = |_: &mut Client, _: &Network| bootstrap_info_request();
    assert_eq!(sent(&mut net, &mut clients[..1], 20, info), 3);
    assert_eq!(sent(&mut net, &mut clients, 20, info), 8);
    let nodes = |client: &mut Client, net: &Network| {
        let key = net.nodes()[0].key();
        let request = NodesRequest {
            target: key,
            sendback: [1; 8],
        };
        let (own, nonce) = (client.keys.public, client.nonce());
        let shared = client.shared(&key);
        Envelope::seal(tox::NODES_REQUEST, &own, &shared, &nonce, &request.encode()).unwrap()
    };
    assert_eq!(sent(&mut net, &mut clients[..1], 20, nodes), 3);
    assert_eq!(sent(&mut net, &mut clients, 20, nodes), 8);
}

#[test]
fn no_kind_of_packet_is_without_a_budget() {
    let mut net = Network::joined(4, &few(), 1);
    let mut announced = Client::new(&mut net, 1);
    // What each kind needs to be passed on or answered at all.
    announced.become_known(&mut net, 0);
    announced.announce_at(&mut net, ([1, 2, 3], 0));
    let target = Client::new(&mut net, 9);
    let mut asker = Client::new(&mut net, 2);
    let back = asker.way_back(&mut net, [1, 2, 0], &target);
    let sendback = asker.sendback(&mut net, 0, &announced);
    let key = announced.keys.public;
    let onion = |client: &mut Client, net: &Network| {
        let nonce = client.nonce();
        let path = client.path(net, [0, 1, 2]);
        path.wrap(&nonce, target.addr, &[0x85; 50]).unwrap()
    };
    let announce = |client: &mut Client, net: &Network| {
        let node = net.nodes()[0].key();
        let request = AnnounceRequest {
            ping_id: [0; 32],
            search: node,
            data_key: node,
            sendback: [1; 8],
        };
        let (own, shared, nonce) = (client.keys.public, client.shared(&node), client.nonce());
        let mut packet = request
            .seal(AnnounceLayout::Old, &own, &shared, &nonce)
            .unwrap();
        packet.extend([1; 177]);
        packet
    };
    let ping = |client: &mut Client, net: &Network| {
        let keys = DhtKeyPair::generate(&mut client.rng);
        let node = net.nodes()[0].key();
        let shared = SharedKey::new(&keys.secret, &node).unwrap();
        let nonce = client.nonce();
        let ping = Ping::Request(7);
        Envelope::seal(
            tox::PING_REQUEST,
            &keys.public,
            &shared,
            &nonce,
            &ping.encode(),
        )
        .unwrap()
    };
    let data = move |_: &mut Client, _: &Network| {
        [&[0x85], &key.as_bytes()[..], &[5; 100], &[1; 177]].concat()
    };
    let response = move |_: &mut Client, _: &Network| back.carry_back(&[0x86; 50]);
    let routed =
        move |_: &mut Client, _: &Network| [&[0x20], &key.as_bytes()[..], &[5; 100]].concat();
    let forward = move |_: &mut Client, _: &Network| {
        let data = b"data";
        ForwardRequest { to: key, data }.encode()
    };
    let chained = move |client: &mut Client, net: &Network| {
        Forwarding {
            sendback: &[1; 52],
            data: &forward(client, net),
        }
        .encode()
        .unwrap()
    };
    let reply = move |_: &mut Client, _: &Network| {
        let data = b"data";
        let sendback = &sendback;
        ForwardReply { sendback, data }.encode().unwrap()
    };
    let mut check = |name: &str, most: u64, packet: &dyn Fn(&mut Client, &Network) -> Vec<u8>| {
        let clients = std::slice::from_mut(&mut asker);
        assert_eq!(sent(&mut net, clients, 20, packet), most, "{name}");
    };
    check("ping", 3, &ping);
    check("announcement", 3, &announce);
    check("onion request", 5, &onion);
    check("onion response", 5, &response);
    check("data", 5, &data);
    check("DHT request", 5, &routed);
    check("forward request", 5, &forward);
    check("forwarding", 5, &chained);
    check("forward reply", 5, &reply);
}

#[test]
fn no_relayed_packet_is_longer_than_it_came() {
    let mut net = Network::joined(4, &easy(), 1);
    let mut client = Client::new(&mut net, 1);
    let target = Client::new(&mut net, 2);
    for length in [1, 500, tox::ONION_REQUEST_MAX] {
        let path = client.path(&net, [0, 1, 2]);
        let packet = path
            .wrap(&client.nonce(), target.addr, &vec![0x85; length])
            .unwrap();
        let before = net.traffic();
        net.inject(0, client.addr, &packet);
        let first = net.traffic().sent_bytes - before.sent_bytes;
        assert_eq!(first, packet.len() as u64 - 8);
        net.run(Duration::from_millis(900));
        let arrived = &target.received(&mut net)[0];
        assert!(arrived.bytes.len() < packet.len());
    }
}
