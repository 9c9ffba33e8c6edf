//! `cargo xtask build`: the page first, then the program that embeds it.
//!
//! Installs nothing but the compiler for WebAssembly.

use std::path::PathBuf;

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

/// Builds the page and the program, optimised; the answer is where it lies.
pub(crate) fn release_binary() -> Result<PathBuf> {
    run_build(true)?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    let name = format!("toxdrop{}", std::env::consts::EXE_SUFFIX);
    Ok(target.join("release").join(name))
}

/// The program with the page inside.
pub(crate) fn node_features() -> [&'static str; 2] {
    ["--features", "toxdrop/inspector"]
}
