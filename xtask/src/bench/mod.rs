//! `cargo xtask bench …`: measurements, as tables, charts and JSON.
//!
//! Does not judge them: what is fast enough is in docs/pow.md.

mod chart;
mod contestants;
mod measured;
mod median;
mod pow;

use clap::Subcommand;

/// What to measure.
#[derive(Subcommand)]
pub(crate) enum Bench {
    /// Every proof-of-work solver, interleaved with OpenSSL's loop and the sha2 crates.
    Pow(pow::Args),
}

pub(crate) fn run(bench: Bench) -> anyhow::Result<()> {
    match bench {
        Bench::Pow(args) => pow::run(&args),
    }
}
