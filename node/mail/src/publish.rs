//! Publishing: an owner's record, stamped and stored at its five points; moving is publishing with a new salt.
//!
//! What is published is durable, stamps and all: what a crash or an absent network left over is stored later, and a
//! record that would soon expire is signed anew.

use rand::rngs::OsRng;
use rand_core::RngCore;
use tokio::sync::mpsc;
use toxdrop_pow::Progress;
use toxdrop_proto::address::Address;
use toxdrop_proto::ids::{Salt, UnixSeconds};
use toxdrop_proto::keys::InboxPublicKey;
use toxdrop_proto::packet::MAX_TTL;
use toxdrop_proto::pow::Difficulty;
use toxdrop_proto::record::{InboxRecord, RecordFields};

use crate::db::Changes;
use crate::error::MailError;
use crate::identity::Identity;
use crate::publication::Publication;
use crate::stamp::{Batch, Stamped};
use crate::state::Mail;
use crate::tables::Table;

/// What the record shall say; zeros stand for defaults.
#[derive(Clone, Copy, Debug, Default)]
pub struct PublishOptions {
    /// Difficulty of the work: trials per byte.
    pub nonce_trials_per_byte: u64,
    /// Difficulty of the work: bytes that are added to each packet's.
    pub extra_bytes: u64,
    /// Greatest life of a message.
    pub max_ttl_seconds: u64,
    /// Life of the record itself.
    pub valid_seconds: u64,
}

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
    /// How many there are.
    pub points: usize,
}

fn no_progress() -> mpsc::Sender<PublishProgress> {
    mpsc::channel(1).0
}

impl Mail {
    /// Signs and stores a record. Points that no node took it at get it later, from the postman.
    ///
    /// # Errors
    /// [`MailError`] if there is no such inbox, somebody publishes it already, a figure is out of range, the work was not done,
    /// or a file cannot be written.
    pub async fn publish(
        &self,
        selector: &str,
        options: PublishOptions,
        progress: mpsc::Sender<PublishProgress>,
    ) -> Result<Published, MailError> {
        self.publish_with(selector, progress, |identity| (identity.salt, options))
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
        self.publish_with(selector, progress, |identity| {
            (Salt::from_bytes(salt), last_options(identity))
        })
        .await
    }

    /// Signs a record anew that will soon expire; what it says stays.
    pub(crate) async fn publish_again(&self, key: &InboxPublicKey) -> Result<(), MailError> {
        let found: Option<Publication> = self.inner.db.get(Table::Publications, key.as_bytes())?;
        let valid = found.map_or(0, |p| p.expires.saturating_sub(p.signed));
        let address = Address { key: *key }.to_string();
        self.publish_with(&address, no_progress(), |identity| {
            let options = PublishOptions {
                valid_seconds: valid,
                ..last_options(identity)
            };
            (identity.salt, options)
        })
        .await?;
        Ok(())
    }

    async fn publish_with(
        &self,
        selector: &str,
        progress: mpsc::Sender<PublishProgress>,
        what: impl FnOnce(&Identity) -> (Salt, PublishOptions),
    ) -> Result<Published, MailError> {
        let name = self.inbox(selector)?;
        let claim = self.inner.publishing.claim(name.key());
        let _claim = claim.ok_or_else(|| MailError::InboxBusy(name.name.clone()))?;
        // Read again: it may have changed before the claim.
        let mut identity = self.inbox(&name.name)?;
        let (salt, options) = what(&identity);
        let record = self.sign_record(&identity, salt, options)?;
        let now = self.now().unix;
        if salt != identity.salt {
            // Senders use the old record until it expires, and what they store last may live for 28 days more.
            let until = now.plus(2 * MAX_TTL);
            let old = identity.salt;
            identity.former.retain(|(former, _)| *former != old);
            identity.former.push((old, until));
            identity.salt = salt;
        }
        identity.former.retain(|(_, until)| *until > now);
        identity.record = Some(record.clone());
        // Down on disk before any sender can see it: the owner must know where to look.
        self.inner.identities.update(&identity)?;
        self.inboxes_changed();
        let mut publication = Publication::new(&record, now)?;
        let mut changes = Changes::default();
        publication.put(&mut changes, &identity.key())?;
        self.inner.db.commit(changes)?;
        self.store_record(&identity.key(), &mut publication, &progress)
            .await?;
        Ok(Published {
            inbox: identity,
            points_stored: publication.points.iter().filter(|p| p.stored).count(),
            points: publication.points.len(),
        })
    }

    fn sign_record(
        &self,
        identity: &Identity,
        salt: Salt,
        options: PublishOptions,
    ) -> Result<InboxRecord, MailError> {
        let or = |value: u64, default: u64| if value == 0 { default } else { value };
        let floor = self.inner.policy.floor;
        let newest = identity.record.as_ref().map_or(0, |r| r.sequence.0);
        let mut sequence = self.now_ms();
        // A clock that went back must not make a record that nobody takes.
        sequence.0 = sequence.0.max(newest.saturating_add(1));
        let fields = RecordFields {
            salt,
            sequence,
            difficulty: Difficulty {
                nonce_trials_per_byte: or(
                    options.nonce_trials_per_byte,
                    floor.nonce_trials_per_byte,
                ),
                extra_bytes: or(options.extra_bytes, floor.extra_bytes),
            },
            max_ttl: or(options.max_ttl_seconds, MAX_TTL),
            expires: self
                .now()
                .unix
                .plus(or(options.valid_seconds, MAX_TTL).min(MAX_TTL)),
            seal_key: [0; 32],
        };
        InboxRecord::sign(&identity.secret, self.inner.policy.network, fields)
            .map_err(|error| MailError::Record(error.to_string()))
    }

    /// The publications of this node's inboxes.
    pub(crate) fn publications(&self) -> Result<Vec<(InboxPublicKey, Publication)>, MailError> {
        let mut found = Vec::new();
        for inbox in self.inboxes() {
            let key = inbox.key();
            let publication = self.inner.db.get(Table::Publications, key.as_bytes())?;
            found.extend(publication.map(|publication| (key, publication)));
        }
        Ok(found)
    }

    /// Goes on with a publication that some point has not got.
    pub(crate) async fn finish_publication(&self, key: &InboxPublicKey) -> Result<(), MailError> {
        let Some(_claim) = self.inner.publishing.claim(*key) else {
            return Ok(());
        };
        let found: Option<Publication> = self.inner.db.get(Table::Publications, key.as_bytes())?;
        match found {
            Some(mut publication) => {
                self.store_record(key, &mut publication, &no_progress())
                    .await
            }
            None => Ok(()),
        }
    }

    /// Stamps and stores what is not; a network that does not take it is no error.
    async fn store_record(
        &self,
        key: &InboxPublicKey,
        publication: &mut Publication,
        progress: &mpsc::Sender<PublishProgress>,
    ) -> Result<(), MailError> {
        let points = publication.points.len();
        let expires = UnixSeconds(publication.expires);
        let mut packets = Vec::new();
        for (number, point) in publication.points.iter().enumerate() {
            if !point.stamped {
                packets.push((number, point.packet()?));
            }
        }
        let before = points - packets.len();
        let batch = Batch {
            client: format!("record of {key}"),
            difficulty: self.inner.policy.floor,
            expires,
            packets,
        };
        let found = |stamped: Stamped| {
            if let Some(point) = publication.points.get_mut(stamped.number) {
                point.set_stamped(&stamped.packet);
            }
            let mut changes = Changes::default();
            publication.put(&mut changes, key)?;
            self.inner.db.commit(changes)
        };
        let tell = |done, pow| {
            // A listener that is slow or gone misses this.
            let _ = progress.try_send(PublishProgress {
                point: before + done,
                points,
                pow,
            });
        };
        self.stamp(batch, found, tell).await?;
        for number in 0..points {
            let Some(point) = publication.points.get_mut(number).filter(|p| !p.stored) else {
                continue;
            };
            let now = self.now().unix;
            let packet = match point.packet()?.verify(now, &self.inner.policy) {
                Ok(packet) => packet,
                Err(error) => {
                    // The network's settings changed: once more with the next round.
                    tracing::info!(%error, "a record's stamp does not hold; it is stamped again");
                    point.stamped = false;
                    continue;
                }
            };
            match self.inner.network.store(packet).await {
                Ok(report) => point.stored = report.held() > 0,
                Err(error) => {
                    tracing::info!(%error, "a record could not be stored; it is tried again");
                }
            }
        }
        // One that was replaced meanwhile stays replaced: the claim excludes that.
        let mut changes = Changes::default();
        publication.put(&mut changes, key)?;
        self.inner.db.commit(changes)
    }
}

/// What the last record asked for.
fn last_options(identity: &Identity) -> PublishOptions {
    identity
        .record
        .as_ref()
        .map_or_else(PublishOptions::default, |record| PublishOptions {
            nonce_trials_per_byte: record.difficulty.nonce_trials_per_byte,
            extra_bytes: record.difficulty.extra_bytes,
            max_ttl_seconds: record.max_ttl,
            valid_seconds: 0,
        })
}
