//! Removing a file so that it does not come back after a crash.
//!
//! Overwrites nothing: on most disks that would not reach the old bytes.

use std::io;
use std::path::Path;

use crate::folder::sync_parent;

/// Removes a file, and makes that durable. One that is not there is no error.
///
/// # Errors
/// What the system says: the file may be gone even so, if it is the folder that could not be flushed.
pub fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => sync_parent(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_goes_and_may_be_gone_before() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("name");
        std::fs::write(&path, "x").unwrap();
        for _ in 0..2 {
            remove(&path).unwrap();
            assert!(!path.exists());
        }
        assert!(remove(dir.path()).is_err());
    }
}
