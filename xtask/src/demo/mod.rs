//! `cargo xtask demo`: the whole mission on one machine, every layer real.
//!
//! Starts processes and talks to them through the command line that a user has; it holds no
//! protocol code of its own, so that what it shows is what the program does.

mod args;
mod browser;
mod interrupt;
mod network;
mod nodes;
mod report;
mod story;
mod tox_profile;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

pub(crate) use args::DemoArgs;

/// Installs what there is of Tox itself where that can be done, and builds the program with the page inside.
fn build() -> Result<PathBuf> {
    println!();
    for need in [&crate::setup::TOX_BOOTSTRAPD, &crate::setup::LIBTOXCORE] {
        if let Err(error) = crate::setup::ensure(&[need]) {
            println!("{error:#}\nThe demo goes on without it.");
        }
    }
    crate::build::release_binary()
}

/// Runs the demo.
pub(crate) fn run(args: &DemoArgs) -> Result<()> {
    interrupt::listen()?;

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
    while interrupt::check().is_ok() {
        std::thread::sleep(Duration::from_millis(100));
    }
    println!("\nEnding the nodes …");
    drop(network);
    Ok(())
}
