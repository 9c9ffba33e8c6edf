//! Mail between people behind two NATs, with real processes in network namespaces: sockets, kernel and address translation
//! are real, only the world between them is small.
//!
//! Skipped, with a sentence, where namespaces cannot be made.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use toxdrop_testbed::{Namespace, NodeAddress, Place, Process, Toxdrop, ToxdropOptions};

/// Nodes at public addresses, each in a /8 of its own.
const PUBLIC: usize = 10;
/// The UDP port of public nodes.
const PORT: u16 = 33445;
/// How long a message may be on its way, and a node's opinion of itself too.
const PATIENCE: Duration = Duration::from_secs(60);

/// A network of its own, with little work, where newcomers are trusted at once and packets are soon offered to whoever
/// should hold them.
const SETTINGS: &str = "[dht]\nnetwork_id = 4242\nnonce_trials_per_byte = 10\nextra_bytes = 10\n\
hand_over_min_age_seconds = 0\nreplication_interval_seconds = 5\n\
[mail]\nquorum = 3\nretry_seconds = 1\npublish_spread_seconds = 0\n[pow]\ndevices = [\"cpu\"]\n";

/// The world, in which public nodes live, and two homes, each behind a router of its own.
///
/// Fields go in this order: processes before the namespaces that they run in.
struct World {
    public: Vec<Toxdrop>,
    folder: TempDir,
    homes: [Namespace; 2],
    _routers: [Namespace; 2],
    _internet: Namespace,
}

impl World {
    fn start() -> Self {
        let internet = Namespace::make().unwrap();
        internet.forward().unwrap();
        let houses = [1, 2].map(|number| house(&internet, number));
        let [(router_1, home_1), (router_2, home_2)] = houses;
        let folder = tempfile::tempdir().unwrap();
        let mut public: Vec<Toxdrop> = Vec::new();
        let mut doors = Vec::new();
        for number in 0..PUBLIC {
            let ip = public_address(number);
            internet.add_address(&format!("{ip}/32")).unwrap();
            let name = format!("public-{number}");
            let udp = SocketAddr::from((ip, PORT));
            let mut node = start(&folder, &name, &internet.place(), udp, &doors);
            let address = node.address(udp).unwrap();
            if doors.len() < 3 {
                doors.push(address);
            }
            public.push(node);
        }
        for node in &mut public {
            node.wait("others", |status| knows(status, PUBLIC - 1))
                .unwrap();
        }
        Self {
            public,
            folder,
            homes: [home_1, home_2],
            _routers: [router_1, router_2],
            _internet: internet,
        }
    }

    /// Somebody's node at home, which knows the public ones.
    fn person(&mut self, name: &str, home: usize) -> Toxdrop {
        let door = self.public[0].address((public_address(0), PORT).into());
        let place = self.homes[home].place();
        let any = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let mut node = start(&self.folder, name, &place, any, &[door.unwrap()]);
        node.wait("others", |status| knows(status, PUBLIC)).unwrap();
        node
    }

    /// How many public nodes hold a packet.
    fn holders(&self, packet: &str) -> u64 {
        let holds = |node: &&Toxdrop| packets(node).iter().any(|id| id == packet);
        self.public.iter().filter(holds).count() as u64
    }
}

/// A router in the world, and who lives behind it.
fn house(internet: &Namespace, number: usize) -> (Namespace, Namespace) {
    let [router, home] = [(); 2].map(|()| Namespace::make().unwrap());
    let [outside, inside] = [format!("81.{number}.0"), format!("192.168.{number}")];
    router
        .wire(
            &format!("{outside}.2/24"),
            internet,
            &format!("{outside}.1/24"),
        )
        .unwrap();
    router.default_route(&format!("{outside}.1")).unwrap();
    router
        .wire(&format!("{inside}.1/24"), &home, &format!("{inside}.2/24"))
        .unwrap();
    home.default_route(&format!("{inside}.1")).unwrap();
    router.translate("wire-0").unwrap();
    (router, home)
}

fn public_address(number: usize) -> Ipv4Addr {
    let number = u8::try_from(number).unwrap();
    Ipv4Addr::new(20 + 6 * number, 7 * number, 1, 1)
}

fn start(
    folder: &TempDir,
    name: &str,
    place: &Place,
    udp: SocketAddr,
    doors: &[NodeAddress],
) -> Toxdrop {
    Toxdrop::start(
        Path::new(env!("CARGO_BIN_EXE_toxdrop")),
        &folder.path().join(name),
        &ToxdropOptions {
            name,
            place,
            udp,
            bootstrap: doors,
            settings: SETTINGS,
        },
    )
    .unwrap()
}

fn knows(status: &Value, nodes: usize) -> bool {
    status["capable_nodes"].as_u64() >= Some(nodes as u64)
}

fn packets(node: &Toxdrop) -> Vec<String> {
    let packets = node.command(&["store", "ls"]).unwrap();
    packets
        .iter()
        .map(|packet| text(packet, "packet_id"))
        .collect()
}

fn text(value: &Value, field: &str) -> String {
    value[field]
        .as_str()
        .unwrap_or_else(|| panic!("no {field} in {value}"))
        .to_owned()
}

/// Sends a text and sees that only public nodes hold it.
fn send(world: &World, behind_nat: &[&Toxdrop], from: &Toxdrop, to: &str, words: &str) {
    let sent = from.command(&["send", to, words]).unwrap();
    let sent = sent.last().unwrap();
    assert_eq!(sent["delivery"], "stored", "{sent}");
    let replicas = sent["replicas"].as_u64().unwrap();
    let public = world.holders(sent["packet_ids"][0].as_str().unwrap());
    assert!(replicas >= 3 && replicas <= public, "{public} hold {sent}");
    hold_nothing(behind_nat);
}

fn hold_nothing(nodes: &[&Toxdrop]) {
    for node in nodes {
        let held = packets(node);
        assert!(held.is_empty(), "{} holds {held:?}", node.name());
    }
}

fn wait_for(what: &str, process: &Process, words: &str) {
    let deadline = Instant::now() + PATIENCE;
    while !process.log().contains(words) {
        let log = process.log();
        assert!(Instant::now() < deadline, "no {what}: {log}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn mail_goes_between_homes_behind_nats_and_only_public_nodes_hold_it() {
    if let Err(missing) = Namespace::possible() {
        println!("skipped: {missing}");
        return;
    }
    let mut world = World::start();
    let alice = world.person("alice", 0);
    let bob = world.person("bob", 1);
    // Does nothing but be there, to be chosen if anybody behind a NAT is; and behind one that has let others in already.
    let carol = world.person("carol", 1);
    let behind_nat = [&alice, &bob, &carol];

    alice.command(&["inbox", "new", "alice"]).unwrap();
    let inbox = bob.command(&["inbox", "new", "bob"]).unwrap();
    let to_bob = text(inbox.last().unwrap(), "address");
    send(&world, &behind_nat, &alice, &to_bob, "It waits");
    let fetched = bob.command(&["fetch"]).unwrap();
    assert_eq!(fetched[0]["text"], "It waits", "{fetched:?}");

    let watch = bob.follow(&["watch"]).unwrap();
    // It looks once at its start, and again after ten minutes: what comes between is delivered live.
    send(
        &world,
        &behind_nat,
        &alice,
        &to_bob,
        "Perhaps before the subscription",
    );
    wait_for("first message", &watch, "Perhaps before the subscription");
    send(&world, &behind_nat, &alice, &to_bob, "At once");
    wait_for("message delivered live", &watch, "At once");

    // Packets are offered to whoever should hold them every five seconds.
    let until = Instant::now() + Duration::from_secs(12);
    while Instant::now() < until {
        hold_nothing(&behind_nat);
        std::thread::sleep(Duration::from_secs(1));
    }
}
