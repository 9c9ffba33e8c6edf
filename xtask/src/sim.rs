//! `cargo xtask sim`: builds the simulator with all optimisations and runs it.
//!
//! Its options are the simulator's own.

use std::ffi::OsString;

use anyhow::Result;

use crate::process::{cargo, run};

pub(crate) fn run_simulator(args: &[OsString]) -> Result<()> {
    run(cargo()
        .args(["run", "--release", "--quiet", "--package", "toxdrop-sim"])
        .args(["--features", "cli", "--"])
        .args(args))
}
