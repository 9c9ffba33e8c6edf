//! Renaming a file that is complete into the place of one that must never be half there.
//!
//! Does not write files.

#![forbid(unsafe_code)]

use std::io;
use std::path::Path;

/// Renames, and makes the new name itself durable: after a crash there is the old file or the new one.
///
/// # Errors
/// What the system says, of the rename or of making it durable.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::rename(from, to)?;
    sync_parent(to)
}

#[cfg(unix)]
fn sync_parent(path: &Path) -> io::Result<()> {
    path.parent()
        .map_or(Ok(()), |parent| std::fs::File::open(parent)?.sync_all())
}

#[cfg(not(unix))]
fn sync_parent(_path: &Path) -> io::Result<()> {
    Ok(())
}
