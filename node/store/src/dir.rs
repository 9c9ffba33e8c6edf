//! The data directory and its lock: one node at a time.
//!
//! Knows nothing of what lies in the directory.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::StoreError;

/// The lock file's name; the file is empty and stays when the node ends.
const LOCK_FILE: &str = "toxdrop.lock";

/// A data directory that this process alone may use, for as long as a clone of this lives.
#[derive(Clone, Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: Arc<File>,
}

impl DataDir {
    /// Makes the directory where it is missing (for its owner only) and locks it.
    ///
    /// # Errors
    /// [`StoreError::InUse`] where another process has it, [`StoreError::DataDir`] where the system refuses.
    pub fn lock(path: &Path) -> Result<Self, StoreError> {
        let refused = |source| StoreError::DataDir {
            path: path.to_owned(),
            source,
        };
        create_private_dir(path).map_err(refused)?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join(LOCK_FILE))
            .map_err(refused)?;
        match fs4::FileExt::try_lock(&file) {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: Arc::new(file),
            }),
            Err(fs4::TryLockError::WouldBlock) => Err(StoreError::InUse(path.to_owned())),
            Err(fs4::TryLockError::Error(source)) => Err(refused(source)),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(unix)]
fn create_private_dir(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

#[cfg(not(unix))]
fn create_private_dir(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)
}
