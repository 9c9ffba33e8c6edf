//! `cargo xtask bench pow`: trials a second of every solver, on one core or one device.
//!
//! Solvers take turns, so that whatever else the machine does slows all of them alike; medians are compared.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Serialize;
use toxdrop_pow::CpuSolver;

use super::chart;
use super::contestants::{self, Contestant, OPENSSL};
use super::measured::Measured;
use super::median::median;
use crate::workspace::root;

/// A turn of a CPU solver takes about this long.
const TURN: Duration = Duration::from_millis(60);
/// The same for a device.
const DEVICE_TURN: Duration = Duration::from_millis(400);
/// Trials of a first, short run.
const FIRST_TRIALS: u64 = 20_000;
/// Devices take fewer turns, because theirs are long.
const DEVICE_ROUNDS: usize = 5;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// Turns that each solver takes.
    #[arg(long, default_value_t = 25)]
    rounds: usize,
}

#[derive(Serialize)]
struct Report {
    solvers: Vec<Measured>,
    /// The best CPU solver on all cores at once.
    all_cores: AllCores,
}

#[derive(Serialize)]
struct AllCores {
    name: String,
    cores: usize,
    trials_per_s: f64,
    /// Of `cores` times the rate of one, measured in the same run.
    efficiency: f64,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let report = measure(args.rounds.max(1))?;
    let chart = root().join("target/bench/pow.svg");
    chart::write(&chart, &report.solvers)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
        return Ok(());
    }
    println!(
        "{:<58} {:>14} {:>17}",
        "solver", "M trials/s", "× OpenSSL loop"
    );
    for solver in &report.solvers {
        let ratio = solver
            .vs_openssl_loop
            .map_or("-".to_owned(), |ratio| format!("{ratio:.2}"));
        println!(
            "{:<58} {:>14.3} {ratio:>17}",
            solver.name,
            solver.trials_per_s / 1e6
        );
    }
    let all = &report.all_cores;
    println!(
        "\n{} on all {} cores: {:.3} M trials/s, {:.0} % of {} times one core",
        all.name,
        all.cores,
        all.trials_per_s / 1e6,
        all.efficiency * 100.0,
        all.cores
    );
    println!("chart: {}", chart.display());
    Ok(())
}

fn measure(rounds: usize) -> Result<Report> {
    let mut contestants = contestants::all();
    let mut rates = vec![Vec::new(); contestants.len()];
    let mut turns = Vec::new();
    for contestant in &mut contestants {
        turns.push(turn_length(contestant)?);
    }
    let mut all_cores = Vec::new();
    let mut single_core = Vec::new();
    for round in 0..rounds {
        for ((contestant, turn), rates) in contestants.iter_mut().zip(&turns).zip(&mut rates) {
            if contestant.is_device && round >= DEVICE_ROUNDS {
                continue;
            }
            rates.push(rate(contestant, *turn)?);
        }
        let first = *turns.first().context("no solver at all")?;
        single_core.push(on_cores(1, first));
        all_cores.push(on_cores(cores(), first));
    }
    let medians: Vec<f64> = rates.into_iter().map(median).collect();
    let openssl = contestants
        .iter()
        .position(|c| c.name == OPENSSL)
        .and_then(|i| medians.get(i).copied());
    let mut solvers: Vec<Measured> = contestants
        .into_iter()
        .zip(medians)
        .map(|(contestant, trials_per_s)| Measured {
            name: contestant.name,
            trials_per_s,
            vs_openssl_loop: openssl.map(|base| trials_per_s / base),
        })
        .collect();
    name_devices_after_their_best_kernel(&mut solvers);
    let trials_per_s = median(all_cores);
    Ok(Report {
        solvers,
        all_cores: AllCores {
            name: CpuSolver::best().name().to_owned(),
            cores: cores(),
            trials_per_s,
            efficiency: trials_per_s / (cores() as f64 * median(single_core)),
        },
    })
}

/// `wgpu:NAME` alone is what a pool would use: the fastest kernel.
fn name_devices_after_their_best_kernel(solvers: &mut [Measured]) {
    let plain = |name: &str| name.split(" (").next().unwrap_or(name).to_owned();
    for i in 0..solvers.len() {
        let Some((adapter, _)) = solvers[i].name.rsplit_once(" (") else {
            continue;
        };
        let adapter = adapter.to_owned();
        if !solvers[i].name.ends_with(" kernel)") {
            continue;
        }
        let best = solvers
            .iter()
            .filter(|s| plain(&s.name) == plain(&adapter))
            .all(|s| s.trials_per_s <= solvers[i].trials_per_s);
        if best {
            solvers[i].name = adapter;
        }
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Trials that fill a contestant's turn.
fn turn_length(contestant: &mut Contestant) -> Result<u64> {
    let goal = if contestant.is_device {
        DEVICE_TURN
    } else {
        TURN
    };
    let mut trials = FIRST_TRIALS;
    loop {
        let elapsed = (contestant.run)(trials)
            .with_context(|| format!("{} failed", contestant.name))?
            .max(Duration::from_micros(1));
        if elapsed * 4 >= goal {
            let scale = goal.as_secs_f64() / elapsed.as_secs_f64();
            return Ok((trials as f64 * scale) as u64);
        }
        trials *= 4;
    }
}

fn rate(contestant: &mut Contestant, trials: u64) -> Result<f64> {
    let elapsed =
        (contestant.run)(trials).with_context(|| format!("{} failed", contestant.name))?;
    Ok(trials as f64 / elapsed.as_secs_f64().max(1e-9))
}

/// Trials a second of the best CPU solver on so many threads.
fn on_cores(cores: usize, trials: u64) -> f64 {
    let solver = CpuSolver::best();
    let started = std::time::Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(move || std::hint::black_box(solver.search(&[0; 64], 0, 0, trials)));
        }
    });
    trials as f64 * cores as f64 / started.elapsed().as_secs_f64()
}
