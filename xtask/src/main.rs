//! `cargo xtask NAME`: sets up, builds, tests and shows toxdrop.
//!
//! The only build helper; it holds no part of the product.

#![deny(unsafe_code)]

mod arm;
mod bench;
mod build;
mod demo;
mod house;
mod page;
mod process;
mod serve;
mod setup;
mod shader_stats;
mod sim;
mod steps;
mod tally;
mod test;
mod workspace;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Set up, build, test and show toxdrop.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what building and testing need and this machine lacks.
    Setup,
    /// Build the inspector's page and the `toxdrop` program.
    Build {
        /// Optimise (minutes instead of seconds).
        #[arg(long)]
        release: bool,
    },
    /// Build only the inspector's page, into target/inspector.
    Page {
        /// Use the standard library of Debian's rustc-web even where rustup has the target.
        #[arg(long)]
        debian: bool,
    },
    /// Serve target/inspector by itself, for inspecting packet files with no node.
    Serve {
        /// Loopback port.
        #[arg(long, default_value_t = 33480)]
        port: u16,
    },
    /// Show the whole mission on this machine: a network, a message to somebody offline, the inspector.
    Demo(demo::DemoArgs),
    /// Measure.
    #[command(subcommand)]
    Bench(bench::Bench),
    /// What a real GPU compiler (RADV, no card needed) makes of the proof-of-work kernels.
    ShaderStats(shader_stats::Args),
    /// Check the order of the source: no circles of imports, no long files, crates in one direction.
    House(house::Args),
    /// Simulate a network of nodes in virtual time; `cargo xtask sim --help` has the models.
    #[command(disable_help_flag = true)]
    Sim {
        /// What the simulator is told.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// Run every check: format, order, lints, page, tests, vectors.
    Test,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Setup => setup::everything(),
        Command::Build { release } => build::run_build(release),
        Command::Page { debian } => page::build(debian).map(|_| ()),
        Command::Serve { port } => serve::run(port),
        Command::Demo(args) => demo::run(&args),
        Command::Bench(what) => bench::run(what),
        Command::ShaderStats(args) => shader_stats::run(&args),
        Command::House(args) => house::run(&args),
        Command::Sim { args } => sim::run_simulator(&args),
        Command::Test => test::run_all(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
