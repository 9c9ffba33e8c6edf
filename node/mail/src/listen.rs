//! Listening: while somebody watches an inbox, nodes in charge hand packets on as they come, and a fetch now and then
//! finds what slipped through.
//!
//! One task an inbox, however many watch it; it ends with the last of them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use toxdrop_proto::ids::Salt;
use toxdrop_proto::keys::InboxPublicKey;
use toxdrop_proto::tombstone::Tombstone;

use crate::error::MailError;
use crate::fetch::FetchReport;
use crate::identity::Identity;
use crate::listeners::Listener;
use crate::network::Delivered;
use crate::state::Mail;
use crate::take::Taken;

/// Packets that wait to be taken in.
const QUEUE: usize = 64;

impl Mail {
    /// Listens to an inbox for as long as the result is held.
    pub(crate) fn listen(&self, inbox: InboxPublicKey) -> Arc<Listener> {
        let (listener, new) = self.inner.listeners.join(inbox);
        let Some(ended) = new else {
            return listener;
        };
        let mail = self.clone();
        let mut stopped = self.stopped();
        tokio::spawn(async move {
            tokio::select! {
                () = mail.listen_to(inbox) => {}
                () = ended.cancelled() => {}
                _ = stopped.wait_for(|stop| *stop) => {}
            }
        });
        listener
    }

    async fn listen_to(&self, key: InboxPublicKey) {
        let pause = Duration::from_secs(self.inner.config.watch_fetch_seconds.max(1));
        let mut timer = tokio::time::interval(pause);
        let mut changed = self.inner.inboxes_changed.subscribe();
        loop {
            changed.borrow_and_update();
            let Some(inbox) = self.inboxes().into_iter().find(|inbox| inbox.key() == key) else {
                return;
            };
            let salts = inbox.salts(self.now().unix);
            let (sender, mut live) = mpsc::channel(QUEUE);
            // Dropped with their subscriptions when the locations have changed.
            let mut subscriptions = JoinSet::new();
            let mut all = true;
            for salt in &salts {
                all &= self
                    .subscribe(&inbox, *salt, sender.clone(), &mut subscriptions)
                    .await;
            }
            loop {
                tokio::select! {
                    _ = timer.tick() => {
                        let mut report = FetchReport::default();
                        if let Err(error) = self.fetch_inbox(&inbox, false, &mut report).await {
                            tracing::info!(%error, inbox = %inbox.name, "could not fetch; it is tried again");
                        }
                        if !all || subscriptions.len() < salts.len() {
                            break;
                        }
                    }
                    Some((salt, delivered)) = live.recv() => {
                        if let Err(error) = self.take_delivered(&inbox, salt, delivered).await {
                            tracing::warn!(%error, inbox = %inbox.name, "could not take a delivery in");
                        }
                    }
                    Ok(()) = changed.changed() => {}
                    // A subscription that ended is renewed at the next look.
                    Some(_) = subscriptions.join_next() => {}
                }
                let present = self.inboxes().into_iter().find(|inbox| inbox.key() == key);
                if present.is_none_or(|inbox| inbox.salts(self.now().unix) != salts) {
                    break;
                }
            }
        }
    }

    /// Passes a location's deliveries on; `false` if there will be none.
    async fn subscribe(
        &self,
        inbox: &Identity,
        salt: Salt,
        sender: mpsc::Sender<(Salt, Delivered)>,
        subscriptions: &mut JoinSet<()>,
    ) -> bool {
        let secret = inbox.secret.clone();
        match self.inner.network.subscribe(secret, salt).await {
            Ok(mut deliveries) => {
                subscriptions.spawn(async move {
                    while let Some(delivered) = deliveries.next().await {
                        if sender.send((salt, delivered)).await.is_err() {
                            return;
                        }
                    }
                });
                true
            }
            Err(error) => {
                tracing::info!(%error, inbox = %inbox.name, "no live delivery yet; messages are fetched now and then");
                false
            }
        }
    }

    /// Commits a delivered packet; then, and only if its message is complete, its holders may delete it.
    async fn take_delivered(
        &self,
        inbox: &Identity,
        salt: Salt,
        delivered: Delivered,
    ) -> Result<(), MailError> {
        let Delivered {
            packet,
            acknowledge,
        } = delivered;
        let taken = self.take_in(inbox, salt, &packet, false)?;
        if !matches!(taken, Taken::Message | Taken::Old) {
            return Ok(());
        }
        if self.inner.config.shared_seconds == 0 {
            let (location, id) = (packet.location(), packet.id());
            let network = self.inner.policy.network;
            let tombstone = Tombstone::sign_owner(&inbox.secret, network, salt, location, id);
            if let Err(error) = acknowledge(tombstone).await {
                tracing::info!(%error, "a delivery could not be acknowledged; it is deleted as fetched ones are");
            }
        }
        // Holders that did not deliver, and the other parts.
        self.delete_taken(inbox).await?;
        Ok(())
    }
}
