//! `mail.redb`: the outbox, received parts and messages, and what must not be forgotten.
//!
//! Keys are bytes, values JSON. All changes of one step go into one durable transaction. Knows nothing of what the
//! values mean.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use redb::backends::FileBackend;
use redb::{Database, ReadableDatabase};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::MailError;
use crate::tables::Table;

/// The layout of the tables. A file with another one is refused.
const FORMAT: u32 = 2;
const FORMAT_KEY: &[u8] = b"format";

/// Changes that become durable together.
#[derive(Debug, Default)]
pub(crate) struct Changes(Vec<(Table, Vec<u8>, Option<Vec<u8>>)>);

impl Changes {
    pub(crate) fn put(
        &mut self,
        table: Table,
        key: Vec<u8>,
        value: &impl Serialize,
    ) -> Result<(), MailError> {
        let value = serde_json::to_vec(value).map_err(|error| MailError::Db(error.to_string()))?;
        self.0.push((table, key, Some(value)));
        Ok(())
    }

    pub(crate) fn remove(&mut self, table: Table, key: Vec<u8>) {
        self.0.push((table, key, None));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The database.
pub(crate) struct MailDb {
    db: Database,
    path: PathBuf,
}

fn failed(error: impl Into<redb::Error>) -> MailError {
    MailError::Db(error.into().to_string())
}

/// A damaged page that the database's own checks did not foresee is an error like any other.
fn guarded<T>(path: &Path, work: impl FnOnce() -> Result<T, MailError>) -> Result<T, MailError> {
    toxdrop_durable::guarded(work).unwrap_or_else(|_| {
        Err(MailError::Corrupt {
            path: path.to_owned(),
            detail: "the database code gave up on it".to_owned(),
        })
    })
}

/// Waits for the disk without holding up other tasks of the runtime.
fn blocking<T>(work: impl FnOnce() -> T) -> T {
    use tokio::runtime::{Handle, RuntimeFlavor};
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

/// Makes an empty database beside, and renames it when it is whole: a crash leaves none or a good one.
fn make(path: &Path) -> Result<(), MailError> {
    let beside = path.with_extension("redb.new");
    let io = |source| MailError::File {
        path: beside.clone(),
        source,
    };
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&beside).map_err(io)?;
    let backend = FileBackend::new(file).map_err(failed)?;
    let db = Database::builder()
        .create_with_backend(backend)
        .map_err(failed)?;
    let write = db.begin_write().map_err(failed)?;
    for table in Table::ALL {
        write.open_table(table.definition()).map_err(failed)?;
    }
    {
        let mut meta = write.open_table(Table::Meta.definition()).map_err(failed)?;
        meta.insert(FORMAT_KEY, FORMAT.to_string().as_bytes())
            .map_err(failed)?;
    }
    write.commit().map_err(failed)?;
    drop(db);
    toxdrop_durable::rename(&beside, path).map_err(io)
}

impl MailDb {
    pub(crate) fn open(path: &Path) -> Result<Self, MailError> {
        if !path.exists() {
            make(path)?;
        }
        let corrupt = |detail: String| MailError::Corrupt {
            path: path.to_owned(),
            detail,
        };
        // A file that was cut to nothing must not be taken for a new database.
        if std::fs::metadata(path).is_ok_and(|meta| meta.len() == 0) {
            return Err(corrupt("it is empty".to_owned()));
        }
        let db = guarded(path, || {
            Database::open(path).map_err(|error| match error {
                redb::DatabaseError::Storage(redb::StorageError::Io(source))
                    if !matches!(
                        source.kind(),
                        std::io::ErrorKind::InvalidData | std::io::ErrorKind::UnexpectedEof
                    ) =>
                {
                    MailError::File {
                        path: path.to_owned(),
                        source,
                    }
                }
                redb::DatabaseError::DatabaseAlreadyOpen => MailError::InUse(path.to_owned()),
                other => corrupt(other.to_string()),
            })
        })?;
        let db = Self {
            db,
            path: path.to_owned(),
        };
        match db.get::<u32>(Table::Meta, FORMAT_KEY) {
            Ok(Some(FORMAT)) => {
                db.check_tables()?;
                Ok(db)
            }
            Ok(Some(format)) => {
                let path = path.to_owned();
                Err(if format < FORMAT {
                    MailError::FormatEarlier { path, format }
                } else {
                    MailError::Format { path, format }
                })
            }
            Ok(None) => Err(corrupt("it is not a mail file".to_owned())),
            Err(MailError::Db(detail)) => Err(corrupt(detail)),
            Err(error) => Err(error),
        }
    }

    /// A file that lacks a table is not whole.
    fn check_tables(&self) -> Result<(), MailError> {
        guarded(&self.path, || {
            let read = self.db.begin_read().map_err(failed)?;
            let lost = |table: &Table| {
                let opened = read.open_table(table.definition());
                matches!(opened, Err(redb::TableError::TableDoesNotExist(_)))
            };
            match Table::ALL.into_iter().find(lost) {
                None => Ok(()),
                Some(lost) => Err(MailError::Corrupt {
                    path: self.path.clone(),
                    detail: format!("its table {lost:?} is missing"),
                }),
            }
        })
    }

    /// Carries all changes out; durable when this returns.
    pub(crate) fn commit(&self, changes: Changes) -> Result<(), MailError> {
        let work = || {
            let write = self.db.begin_write().map_err(failed)?;
            for (table, key, value) in changes.0 {
                let mut table = write.open_table(table.definition()).map_err(failed)?;
                match value {
                    Some(value) => drop(
                        table
                            .insert(key.as_slice(), value.as_slice())
                            .map_err(failed)?,
                    ),
                    None => drop(table.remove(key.as_slice()).map_err(failed)?),
                }
            }
            write.commit().map_err(failed)
        };
        blocking(|| guarded(&self.path, work))
    }

    pub(crate) fn get<T: DeserializeOwned>(
        &self,
        table: Table,
        key: &[u8],
    ) -> Result<Option<T>, MailError> {
        guarded(&self.path, || {
            let read = self.db.begin_read().map_err(failed)?;
            let opened = read.open_table(table.definition()).map_err(failed)?;
            match opened.get(key).map_err(failed)? {
                Some(value) => self.parse(value.value()).map(Some),
                None => Ok(None),
            }
        })
    }

    /// All entries whose key starts with `prefix`, in order of key.
    pub(crate) fn scan<T: DeserializeOwned>(
        &self,
        table: Table,
        prefix: &[u8],
    ) -> Result<Vec<(Vec<u8>, T)>, MailError> {
        let mut found = Vec::new();
        self.each(table, prefix, |key, value| {
            found.push((key.to_vec(), self.parse(value)?));
            Ok(())
        })?;
        Ok(found)
    }

    /// The keys that start with `prefix`, in order.
    pub(crate) fn keys(&self, table: Table, prefix: &[u8]) -> Result<Vec<Vec<u8>>, MailError> {
        let mut found = Vec::new();
        self.each(table, prefix, |key, _| {
            found.push(key.to_vec());
            Ok(())
        })?;
        Ok(found)
    }

    fn each(
        &self,
        table: Table,
        prefix: &[u8],
        mut take: impl FnMut(&[u8], &[u8]) -> Result<(), MailError>,
    ) -> Result<(), MailError> {
        guarded(&self.path, || {
            let read = self.db.begin_read().map_err(failed)?;
            let opened = read.open_table(table.definition()).map_err(failed)?;
            for entry in opened.range(prefix..).map_err(failed)? {
                let (key, value) = entry.map_err(failed)?;
                if !key.value().starts_with(prefix) {
                    break;
                }
                take(key.value(), value.value())?;
            }
            Ok(())
        })
    }

    fn parse<T: DeserializeOwned>(&self, value: &[u8]) -> Result<T, MailError> {
        serde_json::from_slice(value).map_err(|error| MailError::Corrupt {
            path: self.path.clone(),
            detail: error.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_mail_file_is_named_and_left_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mail.redb");
        for bytes in [Vec::new(), b"hello".to_vec(), vec![0; 100_000]] {
            std::fs::write(&path, &bytes).unwrap();
            let error = MailDb::open(&path).err().unwrap();
            assert!(matches!(error, MailError::Corrupt { .. }), "{error}");
            assert!(error.to_string().contains("backup"), "{error}");
            assert_eq!(std::fs::read(&path).unwrap(), bytes);
        }
    }

    #[test]
    fn a_file_damaged_anywhere_gives_errors_and_no_panic() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mail.redb");
        let db = MailDb::open(&path).unwrap();
        let mut changes = Changes::default();
        for n in 0..200u8 {
            let value = "x".repeat(usize::from(n) * 20);
            changes.put(Table::Archive, vec![n], &value).unwrap();
        }
        db.commit(changes).unwrap();
        drop(db);
        let good = std::fs::read(&path).unwrap();
        for at in (0..good.len()).step_by(good.len() / 23) {
            let mut bad = good.clone();
            let end = (at + 64).min(bad.len());
            bad[at..end].fill(0xa5);
            std::fs::write(&path, &bad).unwrap();
            // Either the damage is noticed or the entries are still there; whichever, nobody panics.
            if let Ok(db) = MailDb::open(&path) {
                let _ = db.scan::<String>(Table::Archive, &[]);
                let _ = db.get::<String>(Table::Archive, &[7]);
            }
        }
    }

    #[test]
    fn a_crash_while_the_file_is_made_does_no_harm() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mail.redb");
        std::fs::write(dir.path().join("mail.redb.new"), b"half").unwrap();
        drop(MailDb::open(&path).unwrap());
        assert!(MailDb::open(&path).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_may_read_the_mail() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mail.redb");
        drop(MailDb::open(&path).unwrap());
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    /// A mail file with another format written in it.
    fn of_format(path: &Path, format: u32) -> MailError {
        let db = MailDb::open(path).unwrap();
        let mut changes = Changes::default();
        (changes.put(Table::Meta, FORMAT_KEY.to_vec(), &format)).unwrap();
        db.commit(changes).unwrap();
        drop(db);
        // Refusing it does not make it another one.
        assert!(MailDb::open(path).is_err());
        MailDb::open(path).err().unwrap()
    }

    #[test]
    fn a_file_of_another_format_is_refused_with_what_to_do() {
        for (other, words) in [
            (0, "make a new inbox"),
            (1, "make a new inbox"),
            (3, "version of toxdrop"),
            (u32::MAX, "version of toxdrop"),
        ] {
            let dir = tempfile::tempdir().unwrap();
            let error = of_format(&dir.path().join("mail.redb"), other);
            let refused = match &error {
                MailError::FormatEarlier { format, .. } => *format == other && other < FORMAT,
                MailError::Format { format, .. } => *format == other && other > FORMAT,
                _ => false,
            };
            assert!(refused && error.to_string().contains(words), "{error}");
        }
    }

    #[test]
    fn a_file_that_lacks_a_table_is_refused() {
        for table in Table::ALL {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("mail.redb");
            let db = MailDb::open(&path).unwrap();
            let write = db.db.begin_write().unwrap();
            assert!(write.delete_table(table.definition()).unwrap());
            write.commit().unwrap();
            drop(db);
            let error = MailDb::open(&path).err().unwrap();
            assert!(matches!(error, MailError::Corrupt { .. }), "{error}");
        }
    }

    #[test]
    fn a_file_that_was_cut_short_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mail.redb");
        drop(MailDb::open(&path).unwrap());
        let whole = std::fs::read(&path).unwrap();
        for length in [0, 1, 100, 4_096, whole.len() / 2, whole.len() - 4_096] {
            std::fs::write(&path, &whole[..length]).unwrap();
            let error = MailDb::open(&path).err();
            let error =
                error.unwrap_or_else(|| panic!("{length} bytes were taken for a mail file"));
            assert!(
                matches!(error, MailError::Corrupt { .. }),
                "{length}: {error}"
            );
        }
    }
}
