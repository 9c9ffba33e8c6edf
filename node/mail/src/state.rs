//! The mail of one node: its settings, its file, its inboxes, and the world that it works through.
//!
//! Holds them together and does nothing with them: each thing that mail does is in a file of its own.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{broadcast, watch};
use toxdrop_proto::ids::{MessageId, UnixMillis};
use toxdrop_proto::keys::InboxPublicKey;
use toxdrop_proto::packet::PacketPolicy;

use crate::claims::Claims;
use crate::config::MailConfig;
use crate::db::MailDb;
use crate::error::MailError;
use crate::identities::Identities;
use crate::listeners::Listeners;
use crate::network::Network;
use crate::received::Arrival;
use crate::time::{Now, Time};
use crate::work::Work;

/// Received messages that a slow watcher may lag behind; then it looks into the archive.
const WATCH_QUEUE: usize = 256;

/// The mail of this node. Clones share it.
#[derive(Clone)]
pub struct Mail {
    pub(crate) inner: Arc<Inner>,
}

/// What all parts of the mail work on.
pub(crate) struct Inner {
    pub(crate) config: MailConfig,
    pub(crate) policy: PacketPolicy,
    pub(crate) db: MailDb,
    pub(crate) identities: Identities,
    pub(crate) network: Arc<dyn Network>,
    pub(crate) work: Arc<dyn Work>,
    pub(crate) time: Arc<dyn Time>,
    /// Messages under way that somebody works on.
    pub(crate) sending: Claims<MessageId>,
    /// Inboxes whose record somebody publishes.
    pub(crate) publishing: Claims<InboxPublicKey>,
    /// When the network was last asked for an inbox's newest record.
    pub(crate) looked: Mutex<HashMap<InboxPublicKey, Duration>>,
    /// When an inbox's next record is made, where one is needed.
    pub(crate) renewals: Mutex<HashMap<InboxPublicKey, Duration>>,
    /// One fetch at a time: two would take the same packets.
    pub(crate) fetching: tokio::sync::Mutex<()>,
    /// One packet at a time is looked up and committed: what is fetched also comes in live.
    pub(crate) taking: Mutex<()>,
    pub(crate) arrivals: broadcast::Sender<Arrival>,
    pub(crate) listeners: Listeners,
    /// Counts changes of the inboxes.
    pub(crate) inboxes_changed: watch::Sender<u64>,
    /// Set when the node shuts down.
    pub(crate) stop: watch::Sender<bool>,
}

impl Mail {
    /// The mail of a data directory, without a postman.
    pub(crate) fn assemble(
        data_dir: &Path,
        config: MailConfig,
        policy: PacketPolicy,
        network: Arc<dyn Network>,
        work: Arc<dyn Work>,
        time: Arc<dyn Time>,
    ) -> Result<Self, MailError> {
        let mail = Self {
            inner: Arc::new(Inner {
                config,
                policy,
                db: MailDb::open(&data_dir.join("mail.redb"))?,
                identities: Identities::open(data_dir)?,
                network,
                work,
                time,
                sending: Claims::default(),
                publishing: Claims::default(),
                looked: Mutex::default(),
                renewals: Mutex::default(),
                fetching: tokio::sync::Mutex::default(),
                taking: Mutex::default(),
                arrivals: broadcast::channel(WATCH_QUEUE).0,
                listeners: Listeners::default(),
                inboxes_changed: watch::channel(0).0,
                stop: watch::channel(false).0,
            }),
        };
        mail.finish_removals()?;
        mail.settle_default()?;
        Ok(mail)
    }

    /// Ends the postman and all watches.
    pub fn shutdown(&self) {
        self.inner.stop.send_replace(true);
    }

    pub(crate) fn stopped(&self) -> watch::Receiver<bool> {
        self.inner.stop.subscribe()
    }

    /// Tells those who listen for an inbox's mail that there may be another, or other places.
    pub(crate) fn inboxes_changed(&self) {
        self.inner.inboxes_changed.send_modify(|count| *count += 1);
    }

    pub(crate) fn now(&self) -> Now {
        self.inner.time.now()
    }

    /// The present time in milliseconds.
    pub(crate) fn now_ms(&self) -> UnixMillis {
        self.inner.time.now_ms()
    }
}
