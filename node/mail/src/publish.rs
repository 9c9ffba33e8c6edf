//! Publishing: an owner's record, stamped and stored at its five points; moving is publishing with a new salt.
//!
//! What an owner asked for is durable before it is done, the record before its first use, and what a crash or an absent network
//! left over is done later. A record that would soon expire is signed anew. Other devices of the inbox publish, too: the newest
//! record in the network is read and followed before any is signed.

use rand::rngs::OsRng;
use rand_core::RngCore;
use tokio::sync::mpsc;
use toxdrop_pow::Progress;
use toxdrop_proto::ids::Salt;
use toxdrop_proto::keys::InboxPublicKey;
use toxdrop_proto::location::RECORD_POINTS;

use crate::db::Changes;
use crate::error::MailError;
use crate::identity::Identity;
use crate::intent::{Intent, PublishOptions, last_options};
use crate::network::NetworkError;
use crate::publication::Publication;
use crate::state::Mail;
use crate::tables::Table;

/// How far a publication is.
#[derive(Clone, Copy, Debug)]
pub struct PublishProgress {
    /// How many of the record's points are stamped: which one is being stamped, from 0.
    pub point: usize,
    /// How many points there are.
    pub points: usize,
    /// The searches under way, as if they were one.
    pub pow: Progress,
}

/// What came of it.
#[derive(Clone)]
pub struct Published {
    /// The inbox as it is now.
    pub inbox: Identity,
    /// Points at which some node holds the record.
    pub points_stored: usize,
    /// Points at which enough nodes do; at the others it is stored again.
    pub points_confirmed: usize,
    /// How many there are.
    pub points: usize,
    /// Why nothing is signed yet: the newest record could not be read. It is done as soon as it can be.
    pub waits: Option<NetworkError>,
}

fn no_progress() -> mpsc::Sender<PublishProgress> {
    mpsc::channel(1).0
}

impl Mail {
    /// Signs and stores a record. Points that too few nodes took it at get it later, from the postman.
    ///
    /// # Errors
    /// [`MailError`] if there is no such inbox, somebody publishes it already, a figure is out of range, another device
    /// published a newer record at the same time, the work was not done, or a file cannot be written.
    pub async fn publish(
        &self,
        selector: &str,
        options: PublishOptions,
        progress: mpsc::Sender<PublishProgress>,
    ) -> Result<Published, MailError> {
        self.publish_as(selector, &Intent::stay(options), progress)
            .await
    }

    /// Moves an inbox to a new location, or back to the default one; what the last record asked for stays.
    ///
    /// # Errors
    /// As [`Mail::publish`].
    pub async fn move_inbox(
        &self,
        selector: &str,
        to_default: bool,
        progress: mpsc::Sender<PublishProgress>,
    ) -> Result<Published, MailError> {
        let mut salt = *Salt::DEFAULT.as_bytes();
        if !to_default {
            OsRng.fill_bytes(&mut salt);
        }
        let intent = Intent::move_to(Salt::from_bytes(salt));
        self.publish_as(selector, &intent, progress).await
    }

    async fn publish_as(
        &self,
        selector: &str,
        intent: &Intent,
        progress: mpsc::Sender<PublishProgress>,
    ) -> Result<Published, MailError> {
        let inbox = self.inbox(selector)?;
        let key = inbox.key();
        let claim = self.inner.publishing.claim(key);
        let _claim = claim.ok_or_else(|| MailError::InboxBusy(inbox.name.clone()))?;
        // Figures that cannot be signed are refused before anything is written down.
        let (salt, options) = intent.resolve(&inbox)?;
        self.sign_record(&inbox, salt, options)?;
        let mut changes = Changes::default();
        intent.put(&mut changes, &key)?;
        self.inner.db.commit(changes)?;
        self.carry_out(&key, intent, &progress).await
    }

    /// Does what the owner asked for, once the newest record could be read.
    async fn carry_out(
        &self,
        key: &InboxPublicKey,
        intent: &Intent,
        progress: &mpsc::Sender<PublishProgress>,
    ) -> Result<Published, MailError> {
        let newest = match self.read_newest(key).await {
            Ok(newest) => newest,
            Err(error) => {
                tracing::info!(%error, "the newest record could not be read; nothing is signed before");
                return Ok(Published {
                    inbox: self.inbox_of(key)?,
                    points_stored: 0,
                    points_confirmed: 0,
                    points: RECORD_POINTS + 1,
                    waits: Some(error),
                });
            }
        };
        if let Some(newest) = newest {
            self.follow(&newest, true)?;
        }
        let inbox = self.inbox_of(key)?;
        let (salt, options) = intent.resolve(&inbox)?;
        self.sign_and_store(inbox, salt, options, progress).await
    }

    /// Does what an inbox's record needs now, unless somebody else publishes it: what the owner asked for, a new signature, or
    /// points that too few nodes hold it at.
    pub(crate) async fn tend_record(&self, key: &InboxPublicKey) -> Result<(), MailError> {
        let Some(_claim) = self.inner.publishing.claim(*key) else {
            return Ok(());
        };
        if let Some(intent) = self.intent(key)? {
            self.carry_out(key, &intent, &no_progress()).await?;
            return Ok(());
        }
        if let Some(newest) = self.read_newest(key).await? {
            self.follow(&newest, true)?;
        }
        let inbox = self.inbox_of(key)?;
        let Some(mut publication) = self.publication(&inbox)? else {
            return Ok(());
        };
        let now = self.now().unix;
        if publication.is_old(now) && self.inner.config.republish {
            let options = PublishOptions {
                valid_seconds: publication.valid_seconds(),
                ..last_options(&inbox)
            };
            let salt = inbox.salt;
            self.sign_and_store(inbox, salt, options, &no_progress())
                .await?;
        } else if publication.is_unfinished(now) {
            self.store_record(key, &mut publication, &no_progress())
                .await?;
        }
        Ok(())
    }

    /// Whether an inbox's record needs something.
    pub(crate) fn is_record_due(&self, inbox: &Identity) -> Result<bool, MailError> {
        let key = inbox.key();
        if self.is_look_due(&key) || self.intent(&key)?.is_some() {
            return Ok(true);
        }
        let now = self.now().unix;
        let due = |publication: Publication| {
            publication.is_unfinished(now)
                || (publication.is_old(now) && self.inner.config.republish)
        };
        Ok(self.publication(inbox)?.is_some_and(due))
    }

    async fn sign_and_store(
        &self,
        mut inbox: Identity,
        salt: Salt,
        options: PublishOptions,
        progress: &mpsc::Sender<PublishProgress>,
    ) -> Result<Published, MailError> {
        let (key, now) = (inbox.key(), self.now().unix);
        let record = self.sign_record(&inbox, salt, options)?;
        inbox.go_to(salt, now);
        inbox.record = Some(record.clone());
        // Down on disk before any sender can see it: the owner must know where to look. Should it end here, the postman finds
        // in the key file what is to be stored.
        self.inner.identities.update(&inbox)?;
        self.inboxes_changed();
        let mut publication = Publication::new(&record, now)?;
        let mut changes = Changes::default();
        publication.put(&mut changes, &key)?;
        changes.remove(Table::Intents, key.as_bytes().to_vec());
        self.inner.db.commit(changes)?;
        self.store_record(&key, &mut publication, progress).await?;
        let points = &publication.points;
        Ok(Published {
            inbox,
            points_stored: points.iter().filter(|p| p.is_held()).count(),
            points_confirmed: points.iter().filter(|p| p.stored).count(),
            points: points.len(),
            waits: None,
        })
    }
}
