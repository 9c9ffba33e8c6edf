//! A small world in network namespaces: nodes at public addresses, and two homes, each behind a NAT of its own.
//!
//! Sockets, kernel and address translation are real. What happens in it is up to the tests.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use toxdrop_testbed::{Namespace, NodeAddress, Place, Toxdrop, ToxdropOptions};

/// Nodes at public addresses, each in a /8 of its own.
const PUBLIC: usize = 10;
/// So many others a node knows before it is used: nobody needs to know all.
const ENOUGH: u64 = 7;
/// Public nodes through which the others join.
const DOORS: usize = 3;
/// The UDP port of public nodes.
const PORT: u16 = 33445;
/// A network of its own, with little work, where newcomers are trusted at once and packets are soon offered to whoever
/// should hold them.
const SETTINGS: &str = "[dht]\nnetwork_id = 4242\nnonce_trials_per_byte = 10\nextra_bytes = 10\n\
hand_over_min_age_seconds = 0\nreplication_interval_seconds = 5\n\
[mail]\nquorum = 3\nretry_seconds = 1\npublish_spread_seconds = 0\n[pow]\ndevices = [\"cpu\"]\n";

/// The world, in which public nodes live, and two homes, each behind a router of its own.
///
/// Fields go in this order: processes before the namespaces that they run in.
pub(crate) struct World {
    pub(crate) public: Vec<Toxdrop>,
    /// Addresses to join through.
    pub(crate) doors: Vec<NodeAddress>,
    pub(crate) folder: TempDir,
    homes: [Namespace; 2],
    _routers: [Namespace; 2],
    _internet: Namespace,
}

impl World {
    /// Starts the public nodes and waits until they know each other.
    pub(crate) fn start() -> Self {
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
            if doors.len() < DOORS {
                doors.push(address);
            }
            public.push(node);
        }
        for node in &mut public {
            node.wait("others", knows_enough).unwrap();
        }
        Self {
            public,
            doors,
            folder,
            homes: [home_1, home_2],
            _routers: [router_1, router_2],
            _internet: internet,
        }
    }

    /// Somebody's node at home, which knows the public ones.
    pub(crate) fn person(&self, name: &str, home: usize) -> Toxdrop {
        let any = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let mut node = start(&self.folder, name, &self.home(home), any, &self.doors);
        node.wait("others", knows_enough).unwrap();
        node
    }

    /// Where processes at home run.
    pub(crate) fn home(&self, number: usize) -> Place {
        self.homes[number].place()
    }

    /// How many public nodes hold a packet.
    pub(crate) fn holders(&self, packet: &str) -> u64 {
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

fn knows_enough(status: &Value) -> bool {
    status["capable_nodes"].as_u64() >= Some(ENOUGH)
}

/// Ids of the packets that a node holds.
pub(crate) fn packets(node: &Toxdrop) -> Vec<String> {
    let packets = node.command(&["store", "ls"]).unwrap();
    packets
        .iter()
        .map(|packet| text(packet, "packet_id"))
        .collect()
}

/// A field that is a text.
pub(crate) fn text(value: &Value, field: &str) -> String {
    value[field]
        .as_str()
        .unwrap_or_else(|| panic!("no {field} in {value}"))
        .to_owned()
}
