//! How long the files are that people read.
//!
//! Counts lines, whatever is on them.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::tracked;

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
    let mut files = Vec::new();
    for path in tracked::files(root, &["*.rs", "*.wgsl", "*.py"])? {
        let text = std::fs::read_to_string(root.join(&path))
            .with_context(|| format!("cannot read {}", path.display()))?;
        files.push(File {
            path,
            lines: text.lines().count(),
        });
    }
    files.sort_by(|a, b| b.lines.cmp(&a.lines).then_with(|| a.path.cmp(&b.path)));
    Ok(files)
}
