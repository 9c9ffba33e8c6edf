//! The packet store of a toxdrop node: what it holds for others, durable, bounded and crash-safe.
//!
//! A [`Store`] answers the storage requests of a DHT engine ([`toxdrop_dht::storage`], the only thing that the two
//! share). Questions are answered at once, from what the last commit left. Changes come in batches: each batch is
//! judged and written inside one transaction, whose commit is durable before anybody is answered, so that throughput
//! does not pay for durability and `kill -9` loses nothing that was acknowledged.
//!
//! Who may stay is decided by the work that a packet shows: a store that is full lets go of what shows least, and a
//! location, or a crowd of neighbouring ones, cannot take more than its share. Deletions are for good: a tombstone
//! takes the packet's place and outlives all its copies. `docs/store.md` has the rules and the tables.
//!
//! It knows no network, starts no threads and reads no clock: batching, time and the configuration file are its
//! user's. It checks no work and no signatures of packets either; the types that it takes can only be made by
//! checking.
//!
//! ```
//! use toxdrop_dht::Now;
//! use toxdrop_dht::storage::{PutSource, StorageReply, StorageRequest};
//! use toxdrop_proto::ids::UnixSeconds;
//! use toxdrop_sim::letters::{easy, letter, person};
//! use toxdrop_store::{DataDir, Store, StoreConfig};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! let now = Now { mono: Default::default(), unix: UnixSeconds(1_800_000_000) };
//! let dir = DataDir::lock(folder.path())?;
//! let config = StoreConfig::new(easy().policy(), 64 << 20);
//! let store = Store::open(&dir, config.clone(), now.unix)?;
//!
//! // Fill it.
//! let packet = letter(&person(1), &person(2), 1, now);
//! let location = packet.location();
//! let put = StorageRequest::Put { packet, source: PutSource::Sender };
//! let batch = store.write(now.unix, &[put]);
//! assert!(matches!(batch.replies[0], StorageReply::Put(_)));
//!
//! // What was answered is on disk.
//! drop(store);
//! let store = Store::open(&dir, config, now.unix)?;
//! let list = StorageRequest::List { location, after: None, limit: 10 };
//! match store.read(now.unix, &list) {
//!     Some(StorageReply::Listed { entries, more: false }) => assert_eq!(entries.len(), 1),
//!     other => panic!("{other:?}"),
//! }
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod burial;
mod change;
mod config;
mod dir;
mod entomb;
mod error;
mod event;
mod held;
mod occupancy;
mod open;
mod put;
mod query;
mod room;
mod scope;
mod store;
mod tables;
mod upkeep;

pub use config::StoreConfig;
pub use dir::DataDir;
pub use error::StoreError;
pub use event::{StoreEvent, StoreEventKind};
pub use query::StoreStats;
pub use store::{Batch, Store};
