//! Mail for Tox's users while they are offline: inboxes, sending until a message has arrived, receiving without losing anything.
//!
//! [`Mail`] is the mail of one data directory: its inboxes' key files, and `mail.redb` with the outbox, the archive and all
//! that must not be forgotten between. Each step is durable before the next, so that a crash at any moment loses no message,
//! has none received twice, and has none deleted at the nodes that is not safe here. `docs/mail.md` tells a message's whole way.
//!
//! It looks nobody up, opens no socket and serves no port. What it works through comes in as three traits:
//! [`network::Network`], the nodes in charge of a place, asked from afar; [`work::Work`], who does the proof of work, for which
//! [`toxdrop_pow::Pool`] is ready; [`time::Time`], the clocks. Packets, addresses and keys are those of `toxdrop_proto`.
//!
//! A message is sealed once, into the outbox, by [`Mail::send`]; it is then stamped and stored part by part. A *postman*, a task
//! that [`Mail::open`] starts, goes on with whatever a crash or an absent network left undone, and keeps the inboxes' published
//! records fresh. [`Mail::fetch`] takes what waits at the nodes into the archive, [`Mail::watch`] takes it in as it comes; both
//! hand out what nobody was handed yet.
//!
//! A message over a network in [`memory`]:
//!
//! ```
//! use std::{path::Path, sync::Arc};
//! use tokio::sync::mpsc;
//! use toxdrop_mail::memory::{ManualClock, MemoryNetwork};
//! use toxdrop_mail::{Delivery, Mail, MailConfig, SendRequest};
//! use toxdrop_pow::{DeviceChoice, Pool, PoolConfig};
//! use toxdrop_proto::{ids::UnixSeconds, message::Content, packet::PacketPolicy, pow::Difficulty};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let floor = Difficulty { nonce_trials_per_byte: 1, extra_bytes: 1 };
//! let policy = PacketPolicy { floor, ..PacketPolicy::default() };
//! let clock = Arc::new(ManualClock::new(UnixSeconds(1_800_000_000)));
//! let network = Arc::new(MemoryNetwork::new(8, policy, clock.clone()));
//! let pool = PoolConfig { devices: DeviceChoice::CpuOnly, ..PoolConfig::default() };
//! let pool = Arc::new(Pool::start(pool)?);
//! let open = |dir: &Path| {
//!     Mail::open(dir, MailConfig::default(), policy, network.clone(), pool.clone(), clock.clone())
//! };
//!
//! let (home, elsewhere) = (tempfile::tempdir()?, tempfile::tempdir()?);
//! let (alice, bob) = (open(home.path())?, open(elsewhere.path())?);
//! alice.create_inbox("alice")?;
//! let address = bob.create_inbox("bob")?.address();
//!
//! let hello = Content::Text("hello".to_owned());
//! let (progress, _) = mpsc::channel(1);
//! let sent = alice.send(SendRequest::new(address, hello.clone()), progress).await?;
//! assert_eq!(sent.delivery, Delivery::Stored);
//!
//! let (messages, mut received) = mpsc::channel(8);
//! let report = bob.fetch("", false, messages).await?;
//! assert_eq!((report.messages, report.deleted), (1, 1));
//! assert_eq!(received.recv().await.map(|message| message.content), Some(hello));
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

mod archive;
mod bring;
mod claims;
mod config;
mod contacts;
mod db;
mod default;
mod deletions;
mod devices;
mod erase;
mod error;
mod extend;
mod fetch;
mod files;
mod follow;
mod forget;
mod hexed;
mod identities;
mod identity;
mod import;
mod inboxes;
mod intent;
mod keyfile;
mod listen;
mod listeners;
pub mod memory;
mod moments;
pub mod network;
mod open;
mod outbox;
mod parts;
mod points;
mod postman;
mod progress;
mod publication;
mod publish;
mod reading;
mod recall;
mod received;
mod records;
mod remove;
mod sealed;
mod send;
mod sent;
mod sign;
mod spread;
mod stamp;
mod state;
mod tables;
mod take;
#[cfg(test)]
mod tests;
pub mod time;
mod unopened;
mod watch;
pub mod work;

pub use config::MailConfig;
pub use error::{ErrorClass, MailError};
pub use extend::Extending;
pub use fetch::FetchReport;
pub use identity::{FormerPlace, Identity};
pub use intent::{MoveOptions, PublishOptions, ResealOptions};
pub use outbox::{Delivery, Sent};
pub use progress::{ProgressSender, SendProgress, SendStage};
pub use publish::Published;
pub use recall::RecallReport;
pub use received::Received;
pub use remove::Removal;
pub use send::SendRequest;
pub use spread::PublishProgress;
pub use state::Mail;
