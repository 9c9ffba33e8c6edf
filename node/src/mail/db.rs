//! `mail.redb`: the outbox, received parts and messages, and what must not be forgotten.
//!
//! Keys are bytes, values JSON. All changes of one step go into one durable transaction.

use std::path::{Path, PathBuf};

use redb::{Database, ReadableDatabase, TableDefinition};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::MailError;

type Definition = TableDefinition<'static, &'static [u8], &'static [u8]>;

/// The tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    /// message id → message under way, with its sealed packets.
    Outbox,
    /// receiver's inbox key → its newest record that was seen.
    Records,
    /// inbox key ‖ sender ‖ message id ‖ part → a part whose message is not complete.
    Parts,
    /// inbox key ‖ sender ‖ message id → until when it is remembered as seen.
    Seen,
    /// inbox key ‖ time of arrival ‖ message id → a received message.
    Archive,
    /// location ‖ packet id → a packet still to be deleted at the nodes.
    Deletions,
}

impl Table {
    const ALL: [Self; 6] = [
        Self::Outbox,
        Self::Records,
        Self::Parts,
        Self::Seen,
        Self::Archive,
        Self::Deletions,
    ];

    fn definition(self) -> Definition {
        TableDefinition::new(match self {
            Self::Outbox => "outbox",
            Self::Records => "records",
            Self::Parts => "parts",
            Self::Seen => "seen",
            Self::Archive => "archive",
            Self::Deletions => "deletions",
        })
    }
}

/// Changes that become durable together.
#[derive(Debug, Default)]
pub(super) struct Changes(Vec<(Table, Vec<u8>, Option<Vec<u8>>)>);

impl Changes {
    pub(super) fn put(
        &mut self,
        table: Table,
        key: Vec<u8>,
        value: &impl Serialize,
    ) -> Result<(), MailError> {
        let value = serde_json::to_vec(value).map_err(|error| MailError::Db(error.to_string()))?;
        self.0.push((table, key, Some(value)));
        Ok(())
    }

    pub(super) fn remove(&mut self, table: Table, key: Vec<u8>) {
        self.0.push((table, key, None));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The database.
pub(super) struct MailDb {
    db: Database,
    path: PathBuf,
}

fn failed(error: impl Into<redb::Error>) -> MailError {
    MailError::Db(error.into().to_string())
}

impl MailDb {
    pub(super) fn open(path: &Path) -> Result<Self, MailError> {
        let corrupt = |detail: String| MailError::Corrupt {
            path: path.to_owned(),
            detail,
        };
        // An empty or foreign file must not be taken for a new database and overwritten.
        if std::fs::metadata(path).is_ok_and(|meta| meta.len() == 0) {
            return Err(corrupt("it is empty".to_owned()));
        }
        let db = Database::create(path).map_err(|error| match error {
            redb::DatabaseError::Storage(redb::StorageError::Io(source))
                if source.kind() != std::io::ErrorKind::InvalidData
                    && source.kind() != std::io::ErrorKind::UnexpectedEof =>
            {
                MailError::File {
                    path: path.to_owned(),
                    source,
                }
            }
            other => corrupt(other.to_string()),
        })?;
        let db = Self {
            db,
            path: path.to_owned(),
        };
        let write = db.db.begin_write().map_err(failed)?;
        for table in Table::ALL {
            write.open_table(table.definition()).map_err(failed)?;
        }
        write.commit().map_err(failed)?;
        Ok(db)
    }

    /// Carries all changes out; durable when this returns.
    pub(super) fn commit(&self, changes: Changes) -> Result<(), MailError> {
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
    }

    pub(super) fn get<T: DeserializeOwned>(
        &self,
        table: Table,
        key: &[u8],
    ) -> Result<Option<T>, MailError> {
        let read = self.db.begin_read().map_err(failed)?;
        let opened = read.open_table(table.definition()).map_err(failed)?;
        match opened.get(key).map_err(failed)? {
            Some(value) => self.parse(value.value()).map(Some),
            None => Ok(None),
        }
    }

    /// All entries whose key starts with `prefix`, in order of key.
    pub(super) fn scan<T: DeserializeOwned>(
        &self,
        table: Table,
        prefix: &[u8],
    ) -> Result<Vec<(Vec<u8>, T)>, MailError> {
        let read = self.db.begin_read().map_err(failed)?;
        let opened = read.open_table(table.definition()).map_err(failed)?;
        let mut found = Vec::new();
        for entry in opened.range(prefix..).map_err(failed)? {
            let (key, value) = entry.map_err(failed)?;
            if !key.value().starts_with(prefix) {
                break;
            }
            found.push((key.value().to_vec(), self.parse(value.value())?));
        }
        Ok(found)
    }

    fn parse<T: DeserializeOwned>(&self, value: &[u8]) -> Result<T, MailError> {
        serde_json::from_slice(value).map_err(|error| MailError::Corrupt {
            path: self.path.clone(),
            detail: error.to_string(),
        })
    }
}
