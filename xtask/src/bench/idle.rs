//! `cargo xtask bench idle`: what a node costs that nobody uses, ours beside `tox-bootstrapd`, in one DHT on loopback.
//!
//! Half of the nodes are of each kind and all see the same network; medians over the nodes of a kind are compared. Needs no privilege;
//! Linux only, for /proc.

mod contender;
mod switch;
mod usage;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;

use super::median::median;
use contender::{Contender, Kind};
use switch::{Switch, Tally};
use usage::Usage;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// How long to measure.
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
    /// How long the nodes may get to know each other first.
    #[arg(long, default_value_t = 2.0)]
    warm_up: f64,
    /// Nodes in all, half of them toxdrop.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u16).range(4..=64))]
    nodes: u16,
    /// Use this `toxdrop` instead of building one.
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

/// What a node costs while nobody uses it, or the ratio of two such.
#[derive(Serialize)]
struct Cost {
    /// Of one core.
    cpu_percent: f64,
    /// Memory at the end, what is shared counted whole, in KiB.
    rss_kib: f64,
    /// The same, what is shared divided by those who share it.
    pss_kib: f64,
    /// What is in no file: heap and stacks.
    anon_kib: f64,
    /// Payloads of UDP datagrams.
    bytes_out_per_s: f64,
    bytes_in_per_s: f64,
    datagrams_out_per_s: f64,
    datagrams_in_per_s: f64,
}

/// Hellos from one toxdrop node to one `tox-bootstrapd`, from their start to the end of the measurement.
#[derive(Serialize)]
struct Hellos {
    median: f64,
    most: f64,
}

#[derive(Serialize)]
struct Report {
    nodes_of_each_kind: usize,
    minutes: f64,
    warm_up_minutes: f64,
    toxdrop: Cost,
    tox_bootstrapd: Cost,
    /// Ours divided by theirs.
    ratio: Cost,
    /// What a stranger hears that never answers.
    hellos_to_a_stranger: Hellos,
    /// Bytes out per second and node by the datagram's first byte.
    toxdrop_out_by_id: BTreeMap<String, f64>,
    tox_bootstrapd_out_by_id: BTreeMap<String, f64>,
}

/// What one node did and took between two moments.
struct Measured {
    kind: Kind,
    seconds: f64,
    usage: Usage,
    tally: Tally,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    ensure!(
        cfg!(target_os = "linux"),
        "this benchmark reads Linux's /proc; run it there"
    );
    let program = toxdrop_testbed::Bootstrapd::find().context(
        "tox-bootstrapd is not installed (Debian: apt-get install toxcore-utils): nothing to compare with",
    )?;
    let binary = match &args.binary {
        Some(binary) => binary.clone(),
        None => crate::build::release_binary()?,
    };
    let report = measure(args, &binary, &program)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print(&report);
    }
    Ok(())
}

fn measure(args: &Args, binary: &Path, bootstrapd: &Path) -> Result<Report> {
    let each = usize::from(args.nodes / 2);
    let dir = tempfile::tempdir()?;
    let switch = Switch::open(2 * each)?;
    let mut nodes = Vec::new();
    let mut bootstrap = None;
    for number in 0..2 * each {
        // By turns, so that neither kind is older.
        let kind = [Kind::ToxBootstrapd, Kind::Toxdrop][number % 2];
        let program = match kind {
            Kind::Toxdrop => binary,
            Kind::ToxBootstrapd => bootstrapd,
        };
        let folder = dir.path().join(format!("{number:02}"));
        let line = switch.line(number)?;
        let node = Contender::start(kind, program, &folder, line.behind, bootstrap.as_ref())?;
        if bootstrap.is_none() {
            bootstrap = Some((line.before, node.key()?));
        }
        nodes.push(node);
    }
    eprintln!(
        "{each} nodes of each kind are up; {} min to get to know each other, {} to be measured",
        args.warm_up, args.minutes
    );
    sleep_minutes(args.warm_up);
    let before = look(&mut nodes, &switch)?;
    let started = Instant::now();
    sleep_minutes(args.minutes);
    let after = look(&mut nodes, &switch)?;
    let seconds = started.elapsed().as_secs_f64();
    let measured: Vec<Measured> = nodes
        .iter()
        .zip(before.into_iter().zip(after))
        .map(
            |(node, ((usage_before, tally_before), (usage, tally)))| Measured {
                kind: node.kind(),
                seconds,
                usage: usage.since(&usage_before),
                tally: tally.since(&tally_before),
            },
        )
        .collect();
    for (number, node) in measured.iter().enumerate() {
        ensure!(
            node.tally.sent.datagrams > 0 && node.tally.received.datagrams > 0,
            "node {number} ({:?}) spoke with nobody: these figures would say nothing",
            node.kind
        );
    }
    let kinds: Vec<Kind> = nodes.iter().map(Contender::kind).collect();
    let (ours, theirs) = (
        cost(&measured, Kind::Toxdrop),
        cost(&measured, Kind::ToxBootstrapd),
    );
    Ok(Report {
        nodes_of_each_kind: each,
        minutes: args.minutes,
        warm_up_minutes: args.warm_up,
        ratio: ratio(&ours, &theirs),
        toxdrop: ours,
        tox_bootstrapd: theirs,
        hellos_to_a_stranger: hellos(&switch, &kinds)?,
        toxdrop_out_by_id: out_by_id(&measured, Kind::Toxdrop),
        tox_bootstrapd_out_by_id: out_by_id(&measured, Kind::ToxBootstrapd),
    })
}

fn sleep_minutes(minutes: f64) {
    std::thread::sleep(Duration::from_secs_f64(minutes.max(0.0) * 60.0));
}

/// Where every node stands now.
fn look(nodes: &mut [Contender], switch: &Switch) -> Result<Vec<(Usage, Tally)>> {
    let mut all = Vec::new();
    for (number, node) in nodes.iter_mut().enumerate() {
        let usage = Usage::of(node.running()?)?;
        all.push((usage, switch.line(number)?.tally()));
    }
    Ok(all)
}

fn cost(measured: &[Measured], kind: Kind) -> Cost {
    let middle = |value: &dyn Fn(&Measured) -> f64| {
        let of_kind = measured.iter().filter(|node| node.kind == kind);
        median(of_kind.map(value).collect())
    };
    Cost {
        cpu_percent: middle(&|n| 100.0 * n.usage.cpu_seconds / n.seconds),
        rss_kib: middle(&|n| n.usage.rss_kib),
        pss_kib: middle(&|n| n.usage.pss_kib),
        anon_kib: middle(&|n| n.usage.anon_kib),
        bytes_out_per_s: middle(&|n| n.tally.sent.bytes as f64 / n.seconds),
        bytes_in_per_s: middle(&|n| n.tally.received.bytes as f64 / n.seconds),
        datagrams_out_per_s: middle(&|n| n.tally.sent.datagrams as f64 / n.seconds),
        datagrams_in_per_s: middle(&|n| n.tally.received.datagrams as f64 / n.seconds),
    }
}

fn ratio(ours: &Cost, theirs: &Cost) -> Cost {
    Cost {
        cpu_percent: ours.cpu_percent / theirs.cpu_percent,
        rss_kib: ours.rss_kib / theirs.rss_kib,
        pss_kib: ours.pss_kib / theirs.pss_kib,
        anon_kib: ours.anon_kib / theirs.anon_kib,
        bytes_out_per_s: ours.bytes_out_per_s / theirs.bytes_out_per_s,
        bytes_in_per_s: ours.bytes_in_per_s / theirs.bytes_in_per_s,
        datagrams_out_per_s: ours.datagrams_out_per_s / theirs.datagrams_out_per_s,
        datagrams_in_per_s: ours.datagrams_in_per_s / theirs.datagrams_in_per_s,
    }
}

/// `tox-bootstrapd` drops a Hello unseen: it is the stranger.
fn hellos(switch: &Switch, kinds: &[Kind]) -> Result<Hellos> {
    let mut counts = Vec::new();
    for (to, kind) in kinds.iter().enumerate() {
        if *kind == Kind::ToxBootstrapd {
            let from = switch.line(to)?.hellos_by_sender();
            let ours = from.into_iter().zip(kinds);
            counts.extend(
                ours.filter(|(_, kind)| **kind == Kind::Toxdrop)
                    .map(|(count, _)| count as f64),
            );
        }
    }
    Ok(Hellos {
        most: counts.iter().copied().fold(0.0, f64::max),
        median: median(counts),
    })
}

fn out_by_id(measured: &[Measured], kind: Kind) -> BTreeMap<String, f64> {
    let of_kind: Vec<&Measured> = measured.iter().filter(|node| node.kind == kind).collect();
    let mut by_id = BTreeMap::new();
    for node in &of_kind {
        for (id, bytes) in &node.tally.sent_by_id {
            *by_id.entry(format!("0x{id:02x}")).or_default() +=
                *bytes as f64 / node.seconds / of_kind.len() as f64;
        }
    }
    by_id
}

fn print(report: &Report) {
    println!(
        "{:<22} {:>12} {:>15} {:>7}",
        "an idle node", "toxdrop", "tox-bootstrapd", "ratio"
    );
    let row = |name: &str, digits: usize, of: &dyn Fn(&Cost) -> f64| {
        println!(
            "{name:<22} {:>12.digits$} {:>15.digits$} {:>7.2}",
            of(&report.toxdrop),
            of(&report.tox_bootstrapd),
            of(&report.ratio)
        );
    };
    row("CPU, % of a core", 3, &|c| c.cpu_percent);
    row("memory (RSS), KiB", 0, &|c| c.rss_kib);
    row("memory (PSS), KiB", 0, &|c| c.pss_kib);
    row("anonymous memory, KiB", 0, &|c| c.anon_kib);
    row("bytes out a second", 1, &|c| c.bytes_out_per_s);
    row("bytes in a second", 1, &|c| c.bytes_in_per_s);
    row("datagrams out a second", 2, &|c| c.datagrams_out_per_s);
    row("datagrams in a second", 2, &|c| c.datagrams_in_per_s);
    println!(
        "\nHellos that a stranger got from one toxdrop node in {} min: {} (median), {} (most)",
        report.warm_up_minutes + report.minutes,
        report.hellos_to_a_stranger.median,
        report.hellos_to_a_stranger.most
    );
    let list = |name: &str, by_id: &BTreeMap<String, f64>| {
        let parts: Vec<String> = by_id
            .iter()
            .map(|(id, bytes)| format!("{id} {bytes:.1}"))
            .collect();
        println!(
            "bytes out a second by first byte, {name}: {}",
            parts.join(", ")
        );
    };
    list("toxdrop", &report.toxdrop_out_by_id);
    list("tox-bootstrapd", &report.tox_bootstrapd_out_by_id);
}
