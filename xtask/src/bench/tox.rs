//! `cargo xtask bench tox`: how long two real Tox clients need to find each other, befriend and talk, by what the DHT is made of.
//!
//! The DHTs take turns, each with fresh nodes and fresh clients, so that whatever else the machine does slows all of them
//! alike; medians are compared. It judges nothing.

use std::path::PathBuf;

use anyhow::Result;
use serde::Serialize;
use toxdrop_testbed::{Family, Mix, Network, Tools, Transport};

use super::median::median;
use crate::process::{cargo, run as run_command};
use crate::setup::{self, TOX_BOOTSTRAPD, TOX_CLIENT};
use crate::workspace::root;

/// What is compared, the first being the baseline.
const MIXES: [Mix; 3] = [Mix::Bootstrapd, Mix::Toxdrop, Mix::Half];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// Turns that each DHT takes, of about 15 seconds.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// Nodes of a DHT.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(4..=64))]
    nodes: u16,
    /// Over IPv6 instead of IPv4.
    #[arg(long)]
    ipv6: bool,
    /// Clients without UDP, each with a TCP relay of its own.
    #[arg(long)]
    tcp: bool,
    /// Use this `toxdrop` instead of building one.
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

/// What one kind of DHT is worth to two clients; times are medians, in seconds from the clients' start.
#[derive(Serialize)]
struct Measured {
    dht: String,
    nodes: u16,
    /// Meetings that succeeded; the times are of these.
    met: usize,
    /// Meetings that did not succeed within 90 seconds.
    failed: usize,
    /// Until the friend request had come.
    asked_s: f64,
    /// Until each knew the other to be online.
    connected_s: f64,
    /// Until each had the other's message.
    talked_s: f64,
    /// `talked_s` in times of the baseline's, measured in the same run.
    talked_vs_bootstrapd: f64,
}

/// What came of the turns of one DHT.
#[derive(Default)]
struct Turns {
    asked: Vec<f64>,
    connected: Vec<f64>,
    talked: Vec<f64>,
    failed: usize,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    setup::ensure(&[&TOX_BOOTSTRAPD, &TOX_CLIENT])?;
    let toxdrop = match &args.binary {
        Some(file) => file.canonicalize()?,
        None => build()?,
    };
    let tools = Tools::find(&toxdrop, &root().join("target/bench"))?;
    let mut turns = MIXES.map(|_| Turns::default());
    for round in 1..=args.rounds {
        for (mix, turns) in MIXES.into_iter().zip(&mut turns) {
            let said = take_turn(&tools, mix, args, turns)?;
            eprintln!("round {round} of {}: {mix}: {said}", args.rounds);
        }
    }
    let measured = measured(args.nodes, turns);
    if args.json {
        println!("{}", serde_json::to_string_pretty(&measured)?);
        return Ok(());
    }
    println!(
        "{:<16} {:>5} {:>6} {:>8} {:>12} {:>9} {:>17}",
        "DHT", "met", "failed", "asked s", "connected s", "talked s", "× tox-bootstrapd"
    );
    for dht in measured {
        println!(
            "{:<16} {:>5} {:>6} {:>8.2} {:>12.2} {:>9.2} {:>17.2}",
            dht.dht,
            dht.met,
            dht.failed,
            dht.asked_s,
            dht.connected_s,
            dht.talked_s,
            dht.talked_vs_bootstrapd
        );
    }
    Ok(())
}

fn build() -> Result<PathBuf> {
    run_command(cargo().args([
        "build",
        "--quiet",
        "--release",
        "-p",
        "toxdrop",
        "--bin",
        "toxdrop",
    ]))?;
    Ok(root().join(format!(
        "target/release/toxdrop{}",
        std::env::consts::EXE_SUFFIX
    )))
}

/// One meeting; clients that do not meet are counted, and all else that goes wrong is an error.
fn take_turn(tools: &Tools, mix: Mix, args: &Args, turns: &mut Turns) -> Result<String> {
    let family = if args.ipv6 { Family::V6 } else { Family::V4 };
    let transport = if args.tcp {
        Transport::Tcp
    } else {
        Transport::Udp
    };
    let network = Network::start(tools, mix, family, args.nodes.into())?;
    match network.meet(transport) {
        Ok(meeting) => {
            turns.asked.push(meeting.asked.as_secs_f64());
            turns.connected.push(meeting.connected.as_secs_f64());
            turns.talked.push(meeting.talked.as_secs_f64());
            Ok(format!("{:.2} s", meeting.talked.as_secs_f64()))
        }
        Err(toxdrop_testbed::Error::Late { who, what, .. }) => {
            turns.failed += 1;
            Ok(format!("in vain: {who} waited for {what}"))
        }
        Err(error) => Err(error.into()),
    }
}

fn measured(nodes: u16, turns: [Turns; MIXES.len()]) -> Vec<Measured> {
    let mut baseline = None;
    let rows = MIXES.into_iter().zip(turns).map(|(mix, turns)| {
        let met = turns.talked.len();
        let talked_s = median(turns.talked);
        let baseline = *baseline.get_or_insert(talked_s);
        Measured {
            dht: mix.to_string(),
            nodes,
            met,
            failed: turns.failed,
            asked_s: median(turns.asked),
            connected_s: median(turns.connected),
            talked_s,
            talked_vs_bootstrapd: talked_s / baseline,
        }
    });
    rows.collect()
}
