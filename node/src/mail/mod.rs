//! Mail: what users see of toxdrop. Inboxes, sending until it arrived, receiving without losing anything.
//!
//! Works through the DHT and the proof-of-work pool; holds no sockets and serves nobody by itself.

mod archive;
mod bring;
mod claims;
mod config;
mod db;
mod deletions;
mod error;
mod fetch;
mod identities;
mod keyfile;
mod listen;
mod network;
mod outbox;
mod postman;
mod publish;
mod send;
mod sent;
mod stamp;
mod take;
#[cfg(test)]
mod tests;
mod time;
mod watch;

use std::path::Path;
use std::sync::{Arc, Mutex};

use tokio::sync::{broadcast, watch as watch_channel};
use toxdrop_pow::Pool;
use toxdrop_proto::address::Address;
use toxdrop_proto::ids::{MessageId, UnixMillis};
use toxdrop_proto::keys::InboxPublicKey;
use toxdrop_proto::packet::PacketPolicy;

use archive::Arrival;
pub(crate) use archive::Received;
use claims::Claims;
pub(crate) use config::MailConfig;
use db::MailDb;
pub(crate) use error::{ErrorClass, MailError};
use identities::Identities;
pub(crate) use identities::Identity;
use listen::Listeners;
use network::Network;
pub(crate) use outbox::{Delivery, Sent};
pub(crate) use publish::{PublishOptions, PublishProgress, Published};
pub(crate) use send::{SendProgress, SendRequest, SendStage};
pub(crate) use sent::Extending;
use take::Undecodable;
use time::Time;

use crate::clock::Clock;
use crate::net::DhtHandle;
use toxdrop_dht::Now;

/// Received messages that a slow watcher may lag behind; then it looks into the archive.
const WATCH_QUEUE: usize = 256;

/// The mail of this node. Clones share it.
#[derive(Clone)]
pub(crate) struct Mail {
    inner: Arc<Inner>,
}

struct Inner {
    config: MailConfig,
    policy: PacketPolicy,
    db: MailDb,
    identities: Identities,
    network: Arc<dyn Network>,
    pool: Arc<Pool>,
    time: Arc<dyn Time>,
    /// Messages under way that somebody works on.
    sending: Claims<MessageId>,
    /// Inboxes whose record somebody publishes.
    publishing: Claims<InboxPublicKey>,
    /// One fetch at a time: two would take the same packets.
    fetching: tokio::sync::Mutex<()>,
    /// One packet at a time is looked up and committed: what is fetched also comes in live.
    taking: Mutex<Undecodable>,
    arrivals: broadcast::Sender<Arrival>,
    listeners: Listeners,
    /// Counts changes of the inboxes.
    inboxes_changed: watch_channel::Sender<u64>,
    /// Set when the node shuts down.
    stop: watch_channel::Sender<bool>,
}

impl Mail {
    /// Opens the mail of a data directory and starts the postman.
    ///
    /// # Errors
    /// [`MailError`] if a file of it cannot be read.
    pub(crate) fn open(
        data_dir: &Path,
        config: MailConfig,
        policy: PacketPolicy,
        dht: DhtHandle,
        pool: Arc<Pool>,
        clock: Clock,
    ) -> Result<Self, MailError> {
        let (network, time) = (Arc::new(dht), Arc::new(clock));
        let mail = Self::assemble(data_dir, config, policy, network, pool, time)?;
        tokio::spawn(postman::run(mail.clone(), mail.stopped()));
        Ok(mail)
    }

    fn assemble(
        data_dir: &Path,
        config: MailConfig,
        policy: PacketPolicy,
        network: Arc<dyn Network>,
        pool: Arc<Pool>,
        time: Arc<dyn Time>,
    ) -> Result<Self, MailError> {
        Ok(Self {
            inner: Arc::new(Inner {
                config,
                policy,
                db: MailDb::open(&data_dir.join("mail.redb"))?,
                identities: Identities::open(data_dir)?,
                network,
                pool,
                time,
                sending: Claims::default(),
                publishing: Claims::default(),
                fetching: tokio::sync::Mutex::default(),
                taking: Mutex::default(),
                arrivals: broadcast::channel(WATCH_QUEUE).0,
                listeners: Listeners::default(),
                inboxes_changed: watch_channel::channel(0).0,
                stop: watch_channel::channel(false).0,
            }),
        })
    }

    /// Ends the postman and all watches.
    pub(crate) fn shutdown(&self) {
        self.inner.stop.send_replace(true);
    }

    fn stopped(&self) -> watch_channel::Receiver<bool> {
        self.inner.stop.subscribe()
    }

    /// Makes an inbox.
    pub(crate) fn create_inbox(&self, name: &str) -> Result<Identity, MailError> {
        let identity = self.inner.identities.create(name, self.now_ms())?;
        self.inboxes_changed();
        Ok(identity)
    }

    /// All inboxes, oldest first.
    pub(crate) fn inboxes(&self) -> Vec<Identity> {
        self.inner.identities.all()
    }

    /// An inbox by name or address; the default one for an empty selector.
    pub(crate) fn inbox(&self, selector: &str) -> Result<Identity, MailError> {
        let selector = match selector {
            "" => self.inner.config.default_inbox.as_str(),
            selector => selector,
        };
        self.inner.identities.find(selector)
    }

    /// The inbox of that name or address, or all for an empty selector.
    fn selected(&self, selector: &str) -> Result<Vec<Identity>, MailError> {
        let inboxes = match selector {
            "" => self.inboxes(),
            selector => vec![self.inbox(selector)?],
        };
        if inboxes.is_empty() {
            return Err(MailError::NoInbox);
        }
        Ok(inboxes)
    }

    /// An inbox's key file, sealed where a passphrase is given.
    pub(crate) fn export_inbox(
        &self,
        selector: &str,
        passphrase: Option<&str>,
    ) -> Result<String, MailError> {
        let identity = self.inbox(selector)?;
        self.inner.identities.export(&identity, passphrase)
    }

    /// Takes an inbox in from its key file, under the name in it where none is given.
    pub(crate) fn import_inbox(
        &self,
        name: &str,
        text: &str,
        passphrase: Option<&str>,
    ) -> Result<Identity, MailError> {
        let now = self.now_ms();
        let identity = self.inner.identities.import(name, text, passphrase, now)?;
        self.inboxes_changed();
        Ok(identity)
    }

    /// Tells those who listen for an inbox's mail that there may be another, or another location.
    fn inboxes_changed(&self) {
        self.inner.inboxes_changed.send_modify(|count| *count += 1);
    }

    fn now(&self) -> Now {
        self.inner.time.now()
    }

    /// The present time in milliseconds.
    fn now_ms(&self) -> UnixMillis {
        self.inner.time.now_ms()
    }
}

/// Reads an address as a user typed it.
pub(crate) fn parse_address(text: &str) -> Result<Address, MailError> {
    Ok(text.parse()?)
}
