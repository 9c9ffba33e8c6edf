//! Source trees for the tests of the house: a path and a text for each file, the crate's first file in front.
//!
//! Touches no disk.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::modules::{self, Tests, Tree};

/// What is not for tests only.
pub(super) fn product(files: &[(&str, &str)]) -> Tree {
    read(files, Tests::LeftOut)
}

/// All of it.
pub(super) fn everything(files: &[(&str, &str)]) -> Tree {
    read(files, Tests::Read)
}

fn read(files: &[(&str, &str)], tests: Tests) -> Tree {
    let root = Path::new(files[0].0);
    let files: BTreeMap<PathBuf, String> = files
        .iter()
        .map(|(path, text)| (PathBuf::from(path), (*text).to_owned()))
        .collect();
    let source = |path: &Path| {
        files
            .get(path)
            .cloned()
            .ok_or(io::ErrorKind::NotFound.into())
    };
    modules::read(root, tests, &source).unwrap()
}
