//! Mail: what users see of toxdrop. Inboxes, sending until it arrived, receiving without losing anything.
//!
//! Works through the DHT's handle and the proof-of-work pool; holds no sockets and serves nobody by itself.

mod config;
mod db;
mod error;
mod identities;
mod keyfile;
mod outbox;
mod postman;
mod publish;
mod receive;
mod send;
mod stamp;
mod watch;

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{broadcast, watch as watch_channel};
use toxdrop_pow::Pool;
use toxdrop_proto::address::Address;
use toxdrop_proto::ids::{MessageId, UnixMillis};
use toxdrop_proto::packet::PacketPolicy;

pub(crate) use config::MailConfig;
use db::{MailDb, Table};
pub(crate) use error::{ErrorClass, MailError};
use identities::Identities;
pub(crate) use identities::Identity;
use outbox::Outgoing;
pub(crate) use outbox::{Delivery, Sent};
pub(crate) use publish::{PublishOptions, PublishProgress, Published};
pub(crate) use receive::Received;
pub(crate) use send::{Extending, SendProgress, SendRequest, SendStage};

use crate::clock::Clock;
use crate::net::DhtHandle;

/// Received messages that a slow watcher may lag behind.
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
    dht: DhtHandle,
    pool: Arc<Pool>,
    clock: Clock,
    /// Messages that somebody works on: one at a time each.
    busy: Mutex<HashSet<MessageId>>,
    /// One fetch at a time: two would take the same packets.
    fetching: tokio::sync::Mutex<()>,
    arrivals: broadcast::Sender<Received>,
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
        let (arrivals, _) = broadcast::channel(WATCH_QUEUE);
        let (stop, _) = watch_channel::channel(false);
        let mail = Self {
            inner: Arc::new(Inner {
                config,
                policy,
                db: MailDb::open(&data_dir.join("mail.redb"))?,
                identities: Identities::open(data_dir)?,
                dht,
                pool,
                clock,
                busy: Mutex::default(),
                fetching: tokio::sync::Mutex::default(),
                arrivals,
                stop,
            }),
        };
        tokio::spawn(postman::run(mail.clone(), mail.stopped()));
        Ok(mail)
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
        let now = self.inner.clock.now().unix;
        self.inner.identities.create(name, now)
    }

    /// All inboxes, oldest first; the first one is the default.
    pub(crate) fn inboxes(&self) -> Vec<Identity> {
        self.inner.identities.all()
    }

    /// An inbox by name or address; the default one for an empty selector.
    pub(crate) fn inbox(&self, selector: &str) -> Result<Identity, MailError> {
        self.inner.identities.find(selector)
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
        self.inner.identities.import(name, text, passphrase)
    }

    /// What was sent, newest first.
    pub(crate) fn sent(&self) -> Result<Vec<Sent>, MailError> {
        let now = self.inner.clock.now().unix;
        let mut sent: Vec<Sent> = self
            .inner
            .db
            .scan::<Outgoing>(Table::Outbox, &[])?
            .iter()
            .map(|(_, message)| message.sent(now, self.inner.config.quorum))
            .collect();
        sent.sort_by_key(|message| std::cmp::Reverse(message.sent_at));
        Ok(sent)
    }

    /// One sent message, by the beginning of its id or of a packet's.
    pub(crate) fn sent_message(&self, prefix: &str) -> Result<Sent, MailError> {
        let now = self.inner.clock.now().unix;
        let message = self.find_outgoing(prefix)?;
        Ok(message.sent(now, self.inner.config.quorum))
    }

    /// How many sent messages have not reached their quorum yet.
    pub(crate) fn pending(&self) -> usize {
        let unfinished = |sent: &Sent| matches!(sent.delivery, Delivery::Queued | Delivery::Weak);
        self.sent()
            .map_or(0, |sent| sent.iter().filter(|s| unfinished(s)).count())
    }

    fn find_outgoing(&self, prefix: &str) -> Result<Outgoing, MailError> {
        let wanted = prefix.to_ascii_lowercase();
        let unknown = || MailError::UnknownMessage(prefix.to_owned());
        if wanted.len() < 8 {
            return Err(unknown());
        }
        let mut found = self
            .inner
            .db
            .scan::<Outgoing>(Table::Outbox, &[])?
            .into_iter()
            .map(|(_, message)| message)
            .filter(|message| message.is_called(&wanted));
        let first = found.next().ok_or_else(unknown)?;
        match found.next() {
            Some(_) => Err(MailError::Ambiguous(prefix.to_owned())),
            None => Ok(first),
        }
    }

    /// Messages received earlier, oldest first.
    pub(crate) fn received(&self, selector: &str) -> Result<Vec<Received>, MailError> {
        self.archive(selector)
            .map(|found| found.into_iter().map(|(_, message)| message).collect())
    }

    fn archive(&self, selector: &str) -> Result<Vec<(Vec<u8>, Received)>, MailError> {
        let prefix = match selector {
            "" => Vec::new(),
            selector => self.inbox(selector)?.key().as_bytes().to_vec(),
        };
        self.inner.db.scan(Table::Archive, &prefix)
    }

    /// Deletes received messages from the archive; returns how many there were.
    pub(crate) fn delete_received(
        &self,
        selector: &str,
        message_ids: &[String],
    ) -> Result<usize, MailError> {
        let mut changes = db::Changes::default();
        let mut count = 0;
        for (key, message) in self.archive(selector)? {
            if message_ids.contains(&message.message_id.to_string()) {
                changes.remove(Table::Archive, key);
                count += 1;
            }
        }
        if count == 0 {
            return Err(MailError::UnknownMessage(message_ids.join(", ")));
        }
        self.inner.db.commit(changes)?;
        Ok(count)
    }

    /// The present time in milliseconds.
    fn now_ms(&self) -> UnixMillis {
        self.inner.clock.now_ms()
    }

    /// Claims a message; `None` if somebody else works on it.
    fn claim(&self, id: MessageId) -> Option<Claim> {
        let mut busy = self
            .inner
            .busy
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        busy.insert(id).then(|| Claim {
            mail: self.clone(),
            id,
        })
    }
}

/// The right to work on a message, until dropped.
struct Claim {
    mail: Mail,
    id: MessageId,
}

impl Drop for Claim {
    fn drop(&mut self) {
        let busy = &self.mail.inner.busy;
        busy.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.id);
    }
}

/// Reads an address as a user typed it.
pub(crate) fn parse_address(text: &str) -> Result<Address, MailError> {
    Ok(text.parse()?)
}
