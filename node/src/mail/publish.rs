//! Publishing: an owner's record, stamped and stored at its five points; moving is publishing with a new salt.

use rand::rngs::OsRng;
use rand_core::RngCore;
use tokio::sync::mpsc;
use toxdrop_pow::Progress;
use toxdrop_proto::ids::{Salt, UnixSeconds};
use toxdrop_proto::packet::MAX_TTL;
use toxdrop_proto::pow::Difficulty;
use toxdrop_proto::record::{InboxRecord, RecordFields};

use super::error::MailError;
use super::{Identity, Mail};

/// What the record shall say; zeros stand for defaults.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PublishOptions {
    pub(crate) nonce_trials_per_byte: u64,
    pub(crate) extra_bytes: u64,
    pub(crate) max_ttl_seconds: u64,
    pub(crate) valid_seconds: u64,
}

/// How far a publication is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PublishProgress {
    /// Which of the record's points is being stamped, from 0.
    pub(crate) point: usize,
    pub(crate) points: usize,
    pub(crate) pow: Progress,
}

/// What came of it.
#[derive(Clone)]
pub(crate) struct Published {
    pub(crate) inbox: Identity,
    /// Points at which some node holds the record.
    pub(crate) points_stored: usize,
    pub(crate) points: usize,
}

impl Mail {
    /// Signs and stores a record.
    pub(crate) async fn publish(
        &self,
        selector: &str,
        options: PublishOptions,
        progress: mpsc::Sender<PublishProgress>,
    ) -> Result<Published, MailError> {
        let identity = self.inbox(selector)?;
        let salt = identity.salt;
        self.publish_with(identity, salt, options, progress).await
    }

    /// Moves an inbox to a new location, or back to the default one; what the last record asked for stays.
    pub(crate) async fn move_inbox(
        &self,
        selector: &str,
        to_default: bool,
        progress: mpsc::Sender<PublishProgress>,
    ) -> Result<Published, MailError> {
        let identity = self.inbox(selector)?;
        let mut salt = [0; 16];
        if !to_default {
            OsRng.fill_bytes(&mut salt);
        }
        let options = identity
            .record
            .as_ref()
            .map_or_else(PublishOptions::default, |record| PublishOptions {
                nonce_trials_per_byte: record.difficulty.nonce_trials_per_byte,
                extra_bytes: record.difficulty.extra_bytes,
                max_ttl_seconds: record.max_ttl,
                valid_seconds: 0,
            });
        self.publish_with(identity, Salt::from_bytes(salt), options, progress)
            .await
    }

    async fn publish_with(
        &self,
        mut identity: Identity,
        salt: Salt,
        options: PublishOptions,
        progress: mpsc::Sender<PublishProgress>,
    ) -> Result<Published, MailError> {
        let now = self.inner.clock.now().unix;
        let or = |value: u64, default: u64| if value == 0 { default } else { value };
        let floor = self.inner.policy.floor;
        let difficulty = Difficulty {
            nonce_trials_per_byte: or(options.nonce_trials_per_byte, floor.nonce_trials_per_byte),
            extra_bytes: or(options.extra_bytes, floor.extra_bytes),
        };
        let max_ttl = or(options.max_ttl_seconds, MAX_TTL);
        let expires = now.plus(or(options.valid_seconds, MAX_TTL).min(MAX_TTL));
        let newest = identity.record.as_ref().map_or(0, |r| r.sequence.0 + 1);
        let mut sequence = self.now_ms();
        // A clock that went back must not make a record that nobody takes.
        sequence.0 = sequence.0.max(newest);
        let fields = RecordFields {
            salt,
            sequence,
            difficulty,
            max_ttl,
            expires,
            seal_key: [0; 32],
        };
        let record = InboxRecord::sign(&identity.secret, self.inner.policy.network, fields)
            .map_err(|error| MailError::Record(error.to_string()))?;
        if salt != identity.salt {
            // What senders stored there until they see the new record may live for 28 days more.
            let until = now.plus(2 * MAX_TTL);
            let old = identity.salt;
            identity.former.retain(|(salt, _)| *salt != old);
            identity.former.push((old, until));
            identity.salt = salt;
        }
        identity.former.retain(|(_, until)| *until > now);
        identity.record = Some(record.clone());
        // Down on disk before any sender can see it: the owner must know where to look.
        self.inner.identities.update(&identity)?;
        let points_stored = self.store_record(&record, expires, &progress).await?;
        Ok(Published {
            inbox: identity,
            points_stored,
            points: record.locations().len(),
        })
    }

    async fn store_record(
        &self,
        record: &InboxRecord,
        expires: UnixSeconds,
        progress: &mpsc::Sender<PublishProgress>,
    ) -> Result<usize, MailError> {
        let locations = record.locations();
        let mut stored = 0;
        for (point, location) in locations.into_iter().enumerate() {
            let packet = record
                .to_packet(location, expires)
                .map_err(|error| MailError::Record(error.to_string()))?;
            let tell = |pow| {
                let _ = progress.try_send(PublishProgress {
                    point,
                    points: locations.len(),
                    pow,
                });
            };
            let floor = self.inner.policy.floor;
            let stamped = self.stamp(&packet, floor, expires, tell).await?;
            let now = self.inner.clock.now().unix;
            let packet = stamped
                .packet
                .verify(now, &self.inner.policy)
                .map_err(|error| MailError::Record(error.to_string()))?;
            if self.inner.dht.store(packet).await?.held > 0 {
                stored += 1;
            }
        }
        Ok(stored)
    }
}
