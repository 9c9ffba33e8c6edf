//! Listening: while somebody watches an inbox, nodes in charge hand packets on as they come, and a fetch now and then
//! finds what slipped through.
//!
//! One task an inbox, however many watch it; it ends with the last of them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use toxdrop_proto::keys::{InboxPublicKey, PlaceSigner};
use toxdrop_proto::tombstone::Tombstone;

use crate::error::MailError;
use crate::fetch::FetchReport;
use crate::identity::Identity;
use crate::listeners::Listener;
use crate::network::Delivered;
use crate::reading::Reading;
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
            let begun = self.now().unix;
            let places = inbox.readings(begun);
            let (sender, mut live) = mpsc::channel(QUEUE);
            // Dropped with their subscriptions when the places have changed.
            let mut subscriptions = JoinSet::new();
            let mut all = true;
            for place in &places {
                all &= self
                    .subscribe(&inbox, place, sender.clone(), &mut subscriptions)
                    .await;
            }
            loop {
                tokio::select! {
                    _ = timer.tick() => {
                        let mut report = FetchReport::default();
                        if let Err(error) = self.fetch_inbox(&inbox, false, &mut report).await {
                            tracing::info!(%error, inbox = %inbox.name, "could not fetch; it is tried again");
                        }
                        if !all || subscriptions.len() < places.len() {
                            break;
                        }
                    }
                    Some((signer, delivered)) = live.recv() => {
                        if let Err(error) = self.take_delivered(&inbox, &signer, delivered).await {
                            tracing::warn!(%error, inbox = %inbox.name, "could not take a delivery in");
                        }
                    }
                    Ok(()) = changed.changed() => {}
                    // A subscription that ended is renewed at the next look.
                    Some(_) = subscriptions.join_next() => {}
                }
                let present = self.inboxes().into_iter().find(|inbox| inbox.key() == key);
                // It moved, or another period has begun, or its seal keys went on.
                if present.is_none_or(|present| {
                    let read = present.read_places(self.now().unix);
                    read != inbox.read_places(begun) || present.seals != inbox.seals
                }) {
                    break;
                }
            }
        }
    }

    /// Passes a place's deliveries on; `false` if there will be none.
    async fn subscribe(
        &self,
        inbox: &Identity,
        place: &Reading,
        sender: mpsc::Sender<(Arc<PlaceSigner>, Delivered)>,
        subscriptions: &mut JoinSet<()>,
    ) -> bool {
        let signer = Arc::clone(&place.signer);
        match self.inner.network.subscribe(Arc::clone(&signer)).await {
            Ok(mut deliveries) => {
                subscriptions.spawn(async move {
                    while let Some(delivered) = deliveries.next().await {
                        if sender.send((Arc::clone(&signer), delivered)).await.is_err() {
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
        signer: &PlaceSigner,
        delivered: Delivered,
    ) -> Result<(), MailError> {
        let Delivered {
            packet,
            acknowledge,
        } = delivered;
        let taken = self.take_in(inbox, &packet, false)?;
        if !matches!(taken, Taken::Message | Taken::Old) {
            return Ok(());
        }
        if self.inner.config.shared_seconds == 0 {
            let tombstone = Tombstone::by_owner(signer, self.inner.policy.network, packet.id());
            if let Err(error) = acknowledge(tombstone).await {
                tracing::info!(%error, "a delivery could not be acknowledged; it is deleted as fetched ones are");
            }
        }
        // Holders that did not deliver, and the other parts.
        self.delete_taken(inbox).await?;
        Ok(())
    }
}
