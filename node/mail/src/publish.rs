//! Publishing: an owner's record, stamped and stored at its places; moving is publishing with a new front door, resealing with
//! new seal keys.
//!
//! What an owner asked for is durable before it is done, the record before its first use, and what a crash or an absent network
//! left over is done later. A new record is made every week. Other devices of the inbox publish, too: the newest record in the
//! network is read and followed before any is made.

use tokio::sync::mpsc;
use toxdrop_proto::keys::InboxPublicKey;

use crate::db::Changes;
use crate::error::MailError;
use crate::identity::Identity;
use crate::intent::{Intent, MoveOptions, PublishOptions, ResealOptions};
use crate::network::NetworkError;
use crate::publication::Publication;
use crate::spread::{Brought, PublishProgress};
use crate::state::Mail;
use crate::tables::Table;

/// What came of it.
#[derive(Clone)]
pub struct Published {
    /// The inbox as it is now.
    pub inbox: Identity,
    /// Places at which some node holds the record.
    pub points_stored: usize,
    /// Places at which enough nodes do; at the others it is stored again.
    pub points_confirmed: usize,
    /// How many there are; 0 while nothing is made.
    pub points: usize,
    /// Within how many seconds the record goes to the other places, at a random moment to each; 0 where it was to be stored
    /// at once.
    pub within_seconds: u64,
    /// Why no record is made yet: the newest one could not be read. It is done as soon as it can be.
    pub waits: Option<NetworkError>,
}

fn no_progress() -> mpsc::Sender<PublishProgress> {
    mpsc::channel(1).0
}

impl Mail {
    /// Makes and stores a record. Places that too few nodes took it at get it later, from the postman; so do all of them,
    /// each in a moment of its own, unless `at_once` is set.
    ///
    /// # Errors
    /// [`MailError`] if there is no such inbox, somebody publishes it already, a figure is out of range, another device
    /// publishes seal keys that this one does not have or published a newer record at the same time, this machine's clock is
    /// not that of other nodes, the work was not done, or a file cannot be written.
    pub async fn publish(
        &self,
        selector: &str,
        options: PublishOptions,
        progress: mpsc::Sender<PublishProgress>,
    ) -> Result<Published, MailError> {
        // Figures that cannot be asked for are refused before anything is written down.
        self.terms(&options)?;
        self.publish_as(selector, &Intent::stay(options), progress)
            .await
    }

    /// Moves an inbox's front door to a new place, or back to the first one; what the last record asked for stays. The old
    /// place is read until nothing can lie there any more.
    ///
    /// # Errors
    /// As [`Mail::publish`].
    pub async fn move_inbox(
        &self,
        selector: &str,
        options: MoveOptions,
        progress: mpsc::Sender<PublishProgress>,
    ) -> Result<Published, MailError> {
        self.publish_as(selector, &Intent::move_to(options), progress)
            .await
    }

    /// Begins a new chain of seal keys, after a key file was lost: whoever has it opens nothing that is sealed from then on.
    /// What was sealed before still opens here. Other devices of the inbox need its new key file.
    ///
    /// # Errors
    /// As [`Mail::publish`], and if it was done too often within a few weeks.
    pub async fn reseal(
        &self,
        selector: &str,
        options: ResealOptions,
        progress: mpsc::Sender<PublishProgress>,
    ) -> Result<Published, MailError> {
        self.publish_as(selector, &Intent::reseal(options), progress)
            .await
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
        let intent = match self.intent(&key)? {
            Some(waiting) => intent.clone().after(waiting),
            None => intent.clone(),
        };
        let mut changes = Changes::default();
        intent.put(&mut changes, &key)?;
        self.inner.db.commit(changes)?;
        self.carry_out(&key, &intent, &progress).await
    }

    /// Does what the owner asked for, once the newest record could be read.
    async fn carry_out(
        &self,
        key: &InboxPublicKey,
        intent: &Intent,
        progress: &mpsc::Sender<PublishProgress>,
    ) -> Result<Published, MailError> {
        let inbox = match self.follow_newest(key).await {
            Ok(inbox) => inbox,
            Err(MailError::Network(error)) => {
                tracing::info!(%error, "the newest record could not be read; none is made before");
                return Ok(Published {
                    inbox: self.inbox_of(key)?,
                    points_stored: 0,
                    points_confirmed: 0,
                    points: 0,
                    within_seconds: 0,
                    waits: Some(error),
                });
            }
            Err(error) => return Err(error),
        };
        match self.make_and_store(&inbox, intent, progress).await {
            Err(error) if inbox.record == self.inbox_of(key)?.record => {
                // Refused, and said so: it does not happen by itself later on.
                let mut changes = Changes::default();
                changes.remove(Table::Intents, key.as_bytes().to_vec());
                self.inner.db.commit(changes)?;
                Err(error)
            }
            done => done,
        }
    }

    /// Does what an inbox's record needs now, unless somebody else publishes it: what the owner asked for, a record for a new
    /// week, places that too few nodes hold it at. `look`: the newest record is read first.
    pub(crate) async fn tend_record(
        &self,
        key: &InboxPublicKey,
        look: bool,
    ) -> Result<(), MailError> {
        let Some(_claim) = self.inner.publishing.claim(*key) else {
            return Ok(());
        };
        if look {
            if let Some(intent) = self.intent(key)? {
                self.carry_out(key, &intent, &no_progress()).await?;
                return Ok(());
            }
            let inbox = self.follow_newest(key).await?;
            if self.is_renewal_due(&inbox) {
                self.make_and_store(&inbox, &Intent::renew(), &no_progress())
                    .await?;
                return Ok(());
            }
        }
        let inbox = self.inbox_of(key)?;
        let (now, longest) = (self.now().unix, self.furthest_moment());
        if let Some(mut publication) = self.publication(&inbox)?
            && publication.is_due(now, longest)
        {
            // What became due while the machine slept does not go out in one burst, which would join its places.
            publication.space_out(now, longest, || self.some_moment(now, false));
            self.bring_record(inbox, &mut publication, &no_progress())
                .await?;
        }
        Ok(())
    }

    /// Whether the newest record of an inbox is to be read, and what that may entail.
    pub(crate) fn is_record_due(&self, inbox: &Identity) -> Result<bool, MailError> {
        let due = self.is_look_due(inbox) || self.is_renewal_due(inbox);
        Ok(due || self.intent(&inbox.key())?.is_some())
    }

    /// Whether an inbox's record is to be stored somewhere now.
    pub(crate) fn is_storing_due(&self, inbox: &Identity) -> Result<bool, MailError> {
        if !inbox.record_read {
            return Ok(false);
        }
        let (now, longest) = (self.now().unix, self.furthest_moment());
        Ok(match self.kept_publication(inbox)? {
            Some(publication) => publication.is_due(now, longest),
            None => inbox.record.is_some(),
        })
    }

    async fn make_and_store(
        &self,
        inbox: &Identity,
        intent: &Intent,
        progress: &mpsc::Sender<PublishProgress>,
    ) -> Result<Published, MailError> {
        let (key, now) = (inbox.key(), self.now().unix);
        self.may_publish(inbox, intent.take_over, now)?;
        // Down on disk before any sender can see it: the owner must know where to look. Should it end here, the postman finds
        // in the key file what is to be stored.
        let make = |identity: &mut Identity| self.make_record(identity, intent, now);
        let (inbox, ()) = self.inner.identities.change(&key, make)?;
        self.inboxes_changed();
        let due = || self.some_moment(now, intent.at_once);
        let publication = Publication::new(&inbox, self.inner.policy.network, now, due)?;
        let mut changes = Changes::default();
        if let Some(publication) = &publication {
            publication.put(&mut changes, &key)?;
        }
        changes.remove(Table::Intents, key.as_bytes().to_vec());
        self.inner.db.commit(changes)?;
        let mut points = Vec::new();
        if let Some(mut publication) = publication {
            self.bring_record(inbox, &mut publication, progress).await?;
            points = publication.points;
        }
        Ok(Published {
            inbox: self.inbox_of(&key)?,
            points_stored: points.iter().filter(|p| p.is_held()).count(),
            points_confirmed: points.iter().filter(|p| p.stored).count(),
            points: points.len(),
            within_seconds: if intent.at_once {
                0
            } else {
                self.inner.config.publish_spread_seconds
            },
            waits: None,
        })
    }

    /// Brings a record to its places. Where nodes hold another one of the same revision, which two devices can make in the same
    /// hour, a later revision ends the tie.
    ///
    /// # Errors
    /// [`MailError::NewerRecord`] where another device published a newer one; it is followed then.
    /// [`MailError::RefusedAsOlder`] where nodes say so and none can be read.
    async fn bring_record(
        &self,
        inbox: Identity,
        publication: &mut Publication,
        progress: &mpsc::Sender<PublishProgress>,
    ) -> Result<(), MailError> {
        let own = inbox.record.as_ref().map(|record| record.revision);
        let refused = MailError::RefusedAsOlder(inbox.name.clone());
        match self.store_record(&inbox, publication, progress).await? {
            Brought::Unopposed => return Ok(()),
            Brought::Followed(inbox) => {
                return Err(MailError::NewerRecord {
                    location: inbox.location(self.now().unix),
                    inbox: inbox.name,
                });
            }
            Brought::Refused { seen } if seen.is_none() || seen < own => return Err(refused),
            Brought::Refused { .. } => {}
        }
        let (key, now) = (inbox.key(), self.now().unix);
        self.may_publish(&inbox, false, now)?;
        let make = |identity: &mut Identity| self.make_record(identity, &Intent::renew(), now);
        let (inbox, ()) = self.inner.identities.change(&key, make)?;
        let network = self.inner.policy.network;
        if let Some(later) =
            Publication::new(&inbox, network, now, || self.some_moment(now, false))?
        {
            *publication = later;
        }
        match self.store_record(&inbox, publication, progress).await? {
            Brought::Unopposed => Ok(()),
            _ => Err(refused),
        }
    }
}
