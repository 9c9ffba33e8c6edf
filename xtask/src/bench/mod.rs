//! `cargo xtask bench …`: measurements, as tables, charts and JSON.
//!
//! Does not judge them: what is fast enough is in docs/pow.md, docs/dht.md and docs/performance.md.

mod boxes;
mod chart;
mod contestants;
mod idle;
mod measured;
mod median;
mod pow;
mod tox;

use clap::Subcommand;

/// What to measure.
#[derive(Subcommand)]
pub(crate) enum Bench {
    /// Every proof-of-work solver, interleaved with OpenSSL's loop and the sha2 crates.
    Pow(pow::Args),
    /// Sealing and opening of Tox boxes, with and without run-time choice of Poly1305's code.
    #[command(name = "box")]
    Boxes(boxes::Args),
    /// What an idle node costs beside `tox-bootstrapd`: CPU, memory, datagrams.
    Idle(idle::Args),
    /// How long two real Tox clients need to meet, in a DHT of tox-bootstrapd, of toxdrop, and of both.
    Tox(tox::Args),
}

pub(crate) fn run(bench: Bench) -> anyhow::Result<()> {
    match bench {
        Bench::Pow(args) => pow::run(&args),
        Bench::Boxes(args) => boxes::run(&args),
        Bench::Idle(args) => idle::run(&args),
        Bench::Tox(args) => tox::run(&args),
    }
}
