//! Our Tox packets, and then whole nodes of ours, against a real `tox-bootstrapd` (c-toxcore) on loopback.
//!
//! Skipped, with a sentence, where that program is not installed. Stores and sends no messages.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support {
    pub(crate) mod bootstrapd;
    pub(crate) mod tox_peer;
    pub(crate) mod toxdrop_node;
}

use support::bootstrapd::Bootstrapd;
use support::tox_peer::{Answer, ToxPeer};
use support::toxdrop_node::ToxdropNode;
use toxdrop_proto::tox::PackedNode;
use toxdrop_testbed::BOOTSTRAPD_MOTD;

#[test]
fn a_real_bootstrap_node_tells_its_version_and_message_of_the_day() {
    let Some(bootstrapd) = Bootstrapd::start() else {
        return;
    };
    // 1 ‖ three digits each of major, minor and patch: 1000002018 is c-toxcore 0.2.18.
    assert_eq!(bootstrapd.info.version / 1_000_000_000, 1);
    // C's terminating zero travels, too.
    let motd = [BOOTSTRAPD_MOTD.as_bytes(), &[0]].concat();
    assert_eq!(bootstrapd.info.motd, motd);
}

#[test]
fn a_real_bootstrap_node_answers_our_ping_with_its_own_key() {
    let Some(bootstrapd) = Bootstrapd::start() else {
        return;
    };
    let peer = ToxPeer::start();
    let id = 0x0102_0304_0506_0708;
    let answer = peer.ping(bootstrapd.addr, bootstrapd.key, id);
    let pong = Answer::Pong {
        key: bootstrapd.key,
        id,
    };
    assert_eq!(answer, (bootstrapd.addr, pong));
}

#[test]
fn a_real_bootstrap_node_keeps_a_node_that_answers_its_pings_and_hands_it_out() {
    let Some(bootstrapd) = Bootstrapd::start() else {
        return;
    };
    let (alice, stranger) = (ToxPeer::start(), ToxPeer::start());
    alice.ping(bootstrapd.addr, bootstrapd.key, 1);
    let found = ask_for(&stranger, &bootstrapd, alice.node());
    assert_eq!(found, alice.node());
}

#[test]
fn a_real_bootstrap_node_believes_our_nodes_responses() {
    let Some(bootstrapd) = Bootstrapd::start() else {
        return;
    };
    let (alice, bob, stranger) = (ToxPeer::start(), ToxPeer::start(), ToxPeer::start());
    // Bob never speaks first: only Alice's answer can tell the bootstrap node of him.
    alice.hand_out(&[bob.node()]);
    bob.hand_out(&[alice.node()]);
    alice.ping(bootstrapd.addr, bootstrapd.key, 1);
    let found = ask_for(&stranger, &bootstrapd, bob.node());
    assert_eq!(found, bob.node());
}

#[test]
fn our_node_joins_through_a_real_bootstrap_node_which_hands_it_out() {
    let Some(bootstrapd) = Bootstrapd::start() else {
        return;
    };
    let mut node = ToxdropNode::start(&bootstrapd);
    let (addr, key) = node.contact();
    node.wait_until("know the bootstrap node", |status| {
        (status["tox_nodes"].as_u64()? >= 1).then_some(())
    });
    let expected = PackedNode::udp(addr, key);
    assert_eq!(ask_for(&ToxPeer::start(), &bootstrapd, expected), expected);
}

#[test]
fn our_node_serves_tox_peers_and_hands_the_real_bootstrap_node_out() {
    let Some(bootstrapd) = Bootstrapd::start() else {
        return;
    };
    let mut node = ToxdropNode::start(&bootstrapd);
    let (addr, key) = node.contact();
    let peer = ToxPeer::start();
    let pong = Answer::Pong { key, id: 42 };
    assert_eq!(peer.ping(addr, key, 42), (addr, pong));
    let expected = PackedNode::udp(bootstrapd.addr, bootstrapd.key);
    let found = peer.nodes(addr, key, bootstrapd.key, |response| {
        let mut nodes = response.nodes.iter().copied();
        nodes.find(|node| node.key == bootstrapd.key)
    });
    assert_eq!(found, expected);
}

#[test]
fn two_of_our_nodes_find_each_other_through_a_real_bootstrap_node_alone() {
    let Some(bootstrapd) = Bootstrapd::start() else {
        return;
    };
    let mut nodes = [(); 2].map(|()| ToxdropNode::start(&bootstrapd));
    for node in &mut nodes {
        node.wait_until("find the other node", |status| {
            (status["capable_nodes"].as_u64()? >= 1).then_some(())
        });
    }
}

fn ask_for(asker: &ToxPeer, bootstrapd: &Bootstrapd, wanted: PackedNode) -> PackedNode {
    asker.nodes(bootstrapd.addr, bootstrapd.key, wanted.key, |response| {
        let mut nodes = response.nodes.iter().copied();
        nodes.find(|node| node.key == wanted.key)
    })
}
