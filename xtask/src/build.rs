//! `cargo xtask build`: the page first, then the program that embeds it.
//!
//! Installs nothing but the compiler for WebAssembly.

use anyhow::Result;

use crate::process::{cargo, run};

/// Builds the page and the program.
pub(crate) fn run_build(release: bool) -> Result<()> {
    crate::page::build(false)?;
    let mut build = cargo();
    build.args(["build", "--package", "toxdrop", "--bin", "toxdrop"]);
    build.args(node_features());
    if release {
        build.arg("--release");
    }
    run(&mut build)
}

/// The program with the page inside.
pub(crate) fn node_features() -> [&'static str; 2] {
    ["--features", "toxdrop/inspector"]
}
