//! Two real Tox clients (libtoxcore) become friends and talk, in a DHT of `tox-bootstrapd`, of toxdrop, and of both.
//!
//! Skipped, with a sentence, where a program is missing. How long it takes is measured by `cargo xtask bench tox`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use toxdrop_testbed::{Error, Family, Mix, Network, Tools, Transport};

/// Nodes of a DHT.
const NODES: usize = 8;

/// For test runners that run the tests of one program side by side: a machine has two cores, perhaps.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

#[test]
fn strangers_meet_and_talk_in_a_dht_of_bootstrap_nodes_over_ipv4() {
    meet_in(Mix::Bootstrapd, Family::V4);
}

#[test]
fn strangers_meet_and_talk_in_a_dht_of_bootstrap_nodes_over_ipv6() {
    meet_in(Mix::Bootstrapd, Family::V6);
}

#[test]
fn strangers_meet_and_talk_in_a_dht_of_both_kinds_over_ipv4() {
    meet_in(Mix::Half, Family::V4);
}

#[test]
fn strangers_meet_and_talk_in_a_dht_of_both_kinds_over_ipv6() {
    meet_in(Mix::Half, Family::V6);
}

#[test]
fn strangers_meet_and_talk_in_a_dht_of_toxdrop_nodes_over_ipv4() {
    meet_in(Mix::Toxdrop, Family::V4);
}

#[test]
fn strangers_meet_and_talk_in_a_dht_of_toxdrop_nodes_over_ipv6() {
    meet_in(Mix::Toxdrop, Family::V6);
}

/// By UDP, and then, in the same DHT, two others who have only TCP and a relay each.
fn meet_in(mix: Mix, family: Family) {
    let _turn = (ONE_AT_A_TIME.lock()).unwrap_or_else(PoisonError::into_inner);
    let toxdrop = Path::new(env!("CARGO_BIN_EXE_toxdrop"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let network =
        Tools::find(toxdrop, folder).and_then(|tools| Network::start(&tools, mix, family, NODES));
    let network = match network {
        Ok(network) => network,
        Err(Error::Missing(missing)) => {
            println!("skipped: {missing}");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    for transport in [Transport::Udp, Transport::Tcp] {
        let meeting = network
            .meet(transport)
            .unwrap_or_else(|error| panic!("{transport:?}: {error}\n{}", network.logs()));
        println!("{mix}, {family}, {transport:?}: {meeting:?}");
        assert_eq!(meeting.by, [transport; 2]);
    }
}
