//! The postman: brings what is in the outbox to its quorum, looks after stored messages until they end, sends again
//! what was recalled or deleted and nobody heard, keeps own records fresh and looks for others', follows other devices, and erases seal
//! keys that are due.
//!
//! Runs until the node stops; also picks up what an earlier run of the node left unfinished. Decides when, not how.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use toxdrop_proto::keys::InboxPublicKey;

use crate::db::Changes;
use crate::error::MailError;
use crate::identity::Identity;
use crate::network::ALL;
use crate::outbox::{Delivery, Outgoing};
use crate::progress::Teller;
use crate::state::Mail;
use crate::tables::Table;

/// How often the outbox is looked through.
const ROUND: Duration = Duration::from_secs(5);
/// Messages that are worked on at once; the others wait for the next round.
const AT_ONCE: usize = 64;
/// How often what has expired is forgotten, and seal keys are erased.
const SWEEP: Duration = Duration::from_secs(3_600);

/// When something is due again.
#[derive(Clone, Copy)]
struct Pause {
    next: Duration,
    length: Duration,
}

impl Pause {
    fn begin(now: Duration, length: Duration) -> Self {
        Self {
            next: now + length,
            length,
        }
    }

    /// Twice as long, up to a limit.
    fn longer(self, now: Duration, limit: Duration) -> Self {
        Self::begin(now, (self.length * 2).min(limit))
    }
}

/// What the postman remembers between rounds.
pub(crate) struct Postman {
    mail: Mail,
    /// By message; whether it was stored then.
    messages: HashMap<Vec<u8>, (bool, Pause)>,
    records: HashMap<InboxPublicKey, Pause>,
    deletions: Option<Pause>,
    deletions_due: usize,
    sweep: Option<Duration>,
    refreshing: Option<AbortHandle>,
    work: JoinSet<()>,
}

/// The postman's rounds.
pub(crate) async fn run(mail: Mail, mut stopped: watch::Receiver<bool>) {
    let mut postman = Postman::new(mail);
    loop {
        tokio::select! {
            () = tokio::time::sleep(ROUND) => {}
            _ = stopped.wait_for(|stop| *stop) => return,
        }
        if let Err(error) = postman.round() {
            tracing::error!(%error, "the mail file cannot be used");
        }
    }
}

impl Postman {
    pub(crate) fn new(mail: Mail) -> Self {
        Self {
            mail,
            messages: HashMap::new(),
            records: HashMap::new(),
            deletions: None,
            deletions_due: 0,
            sweep: None,
            refreshing: None,
            work: JoinSet::new(),
        }
    }

    /// Starts what is due.
    pub(crate) fn round(&mut self) -> Result<(), MailError> {
        while self.work.try_join_next().is_some() {}
        self.messages()?;
        self.deletions()?;
        self.records()?;
        self.refresh()?;
        let now = self.mail.now().mono;
        if self.sweep.is_none_or(|next| now >= next) {
            self.sweep = Some(now + SWEEP);
            self.mail.erase_secrets()?;
            self.mail.forget_expired()?;
        }
        Ok(())
    }

    /// Waits until all that was started has ended.
    #[cfg(test)]
    pub(crate) async fn settle(&mut self) {
        while self.work.join_next().await.is_some() {}
    }

    fn first(&self) -> Duration {
        Duration::from_secs(self.mail.inner.config.retry_seconds)
    }

    fn limit(&self, stored: bool) -> Duration {
        let config = &self.mail.inner.config;
        Duration::from_secs(if stored {
            config.recheck_seconds
        } else {
            config.retry_max_seconds
        })
    }

    fn messages(&mut self) -> Result<(), MailError> {
        let mail = self.mail.clone();
        let (now, enough) = (mail.now(), mail.inner.config.enough());
        let sure = mail.sure_now();
        for (key, message) in mail.inner.db.scan::<Outgoing>(Table::Outbox, &[])? {
            if message.has_ended(sure, enough) {
                let Some(_claim) = mail.inner.sending.claim(message.id()?) else {
                    continue;
                };
                // As it stands now: the claim may just have been given up.
                if let Ok(message) = mail.under_way(&message)
                    && message.has_ended(sure, enough)
                {
                    let mut changes = Changes::default();
                    message.lay_aside(&mut changes)?;
                    mail.inner.db.commit(changes)?;
                }
                self.messages.remove(&key);
                continue;
            }
            let stored = message.delivery(now.unix, enough) == Delivery::Stored;
            let pause = match self.messages.get(&key) {
                Some((before, pause)) if *before == stored => {
                    if now.mono < pause.next {
                        continue;
                    }
                    pause.longer(now.mono, self.limit(stored))
                }
                _ => Pause::begin(now.mono, self.first()),
            };
            // Stored moments ago, by the send itself, or found so at the last attempt.
            let new = self
                .messages
                .get(&key)
                .is_none_or(|(before, _)| *before != stored);
            if stored && new {
                self.messages.insert(key, (stored, pause));
                continue;
            }
            if self.work.len() >= AT_ONCE {
                continue;
            }
            self.messages.insert(key, (stored, pause));
            let mail = mail.clone();
            self.work.spawn(async move {
                if let Err(error) = mail.attend(&message).await {
                    tracing::warn!(%error, "a message could not be brought out; it stays in the outbox");
                }
            });
        }
        Ok(())
    }

    fn deletions(&mut self) -> Result<(), MailError> {
        let now = self.mail.now().mono;
        let due = self.mail.deletions_due()?;
        let more = due > self.deletions_due;
        self.deletions_due = due;
        if due == 0 {
            self.deletions = None;
            return Ok(());
        }
        self.deletions = match self.deletions.filter(|_| !more) {
            // Whoever took the packets in sends the tombstones at once.
            None => Some(Pause::begin(now, self.first())),
            Some(pause) if now < pause.next => return Ok(()),
            Some(pause) => {
                let mail = self.mail.clone();
                self.work.spawn(async move {
                    for inbox in mail.inboxes() {
                        if let Err(error) = mail.delete_taken(&inbox).await {
                            tracing::warn!(%error, "what was fetched could not be deleted at the nodes");
                        }
                    }
                });
                Some(pause.longer(now, self.limit(true)))
            }
        };
        Ok(())
    }

    fn records(&mut self) -> Result<(), MailError> {
        let now = self.mail.now();
        for inbox in self.mail.inboxes() {
            let key = inbox.key();
            let look = self.is_look_now(&inbox, now.mono)?;
            if !look && !self.mail.is_storing_due(&inbox)? {
                continue;
            }
            let mail = self.mail.clone();
            self.work.spawn(async move {
                match mail.tend_record(&key, look).await {
                    Ok(()) => {}
                    Err(error @ (MailError::Network(_) | MailError::NewerRecord { .. })) => {
                        tracing::info!(%error, inbox = %inbox.name, "an inbox record is looked after again later");
                    }
                    Err(error) => tracing::warn!(%error, "an inbox record could not be published"),
                }
            });
        }
        Ok(())
    }

    /// Looks for the record of one receiver whose time has come: never two in one moment, so that they cannot be joined by it.
    fn refresh(&mut self) -> Result<(), MailError> {
        if (self.refreshing.as_ref()).is_some_and(|looking| !looking.is_finished()) {
            return Ok(());
        }
        let mail = self.mail.clone();
        self.refreshing = mail.next_refresh()?.map(|(key, used)| {
            self.work.spawn(async move {
                if let Err(error) = mail.look_for_record(&key, used).await {
                    tracing::warn!(%error, "what a receiver's record says could not be written down");
                }
            })
        });
        Ok(())
    }

    /// Whether an inbox's newest record is to be read now. What did not succeed is tried again after pauses that grow.
    fn is_look_now(&mut self, inbox: &Identity, now: Duration) -> Result<bool, MailError> {
        let key = inbox.key();
        if !self.mail.is_record_due(inbox)? {
            self.records.remove(&key);
            return Ok(false);
        }
        let pause = match self.records.get(&key) {
            Some(pause) if now < pause.next => return Ok(false),
            Some(pause) => pause.longer(now, self.limit(false)),
            None => Pause::begin(now, self.first()),
        };
        self.records.insert(key, pause);
        Ok(true)
    }
}

impl Mail {
    /// Does what a message under way needs now, unless somebody else does.
    async fn attend(&self, message: &Outgoing) -> Result<(), MailError> {
        let Some(claim) = self.inner.sending.claim(message.id()?) else {
            return Ok(());
        };
        // It may have changed while others worked on it.
        let Ok(mut message) = self.under_way(message) else {
            return Ok(());
        };
        let enough = self.inner.config.enough();
        if message.has_ended(self.now().unix, enough) {
            return Ok(());
        }
        if message.recalled {
            self.send_recall(&mut message).await?;
            return self.save(&message);
        }
        let teller = Teller::new(None, &message, enough)?;
        // Nobody waits for this: all nodes in charge shall have it in the end.
        match self.bring(claim, message, ALL, &teller).await {
            // Somebody took it over.
            Ok(_) | Err(MailError::Ended) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
