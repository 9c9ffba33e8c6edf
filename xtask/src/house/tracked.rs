//! The files that git tracks.
//!
//! Does not open them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::output_of;

/// Files that match one of `patterns`, from `root` on, which is the root of the repository.
pub(super) fn files(root: &Path, patterns: &[&str]) -> Result<Vec<PathBuf>> {
    let mut git = Command::new("git");
    git.current_dir(root)
        .args(["ls-files", "-z", "--"])
        .args(patterns);
    let listed = output_of(&mut git).context("`git ls-files` failed: is this a git checkout?")?;
    Ok(listed
        .split_terminator('\0')
        .map(PathBuf::from)
        // A file that was removed is listed until that is committed.
        .filter(|path| root.join(path).exists())
        .collect())
}
