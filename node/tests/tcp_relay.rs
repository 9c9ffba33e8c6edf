//! Clients meet at a TCP relay: at a node of ours, and at a real `tox-bootstrapd` (c-toxcore), which does the same.
//!
//! What needs `tox-bootstrapd` is skipped, with a sentence, where that program is not installed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support {
    pub(crate) mod bootstrapd;
    pub(crate) mod tcp_client;
    pub(crate) mod toxdrop_node;
}

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr};

use rand::rngs::OsRng;
use support::bootstrapd::Bootstrapd;
use support::tcp_client::{TcpClient, open};
use support::toxdrop_node::{ToxdropNode, program};
use toxdrop_proto::keys::{DhtKeyPair, DhtPublicKey};
use toxdrop_proto::tox::{TCP_MAX_PACKET, TcpConnectionId, TcpPacket};

/// A relay, and the process behind it.
struct Relay<T> {
    addr: SocketAddr,
    key: DhtPublicKey,
    process: T,
}

fn ours() -> Relay<ToxdropNode> {
    let mut node = ToxdropNode::start_with(program(), &["--tcp-relay", "0"]);
    let (_, key) = node.contact();
    let port = node.wait_until("say its relay port", |status| {
        u16::try_from(status["tcp_relay_ports"][0].as_u64()?).ok()
    });
    Relay {
        addr: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        key,
        process: node,
    }
}

fn theirs() -> Option<Relay<Bootstrapd>> {
    let bootstrapd = Bootstrapd::start()?;
    Some(Relay {
        addr: bootstrapd.relay,
        key: bootstrapd.key,
        process: bootstrapd,
    })
}

fn keys() -> DhtKeyPair {
    DhtKeyPair::generate(&mut OsRng)
}

fn id(index: usize) -> TcpConnectionId {
    TcpConnectionId::from_index(index).unwrap()
}

impl<T> Relay<T> {
    fn client(&self, keys: &DhtKeyPair) -> TcpClient {
        TcpClient::connect(self.addr, self.key, keys)
    }

    fn two_clients_meet(&self) {
        let (alice, bob, nobody) = (keys(), keys(), keys());
        let mut a = self.client(&alice);
        let routed = |id, key| TcpPacket::RoutingResponse { id, key };
        a.say(&TcpPacket::RoutingRequest(alice.public));
        a.expect(&routed(None, alice.public));
        for (index, key) in [(0, nobody.public), (1, bob.public), (0, nobody.public)] {
            a.say(&TcpPacket::RoutingRequest(key));
            a.expect(&routed(Some(id(index)), key));
        }
        let mut b = self.client(&bob);
        let early = TcpPacket::Data {
            id: id(1),
            data: b"early",
        };
        a.say(&early);
        a.expect_nothing();
        b.say(&TcpPacket::RoutingRequest(alice.public));
        b.expect(&routed(Some(id(0)), alice.public));
        b.expect(&TcpPacket::Connected(id(0)));
        a.expect(&TcpPacket::Connected(id(1)));
        let long = [9; TCP_MAX_PACKET - 1];
        for data in [&b""[..], b"data", &long] {
            a.say(&TcpPacket::Data { id: id(1), data });
            b.expect(&TcpPacket::Data { id: id(0), data });
            b.say(&TcpPacket::Data { id: id(0), data });
            a.expect(&TcpPacket::Data { id: id(1), data });
        }

        let (to, from, data) = (bob.public, alice.public, &[5; 1_024][..]);
        a.say(&TcpPacket::OobSend { to, data });
        b.expect(&TcpPacket::OobReceive { from, data });
        let to = nobody.public;
        a.say(&TcpPacket::OobSend { to, data });
        a.expect_nothing();

        a.say(&TcpPacket::Disconnected(id(1)));
        b.expect(&TcpPacket::Disconnected(id(0)));
        a.expect_nothing();
        b.say(&TcpPacket::Data { id: id(0), data });
        b.expect_nothing();
        a.say(&TcpPacket::RoutingRequest(bob.public));
        a.expect(&routed(Some(id(1)), bob.public));
        a.expect(&TcpPacket::Connected(id(1)));
        b.expect(&TcpPacket::Connected(id(0)));

        let mut newer = self.client(&bob);
        a.expect(&TcpPacket::Disconnected(id(1)));
        b.expect_end();
        newer.say(&TcpPacket::RoutingRequest(alice.public));
        newer.expect(&routed(Some(id(0)), alice.public));
        newer.expect(&TcpPacket::Connected(id(0)));
        a.expect(&TcpPacket::Connected(id(1)));
    }

    /// At a real relay this takes until the next ping stays unanswered, 30 to 40 seconds.
    fn a_client_that_goes_away_is_told_to_the_other(&self) {
        let (alice, bob) = (keys(), keys());
        let (mut a, mut b) = (self.client(&alice), self.client(&bob));
        a.say(&TcpPacket::RoutingRequest(bob.public));
        b.say(&TcpPacket::RoutingRequest(alice.public));
        let routed = |key| TcpPacket::RoutingResponse {
            id: Some(id(0)),
            key,
        };
        a.expect(&routed(bob.public));
        a.expect(&TcpPacket::Connected(id(0)));
        b.expect(&routed(alice.public));
        b.expect(&TcpPacket::Connected(id(0)));
        drop(a);
        b.expect(&TcpPacket::Disconnected(id(0)));
        let mut a = self.client(&alice);
        a.say(&TcpPacket::RoutingRequest(bob.public));
        a.expect(&routed(bob.public));
        a.expect(&TcpPacket::Connected(id(0)));
        b.expect(&TcpPacket::Connected(id(0)));
    }

    fn what_makes_no_sense_ends_a_connection(&self) {
        let key = keys().public;
        let routing = TcpPacket::RoutingRequest(key).encode();
        let packets = [
            routing[..32].to_vec(),
            [&routing[..], &[0]].concat(),
            TcpPacket::RoutingResponse { id: None, key }.encode(),
            vec![3, 16],
            vec![4; 8],
            vec![5; 10],
            TcpPacket::Pong(0).encode(),
            TcpPacket::OobSend { to: key, data: &[] }.encode(),
            TcpPacket::OobSend {
                to: key,
                data: &[5; 1_025],
            }
            .encode(),
            vec![8; 159],
            vec![9; 60],
            vec![15, 1],
            vec![16, 1],
        ];
        for packet in &packets {
            let mut client = self.client(&keys());
            client.say_bytes(packet);
            client.expect_end();
        }
        for nonsense in [&[7; 128][..], &[0xff; 3_000]] {
            let mut stream = open(self.addr);
            stream.write_all(nonsense).unwrap();
            // Closed, or reset because more was sent than was read.
            assert!(!matches!(stream.read(&mut [0; 1]), Ok(1)));
        }
        // It is there for others still.
        self.client(&keys());
    }

    fn clients_are_pinged(&self) {
        let mut client = self.client(&keys());
        client.wait_for_ping();
    }
}

#[test]
fn two_clients_meet_at_our_relay() {
    ours().two_clients_meet();
}

#[test]
fn two_clients_meet_at_a_real_relay() {
    if let Some(relay) = theirs() {
        relay.two_clients_meet();
    }
}

#[test]
fn a_client_that_goes_away_from_our_relay_is_told_to_the_other() {
    ours().a_client_that_goes_away_is_told_to_the_other();
}

#[test]
fn a_client_that_goes_away_from_a_real_relay_is_told_to_the_other() {
    if let Some(relay) = theirs() {
        relay.a_client_that_goes_away_is_told_to_the_other();
    }
}

#[test]
fn what_makes_no_sense_ends_a_connection_at_our_relay() {
    ours().what_makes_no_sense_ends_a_connection();
}

#[test]
fn what_makes_no_sense_ends_a_connection_at_a_real_relay() {
    if let Some(relay) = theirs() {
        relay.what_makes_no_sense_ends_a_connection();
    }
}

#[test]
fn our_relay_pings_its_clients() {
    ours().clients_are_pinged();
}

#[test]
fn a_real_relay_pings_its_clients() {
    if let Some(relay) = theirs() {
        relay.clients_are_pinged();
    }
}

#[test]
fn the_status_says_at_which_ports_and_for_how_many_clients_the_node_is_a_relay() {
    let mut relay = ours();
    let clients = [relay.client(&keys()), relay.client(&keys())];
    let wanted = |count: u64| {
        move |status: &serde_json::Value| {
            (status["tcp_relay_clients"].as_u64()? == count).then_some(())
        }
    };
    relay.process.wait_until("count two clients", wanted(2));
    drop(clients);
    relay.process.wait_until("count none", wanted(0));
    let said = format!("TCP relay  {}", relay.addr);
    assert!(relay.process.log().contains(&said));
}

#[test]
fn a_client_that_does_not_read_holds_up_nobody_and_is_dropped() {
    let mut relay = ours();
    let (alice, bob) = (keys(), keys());
    let (mut sender, deaf) = (relay.client(&alice), relay.client(&bob));
    let (to, data) = (bob.public, &[5; 1_024][..]);
    let start = std::time::Instant::now();
    let mut sent: u64 = 0;
    // Far more than the systems' buffers hold on the way to a reader that is not there.
    while start.elapsed() < std::time::Duration::from_secs(10) {
        sender.say(&TcpPacket::OobSend { to, data });
        sent += 1_024;
        if sent.is_multiple_of(64 << 10) {
            sender.expect_nothing();
        }
    }
    assert!(sent > 2 << 20, "{sent}");
    relay.two_clients_meet();
    let left =
        |status: &serde_json::Value| (status["tcp_relay_clients"].as_u64()? == 1).then_some(());
    // Its pings wait behind the data; its own silence ends it.
    sender.wait_for_ping();
    relay.process.wait_until("drop the deaf client", left);
    drop(deaf);
    sender.expect_nothing();
}

#[test]
fn a_relay_port_that_is_taken_is_a_clear_error_at_start() {
    let taken = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let dir = tempfile::tempdir().unwrap();
    let output = program()
        .args(["node", "--udp", "127.0.0.1:0", "--rpc", "127.0.0.1:0"])
        .args(["--tcp-relay", &port.to_string(), "--data-dir"])
        .arg(dir.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(6), "{text}");
    assert!(
        text.contains(&format!(
            "cannot open TCP port 127.0.0.1:{port} for the relay"
        )),
        "{text}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_flood_of_connections_leaves_the_rest_of_the_node_its_file_descriptors() {
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "ulimit -n 64 && exec \"$0\" \"$@\""]);
    shell.arg(env!("CARGO_BIN_EXE_toxdrop"));
    let shell = support::toxdrop_node::without_settings(shell);
    let mut node = ToxdropNode::start_with(shell, &["--tcp-relay", "0"]);
    let (_, key) = node.contact();
    assert!(node.log().contains("at most 32 connections, not 4096"));
    let port = node.wait_until("say its relay port", |status| {
        u16::try_from(status["tcp_relay_ports"][0].as_u64()?).ok()
    });
    let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let flood: Vec<_> = (0..300).map(|_| open(addr)).collect();
    // The command line still gets through.
    node.contact();
    drop(flood);
    let relay = Relay {
        addr,
        key,
        process: (),
    };
    relay.client(&keys()).expect_nothing();
}
