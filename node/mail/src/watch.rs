//! Watching: messages as they come in, for each who watches.
//!
//! How they come in is in `listen` and `fetch`.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use toxdrop_proto::keys::InboxPublicKey;

use crate::error::MailError;
use crate::listeners::Listener;
use crate::received::Received;
use crate::state::Mail;

/// Messages that wait for a slow watcher.
const QUEUE: usize = 64;

impl Mail {
    /// Streams messages of an inbox, or of all there are and will be, until the receiver is dropped or the node stops:
    /// first what is unread, then what arrives.
    ///
    /// # Errors
    /// [`MailError`] if there is no such inbox.
    pub fn watch(&self, selector: &str) -> Result<mpsc::Receiver<Received>, MailError> {
        let selected = self.selected(selector)?;
        let only = (!selector.is_empty()).then(|| selected.iter().map(|i| i.key()).collect());
        let (sender, receiver) = mpsc::channel(QUEUE);
        let mail = self.clone();
        let mut stopped = self.stopped();
        tokio::spawn(async move {
            tokio::select! {
                watched = mail.watch_inboxes(only, &sender) => {
                    if let Err(error) = watched {
                        tracing::error!(%error, "the archive cannot be read");
                    }
                }
                () = sender.closed() => {}
                _ = stopped.wait_for(|stop| *stop) => {}
            }
        });
        Ok(receiver)
    }

    async fn watch_inboxes(
        &self,
        only: Option<HashSet<InboxPublicKey>>,
        sender: &mpsc::Sender<Received>,
    ) -> Result<(), MailError> {
        // Before looking at what is unread, so that nothing falls between.
        let mut arrivals = self.inner.arrivals.subscribe();
        let mut changed = self.inner.inboxes_changed.subscribe();
        let mut listeners: HashMap<InboxPublicKey, Arc<Listener>> = HashMap::new();
        // What was handed out of the archive while its arrival was still to be told.
        let mut handed: HashSet<Vec<u8>> = HashSet::new();
        let mut look = true;
        loop {
            if look {
                changed.borrow_and_update();
                let inboxes = self.inboxes();
                // Should one come back it is listened to anew.
                listeners.retain(|key, _| inboxes.iter().any(|inbox| inbox.key() == *key));
                for inbox in inboxes {
                    let key = inbox.key();
                    if only.as_ref().is_none_or(|only| only.contains(&key)) {
                        listeners.entry(key).or_insert_with(|| self.listen(key));
                        handed.extend(self.hand_out_unread(&key, sender).await?);
                    }
                }
            }
            look = tokio::select! {
                arrival = arrivals.recv() => match arrival {
                    Ok(arrival) => {
                        if listeners.contains_key(&arrival.inbox) && !handed.remove(&arrival.key) {
                            if sender.send(arrival.message).await.is_err() {
                                return Ok(());
                            }
                            self.mark_read(&arrival.key)?;
                        }
                        false
                    }
                    // Too slow: what was missed is unread in the archive, or another watcher had it.
                    Err(RecvError::Lagged(_)) => true,
                    Err(RecvError::Closed) => return Ok(()),
                },
                Ok(()) = changed.changed() => true,
            };
        }
    }
}
