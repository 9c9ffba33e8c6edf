//! Joining with real processes: after a restart without its bootstrap node, over both families, from a public list, and what
//! is said when nobody answers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod common;

use std::path::Path;

use common::Node;
use serde_json::Value;
use tonic::Request;
use tonic::transport::Channel;
use toxdrop_proto::grpc::v1;
use v1::inspector_client::InspectorClient;

/// How soon a restarted node must be back.
#[cfg(unix)]
const BACK_WITHIN: std::time::Duration = std::time::Duration::from_secs(30);

fn capable(count: u64) -> impl Fn(&Value) -> bool {
    move |status| status["capable_nodes"].as_u64() >= Some(count)
}

/// The nodes that this one knows.
fn table(node: &Node) -> Vec<v1::KnownNode> {
    let request = async {
        let address = format!("http://{}", node.rpc());
        let channel = Channel::from_shared(address).unwrap().connect().await;
        let mut request = Request::new(v1::RoutingTableRequest {});
        let bearer = format!("Bearer {}", node.token()).parse().unwrap();
        request.metadata_mut().insert("authorization", bearer);
        let mut inspector = InspectorClient::new(channel.unwrap());
        inspector.routing_table(request).await.unwrap().into_inner()
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(request).nodes
}

fn start_through(dir: &Path, udp: &str, bootstrap: &str) -> Node {
    Node::start_at(dir, udp, &["--bootstrap", bootstrap])
}

#[cfg(unix)]
#[test]
fn a_node_whose_bootstrap_node_is_dead_is_back_within_30_seconds_at_another_port() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let mut first = Node::start(&path("first"), &[]);
    let bootstrap = [first.udp()];
    let mut other = Node::start(&path("other"), &bootstrap);
    let mut node = Node::start(&path("node"), &bootstrap);
    node.wait("others", capable(2));
    other.wait("others", capable(2));
    let before = node.json(&["status"])["udp_port"].clone();
    assert!(node.end().success());
    first.kill();

    let start = std::time::Instant::now();
    let mut node = Node::start(&path("node"), &bootstrap);
    node.wait("others", capable(1));
    let status = node.json(&["status"]);
    assert_ne!(status["udp_port"], before);
    assert_eq!(status["alone"], Value::Null);
    // And it is found where it is now.
    let port = status["udp_port"].to_string();
    let key = status["dht_public_key"].as_str().unwrap();
    while !table(&other)
        .iter()
        .any(|known| known.public_key == key && known.address.ends_with(&format!(":{port}")))
    {
        assert!(start.elapsed() < BACK_WITHIN, "{}", other.log());
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    assert!(start.elapsed() < BACK_WITHIN);
}

#[test]
fn one_node_of_both_families_joins_those_of_either() {
    if std::net::UdpSocket::bind("[::1]:0").is_err() {
        eprintln!("skipped: this machine has no IPv6");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let mut both = Node::start_at(&path("both"), "[::]:0", &[]);
    let (six, four) = (both.udp_at("[::1]"), both.udp_at("127.0.0.1"));
    let mut by_six = start_through(&path("six"), "[::1]:0", &six);
    let mut by_four = start_through(&path("four"), "127.0.0.1:0", &four);
    let mut by_name = start_through(&path("name"), "[::]:0", &both.udp_at("localhost"));
    both.wait("the three others", capable(3));
    by_name.wait("a node", capable(1));
    // Nodes of one family know nobody of the other.
    for (node, start) in [(&mut by_six, "[::1]:"), (&mut by_four, "127.0.0.1:")] {
        node.wait("a node", capable(1));
        let known = table(node);
        let alike = known.iter().all(|known| known.address.starts_with(start));
        assert!(alike, "{known:?}");
    }
}

#[test]
fn a_node_joins_through_a_public_list_that_names_dead_nodes_too() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let first = Node::start(&path("first"), &[]);
    let status = first.json(&["status"]);
    let entry = |port: &Value, key: &str, online: bool| {
        format!(
            r#"{{"ipv4":"127.0.0.1","ipv6":"-","port":{port},"tcp_ports":[443],"public_key":"{key}","maintainer":"x","location":"XX","status_udp":{online},"status_tcp":false,"version":"1000002018","motd":"x","last_ping":1700000000}}"#
        )
    };
    // Nobody listens at port 9; the living node is among those that were offline, which come last.
    let dead = (0..5).map(|n| entry(&9.into(), &format!("{n}").repeat(64), true));
    let living = entry(
        &status["udp_port"],
        status["dht_public_key"].as_str().unwrap(),
        false,
    );
    let entries: Vec<String> = dead.chain([living, "{}".to_owned()]).collect();
    let list = path("nodes.json");
    let text = format!(
        r#"{{"last_scan":1700000000,"nodes":[{}]}}"#,
        entries.join(",")
    );
    std::fs::write(&list, text).unwrap();
    let list = ["--bootstrap-list", list.to_str().unwrap()];
    let mut node = Node::start_at(&path("node"), "127.0.0.1:0", &list);
    node.wait("the node of the list", capable(1));
    assert!(node.log().contains("as damaged: 1"), "{}", node.log());
}

#[test]
fn a_node_that_is_alone_says_so_and_why_and_that_it_has_joined() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    // Kept nodes that are damaged stop nothing.
    std::fs::create_dir_all(path("node")).unwrap();
    std::fs::write(path("node").join("nodes"), "damaged").unwrap();
    let mut node = Node::start(&path("node"), &[]);
    let why = |node: &Node| node.json(&["status"])["alone"].as_str().unwrap().to_owned();
    assert!(
        why(&node).contains("no bootstrap node is given"),
        "{}",
        why(&node)
    );
    assert!(path("node").join("nodes.damaged").exists());
    assert!(node.log().contains("nodes.damaged"), "{}", node.log());

    let address = node.json(&["inbox", "new", "me"])["address"].clone();
    let sent = node.run(&["send", address.as_str().unwrap(), "hello"]);
    assert_eq!(sent.status.code(), Some(1));
    let said = String::from_utf8_lossy(&sent.stderr).into_owned();
    assert!(said.contains("this node is alone"), "{said}");
    let fetched = node.json(&["fetch"]);
    assert!(
        fetched["alone"].as_str().unwrap().contains("alone"),
        "{fetched}"
    );
    let log = node.log();
    assert_eq!(log.matches("this node is alone").count(), 1, "{log}");

    let mut other = start_through(&path("other"), "127.0.0.1:0", &node.udp());
    for node in [&mut node, &mut other] {
        node.wait("another", |status| {
            status["alone"].is_null() && status["tox_nodes"] != 0
        });
        assert!(node.log().contains("joined"), "{}", node.log());
    }

    // Nobody listens at port 9, and no name ends so (RFC 6761).
    let key = "ab".repeat(32);
    let silent = format!("127.0.0.1:9:{key}");
    let nameless = format!("tox.invalid:33445:{key}");
    let both = ["--bootstrap", &silent, "--bootstrap", &nameless];
    let mut lost = Node::start_at(&path("lost"), "127.0.0.1:0", &both);
    lost.wait("a reason", |status| {
        let why = status["alone"].as_str().unwrap_or_default();
        why.contains("does not answer") && why.contains("tox.invalid:33445 cannot be found")
    });
    // It goes on trying, and says it no more.
    let said = lost.log().matches("this node is alone").count();
    std::thread::sleep(std::time::Duration::from_secs(5));
    assert_eq!(lost.log().matches("this node is alone").count(), said);
    assert!((1..=2).contains(&said), "{}", lost.log());
}
