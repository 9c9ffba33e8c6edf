//! People behind two NATs, with toxdrop nodes at public addresses: mail, live delivery, and real Tox clients.
//!
//! Skipped, with a sentence, where network namespaces cannot be made.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support {
    pub(crate) mod two_homes;
}

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::two_homes::{World, packets, text};
use toxdrop_testbed::{
    ClientOptions, Error, Family, Namespace, Process, Tools, Toxdrop, Transport, meet,
};

/// How long a message may be on its way.
const PATIENCE: Duration = Duration::from_secs(60);

/// For test runners that run the tests of one program side by side: a machine has two cores, perhaps.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

#[test]
fn mail_goes_between_homes_behind_nats_and_only_public_nodes_hold_it() {
    if let Err(missing) = Namespace::possible() {
        println!("skipped: {missing}");
        return;
    }
    let _turn = (ONE_AT_A_TIME.lock()).unwrap_or_else(PoisonError::into_inner);
    let mut world = World::start();
    let mut alice = world.person("alice", 0);
    let mut bob = world.person("bob", 1);
    // Does nothing but be there, to be chosen if anybody behind a NAT is.
    let mut carol = world.person("carol", 1);
    for node in &mut world.public {
        says(node, true, "");
    }
    for (node, seen) in [
        (&mut alice, "81.1.0.2"),
        (&mut bob, "81.2.0.2"),
        (&mut carol, "81.2.0.2"),
    ] {
        says(node, false, seen);
    }
    let behind_nats = [&alice, &bob, &carol];

    alice.command(&["inbox", "new", "alice"]).unwrap();
    let inbox = bob.command(&["inbox", "new", "bob"]).unwrap();
    let to_bob = text(inbox.last().unwrap(), "address");
    let sent = send(&alice, &to_bob, "It waits");
    let replicas = sent["replicas"].as_u64().unwrap();
    let public = world.holders(sent["packet_ids"][0].as_str().unwrap());
    assert!(replicas >= 3 && replicas <= public, "{public} hold {sent}");
    hold_nothing(&behind_nats);
    let fetched = bob.command(&["fetch"]).unwrap();
    assert_eq!(fetched[0]["text"], "It waits", "{fetched:?}");

    // It looks once at its start, and again after ten minutes: what comes between is delivered live.
    let watch = bob.follow(&["watch"]).unwrap();
    send(&alice, &to_bob, "Perhaps before the subscription");
    wait_for(&watch, "Perhaps before the subscription");
    send(&alice, &to_bob, "At once");
    wait_for(&watch, "At once");

    // Packets are offered to whoever should hold them every five seconds.
    let until = Instant::now() + Duration::from_secs(12);
    while Instant::now() < until {
        hold_nothing(&behind_nats);
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// Nodes between them pass on what punches the holes: onion packets and DHT requests.
#[test]
fn tox_clients_behind_nats_meet_over_udp_in_a_dht_of_toxdrop_nodes() {
    let toxdrop = Path::new(env!("CARGO_BIN_EXE_toxdrop"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let tools = Namespace::possible()
        .map_err(Error::from)
        .and_then(|()| Tools::find(toxdrop, folder));
    let tools = match tools {
        Ok(tools) => tools,
        Err(Error::Missing(missing)) => {
            println!("skipped: {missing}");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    let _turn = (ONE_AT_A_TIME.lock()).unwrap_or_else(PoisonError::into_inner);
    let world = World::start();
    let homes = [0, 1].map(|number| world.home(number));
    let [asker, asked] =
        [("asker", &homes[0]), ("asked", &homes[1])].map(|(name, place)| ClientOptions {
            name,
            place,
            family: Family::V4,
            transport: Transport::Udp,
            bootstrap: &world.doors,
            relays: &[],
        });
    let meeting = meet(&tools.client, world.folder.path(), [&asker, &asked]);
    let meeting = meeting.unwrap_or_else(|error| panic!("{error}"));
    println!("{meeting:?}");
    assert_eq!(meeting.by, [Transport::Udp; 2]);
}

/// Waits until a node says whether others can reach it, and at which address they see it.
fn says(node: &mut Toxdrop, reachable: bool, seen: &str) {
    let knows = |status: &Value| {
        let why = status["reachability"].as_str().unwrap_or_default();
        status["reachable"] == reachable && why.contains(seen)
    };
    let status = node.wait(&format!("reachable: {reachable}"), knows);
    status.unwrap_or_else(|error| panic!("{error}"));
}

fn send(from: &Toxdrop, to: &str, words: &str) -> Value {
    let mut sent = from.command(&["send", to, words]).unwrap();
    let sent = sent.pop().unwrap();
    assert_eq!(sent["delivery"], "stored", "{sent}");
    sent
}

fn hold_nothing(nodes: &[&Toxdrop]) {
    for node in nodes {
        let held = packets(node);
        assert!(held.is_empty(), "{} holds {held:?}", node.name());
    }
}

fn wait_for(watch: &Process, words: &str) {
    let deadline = Instant::now() + PATIENCE;
    while !watch.log().contains(words) {
        let log = watch.log();
        assert!(Instant::now() < deadline, "`{words}` does not come: {log}");
        std::thread::sleep(Duration::from_millis(100));
    }
}
