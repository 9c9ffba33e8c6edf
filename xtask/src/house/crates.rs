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
    /// The first files of its library and programs.
    pub(super) roots: Vec<PathBuf>,
    /// The first files of its tests, examples, benchmarks and build script.
    pub(super) side_roots: Vec<PathBuf>,
    /// What it depends on when it is built and used, other crates of the workspace and all else; not what only its
    /// tests need.
    pub(super) dependencies: BTreeSet<Dependency>,
}

/// What a crate depends on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Dependency {
    /// As it calls itself.
    pub(super) name: String,
    /// As paths in the crate that depends on it begin.
    pub(super) in_code: String,
}

impl Dependency {
    pub(super) fn new(name: &str, rename: Option<&str>) -> Self {
        Self {
            name: name.to_owned(),
            in_code: rename.unwrap_or(name).replace('-', "_"),
        }
    }
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
    /// `None` for a normal one, else `build` or `dev`.
    kind: Option<String>,
    rename: Option<String>,
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
    let (product, side): (Vec<_>, Vec<_>) = raw.targets.into_iter().partition(is_product);
    let starts = |targets: Vec<RawTarget>| targets.into_iter().map(|t| t.src_path).collect();
    Package {
        name: raw.name,
        roots: starts(product),
        side_roots: starts(side),
        dependencies: raw
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind.as_deref() != Some("dev"))
            .map(|dependency| Dependency::new(&dependency.name, dependency.rename.as_deref()))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Package {
        package(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn only_what_tests_alone_need_is_no_dependency() {
        let package = read(
            r#"{ "name": "p", "targets": [], "dependencies": [
                { "name": "used-here", "kind": null, "rename": null },
                { "name": "to-build", "kind": "build", "rename": "b" },
                { "name": "to-test", "kind": "dev", "rename": null }
            ] }"#,
        );
        let found: Vec<_> = package.dependencies.into_iter().collect();
        assert_eq!(
            found,
            [
                Dependency::new("to-build", Some("b")),
                Dependency::new("used-here", None)
            ]
        );
        assert_eq!([&found[0].in_code, &found[1].in_code], ["b", "used_here"]);
    }

    #[test]
    fn product_and_what_stands_beside_it_are_told_apart() {
        let package = read(
            r#"{ "name": "p", "dependencies": [], "targets": [
                { "kind": ["lib"], "src_path": "src/lib.rs" },
                { "kind": ["custom-build"], "src_path": "build.rs" },
                { "kind": ["bin"], "src_path": "src/main.rs" },
                { "kind": ["test"], "src_path": "tests/a.rs" }
            ] }"#,
        );
        assert_eq!(
            package.roots,
            ["src/lib.rs", "src/main.rs"].map(PathBuf::from)
        );
        assert_eq!(
            package.side_roots,
            ["build.rs", "tests/a.rs"].map(PathBuf::from)
        );
    }
}
