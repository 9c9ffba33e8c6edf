//! Forwarding, and DHT requests.

use std::time::Duration;

use toxdrop_proto::tox::{ForwardReply, ForwardRequest, Forwarding};
use toxdrop_sim::Network;

use crate::client::{A_WHILE, Client, network};

fn forward(net: &mut Network, node: usize, from: &Client, request: ForwardRequest<'_>) {
    net.inject(node, from.addr, &request.encode());
    net.run(A_WHILE);
}

/// What a client sends to a node, as it is.
fn say(net: &mut Network, node: usize, from: &Client, bytes: &[u8]) {
    net.inject(node, from.addr, bytes);
    net.run(A_WHILE);
}

#[test]
fn what_is_forwarded_reaches_a_known_node_and_its_reply_comes_back() {
    let mut net = network();
    let asker = Client::new(&mut net, 1);
    let mut target = Client::new(&mut net, 2);
    target.become_known(&mut net, 0);
    let request = ForwardRequest {
        to: target.keys.public,
        data: b"question",
    };
    forward(&mut net, 0, &asker, request);
    let arrived = target.received(&mut net).pop().unwrap();
    let forwarding = Forwarding::decode(&arrived.bytes).unwrap();
    assert_eq!(forwarding.data, b"question");
    let reply = ForwardReply {
        sendback: forwarding.sendback,
        data: b"answer",
    };
    say(&mut net, 0, &target, &reply.encode().unwrap());
    let came = asker.received(&mut net).pop().unwrap();
    let expected = Forwarding {
        sendback: &[],
        data: b"answer",
    };
    assert_eq!(Forwarding::decode(&came.bytes).unwrap(), expected);

    // Changed, or in two hours, it is no sendback of ours.
    for at in 0..forwarding.sendback.len() {
        let mut sendback = forwarding.sendback.to_vec();
        sendback[at] ^= 1;
        let reply = ForwardReply {
            sendback: &sendback,
            data: b"answer",
        };
        say(&mut net, 0, &target, &reply.encode().unwrap());
    }
    net.run(Duration::from_secs(7_200));
    say(&mut net, 0, &target, &reply.encode().unwrap());
    assert_eq!(asker.received(&mut net), []);
}

#[test]
fn forwarders_form_a_chain_of_four_and_no_longer_one() {
    for (length, arrives) in [(1, true), (2, true), (4, true), (5, false)] {
        let mut net = network();
        let asker = Client::new(&mut net, 1);
        let mut target = Client::new(&mut net, 2);
        target.become_known(&mut net, length - 1);
        let mut data = b"question".to_vec();
        let mut to = target.keys.public;
        for node in (1..length).rev() {
            data = ForwardRequest { to, data: &data }.encode();
            to = net.nodes()[node].key();
        }
        let request = ForwardRequest { to, data: &data };
        forward(&mut net, 0, &asker, request);
        net.run(A_WHILE);
        let received = target.received(&mut net);
        assert_eq!(received.len(), usize::from(arrives), "{length}");
        let Some(arrived) = received.first() else {
            continue;
        };
        let forwarding = Forwarding::decode(&arrived.bytes).unwrap();
        assert_eq!(forwarding.data, b"question");
        let reply = ForwardReply {
            sendback: forwarding.sendback,
            data: b"answer",
        };
        say(&mut net, length - 1, &target, &reply.encode().unwrap());
        net.run(A_WHILE);
        let came = asker.received(&mut net).pop().unwrap();
        assert_eq!(came.from, net.nodes()[0].addr());
        assert_eq!(Forwarding::decode(&came.bytes).unwrap().data, b"answer");
    }
}

#[test]
fn nothing_is_forwarded_to_nodes_that_we_do_not_know_or_into_a_local_network() {
    let mut net = network();
    let asker = Client::new(&mut net, 1);
    let unknown = Client::new(&mut net, 2);
    let mut local = Client::at(&mut net, 3, "192.168.1.9:4000".parse().unwrap());
    local.become_known(&mut net, 0);
    let known = net.nodes()[0].engine.known_nodes(net.now());
    assert!(known.iter().any(|node| node.key == local.peer().key));
    for target in [&unknown, &local] {
        let to = target.keys.public;
        forward(&mut net, 0, &asker, ForwardRequest { to, data: b"x" });
        let request = [&[0x20], &to.as_bytes()[..], &[1; 100]].concat();
        say(&mut net, 0, &asker, &request);
        let came = net.take_strays(target.addr);
        assert!(
            !came
                .iter()
                .any(|stray| stray.bytes[0] == 0x91 || stray.bytes[0] == 0x20)
        );
    }
}

#[test]
fn a_dht_request_goes_on_as_it_is_to_the_node_that_it_is_for() {
    let mut net = network();
    let asker = Client::new(&mut net, 1);
    let mut target = Client::new(&mut net, 2);
    target.become_known(&mut net, 0);
    for (length, passes) in [(105, false), (106, true), (1_040, true), (1_041, false)] {
        let mut request = vec![3; length];
        request[0] = 0x20;
        request[1..33].copy_from_slice(target.keys.public.as_bytes());
        say(&mut net, 0, &asker, &request);
        let came = net.take_strays(target.addr).into_iter();
        let came: Vec<_> = came.filter(|stray| stray.bytes[0] == 0x20).collect();
        assert_eq!(came.len(), usize::from(passes), "{length}");
        assert!(came.iter().all(|stray| stray.bytes == request));
    }
}
