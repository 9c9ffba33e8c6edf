//! Files that hold secrets: written whole or not at all, for their owner only, and the bytes of a former state overwritten.
//!
//! Knows nothing of what is in them. On disks that write elsewhere than asked, and in file systems that keep former states,
//! overwriting does not reach the old bytes.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Result, Seek, Write};
use std::path::{Path, PathBuf};

/// What a file that is not whole yet ends in.
const BESIDE: &str = "new";

/// Makes a folder that nobody but its owner can look into.
pub(crate) fn create_private_dir(dir: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Writes beside, flushes, renames: a crash leaves the old file or the new one. Then the old one's bytes are overwritten.
pub(crate) fn write_secret(path: &Path, bytes: &[u8]) -> Result<()> {
    let beside = path.with_extension(BESIDE);
    // Opened while it still has a name.
    let former = existing(path)?;
    wipe(existing(&beside)?)?;
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    toxdrop_durable::rename(&beside, path)?;
    if let Err(error) = wipe(former) {
        tracing::warn!(%error, path = %path.display(), "the former bytes of a key file could not be overwritten");
    }
    Ok(())
}

/// Overwrites and removes a file. One that is not there is no error.
pub(crate) fn remove_secret(path: &Path) -> Result<()> {
    wipe(existing(path)?)?;
    toxdrop_durable::remove(path)
}

/// Removes what a crash left of a file that was being written; others are left alone.
pub(crate) fn remove_unfinished(path: &Path) -> Result<()> {
    if path
        .extension()
        .is_some_and(|extension| extension == BESIDE)
    {
        remove_secret(path)?;
    }
    Ok(())
}

/// All files in a folder, by path.
pub(crate) fn list(dir: &Path) -> Result<Vec<PathBuf>> {
    std::fs::read_dir(dir)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect()
}

fn existing(path: &Path) -> Result<Option<File>> {
    match OpenOptions::new().write(true).open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn wipe(file: Option<File>) -> Result<()> {
    let Some(mut file) = file else {
        return Ok(());
    };
    let zeros = [0; 4_096];
    let mut left = file.metadata()?.len();
    file.rewind()?;
    while left > 0 {
        let part = left.min(zeros.len() as u64);
        file.write_all(&zeros[..usize::try_from(part).unwrap_or(zeros.len())])?;
        left -= part;
    }
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_of_a_former_state_are_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let (path, link) = (dir.path().join("a.json"), dir.path().join("link"));
        let first = vec![b'1'; 10_000];
        write_secret(&path, &first).unwrap();
        // Another name keeps the old bytes within sight.
        std::fs::hard_link(&path, &link).unwrap();
        write_secret(&path, b"second").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"second");
        assert_eq!(std::fs::read(&link).unwrap(), vec![0; 10_000]);
        std::fs::remove_file(&link).unwrap();
        std::fs::hard_link(&path, &link).unwrap();
        remove_secret(&path).unwrap();
        assert!(!path.exists());
        assert_eq!(std::fs::read(&link).unwrap(), [0; 6]);
        remove_secret(&path).unwrap();
    }

    #[test]
    fn what_a_crash_left_beside_is_wiped() {
        let dir = tempfile::tempdir().unwrap();
        let (path, link) = (dir.path().join("a.json"), dir.path().join("link"));
        for attempt in 0..2 {
            let beside = dir.path().join("a.new");
            std::fs::write(&beside, "half").unwrap();
            std::fs::hard_link(&beside, &link).unwrap();
            if attempt == 0 {
                write_secret(&path, b"whole").unwrap();
                assert_eq!(std::fs::read(&path).unwrap(), b"whole");
            } else {
                remove_unfinished(&beside).unwrap();
                remove_unfinished(&path).unwrap();
            }
            assert!(!beside.exists() && path.exists());
            std::fs::remove_file(&link).unwrap();
        }
    }
}
