//! What a Tox node does for others, ours and a real `tox-bootstrapd` (c-toxcore) side by side on loopback: each test is run
//! with either in each place, so both must do the same.
//!
//! Skipped, with a sentence, where that program is not installed. What else a TCP relay does has tests of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support {
    pub(crate) mod bootstrapd;
    pub(crate) mod onion;
    pub(crate) mod tcp_client;
    pub(crate) mod tox_peer;
    pub(crate) mod toxdrop_node;
}

use std::net::SocketAddr;

use rand::rngs::OsRng;
use support::bootstrapd::Bootstrapd;
use support::onion::{Relay as Node, nonce, onion_path, wrap};
use support::tcp_client::TcpClient;
use support::tox_peer::ToxPeer;
use support::toxdrop_node::{ToxdropNode, program};
use toxdrop_proto::keys::{DhtKeyPair, DhtPublicKey, SharedKey};
use toxdrop_proto::tox::{
    ANNOUNCE_RESPONSE, ANNOUNCE_RESPONSE_OLD, AnnounceLayout, AnnounceRequest, AnnounceResponse,
    Announced, DHT_REQUEST, FORWARDING, ForwardReply, ForwardRequest, Forwarding,
    ONION_DATA_REQUEST, ONION_DATA_RESPONSE, ONION_REQUEST_MAX, ONION_RESPONSE_MAX,
    SealedAnnounceResponse, TcpPacket, split_return_path,
};

/// Two nodes of either kind, which run as long as this lives.
struct Nodes {
    ours: [Node; 2],
    theirs: [Node; 2],
    running: (Vec<Bootstrapd>, Vec<ToxdropNode>),
}

fn nodes() -> Option<Nodes> {
    let theirs = [Bootstrapd::start()?, Bootstrapd::start()?];
    let mut ours = [(); 2].map(|()| ToxdropNode::start(&theirs[0]));
    Some(Nodes {
        ours: std::array::from_fn(|at| {
            let (addr, key) = ours[at].contact();
            Node { addr, key }
        }),
        theirs: std::array::from_fn(|at| Node {
            addr: theirs[at].addr,
            key: theirs[at].key,
        }),
        running: (Vec::from(theirs), Vec::from(ours)),
    })
}

impl Nodes {
    /// Paths with our node at each hop between theirs, and the other way round.
    fn paths(&self) -> [[Node; 3]; 7] {
        let ([ours, own], [theirs, other]) = (self.ours, self.theirs);
        [
            [ours, theirs, other],
            [theirs, ours, other],
            [theirs, other, ours],
            [theirs, ours, own],
            [ours, theirs, own],
            [ours, own, theirs],
            [ours, own, ours],
        ]
    }
}

#[test]
fn our_node_relays_as_first_second_and_third_between_real_ones() {
    let Some(nodes) = nodes() else { return };
    let (client, target) = (ToxPeer::start(), ToxPeer::start());
    let to = target.node().addr;
    for path in nodes.paths() {
        for length in [2, ONION_REQUEST_MAX] {
            let payload = [&[ONION_DATA_REQUEST], &vec![7; length - 1][..]].concat();
            let (sender, packet) = wrap(path, to, &payload);
            client.say(sender, &packet);
            let (exit, arrived) = target.other("get it", ONION_DATA_REQUEST, || {});
            let (inside, back) = split_return_path(&arrived).unwrap();
            assert_eq!((exit, inside), (path[2].addr, &payload[..]), "{path:?}");
            let answer = [&[ONION_DATA_RESPONSE], &vec![8; ONION_RESPONSE_MAX - 1][..]].concat();
            target.say(exit, &back.carry_back(&answer));
            let (first, came) = client.other("get the answer", ONION_DATA_RESPONSE, || {});
            assert_eq!((first, came), (path[0].addr, answer), "{path:?}");
        }
    }
}

/// Our node as a TCP relay that knows the bootstrap node: a local address is passed on to only if it is a Tox node's.
fn our_relay(bootstrapd: &Bootstrapd) -> (ToxdropNode, SocketAddr, DhtPublicKey) {
    let bootstrap = format!("{}:{}", bootstrapd.addr, bootstrapd.key);
    let options = ["--tcp-relay", "0", "--bootstrap", &bootstrap];
    let mut node = ToxdropNode::start_with(program(), &options);
    let (udp, key) = node.contact();
    let port = node.wait_until("join, as a relay", |status| {
        let port = u16::try_from(status["tcp_relay_ports"][0].as_u64()?).ok()?;
        (status["tox_nodes"].as_u64()? > 0).then_some(port)
    });
    (node, SocketAddr::new(udp.ip(), port), key)
}

#[test]
fn clients_begin_onion_paths_at_our_tcp_relay_and_at_a_real_one() {
    let Some(nodes) = nodes() else { return };
    let (bootstrapds, _) = &nodes.running;
    let (_running, ours, key) = our_relay(&bootstrapds[0]);
    let target = ToxPeer::start();
    let to = target.node().addr;
    for (relay, key) in [(ours, key), (bootstrapds[1].relay, bootstrapds[1].key)] {
        let keys = DhtKeyPair::generate(&mut OsRng);
        let mut client = TcpClient::connect(relay, key, &keys);
        // The relay is the first node: of the path only the others are used.
        let path = [nodes.ours[0], nodes.theirs[0], nodes.ours[1]];
        for length in [2, ONION_REQUEST_MAX] {
            let payload = [&[ONION_DATA_REQUEST], &vec![7; length - 1][..]].concat();
            let body = onion_path(path)
                .wrap_for_tcp(&nonce(), to, &payload)
                .unwrap();
            let (nonce, rest) = body.split_first_chunk().unwrap();
            let nonce = *nonce;
            client.say(&TcpPacket::OnionRequest { nonce, rest });
            let (exit, arrived) = target.other("get it", ONION_DATA_REQUEST, || {});
            let (inside, back) = split_return_path(&arrived).unwrap();
            assert_eq!((exit, inside), (path[2].addr, &payload[..]));
            let answer = vec![ONION_DATA_RESPONSE; ONION_RESPONSE_MAX];
            target.say(exit, &back.carry_back(&answer));
            client.expect(&TcpPacket::OnionResponse(&answer));
        }
    }
}

/// Asks an announce holder through a path until it answers.
fn announce(
    client: &ToxPeer,
    (path, holder): ([Node; 3], Node),
    layout: AnnounceLayout,
    request: &AnnounceRequest,
) -> AnnounceResponse {
    let shared = SharedKey::new(&client.keys().secret, &holder.key).unwrap();
    let first = match layout {
        AnnounceLayout::Old => ANNOUNCE_RESPONSE_OLD,
        AnnounceLayout::New => ANNOUNCE_RESPONSE,
    };
    let (_, answer) = client.other("answer an announcement", first, || {
        let own = client.keys().public;
        let packet = request.seal(layout, &own, &shared, &nonce()).unwrap();
        let (first, packet) = wrap(path, holder.addr, &packet);
        client.say(first, &packet);
    });
    let sealed = SealedAnnounceResponse::decode(&answer).unwrap();
    assert_eq!(sealed.sendback, request.sendback);
    sealed.open(&shared).unwrap()
}

#[test]
fn either_keeps_announcements_and_sends_data_along_paths_through_the_other() {
    let Some(nodes) = nodes() else { return };
    let ([ours, own], [theirs, other]) = (nodes.ours, nodes.theirs);
    let cases = [
        (ours, [theirs, other, theirs], AnnounceLayout::Old),
        (theirs, [ours, own, ours], AnnounceLayout::Old),
        (ours, [own, theirs, own], AnnounceLayout::Old),
        // c-toxcore 0.2.18 knows neither 0x87 nor 0x88.
        (ours, [own, ours, own], AnnounceLayout::New),
    ];
    for (holder, path, layout) in cases {
        let (alice, bob) = (ToxPeer::start(), ToxPeer::start());
        let about = |ping_id| AnnounceRequest {
            ping_id,
            search: alice.keys().public,
            data_key: DhtPublicKey::from_bytes([7; 32]),
            sendback: [1, 2, 3, 4, 5, 6, 7, 8],
        };
        let case = format!("{holder:?} {layout:?}");
        let ask = |client: &ToxPeer, ping_id| {
            announce(client, (path, holder), layout, &about(ping_id)).announced
        };
        let Announced::Not(ping_id) = ask(&alice, [0; 32]) else {
            panic!("she is announced already: {case}")
        };
        let announced = ask(&alice, ping_id);
        assert!(matches!(announced, Announced::Sender(_)), "{case}");
        let found = ask(&bob, [0; 32]);
        assert_eq!(found, Announced::Other(about([0; 32]).data_key), "{case}");
        let rest = [5; 24 + 32 + 16 + 50];
        let data = [&[0x85], &alice.keys().public.as_bytes()[..], &rest].concat();
        let mut path = path;
        path.reverse();
        let (sender, packet) = wrap(path, holder.addr, &data);
        bob.say(sender, &packet);
        let (_, came) = alice.other("get data", ONION_DATA_RESPONSE, || {});
        assert_eq!(came, [&[0x86], &rest[..]].concat(), "{case}");
    }
}

/// Enters the tables of both nodes: pings them until they ping back.
fn become_known(peer: &ToxPeer, nodes: &[Node]) {
    for node in nodes {
        peer.ping(node.addr, node.key, 1);
    }
}

#[test]
fn either_forwards_to_and_for_the_other() {
    let Some(nodes) = nodes() else { return };
    let ([ours, _], [theirs, _]) = (nodes.ours, nodes.theirs);
    let (asker, target) = (ToxPeer::start(), ToxPeer::start());
    become_known(&target, &[ours, theirs]);
    let to = target.keys().public;
    let direct = ForwardRequest { to, data: b"data" }.encode();
    for chain in [&[ours][..], &[theirs], &[ours, theirs], &[theirs, ours]] {
        let mut packet = direct.clone();
        for node in &chain[1..] {
            let (to, data) = (node.key, &packet);
            packet = ForwardRequest { to, data }.encode();
        }
        // The forwarder's ping may take a while: until then it does not know the target.
        let (last, arrived) = target.other("be forwarded to", FORWARDING, || {
            asker.say(chain[0].addr, &packet);
        });
        let forwarding = Forwarding::decode(&arrived).unwrap();
        assert_eq!(forwarding.data, b"data");
        assert_eq!(last, chain.last().unwrap().addr);
        let reply = ForwardReply {
            sendback: forwarding.sendback,
            data: b"reply",
        };
        target.say(last, &reply.encode().unwrap());
        let (first, came) = asker.other("get the reply", FORWARDING, || {});
        assert_eq!(first, chain[0].addr);
        let came = Forwarding::decode(&came).unwrap();
        assert_eq!((came.sendback, came.data), (&[][..], &b"reply"[..]));
        // Forwarded more than once while it was waited for, perhaps.
        while target.take_other(FORWARDING).is_some() {}
    }
}

#[test]
fn either_passes_a_dht_request_on_to_the_node_that_it_is_for() {
    let Some(nodes) = nodes() else { return };
    let (asker, target) = (ToxPeer::start(), ToxPeer::start());
    let known_to = [nodes.ours[0], nodes.theirs[0]];
    become_known(&target, &known_to);
    let mut request = vec![3; 300];
    request[0] = DHT_REQUEST;
    request[1..33].copy_from_slice(target.keys().public.as_bytes());
    for node in known_to {
        let (from, came) = target.other("get a DHT request", DHT_REQUEST, || {
            asker.say(node.addr, &request);
        });
        assert_eq!((from, came), (node.addr, request.clone()));
        while target.take_other(DHT_REQUEST).is_some() {}
    }
}
