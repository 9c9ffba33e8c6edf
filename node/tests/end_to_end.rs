//! The mission with real processes: a message reaches a friend who is offline, and survives its sender.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod common;

use common::Node;

/// Nodes beside sender and receiver.
const NODES: usize = 5;

struct Network {
    _dir: tempfile::TempDir,
    root: std::path::PathBuf,
    nodes: Vec<Node>,
    bootstrap: Vec<String>,
}

impl Network {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().to_owned();
        let mut nodes = vec![Node::start(&root.join("node-0"), &[])];
        let bootstrap = vec![nodes[0].udp()];
        nodes.extend((1..NODES).map(|n| Node::start(&root.join(format!("node-{n}")), &bootstrap)));
        for node in &mut nodes {
            node.wait("others", |s| {
                s["capable_nodes"].as_u64() >= Some(NODES as u64 - 1)
            });
        }
        Self {
            _dir: dir,
            root,
            nodes,
            bootstrap,
        }
    }

    /// A person's node, online and knowing the others.
    fn person(&self, name: &str) -> Node {
        let mut node = Node::start(&self.root.join(name), &self.bootstrap);
        node.wait("others", |s| {
            s["capable_nodes"].as_u64() >= Some(NODES as u64)
        });
        node
    }

    fn holders(&self, packet: &str) -> usize {
        let holds = |node: &&Node| node.packets().iter().any(|id| id == packet);
        self.nodes.iter().filter(holds).count()
    }

    /// Waits until so many nodes hold the packet.
    fn wait_for_holders(&self, packet: &str, wanted: impl Fn(usize) -> bool) {
        for _ in 0..300 {
            if wanted(self.holders(packet)) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        panic!("{} nodes hold {packet}", self.holders(packet));
    }
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[test]
fn a_message_reaches_a_friend_who_was_offline_after_its_sender_is_gone() {
    let network = Network::start();
    let mut bob = network.person("bob");
    let address = text(&bob.json(&["inbox", "new", "bob"])["address"]);
    assert!(bob.end().success());

    let mut alice = network.person("alice");
    alice.json(&["inbox", "new", "alice"]);
    let sent = alice.json(&["send", &address, "See you at eight", "--ttl", "1d"]);
    assert_eq!(sent["delivery"], "stored", "{sent}");
    let packet = text(&sent["packet_ids"][0]);
    alice.kill();
    network.wait_for_holders(&packet, |n| n >= 3);

    let bob = network.person("bob");
    let lines = bob.lines(&["fetch"]);
    let message = &lines[0];
    assert_eq!(message["text"], "See you at eight", "{lines:?}");
    assert_eq!(message["message_id"], sent["message_id"]);
    network.wait_for_holders(&packet, |n| n == 0);
    // It is in the archive, and not fetched twice.
    assert_eq!(bob.json(&["fetch"])["messages"], 0);
    assert_eq!(bob.json(&["received"])["text"], "See you at eight");
}

#[test]
fn a_long_file_travels_in_parts_and_a_recalled_message_does_not_arrive() {
    let network = Network::start();
    let bob = network.person("bob");
    let address = text(&bob.json(&["inbox", "new", "bob"])["address"]);
    let alice = network.person("alice");
    alice.json(&["inbox", "new", "alice"]);

    let file = network.root.join("plan.bin");
    let bytes: Vec<u8> = (0..5_000u32).map(|n| (n % 251) as u8).collect();
    std::fs::write(&file, &bytes).unwrap();
    let sent = alice.json(&["send", &address, "--file", file.to_str().unwrap()]);
    assert_eq!(sent["parts"], 7, "{sent}");
    let recalled = alice.json(&["send", &address, "never mind"]);
    let id = text(&recalled["message_id"]);
    let report = alice.json(&["recall", &id]);
    assert_eq!(report["message"]["delivery"], "recalled", "{report}");

    let out = network.root.join("files");
    let lines = bob.lines(&["fetch", "--out", out.to_str().unwrap()]);
    let done = lines.last().unwrap();
    assert_eq!(done["messages"], 1, "{lines:?}");
    assert_eq!(std::fs::read(out.join("plan.bin")).unwrap(), bytes);
}

#[test]
fn a_message_that_no_node_took_is_delivered_after_a_restart() {
    let network = Network::start();
    let bob = network.person("bob");
    let address = text(&bob.json(&["inbox", "new", "bob"])["address"]);

    // Alice knows nobody: her message stays in the outbox.
    let dir = network.root.join("alice");
    let mut alice = Node::start(&dir, &[]);
    alice.json(&["inbox", "new", "alice"]);
    let output = alice.run(&["send", &address, "late but there"]);
    assert_eq!(output.status.code(), Some(1));
    alice.kill();

    let mut alice = Node::start(&dir, &network.bootstrap);
    alice.wait("delivery", |s| s["outbox_pending"] == 0);
    let sent = alice.json(&["sent"]);
    assert_eq!(sent["delivery"], "stored", "{sent}");
    assert_eq!(bob.lines(&["fetch"])[0]["text"], "late but there");
}

#[test]
fn what_nodes_acknowledged_survives_their_sudden_death_and_a_message_can_be_extended() {
    let mut network = Network::start();
    let bob = network.person("bob");
    let address = text(&bob.json(&["inbox", "new", "bob"])["address"]);
    let alice = network.person("alice");
    alice.json(&["inbox", "new", "alice"]);
    let sent = alice.json(&["send", &address, "still here", "--ttl", "1d"]);
    let id = text(&sent["message_id"]);
    let extended = alice.json(&["extend", &id, "--ttl", "3d"]);
    assert!(
        extended["expires_unix"].as_u64() > sent["expires_unix"].as_u64(),
        "{extended}"
    );
    assert_eq!(extended["packet_ids"], sent["packet_ids"]);
    let packet = text(&sent["packet_ids"][0]);
    let holders = network.holders(&packet);
    assert!(holders >= 3);
    // The answer has just gone out: now every node is killed, and started again.
    let (root, bootstrap) = (network.root.clone(), network.bootstrap.clone());
    for (number, node) in network.nodes.iter_mut().enumerate() {
        node.kill();
        let first = number == 0;
        let through = if first { &[][..] } else { &bootstrap[..] };
        *node = Node::start(&root.join(format!("node-{number}")), through);
    }
    assert_eq!(network.holders(&packet), holders);
}
