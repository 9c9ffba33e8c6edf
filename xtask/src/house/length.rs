//! How long the files are that people read.
//!
//! Counts lines, whatever is on them.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::output_of;

/// The most lines that a file may have.
pub(super) const MOST: usize = 400;

/// A file and its length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    /// From the root of the repository.
    path: PathBuf,
    pub(super) lines: usize,
}

impl fmt::Display for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>5}  {}", self.lines, self.path.display())
    }
}

/// All Rust, WGSL and Python files that git tracks, the longest first.
pub(super) fn all(root: &Path) -> Result<Vec<File>> {
    let mut git = Command::new("git");
    git.current_dir(root)
        .args(["ls-files", "-z", "--", "*.rs", "*.wgsl", "*.py"]);
    let listed = output_of(&mut git).context("`git ls-files` failed: is this a git checkout?")?;
    let mut files = Vec::new();
    for path in listed.split_terminator('\0').map(PathBuf::from) {
        // A file that was removed is listed until that is committed.
        let Ok(text) = std::fs::read_to_string(root.join(&path)) else {
            continue;
        };
        files.push(File {
            path,
            lines: text.lines().count(),
        });
    }
    files.sort_by(|a, b| b.lines.cmp(&a.lines).then_with(|| a.path.cmp(&b.path)));
    Ok(files)
}
