//! `cargo xtask bench box`: what sealing and opening a Tox box costs, with each build of Poly1305.
//!
//! Each contestant is the same program (`proto/examples/time-box.rs`), built with other flags into a folder of its own.
//! They take turns, so that whatever else the machine does slows all of them alike; medians are compared.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde::Serialize;

use super::median::median;
use crate::process::{cargo, output_of, run as run_command};
use crate::workspace::root;

/// The program that measures.
const EXAMPLE: &str = "time-box";

/// A build: its name and its compiler flags, the first being the baseline.
const BUILDS: [(&str, &str); 2] = [
    // Looks for AVX2 at run time and uses it where it is.
    ("poly1305-detect", ""),
    ("poly1305-soft", "--cfg poly1305_force_soft"),
];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// Turns that each build takes.
    #[arg(long, default_value_t = 41)]
    rounds: usize,
}

/// What a box of one size costs with one build.
#[derive(Serialize)]
struct Cost {
    build: &'static str,
    /// Bytes, the tag included.
    size: usize,
    seal_ns: f64,
    open_ns: f64,
    /// Boxes sealed in the time in which the baseline seals one.
    seal_vs_baseline: f64,
    /// The same for opening.
    open_vs_baseline: f64,
}

/// Nanoseconds to seal and to open, one of each a turn, by size.
type Turns = BTreeMap<usize, (Vec<f64>, Vec<f64>)>;

pub(crate) fn run(args: &Args) -> Result<()> {
    let programs = BUILDS
        .into_iter()
        .map(|(name, flags)| build(name, flags))
        .collect::<Result<Vec<_>>>()?;
    let mut turns: Vec<Turns> = programs.iter().map(|_| Turns::new()).collect();
    for _ in 0..args.rounds.max(1) {
        for (program, turns) in programs.iter().zip(&mut turns) {
            take_turn(program, turns)?;
        }
    }
    let costs = costs(turns);
    if args.json {
        println!("{}", serde_json::to_string_pretty(&costs)?);
        return Ok(());
    }
    println!(
        "{:<18} {:>6} {:>9} {:>9} {:>22}",
        "build", "bytes", "seal ns", "open ns", "× baseline, seal/open"
    );
    for cost in costs {
        println!(
            "{:<18} {:>6} {:>9.0} {:>9.0} {:>14.2} / {:.2}",
            cost.build,
            cost.size,
            cost.seal_ns,
            cost.open_ns,
            cost.seal_vs_baseline,
            cost.open_vs_baseline
        );
    }
    Ok(())
}

/// Builds the program with these flags and no others: RUSTFLAGS takes the place of those in `.cargo/config.toml`.
fn build(name: &str, flags: &str) -> Result<PathBuf> {
    let folder = root().join("target/bench").join(name);
    run_command(
        cargo()
            .args(["build", "--quiet", "--release", "-p", "toxdrop-proto"])
            .args(["--example", EXAMPLE])
            .env("CARGO_TARGET_DIR", &folder)
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env("RUSTFLAGS", flags),
    )?;
    let file = format!("{EXAMPLE}{}", std::env::consts::EXE_SUFFIX);
    Ok(folder.join("release/examples").join(file))
}

fn take_turn(program: &PathBuf, turns: &mut Turns) -> Result<()> {
    let output = output_of(&mut Command::new(program))
        .with_context(|| format!("{} failed", program.display()))?;
    for line in output.lines() {
        let fields: Vec<f64> = line
            .split(' ')
            .filter_map(|field| field.parse().ok())
            .collect();
        let [size, seal, open] = fields[..] else {
            bail!("{} printed `{line}`", program.display());
        };
        let (seals, opens) = turns.entry(size as usize).or_default();
        seals.push(seal);
        opens.push(open);
    }
    Ok(())
}

fn costs(turns: Vec<Turns>) -> Vec<Cost> {
    let medians: Vec<BTreeMap<usize, (f64, f64)>> = turns
        .into_iter()
        .map(|turns| {
            turns
                .into_iter()
                .map(|(size, (seals, opens))| (size, (median(seals), median(opens))))
                .collect()
        })
        .collect();
    let baseline = medians.first().cloned().unwrap_or_default();
    let mut costs = Vec::new();
    for ((build, _), medians) in BUILDS.into_iter().zip(medians) {
        for (size, (seal_ns, open_ns)) in medians {
            let (seal, open) = baseline.get(&size).copied().unwrap_or_default();
            costs.push(Cost {
                build,
                size,
                seal_ns,
                open_ns,
                seal_vs_baseline: seal / seal_ns,
                open_vs_baseline: open / open_ns,
            });
        }
    }
    costs
}
