//! Joining among strangers: who is greeted how often, who is believed to have moved, and who is never asked.

use std::net::SocketAddr;
use std::time::Duration;

use toxdrop_dht::{Families, Operation, Peer, Reach};
use toxdrop_proto::ids::Location;
use toxdrop_proto::tox::{self, Envelope, PackedNode, Ping};
use toxdrop_proto::wire::Request;
use toxdrop_sim::Network;
use toxdrop_sim::letters::easy;

use crate::stranger::{Stranger, introduce};

fn addr(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// Lets the node join through the stranger, who answers pings and nothing else.
fn meet(net: &mut Network, stranger: &Stranger) {
    let now = net.now();
    net.node(0).engine.try_bootstrap(now, &[stranger.peer()]);
    net.work_off(0);
    stranger.pong(net);
}

/// Where the node believes a key to be.
fn believed(net: &Network, stranger: &Stranger) -> Option<SocketAddr> {
    let known = net.nodes()[0].engine.known_nodes(net.now());
    let key = stranger.peer().key;
    known.iter().find(|k| k.key == key).map(|k| k.address)
}

/// A ping of the stranger's, as the node gets it.
fn ping(net: &Network, stranger: &Stranger) -> Vec<u8> {
    let key = stranger.shared(&net.nodes()[0].key());
    let ping = Ping::Request(77);
    let own = stranger.peer().key;
    Envelope::seal(ping.packet_id(), &own, &key, &[9; 24], &ping.encode()).unwrap()
}

#[test]
fn a_tox_node_that_stays_silent_is_greeted_once_and_then_ever_more_rarely() {
    let mut net = Network::joined(1, &easy(), 50);
    let eve = Stranger::new(&mut net, 1);
    meet(&mut net, &eve);
    let mut hellos = Vec::new();
    for second in 0..3_600 {
        // Pings are taken out and answered, Hellos are counted and not.
        let heard = net.take_strays(eve.addr);
        hellos.extend(heard.iter().filter(|s| s.bytes[0] == 0xa0).map(|_| second));
        eve.answer_pings(&mut net, heard);
        net.run(Duration::from_secs(1));
    }
    assert_eq!(hellos.first(), Some(&0), "{hellos:?}");
    assert_eq!(hellos.iter().filter(|s| **s < 29).count(), 1, "{hellos:?}");
    assert!((3..=4).contains(&hellos.len()), "{hellos:?}");
    assert_eq!(believed(&net, &eve), Some(eve.addr));
}

#[test]
fn the_answer_to_the_only_hello_may_come_late() {
    let mut net = Network::joined(1, &easy(), 51);
    let eve = Stranger::new(&mut net, 1);
    meet(&mut net, &eve);
    net.run(Duration::from_millis(2_500));
    let seen = net.nodes()[0].addr();
    eve.answer(&mut net, |request| {
        matches!(request, Request::Hello(_)).then(|| eve.welcome(seen))
    });
    let (_, capable) = net.nodes()[0].engine.counts();
    assert_eq!(capable, 1);
}

#[test]
fn a_node_is_believed_to_have_moved_once_its_old_address_is_silent() {
    let mut net = Network::joined(1, &easy(), 52);
    let before = Stranger::new(&mut net, 1);
    let after = Stranger::at(&mut net, 1, addr("203.0.113.7:4999"));
    meet(&mut net, &before);
    let ping = ping(&net, &after);
    net.inject(0, after.addr, &ping);
    for _ in 0..12 {
        net.run(Duration::from_secs(1));
        after.pong(&mut net);
    }
    assert_eq!(believed(&net, &before), Some(after.addr));
}

#[test]
fn who_sends_on_what_a_node_once_sent_does_not_move_it() {
    let mut net = Network::joined(1, &easy(), 53);
    let eve = Stranger::new(&mut net, 1);
    let relay = Stranger::at(&mut net, 1, addr("198.51.100.9:4000"));
    meet(&mut net, &eve);
    let ping = ping(&net, &eve);
    // The old address answers, and the new one as well.
    for _ in 0..30 {
        net.inject(0, relay.addr, &ping);
        net.run(Duration::from_secs(1));
        eve.pong(&mut net);
        relay.pong(&mut net);
    }
    assert_eq!(believed(&net, &eve), Some(eve.addr));
}

#[test]
fn addresses_that_the_socket_cannot_reach_are_neither_tried_nor_asked() {
    let mut net = Network::joined(1, &easy(), 54);
    let ipv4_only = Families {
        v4: Reach::Everywhere,
        v6: Reach::None,
    };
    net.node(0).engine.set_families(ipv4_only);
    let eve = Stranger::new(&mut net, 1);
    introduce(&mut net, 0, &eve);
    let far = Stranger::at(&mut net, 2, addr("[2001:db8::7]:4000"));
    let now = net.now();
    net.node(0).engine.try_bootstrap(now, &[far.peer()]);
    net.node(0).engine.try_known(now, &[far.peer()]);
    let operation = Operation::FindRecord(Location::from_bytes([5; 32]));
    net.start(0, operation).unwrap();
    let named = PackedNode::udp(far.addr, far.peer().key);
    for _ in 0..10 {
        net.run(Duration::from_millis(100));
        eve.answer(&mut net, |request| {
            matches!(request, Request::Find(_)).then(|| Stranger::found([named]))
        });
    }
    assert_eq!(net.take_strays(far.addr).len(), 0);

    // It speaks to us: so there is a way.
    let ping = ping(&net, &far);
    net.inject(0, far.addr, &ping);
    net.run(Duration::from_secs(2));
    let heard = net.take_strays(far.addr);
    assert!(heard.iter().any(|s| s.bytes[0] == tox::PING_REQUEST));
}

#[test]
fn nodes_of_an_earlier_life_are_all_pinged_within_seconds() {
    let mut net = Network::joined(1, &easy(), 55);
    let known: Vec<Stranger> = (0..100u8)
        .map(|n| {
            Stranger::at(
                &mut net,
                100 + u64::from(n),
                addr(&format!("203.0.113.{n}:1")),
            )
        })
        .collect();
    let peers: Vec<Peer> = known.iter().map(Stranger::peer).collect();
    let now = net.now();
    net.node(0).engine.try_known(now, &peers);
    net.work_off(0);
    let pinged = |net: &mut Network| {
        let heard = known.iter().map(|stranger| net.take_strays(stranger.addr));
        heard.filter(|strays| !strays.is_empty()).count()
    };
    assert_eq!(pinged(&mut net), 16);
    net.run(Duration::from_secs(8));
    assert_eq!(pinged(&mut net), 84);
}
