//! What can go wrong with the store as a whole, said so that its owner knows what to do.
//!
//! Refusals of single packets are no errors; they are in `toxdrop_dht::storage`.

use std::io;
use std::path::PathBuf;

use toxdrop_dht::storage::StoreErrorKind;

/// Why a data directory or the store in it cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The directory cannot be made or its lock file not be written.
    #[error("cannot use the data directory {}: {source}; check its permissions or choose another with --data-dir", path.display())]
    DataDir {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process holds the lock.
    #[error("the data directory {} is in use by another toxdrop node; stop that one or choose another with --data-dir", .0.display())]
    InUse(PathBuf),
    /// The file cannot be read or written.
    #[error("cannot open the store file {}: {source}; check its permissions and the free space on its disk", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not a whole database.
    #[error("the store file {} is damaged ({detail}); nothing was deleted: restore it from a backup, or move it away to start with an empty store", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// The file was written by an earlier program.
    #[error("the store file {} has the earlier format {found}: move it away and start again; what it held were other people's packets of a protocol that was never released", path.display())]
    Earlier {
        /// The file.
        path: PathBuf,
        /// The format in it.
        found: u64,
    },
    /// The file was written by a later program.
    #[error("the store file {} has format {found}, but this toxdrop reads format {known}; use the version that wrote it, or move the file away to start with an empty store", path.display())]
    Later {
        /// The file.
        path: PathBuf,
        /// The format in it.
        found: u64,
        /// The format that this program reads.
        known: u64,
    },
    /// Something failed while the store was running.
    #[error("{0}")]
    Running(#[from] StoreErrorKind),
}

/// A failure inside a transaction, before it is told to anyone.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The database's own.
    #[error(transparent)]
    Db(redb::Error),
    /// An entry does not hold what it should.
    #[error("damaged entry: {0}")]
    Corrupt(&'static str),
    /// The database code gave up on what it found in the file.
    #[error("the database code panicked: {0}")]
    Panic(String),
}

impl Fault {
    /// What the asker is told.
    pub(crate) fn kind(&self) -> StoreErrorKind {
        match self {
            Self::Corrupt(_)
            | Self::Panic(_)
            | Self::Db(redb::Error::Corrupted(_) | redb::Error::TransactionPoisoned) => {
                StoreErrorKind::Corrupt
            }
            Self::Db(redb::Error::DatabaseClosed) => StoreErrorKind::Closed,
            Self::Db(_) => StoreErrorKind::Io,
        }
    }
}

macro_rules! fault_from {
    ($($kind:ty),+) => {
        $(impl From<$kind> for Fault {
            fn from(error: $kind) -> Self {
                Self::Db(error.into())
            }
        })+
    };
}

fault_from!(
    redb::StorageError,
    redb::TableError,
    redb::TransactionError,
    redb::CommitError,
    redb::DatabaseError,
    redb::SetDurabilityError
);

/// Runs database code so that a panic in it (a damaged page that its checks did not foresee) is an error like any other.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    toxdrop_durable::guarded(work).unwrap_or_else(|text| Err(Fault::Panic(text)))
}
