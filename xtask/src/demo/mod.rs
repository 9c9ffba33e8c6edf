//! `cargo xtask demo`: the whole mission on one machine, every layer real.
//!
//! Starts processes and talks to them through the command line that a user has; it holds no
//! protocol code of its own, so that what it shows is what the program does.

mod bootstrapd;
mod browser;
mod network;
mod nodes;
mod report;
mod story;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use anyhow::{Context, Result};

/// Options of `cargo xtask demo`.
#[derive(Debug, clap::Args)]
pub(crate) struct DemoArgs {
    /// End when the story is told; the exit status is 0 only if every step held.
    #[arg(long)]
    once: bool,
    /// How many node processes to start, besides the sender's and the receiver's.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u16).range(8..=64))]
    nodes: u16,
    /// Where the demo keeps its nodes' data; emptied at the start.
    #[arg(long, default_value = "target/demo")]
    dir: PathBuf,
    /// Use this `toxdrop` instead of building one.
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

/// Set by Ctrl-C: every wait in the demo ends soon after.
static INTERRUPTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| Arc::new(AtomicBool::new(false)));

/// Fails once Ctrl-C was pressed, so that `?` unwinds the story and drops (ends) every process.
fn check_interrupted() -> Result<()> {
    anyhow::ensure!(!INTERRUPTED.load(Ordering::Relaxed), "interrupted");
    Ok(())
}

/// Installs a bootstrap node where that can be done, and builds the program with the page inside.
fn build() -> Result<PathBuf> {
    println!();
    if let Err(error) = crate::setup::ensure(&[&crate::setup::TOX_BOOTSTRAPD]) {
        println!("{error:#}\nThe demo goes on without it.");
    }
    crate::build::run_build(true)?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    let name = format!("toxdrop{}", std::env::consts::EXE_SUFFIX);
    Ok(target.join("release").join(name))
}

/// Runs the demo.
pub(crate) fn run(args: &DemoArgs) -> Result<()> {
    let flag = Arc::clone(&INTERRUPTED);
    ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed))
        .context("could not listen for Ctrl-C")?;

    let mut report = report::Report::new();
    let binary = match &args.binary {
        Some(binary) => binary.clone(),
        None => report.step("set up and build toxdrop with its inspector", build)?,
    };
    report.note(&binary.display().to_string());
    let network = story::tell(&mut report, &binary, args)?;
    report.summary();
    if args.once {
        return Ok(());
    }
    println!("\nThe network stays up. Open the inspector, or press Ctrl-C to end.");
    while check_interrupted().is_ok() {
        std::thread::sleep(Duration::from_millis(100));
    }
    println!("\nEnding the nodes …");
    drop(network);
    Ok(())
}
