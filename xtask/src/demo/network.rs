//! Bringing the demo's network up, and asking all of its nodes at once.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use toxdrop_testbed::{Bootstrapd, Family};

use super::nodes::Node;
use super::report::Report;

/// How many capable nodes a node should know before the story goes on; k of Kademlia.
const ENOUGH: u64 = 8;
/// How long replicas may take to vanish after the receiver's tombstones went out.
const DELETION_PATIENCE: Duration = Duration::from_secs(30);

/// Starts the bootstrap node, if there is one to be had, and `count` nodes that join through it.
pub(super) fn start(
    report: &mut Report,
    binary: &Path,
    dir: &Path,
    count: u16,
) -> Result<(Option<Bootstrapd>, Vec<Node>, Vec<String>)> {
    let mut bootstrap = Vec::new();
    let daemon = match Bootstrapd::find() {
        Some(program) => {
            let daemon = report.step("start a real Tox bootstrap node (tox-bootstrapd)", || {
                let folder = dir.join("tox-bootstrapd");
                let ip = Family::V4.loopback();
                Ok(Bootstrapd::start(&program, &folder, ip, &[])?)
            })?;
            let address = daemon.address().to_string();
            report.note(&address);
            bootstrap.push(address);
            Some(daemon)
        }
        None => {
            report.note("tox-bootstrapd is not installed (Debian: toxcore-utils); the nodes meet through the first of them.");
            None
        }
    };
    let nodes = report.step(&format!("start {count} toxdrop nodes"), || {
        let mut nodes: Vec<Node> = Vec::new();
        for number in 1..=count {
            let mut node = Node::new(&format!("node-{number:02}"), binary, dir, &bootstrap);
            node.spawn()?;
            if bootstrap.is_empty() {
                bootstrap.push(
                    node.wait_until("open its socket", |_| true)
                        .and_then(|s| udp_address(&s))?,
                );
            }
            nodes.push(node);
        }
        for node in &mut nodes {
            node.wait_ready()?;
        }
        Ok(nodes)
    })?;
    Ok((daemon, nodes, bootstrap))
}

/// `HOST:PORT:HEXKEY` of a node, from its status.
fn udp_address(status: &Value) -> Result<String> {
    let port = status["udp_port"]
        .as_u64()
        .context("status has no udp_port")?;
    let key = status["dht_public_key"]
        .as_str()
        .context("status has no dht_public_key")?;
    Ok(format!("127.0.0.1:{port}:{key}"))
}

/// Waits until the node knows enough capable nodes, and says how many it knows.
pub(super) fn wait_joined(node: &mut Node) -> Result<u64> {
    let status = node.wait_until("find other toxdrop nodes", |status| {
        status["capable_nodes"].as_u64().unwrap_or(0) >= ENOUGH
    })?;
    Ok(status["capable_nodes"].as_u64().unwrap_or(0))
}

/// The names of the nodes whose store has the packet.
pub(super) fn holders<'a>(nodes: &'a [Node], packet: &str) -> Result<Vec<&'a Node>> {
    let mut found = Vec::new();
    for node in nodes {
        if packet_ids(node)?.iter().any(|id| id == packet) {
            found.push(node);
        }
    }
    Ok(found)
}

/// Waits until no node holds the packet.
pub(super) fn wait_deleted(nodes: &[Node], packet: &str) -> Result<()> {
    let deadline = Instant::now() + DELETION_PATIENCE;
    loop {
        super::interrupt::check()?;
        let left = holders(nodes, packet)?;
        if left.is_empty() {
            return Ok(());
        }
        if Instant::now() > deadline {
            let names: Vec<_> = left.iter().map(|node| node.name()).collect();
            bail!("{} still hold packet {packet}", names.join(", "));
        }
        std::thread::sleep(Duration::from_millis(250));
    }
}

fn packet_ids(node: &Node) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    for packet in node.cli_lines(&["store", "ls", "--json"])? {
        let id = packet["packet_id"].as_str();
        ensure!(
            id.is_some(),
            "`store ls --json` printed no packet_id: {packet}"
        );
        ids.extend(id.map(str::to_owned));
    }
    Ok(ids)
}
