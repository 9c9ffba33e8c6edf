//! Relaying: outward, back, and what is not passed on.

use std::net::SocketAddr;
use std::time::Duration;

use toxdrop_proto::tox::{
    ONION_REQUEST_MAX, ONION_RESPONSE_MAX, OnionLayer, OnionRequest, OnionStep, split_return_path,
};

use crate::client::{A_WHILE, Client, network};

#[test]
fn a_payload_comes_out_behind_the_third_relay_and_its_answer_comes_back_to_the_client_only() {
    let mut net = network();
    let mut client = Client::new(&mut net, 1);
    let target = Client::new(&mut net, 2);
    for first in [0x83, 0x85, 0x87] {
        for length in [1, 60, 1000, ONION_REQUEST_MAX] {
            let payload: Vec<u8> = (0..length)
                .map(|n| if n == 0 { first } else { n as u8 })
                .collect();
            client.send(&mut net, [0, 1, 2], target.addr, &payload);
            let [arrived] = &target.received(&mut net)[..] else {
                panic!("nothing, or more than one, of {first:#x} with {length} bytes")
            };
            // The third relay sent it; the first alone has seen the client.
            assert_eq!(arrived.from, net.nodes()[2].addr());
            let (inside, back) = split_return_path(&arrived.bytes).unwrap();
            assert_eq!(inside, payload);
            for (answer, length) in [(0x84, 1), (0x86, ONION_RESPONSE_MAX), (0x88, 200)] {
                let answer = vec![answer; length];
                net.inject(2, target.addr, &back.carry_back(&answer));
                net.run(A_WHILE);
                let [came] = &client.received(&mut net)[..] else {
                    panic!("no answer of {length} bytes")
                };
                assert_eq!(came.from, net.nodes()[0].addr());
                assert_eq!(came.bytes, answer);
            }
        }
    }
}

#[test]
fn hops_may_repeat_and_a_relay_may_be_all_three() {
    let mut net = network();
    let mut client = Client::new(&mut net, 1);
    let target = Client::new(&mut net, 2);
    for nodes in [[0, 1, 0], [3, 3, 3]] {
        client.send(&mut net, nodes, target.addr, &[0x85; 100]);
        assert_eq!(target.received(&mut net).len(), 1, "{nodes:?}");
    }
}

#[test]
fn the_third_relay_carries_announcements_and_data_only() {
    let mut net = network();
    let mut client = Client::new(&mut net, 1);
    let target = Client::new(&mut net, 2);
    for first in 0..=0xff {
        client.send(&mut net, [0, 1, 2], target.addr, &[first; 100]);
        let arrives = net.take_strays(target.addr).len();
        let carried = [0x83, 0x85, 0x87].contains(&first);
        assert_eq!(arrives, usize::from(carried), "{first:#x}");
    }
    client.send(&mut net, [0, 1, 2], target.addr, &[0x85; 100]);
    let arrived = &target.received(&mut net)[0];
    let (_, back) = split_return_path(&arrived.bytes).unwrap();
    for first in 0..=0xff {
        net.inject(2, target.addr, &back.carry_back(&[first; 100]));
        net.run(A_WHILE);
        let carried = [0x84, 0x86, 0x88].contains(&first);
        assert_eq!(
            net.take_strays(client.addr).len(),
            usize::from(carried),
            "{first:#x}"
        );
    }
}

#[test]
fn nobody_outside_reaches_a_local_network_or_loopback_through_a_relay() {
    let mut net = network();
    let mut client = Client::new(&mut net, 1);
    let local = [
        "127.0.0.1:80",
        "10.1.2.3:80",
        "172.16.0.1:80",
        "192.168.1.1:53",
        "169.254.1.1:80",
        "100.64.0.1:80",
        "[::1]:80",
        "[fe80::1]:80",
        "[fd00::1]:80",
        "[::ffff:127.0.0.1]:80",
        "[::ffff:192.168.1.1]:80",
        "0.0.0.0:80",
        "255.255.255.255:80",
        "224.0.0.1:80",
        "[ff02::1]:80",
        "[::]:80",
        "203.0.113.77:0",
    ];
    for local in local {
        let local: SocketAddr = local.parse().unwrap();
        let canonical = SocketAddr::new(local.ip().to_canonical(), local.port());
        net.listen(local);
        net.listen(canonical);
        // As the last address, and as a relay's.
        client.send(&mut net, [0, 1, 2], local, &[0x85; 100]);
        let mut path = client.path(&net, [0, 1, 2]);
        path.hops[1].addr = local;
        let packet = path
            .wrap(&client.nonce(), client.addr, &[0x85; 100])
            .unwrap();
        net.inject(0, client.addr, &packet);
        net.run(A_WHILE);
        for at in [local, canonical] {
            assert_eq!(net.take_strays(at), [], "{local}");
        }
    }
}

#[test]
fn nobody_outside_reaches_our_own_machine_or_its_network_by_their_public_addresses() {
    let mut net = network();
    let mut client = Client::new(&mut net, 1);
    // Our own address at another port, and a neighbour in our IPv6 network.
    let own = net.nodes()[2].addr();
    let ips = [own.ip(), "2001:db8:1:2::7".parse().unwrap()];
    let now = net.now();
    net.node(2).engine.set_own_addresses(now, ips);
    let inside = [
        (own.ip(), 53).into(),
        "[2001:db8:1:2::99]:80".parse().unwrap(),
    ];
    for (seed, target) in (10..).zip(inside) {
        let mut target = Client::at(&mut net, seed, target);
        client.send(&mut net, [0, 1, 2], target.addr, &[0x85; 100]);
        assert_eq!(target.received(&mut net), [], "{}", target.addr);
        // A Tox node that we know may be meant.
        target.become_known(&mut net, 2);
        client.send(&mut net, [0, 1, 2], target.addr, &[0x85; 100]);
        assert_eq!(target.received(&mut net).len(), 1, "{}", target.addr);
    }
    let elsewhere = Client::at(&mut net, 3, "[2001:db8:1:3::99]:80".parse().unwrap());
    client.send(&mut net, [0, 1, 2], elsewhere.addr, &[0x85; 100]);
    assert_eq!(elsewhere.received(&mut net).len(), 1);
}

#[test]
fn whoever_is_in_the_local_network_itself_reaches_it() {
    let mut net = network();
    let mut client = Client::at(&mut net, 1, "192.168.1.7:4000".parse().unwrap());
    let target = Client::at(&mut net, 2, "192.168.1.9:4000".parse().unwrap());
    // The second and third relay see public neighbours: only a first and last relay in one can.
    let path = client.path(&net, [0, 0, 0]);
    let layer = OnionLayer {
        next: target.addr,
        inside: vec![0x85; 100],
    };
    let mut plain = toxdrop_proto::codec::Writer::default();
    toxdrop_proto::tox::write_ip_port(&mut plain, layer.next);
    plain.bytes(&layer.inside);
    let nonce = client.nonce();
    let sealed = path.hops[0].shared.seal(&nonce, &plain.finish()).unwrap();
    let hop = [&path.hops[0].own.as_bytes()[..], &sealed].concat();
    let inner = OnionLayer {
        next: target.addr,
        inside: hop,
    };
    let packet = OnionRequest::pass_on(OnionStep::Second, &nonce, &inner, &[1; 118]);
    net.inject(0, client.addr, &packet);
    net.run(A_WHILE);
    assert_eq!(target.received(&mut net).len(), 1);
}

#[test]
fn a_way_back_serves_again_until_the_relays_forget_its_key() {
    let mut net = network();
    let mut client = Client::new(&mut net, 1);
    let target = Client::new(&mut net, 2);
    client.send(&mut net, [0, 1, 2], target.addr, &[0x85; 100]);
    let arrived = &target.received(&mut net)[0];
    let (_, back) = split_return_path(&arrived.bytes).unwrap();
    let answer = back.carry_back(&[0x86; 100]);
    let arrives = |net: &mut toxdrop_sim::Network, client: &Client| {
        net.inject(2, target.addr, &answer);
        net.run(A_WHILE);
        client.received(net).len()
    };
    assert_eq!(arrives(&mut net, &client), 1);
    // A path is used for 1,200 s at the most, and lives through a renewal of the keys.
    net.run(Duration::from_secs(7_200));
    assert_eq!(arrives(&mut net, &client), 1);
    net.run(Duration::from_secs(1_200));
    assert_eq!(arrives(&mut net, &client), 0);
}
