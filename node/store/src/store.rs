//! The store itself: one database, reads beside each other and beside one write.
//!
//! Judges nothing: what may be held is decided in [`crate::change`] and the files around it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use redb::{Database, ReadableDatabase};
use toxdrop_dht::storage::{Entry, StorageReply, StorageRequest, StoreErrorKind};
use toxdrop_proto::ids::{Location, PacketId, UnixSeconds};
use toxdrop_proto::packet::StampedPacket;

use crate::change::Change;
use crate::config::StoreConfig;
use crate::dir::DataDir;
use crate::error::{Fault, StoreError, guarded};
use crate::event::StoreEvent;
use crate::open;
use crate::query::{Query, StoreStats};
use crate::tables::packet_key;

/// The name of the database inside the data directory.
const STORE_FILE: &str = "store.redb";

/// Expired packets, and as many tombstones, that one transaction drops.
const SWEEP_LIMIT: usize = 2_048;

/// Seconds between attempts to open the file again after the disk failed.
const REOPEN_PAUSE: u64 = 10;

/// The store. Reads run beside each other and beside one write.
#[derive(Debug)]
pub struct Store {
    database: RwLock<Option<Database>>,
    config: RwLock<Arc<StoreConfig>>,
    origin: Origin,
    /// When opening again was last tried.
    reopened: RwLock<UnixSeconds>,
}

#[derive(Debug)]
enum Origin {
    File { path: PathBuf, _lock: DataDir },
    Memory,
}

/// What came of a batch of requests.
#[derive(Debug, Default)]
pub struct Batch {
    /// The answers, in the order of the requests.
    pub replies: Vec<StorageReply>,
    /// What changed.
    pub events: Vec<StoreEvent>,
}

impl Store {
    /// Opens the store of a data directory, or makes it where there is none.
    ///
    /// # Errors
    /// A damaged file, one of another version, and one that the system will not open, each by its own name.
    pub fn open(dir: &DataDir, config: StoreConfig, now: UnixSeconds) -> Result<Self, StoreError> {
        let path = dir.path().join(STORE_FILE);
        let database = open::open_file(&path)?;
        let origin = Origin::File {
            path: path.clone(),
            _lock: dir.clone(),
        };
        Self::start(database, origin, config, now).map_err(|fault| match fault.kind() {
            StoreErrorKind::Corrupt => StoreError::Corrupt {
                path,
                detail: fault.to_string(),
            },
            kind => StoreError::Running(kind),
        })
    }

    /// A store in memory, for tests and simulations.
    ///
    /// # Errors
    /// [`StoreError::Running`] where the database refuses to start.
    pub fn in_memory(config: StoreConfig, now: UnixSeconds) -> Result<Self, StoreError> {
        open::in_memory()
            .and_then(|database| Self::start(database, Origin::Memory, config, now))
            .map_err(|fault| StoreError::Running(fault.kind()))
    }

    fn start(
        database: Database,
        origin: Origin,
        config: StoreConfig,
        now: UnixSeconds,
    ) -> Result<Self, Fault> {
        let store = Self {
            database: RwLock::new(Some(database)),
            config: RwLock::new(Arc::new(config)),
            origin,
            reopened: RwLock::new(now),
        };
        store.change(now, |change| {
            // All tables exist from here on, even where nothing is written.
            change.dirty = true;
            change.apply_always_held()
        })?;
        Ok(store)
    }

    /// The settings in force.
    pub fn config(&self) -> Arc<StoreConfig> {
        Arc::clone(&read(&self.config))
    }

    /// Holds for these locations from now on, whatever it costs, and no longer for others that were named before: places of
    /// an inbox move with each period.
    ///
    /// # Errors
    /// The kind of failure, where the database refuses; the former locations stay in force.
    pub fn set_always_held(
        &self,
        now: UnixSeconds,
        locations: BTreeSet<Location>,
    ) -> Result<(), StoreErrorKind> {
        let former = self.configure(|config| std::mem::replace(&mut config.always_held, locations));
        match self.change(now, |change| change.apply_always_held()) {
            Ok(_) => Ok(()),
            Err(fault) => {
                self.configure(|config| config.always_held = former);
                Err(self.report(&fault))
            }
        }
    }

    /// Takes packets for others from now on, or no longer; what is held already stays until it ends.
    pub fn set_store_for_others(&self, store_for_others: bool) {
        self.configure(|config| config.store_for_others = store_for_others);
    }

    fn configure<T>(&self, change: impl FnOnce(&mut StoreConfig) -> T) -> T {
        change(Arc::make_mut(&mut *write(&self.config)))
    }

    /// Answers a question at once; `None` if the request is a change.
    pub fn read(&self, now: UnixSeconds, request: &StorageRequest) -> Option<StorageReply> {
        let reply = match request {
            StorageRequest::List {
                location,
                after,
                limit,
            } => self
                .query(now, |query| query.list(location, after.as_ref(), *limit))
                .map(|(entries, more)| StorageReply::Listed { entries, more }),
            StorageRequest::Get { location, id } => self
                .query(now, |query| query.get(location, id))
                .map(|found| StorageReply::Got(found.map(|(packet, _)| packet))),
            StorageRequest::Record { location } => self
                .query(now, |query| query.record(location))
                .map(StorageReply::Record),
            StorageRequest::Scan { after, limit } => self
                .query(now, |query| query.scan(after.as_ref(), *limit))
                .map(|(entries, more)| StorageReply::Scanned { entries, more }),
            StorageRequest::Put { .. }
            | StorageRequest::Extend { .. }
            | StorageRequest::Entomb { .. }
            | StorageRequest::Offered { .. } => return None,
        };
        Some(reply.unwrap_or_else(StorageReply::Failed))
    }

    /// Carries a batch out in one transaction; when this returns, what it answers is durable.
    pub fn write(&self, now: UnixSeconds, requests: &[StorageRequest]) -> Batch {
        let outcome = self.change(now, |change| {
            change.sweep(SWEEP_LIMIT)?;
            requests
                .iter()
                .map(|request| judge(change, request))
                .collect::<Result<Vec<_>, Fault>>()
        });
        match outcome {
            Ok((replies, events)) => Batch {
                replies: replies
                    .into_iter()
                    .zip(requests)
                    .map(|(reply, request)| {
                        reply
                            .or_else(|| self.read(now, request))
                            .unwrap_or(StorageReply::Failed(StoreErrorKind::Io))
                    })
                    .collect(),
                events,
            },
            Err(fault) => Batch {
                replies: vec![StorageReply::Failed(self.report(&fault)); requests.len()],
                events: Vec::new(),
            },
        }
    }

    /// Drops what has expired; true if there was more than one transaction takes.
    ///
    /// # Errors
    /// The kind of failure, where the database refuses.
    pub fn sweep(&self, now: UnixSeconds) -> Result<(bool, Vec<StoreEvent>), StoreErrorKind> {
        self.change(now, |change| change.sweep(SWEEP_LIMIT))
            .map_err(|fault| self.report(&fault))
    }

    /// Live packets of one location or of all, in order of (location, id), and whether there are more.
    ///
    /// # Errors
    /// The kind of failure, where the database refuses.
    pub fn page(
        &self,
        now: UnixSeconds,
        location: Option<&Location>,
        after: Option<&(Location, PacketId)>,
        limit: usize,
    ) -> Result<(Vec<Entry>, bool), StoreErrorKind> {
        self.query(now, |query| match location {
            Some(location) => query.list(location, after.map(|(_, id)| id), limit),
            None => query.scan(after, limit),
        })
    }

    /// One live packet, with what is known of it.
    ///
    /// # Errors
    /// The kind of failure, where the database refuses.
    pub fn packet(
        &self,
        now: UnixSeconds,
        location: &Location,
        id: &PacketId,
    ) -> Result<Option<(StampedPacket, Entry)>, StoreErrorKind> {
        self.query(now, |query| query.get(location, id))
    }

    /// How full the store is.
    ///
    /// # Errors
    /// The kind of failure, where the database refuses.
    pub fn stats(&self) -> Result<StoreStats, StoreErrorKind> {
        self.query(UnixSeconds(0), |query| query.stats())
    }

    /// Runs changes inside one transaction and commits it durably, if there is anything to commit.
    fn change<T>(
        &self,
        now: UnixSeconds,
        work: impl FnOnce(&mut Change<'_>) -> Result<T, Fault>,
    ) -> Result<(T, Vec<StoreEvent>), Fault> {
        self.reopen_if_closed(now);
        let config = self.config();
        let database = read(&self.database);
        let database = database.as_ref().ok_or(redb::StorageError::PreviousIo)?;
        guarded(|| {
            let transaction = database.begin_write()?;
            let mut change = Change::begin(&transaction, &config, now)?;
            let result = work(&mut change)?;
            let (events, dirty) = (std::mem::take(&mut change.events), change.dirty);
            drop(change);
            if dirty {
                transaction.commit()?;
            } else {
                transaction.abort()?;
            }
            Ok((result, events))
        })
    }

    fn query<T>(
        &self,
        now: UnixSeconds,
        work: impl FnOnce(&Query<'_>) -> Result<T, Fault>,
    ) -> Result<T, StoreErrorKind> {
        let config = self.config();
        let database = read(&self.database);
        let database = database.as_ref().ok_or(StoreErrorKind::Io)?;
        guarded(|| work(&Query::begin(database.begin_read()?, &config, now)?))
            .map_err(|fault| report(&fault))
    }

    /// Says in the log what went wrong, and lets go of a database that will take no more writes.
    fn report(&self, fault: &Fault) -> StoreErrorKind {
        if let (Fault::Db(_), StoreErrorKind::Io, Origin::File { .. }) =
            (fault, fault.kind(), &self.origin)
        {
            *write(&self.database) = None;
        }
        report(fault)
    }

    /// After the disk failed the database must be opened anew; this tries it now and then.
    fn reopen_if_closed(&self, now: UnixSeconds) {
        let path = match &self.origin {
            Origin::File { path, .. } => path,
            Origin::Memory => return,
        };
        if read(&self.database).is_some() || now.since(*read(&self.reopened)) < REOPEN_PAUSE {
            return;
        }
        *write(&self.reopened) = now;
        match open::open_file(path) {
            Ok(database) => {
                tracing::info!("the store is open again");
                *write(&self.database) = Some(database);
            }
            Err(error) => tracing::error!(%error, "the store stays closed"),
        }
    }
}

/// One request inside the transaction; `None` if it is a question, to be answered after the commit.
fn judge(change: &mut Change<'_>, request: &StorageRequest) -> Result<Option<StorageReply>, Fault> {
    Ok(Some(match request {
        StorageRequest::Put { packet, source } => StorageReply::Put(change.put(packet, *source)?),
        StorageRequest::Extend {
            location,
            id,
            expires,
            nonce,
            source,
        } => {
            let key = packet_key(location, id);
            StorageReply::Extended(change.extend(&key, *expires, *nonce, *source)?)
        }
        StorageRequest::Entomb { tombstones } => StorageReply::Entombed(
            tombstones
                .iter()
                .map(|tombstone| change.entomb(tombstone))
                .collect::<Result<_, _>>()?,
        ),
        StorageRequest::Offered { offers } => StorageReply::Offered(
            offers
                .iter()
                .map(|(location, id, expires)| change.offered(location, id, *expires))
                .collect::<Result<_, _>>()?,
        ),
        StorageRequest::List { .. }
        | StorageRequest::Get { .. }
        | StorageRequest::Record { .. }
        | StorageRequest::Scan { .. } => return Ok(None),
    }))
}

fn report(fault: &Fault) -> StoreErrorKind {
    tracing::error!(%fault, "the store failed");
    fault.kind()
}

// A panic while a lock is held leaves whole values behind: nothing here is changed in two steps.
fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
