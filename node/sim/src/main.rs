//! `cargo xtask sim`: runs a network in memory and prints what it did and what it cost.
//!
//! Reads the command line and the machine's clocks; everything else is the library's.

#![forbid(unsafe_code)]

use std::time::{Duration, Instant};

use clap::Parser;
use cpu_time::ProcessTime;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use toxdrop_sim::letters::easy;
use toxdrop_sim::{Churn, Latency, Loss, Outcome, Scenario};

/// Simulate a network of toxdrop nodes: the engine that ships, in virtual time.
#[derive(Parser)]
#[command(name = "cargo xtask sim", bin_name = "cargo xtask sim", version)]
struct Args {
    /// Nodes, those that are off at a time included.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    nodes: u32,
    /// Virtual hours after all have joined.
    #[arg(long, default_value_t = 1.0, value_parser = hours)]
    hours: f64,
    /// Letters that are sent, and looked for later.
    #[arg(long, default_value_t = 200)]
    messages: u32,
    /// Datagrams that are lost: a share (0.05 or 5%), or bursts:SHARE:LENGTH.
    #[arg(long, default_value = "0")]
    loss: Loss,
    /// How long a datagram takes, one way: constant:TIME, uniform:LEAST:GREATEST or log-normal:MEDIAN:SIGMA.
    #[arg(long, value_name = "MODEL", default_value = "uniform:10ms:60ms")]
    latency: Latency,
    /// How nodes come and go: none, exponential:SESSION:OFFLINE or weibull:SHAPE:SESSION:OFFLINE.
    #[arg(long, value_name = "MODEL", default_value = "none")]
    churn: Churn,
    /// Everything random comes from this: the same seed gives the same run.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Seconds for which a node must be known before packets are handed over to it (what ships has 1800).
    #[arg(long, value_name = "SECONDS", default_value_t = 1_800)]
    hand_over_min_age: u64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn hours(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        // A letter lives 28 days at most.
        Ok(hours) if (0.05..=600.0).contains(&hours) => Ok(hours),
        _ => Err("hours are a number from 0.05 to 600".to_owned()),
    }
}

/// What a run did and what it cost.
#[derive(Serialize)]
struct Report {
    seed: u64,
    #[serde(flatten)]
    outcome: Outcome,
    /// Resident memory a node, in KiB.
    memory_kib_per_node: f64,
    /// Seconds of CPU for a node and a virtual hour; what joining and letters cost is included.
    cpu_seconds_per_node_hour: f64,
    /// Seconds that the run took, joining included.
    elapsed_seconds: f64,
    /// Virtual seconds in a real one, the time for joining not counted as virtual: on the safe side.
    times_real_time: f64,
}

fn main() {
    let args = Args::parse();
    let scenario = Scenario {
        nodes: usize::try_from(args.nodes).unwrap_or(usize::MAX),
        time: Duration::from_secs_f64(args.hours * 3_600.0),
        letters: usize::try_from(args.messages).unwrap_or(usize::MAX),
        latency: args.latency,
        loss: args.loss,
        churn: args.churn,
        config: toxdrop_dht::DhtConfig {
            hand_over_min_age_seconds: args.hand_over_min_age,
            ..easy()
        },
        seed: args.seed,
    };
    let report = measure(&scenario);
    if args.json {
        match serde_json::to_string_pretty(&report) {
            Ok(json) => println!("{json}"),
            Err(error) => eprintln!("error: {error}"),
        }
    } else {
        print(&report);
    }
}

fn measure(scenario: &Scenario) -> Report {
    let bar = ProgressBar::new(1_000);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent} %  {elapsed} of {duration}")
    {
        bar.set_style(style);
    }
    let (cpu, clock, before) = (ProcessTime::now(), Instant::now(), memory());
    let mut peak = before;
    let outcome = scenario.run(|done| {
        peak = peak.max(memory());
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a thousand"
        )]
        bar.set_position((done * 1_000.0) as u64);
    });
    bar.finish_and_clear();
    let nodes = f64::from(u32::try_from(outcome.nodes).unwrap_or(u32::MAX));
    let elapsed = clock.elapsed().as_secs_f64();
    Report {
        seed: scenario.seed,
        memory_kib_per_node: (peak - before) / 1_024.0 / nodes,
        cpu_seconds_per_node_hour: cpu.elapsed().as_secs_f64() / (nodes * outcome.hours),
        elapsed_seconds: elapsed,
        times_real_time: outcome.hours * 3_600.0 / elapsed,
        outcome,
    }
}

/// Bytes of resident memory; 0 where the system does not tell.
fn memory() -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "bytes of one process")]
    memory_stats::memory_stats().map_or(0.0, |stats| stats.physical_mem as f64)
}

fn print(report: &Report) {
    let outcome = &report.outcome;
    let percent = |share: f64| format!("{:.2} %", 100.0 * share);
    let messages = outcome.messages;
    let lines = [
        (
            "nodes",
            format!(
                "{}, {} of them on at the end",
                outcome.nodes, outcome.online
            ),
        ),
        (
            "time",
            format!(
                "{} virtual hours in {:.1} s: {:.0} times real time",
                outcome.hours, report.elapsed_seconds, report.times_real_time
            ),
        ),
        (
            "memory a node",
            format!("{:.0} KiB", report.memory_kib_per_node),
        ),
        (
            "CPU a node",
            format!("{:.3} s an hour", report.cpu_seconds_per_node_hour),
        ),
        (
            "traffic a node",
            format!(
                "{:.2} datagrams and {:.0} bytes a second",
                outcome.datagrams_per_node_second, outcome.bytes_per_node_second
            ),
        ),
        (
            "capable nodes known",
            format!("{:.1} on average", outcome.capable_known),
        ),
        (
            "lookups right",
            format!(
                "{} of the true eight; all eight in {}",
                percent(outcome.lookups_right),
                percent(outcome.lookups_all_right)
            ),
        ),
        (
            "messages",
            format!(
                "{} sent, {} held by five or more, {} looked for, {} found",
                messages.sent, messages.stored, messages.looked_for, messages.found
            ),
        ),
        ("packets found", percent(outcome.packets_found)),
        (
            "holders at the end",
            format!("{:.2} a packet", outcome.holders),
        ),
        ("Store took", times(&outcome.store_ms)),
        ("List took", times(&outcome.list_ms)),
    ];
    for (name, value) in lines {
        println!("{name:<20} {value}");
    }
}

fn times(quantiles: &toxdrop_sim::Quantiles) -> String {
    format!(
        "{} ms (median), {} ms (95 of 100)",
        quantiles.p50, quantiles.p95
    )
}
