//! The workspace's crates, as cargo sees them: where their source begins and which of each other they depend on.
//!
//! Judges nothing.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::process::cargo;

/// A crate of the workspace.
#[derive(Clone, Debug)]
pub(super) struct Package {
    pub(super) name: String,
    /// The first files of its library and programs; not of tests, examples and build scripts.
    pub(super) roots: Vec<PathBuf>,
    /// What it depends on when it is used, other crates of the workspace and all else; not what only its tests need.
    pub(super) dependencies: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<RawPackage>,
}

#[derive(Deserialize)]
struct RawPackage {
    name: String,
    dependencies: Vec<RawDependency>,
    targets: Vec<RawTarget>,
}

#[derive(Deserialize)]
struct RawDependency {
    name: String,
    /// `None` for a normal one.
    kind: Option<String>,
}

#[derive(Deserialize)]
struct RawTarget {
    kind: Vec<String>,
    src_path: PathBuf,
}

/// Asks cargo.
pub(super) fn read() -> Result<Vec<Package>> {
    let output = cargo()
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .output()
        .context("cannot start cargo")?;
    if !output.status.success() {
        bail!(
            "`cargo metadata` failed:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let metadata: Metadata =
        serde_json::from_slice(&output.stdout).context("cannot read what `cargo metadata` says")?;
    Ok(metadata.packages.into_iter().map(package).collect())
}

fn package(raw: RawPackage) -> Package {
    let is_product = |target: &RawTarget| {
        target
            .kind
            .iter()
            .any(|kind| kind == "bin" || kind == "proc-macro" || kind.ends_with("lib"))
    };
    Package {
        name: raw.name,
        roots: raw
            .targets
            .into_iter()
            .filter(is_product)
            .map(|target| target.src_path)
            .collect(),
        dependencies: raw
            .dependencies
            .into_iter()
            .filter(|dependency| dependency.kind.is_none())
            .map(|dependency| dependency.name)
            .collect(),
    }
}
