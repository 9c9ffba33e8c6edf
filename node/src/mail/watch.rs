//! Watching: while somebody watches, packets come in live, and a fetch now and then finds what slipped through.

use std::time::Duration;

use tokio::sync::mpsc;

use super::db::{Changes, Table};
use super::error::MailError;
use super::receive::{FetchReport, Received, Taken};
use super::{Identity, Mail};
use crate::net::Delivery;
use toxdrop_proto::ids::Salt;
use toxdrop_proto::tombstone::Tombstone;

/// Messages that wait for a slow watcher.
const QUEUE: usize = 64;

impl Mail {
    /// Streams messages of an inbox, or of all, until the receiver is dropped or the node stops: first what is
    /// unread, then what arrives.
    ///
    /// # Errors
    /// [`MailError`] if there is no such inbox.
    pub(crate) fn watch(&self, selector: &str) -> Result<mpsc::Receiver<Received>, MailError> {
        let inboxes = match selector {
            "" => self.inboxes(),
            selector => vec![self.inbox(selector)?],
        };
        if inboxes.is_empty() {
            return Err(MailError::NoInbox);
        }
        let (sender, receiver) = mpsc::channel(QUEUE);
        for inbox in inboxes {
            let mail = self.clone();
            let sender = sender.clone();
            let mut stopped = self.stopped();
            tokio::spawn(async move {
                tokio::select! {
                    () = mail.watch_inbox(inbox, &sender) => {}
                    () = sender.closed() => {}
                    _ = stopped.wait_for(|stop| *stop) => {}
                }
            });
        }
        Ok(receiver)
    }

    async fn watch_inbox(&self, inbox: Identity, sender: &mpsc::Sender<Received>) {
        let (deliveries, mut live) = mpsc::channel(QUEUE);
        let now = self.inner.clock.now().unix;
        for salt in inbox.salts(now) {
            // Each location has a subscription of its own; the task ends with this function's receiver.
            let deliveries = deliveries.clone();
            match self.inner.dht.subscribe(inbox.secret.clone(), salt).await {
                Ok(mut subscription) => {
                    tokio::spawn(async move {
                        loop {
                            let next = tokio::select! {
                                next = subscription.next() => next,
                                () = deliveries.closed() => None,
                            };
                            let Some(delivery) = next else { return };
                            if deliveries.send((salt, delivery)).await.is_err() {
                                return;
                            }
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "no live delivery; messages are fetched now and then")
                }
            }
        }
        let pause = Duration::from_secs(self.inner.config.watch_fetch_seconds.max(1));
        let mut timer = tokio::time::interval(pause);
        loop {
            tokio::select! {
                _ = timer.tick() => {
                    let mut report = FetchReport::default();
                    if let Err(error) = self.fetch_inbox(&inbox, false, &mut report).await {
                        tracing::warn!(%error, inbox = %inbox.name, "could not fetch");
                    }
                }
                Some((salt, delivery)) = live.recv() => {
                    if let Err(error) = self.take_delivery(&inbox, salt, delivery).await {
                        tracing::warn!(%error, inbox = %inbox.name, "could not take a delivery in");
                    }
                }
            }
            if let Err(error) = self.hand_out_unread(&inbox, sender).await {
                tracing::warn!(%error, "the archive cannot be read");
            }
        }
    }

    /// Commits a delivered packet; then, and only if its message is complete, its holders may delete it.
    async fn take_delivery(
        &self,
        inbox: &Identity,
        salt: Salt,
        delivery: Delivery,
    ) -> Result<(), MailError> {
        let taken = self.take_in(inbox, salt, &delivery.packet, false)?;
        if matches!(taken, Taken::Message(_) | Taken::Old) {
            let tombstone = Tombstone::sign_owner(
                &inbox.secret,
                self.inner.policy.network,
                salt,
                delivery.packet.location(),
                delivery.packet.id(),
            );
            if self.inner.config.shared_seconds == 0 {
                delivery.acknowledge(tombstone).await?;
            }
            // Holders that did not deliver, and the other parts.
            self.delete_taken(inbox).await?;
        }
        if let Taken::Message(message) = taken {
            let _ = self.inner.arrivals.send(*message);
        }
        Ok(())
    }

    async fn hand_out_unread(
        &self,
        inbox: &Identity,
        sender: &mpsc::Sender<Received>,
    ) -> Result<(), MailError> {
        for (key, mut message) in self.archive(&inbox.name)? {
            if message.unread && sender.send(message.clone()).await.is_ok() {
                message.unread = false;
                let mut changes = Changes::default();
                changes.put(Table::Archive, key, &message)?;
                self.inner.db.commit(changes)?;
            }
        }
        Ok(())
    }
}
