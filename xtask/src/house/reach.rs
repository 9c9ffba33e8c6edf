//! Source files that no target reaches: the compiler never sees them, so neither does any check.
//!
//! Tests, examples, benchmarks and build scripts reach files as well as the product does.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::crates::Package;
use super::modules::{self, Tests, Tree};
use super::tracked;

/// A sentence for each Rust file that git tracks and no module of a target lies in.
pub(super) fn orphans(packages: &[Package], root: &Path) -> Result<Vec<String>> {
    let starts = packages
        .iter()
        .flat_map(|package| package.roots.iter().chain(&package.side_roots));
    let mut trees = Vec::new();
    for start in starts {
        let source = |path: &Path| std::fs::read_to_string(path);
        trees.push(modules::read(start, Tests::Read, &source)?);
    }
    let tracked = tracked::files(root, &["*.rs"])?;
    Ok(unreached(&tracked, &trees, root))
}

fn unreached(tracked: &[PathBuf], trees: &[Tree], root: &Path) -> Vec<String> {
    let reached: BTreeSet<&Path> = trees
        .iter()
        .flat_map(|tree| tree.ids().filter_map(|id| tree.get(id)))
        .map(|module| module.file.as_path())
        .collect();
    tracked
        .iter()
        .filter(|path| !reached.contains(root.join(path).as_path()))
        .map(|path| {
            format!(
                "{}: no target reaches it; name it in a `mod`, or delete it",
                path.display()
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::in_memory::everything;
    use super::*;

    #[test]
    fn file_that_no_target_reaches_is_named_and_others_are_not() {
        let library = everything(&[
            ("/w/p/src/lib.rs", "mod a; #[cfg(test)] mod tests;"),
            ("/w/p/src/a.rs", "#[cfg(test)] mod deep_tests;"),
            ("/w/p/src/a/deep_tests.rs", ""),
            ("/w/p/src/tests/mod.rs", ""),
        ]);
        let test = everything(&[
            (
                "/w/p/tests/it.rs",
                "mod common; #[path = \"../examples/e/part.rs\"] mod part;",
            ),
            ("/w/p/tests/common/mod.rs", ""),
            ("/w/p/examples/e/part.rs", ""),
        ]);
        let tracked = [
            "p/src/lib.rs",
            "p/src/a.rs",
            "p/src/a/deep_tests.rs",
            "p/src/tests/mod.rs",
            "p/src/orphan.rs",
            "p/tests/it.rs",
            "p/tests/common/mod.rs",
            "p/tests/common/orphan.rs",
            "p/examples/e/part.rs",
        ]
        .map(PathBuf::from);
        let flaws = unreached(&tracked, &[library, test], Path::new("/w"));
        assert_eq!(flaws.len(), 2, "{flaws:?}");
        assert!(flaws[0].starts_with("p/src/orphan.rs: no target reaches it"));
        assert!(flaws[1].starts_with("p/tests/common/orphan.rs: no target reaches it"));
    }
}
