//! Opens or makes `store.redb`, and tells a damaged file from everything else that can be wrong.
//!
//! Never deletes or overwrites a file that was there.

use std::fs;
use std::io;
use std::path::Path;

use redb::{Builder, Database, DatabaseError, ReadableDatabase, StorageError, TableError};

use crate::error::{Fault, StoreError, guarded};
use crate::tables::{META, META_SCHEMA, SCHEMA_VERSION};
use toxdrop_durable as durable;

/// Bytes of memory that the database may use as a cache.
const CACHE_BYTES: usize = 64 << 20;

/// Opens the file, or makes it where there is none.
pub(crate) fn open_file(path: &Path) -> Result<Database, StoreError> {
    let exists = path
        .try_exists()
        .map_err(|source| file_error(path, source))?;
    if !exists {
        create(path)?;
    }
    // Without the integrity check a file that was altered since may make the database panic later.
    let opened = guarded(|| {
        let mut builder = builder();
        builder.set_check_integrity_on_open(true);
        Ok(builder.open(path))
    });
    let database = match opened {
        Ok(Ok(database)) => database,
        Ok(Err(error)) => return Err(open_error(path, error)),
        Err(fault) => return Err(corrupt(path, &fault)),
    };
    match guarded(|| schema_of(&database)) {
        Ok(Some(SCHEMA_VERSION)) => Ok(database),
        Ok(Some(found)) if found < SCHEMA_VERSION => Err(StoreError::Earlier {
            path: path.to_owned(),
            found,
        }),
        Ok(Some(found)) => Err(StoreError::Later {
            path: path.to_owned(),
            found,
            known: SCHEMA_VERSION,
        }),
        Ok(None) => Err(StoreError::Corrupt {
            path: path.to_owned(),
            detail: "it is not a toxdrop store".to_owned(),
        }),
        Err(fault) => Err(corrupt(path, &fault)),
    }
}

/// A database in memory, for tests and simulations.
pub(crate) fn in_memory() -> Result<Database, Fault> {
    let database = builder().create_with_backend(redb::backends::InMemoryBackend::new())?;
    initialise(&database)?;
    Ok(database)
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE_BYTES);
    builder
}

/// Makes the file under another name first: a crash in the middle leaves no half a store behind.
fn create(path: &Path) -> Result<(), StoreError> {
    let draft = path.with_extension("redb.new");
    match fs::remove_file(&draft) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(source) => return Err(file_error(&draft, source)),
    }
    let database = builder()
        .create(&draft)
        .map_err(|error| open_error(&draft, error))?;
    initialise(&database).map_err(|fault| file_error(&draft, io::Error::other(fault)))?;
    drop(database);
    durable::rename(&draft, path).map_err(|source| file_error(path, source))
}

fn initialise(database: &Database) -> Result<(), Fault> {
    let transaction = database.begin_write()?;
    transaction
        .open_table(META)?
        .insert(META_SCHEMA, SCHEMA_VERSION)?;
    transaction.commit()?;
    Ok(())
}

fn schema_of(database: &Database) -> Result<Option<u64>, Fault> {
    let transaction = database.begin_read()?;
    match transaction.open_table(META) {
        Ok(meta) => Ok(meta.get(META_SCHEMA)?.map(|version| version.value())),
        Err(TableError::Storage(error)) => Err(error.into()),
        Err(_) => Ok(None),
    }
}

fn open_error(path: &Path, error: DatabaseError) -> StoreError {
    match error {
        DatabaseError::DatabaseAlreadyOpen => {
            StoreError::InUse(path.parent().unwrap_or(path).to_owned())
        }
        DatabaseError::Storage(StorageError::Io(source)) if !is_damage(&source) => {
            file_error(path, source)
        }
        other => StoreError::Corrupt {
            path: path.to_owned(),
            detail: other.to_string(),
        },
    }
}

fn is_damage(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
    )
}

fn file_error(path: &Path, source: io::Error) -> StoreError {
    StoreError::File {
        path: path.to_owned(),
        source,
    }
}

fn corrupt(path: &Path, fault: &Fault) -> StoreError {
    StoreError::Corrupt {
        path: path.to_owned(),
        detail: fault.to_string(),
    }
}
