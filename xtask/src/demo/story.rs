//! The story: a message reaches a friend who is offline, and of whom its sender knows nothing but a Tox ID.
//!
//! Each step checks what it says; the first that does not hold ends the demo with its error.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use toxdrop_testbed::Bootstrapd;

use super::args::DemoArgs;
use super::network;
use super::nodes::Node;
use super::report::Report;
use super::tox_profile::{self, ToxProfile};

const TEXT: &str = "Hello Bob. By the time you read this, I am offline. Alice";
const FOR_CAROL: &str = "This one stays in the network, so that there is something to inspect.";
/// Replicas that a send must reach: the daemon's default quorum.
const QUORUM: u64 = 5;

/// All processes of the demo; they end when this is dropped.
pub(super) struct Network {
    _nodes: Vec<Node>,
    _bob: Node,
    _bootstrapd: Option<Bootstrapd>,
}

/// Tells the story and returns the network, which stays up until it is dropped.
pub(super) fn tell(report: &mut Report, binary: &Path, args: &DemoArgs) -> Result<Network> {
    if args.dir.exists() {
        std::fs::remove_dir_all(&args.dir)
            .with_context(|| format!("could not empty {}", args.dir.display()))?;
    }
    std::fs::create_dir_all(&args.dir)?;
    let dir = &args.dir.canonicalize()?;

    let (bootstrapd, mut nodes, bootstrap) = network::start(report, binary, dir, args.nodes)?;
    report.step("the nodes find one another through it", || {
        nodes
            .iter_mut()
            .try_for_each(|node| network::wait_joined(node).map(drop))
    })?;

    let mut bob = Node::new("bob", binary, dir, &bootstrap);
    let profile = bobs_profile(report, dir)?;
    let bob_address = match &profile {
        Some(profile) => profile.tox_id.clone(),
        None => report.step("Bob makes an inbox and goes offline", || {
            introduce(&mut bob)
        })?,
    };
    report.note(&bob_address);
    let mut carol = Node::new("carol", binary, dir, &bootstrap);
    let carol_address = introduce(&mut carol)?;

    let mut alice = Node::new("alice", binary, dir, &bootstrap);
    report.step("Alice comes online", || {
        come_online(&mut alice)?;
        alice.cli(&["inbox", "new", "alice", "--json"]).map(drop)
    })?;
    let sent = report.step(
        "Alice stamps a message to that address with proof of work and stores it in the DHT",
        || send(&alice, &bob_address, TEXT),
    )?;
    report.note(&format!(
        "message {}: {} SHA-512 trials, {} replicas",
        text(&sent, "message_id")?,
        sent["pow_trials"],
        sent["replicas"]
    ));
    let kept = send(&alice, &carol_address, FOR_CAROL)?;
    report.step("Alice goes away", || alice.stop())?;

    let packet = first_packet(&sent)?;
    let holders = report.step("the packet waits near Bob's front door", || {
        let holders = network::holders(&nodes, &packet)?;
        ensure!(
            holders.len() as u64 >= QUORUM,
            "only {} nodes hold packet {packet}",
            holders.len()
        );
        Ok(holders)
    })?;
    let names: Vec<_> = holders.iter().map(|node| node.name()).collect();
    report.note(&format!("packet {packet}\nheld by {}", names.join(", ")));

    report.step("Bob comes online", || come_online(&mut bob))?;
    if let Some(profile) = &profile {
        let file = profile.file.display().to_string();
        let inbox = report.step("Bob imports his Tox profile", || {
            bob.cli(&["inbox", "import", &file, "--json"])
        })?;
        report.note(&format!(
            "inbox {}: {}",
            text(&inbox, "name")?,
            text(&inbox, "address")?
        ));
    }
    let message = report.step("Bob fetches, decrypts and deletes the message", || {
        let message = receive(&bob)?;
        let got = text(&message, "text")?;
        ensure!(got == TEXT, "the text differs: {got:?}");
        Ok(message)
    })?;
    report.note(&format!(
        "from {}\n“{}”",
        text(&message, "from_address")?,
        text(&message, "text")?
    ));
    report.step("no node holds Bob's packet any more", || {
        network::wait_deleted(&nodes, &packet)
    })?;

    let kept = first_packet(&kept)?;
    let shown = *network::holders(&nodes, &kept)?
        .first()
        .with_context(|| format!("no node holds the packet for Carol, {kept}"))?;
    let url = shown.inspector_url()?;
    super::browser::look(report, &url, &kept, dir)?;
    println!("\n     Inspector of {}: {url}", shown.name());
    Ok(Network {
        _nodes: nodes,
        _bob: bob,
        _bootstrapd: bootstrapd,
    })
}

/// Bob's Tox profile, made by Tox itself: he has never heard of toxdrop. `None` where Tox is not installed.
fn bobs_profile(report: &mut Report, dir: &Path) -> Result<Option<ToxProfile>> {
    let Some(made) = tox_profile::make(dir, "bob") else {
        report.note(
            "libtoxcore is not installed (Debian: libtoxcore2), so Bob has no Tox profile and makes an inbox instead.",
        );
        return Ok(None);
    };
    let name = "Bob makes a Tox profile with libtoxcore, and Alice is given his Tox ID";
    report.step(name, || made).map(Some)
}

/// Starts a person's node once, makes an inbox named after it, and ends the node again.
fn introduce(person: &mut Node) -> Result<String> {
    person.spawn()?;
    person.wait_ready()?;
    let name = person.name().to_owned();
    let inbox = person.cli(&["inbox", "new", &name, "--json"])?;
    person.stop()?;
    text(&inbox, "address")
}

fn come_online(person: &mut Node) -> Result<()> {
    person.spawn()?;
    person.wait_ready()?;
    network::wait_joined(person).map(drop)
}

/// Sends through the person's daemon; an error if fewer nodes than the quorum hold the message in the end.
fn send(person: &Node, address: &str, content: &str) -> Result<Value> {
    let sent = person.cli(&["send", address, content, "--ttl", "7d", "--json"])?;
    let replicas = sent["replicas"].as_u64().unwrap_or(0);
    ensure!(
        replicas >= QUORUM,
        "only {replicas} nodes hold the message: {sent}"
    );
    Ok(sent)
}

/// The one message that a fetch brings.
fn receive(person: &Node) -> Result<Value> {
    let lines = person.cli_lines(&["fetch", "--json"])?;
    lines
        .iter()
        .find(|line| line.get("message_id").is_some())
        .cloned()
        .with_context(|| format!("the fetch brought no message: {lines:?}"))
}

fn first_packet(sent: &Value) -> Result<String> {
    sent["packet_ids"][0]
        .as_str()
        .map(str::to_owned)
        .with_context(|| format!("no packet_ids in {sent}"))
}

fn text(value: &Value, field: &str) -> Result<String> {
    value[field]
        .as_str()
        .map(str::to_owned)
        .with_context(|| format!("no {field} in {value}"))
}
