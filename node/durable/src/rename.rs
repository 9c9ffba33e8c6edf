//! Renaming a file that is complete into the place of one that must never be half there.
//!
//! Does not write files.

use std::io;
use std::path::Path;

use crate::folder::sync_parent;

/// Renames, and makes the new name itself durable: after a crash there is the old file or the new one. Both names must lie on one
/// file system, and what is in the file must have been flushed before.
///
/// # Errors
/// What the system says: the file may have its new name even so, if it is the folder that could not be flushed.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::rename(from, to)?;
    sync_parent(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_file_takes_the_place_of_the_old_one() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("name.new"), dir.path().join("name"));
        for text in ["one", "two"] {
            std::fs::write(&from, text).unwrap();
            rename(&from, &to).unwrap();
            assert_eq!(std::fs::read_to_string(&to).unwrap(), text);
            assert!(!from.exists());
        }
    }

    #[test]
    fn what_is_not_there_leaves_the_old_file_alone() {
        let dir = tempfile::tempdir().unwrap();
        let to = dir.path().join("name");
        std::fs::write(&to, "old").unwrap();
        let error = rename(&dir.path().join("name.new"), &to).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert_eq!(std::fs::read_to_string(&to).unwrap(), "old");
    }
}
