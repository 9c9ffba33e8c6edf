//! Following what another device of an inbox published: its newest record in the network is read, and the inbox goes where
//! that says.
//!
//! Makes and stores no record.

use std::sync::PoisonError;
use std::time::Duration;

use futures_util::future::join_all;
use toxdrop_proto::keys::InboxPublicKey;
use toxdrop_proto::record::{RecordContents, newest, open_record};

use crate::db::Changes;
use crate::error::MailError;
use crate::identity::Identity;
use crate::network::NetworkError;
use crate::points::where_to_look;
use crate::publication::Publication;
use crate::state::Mail;
use crate::tables::Table;

impl Mail {
    /// The newest record of an inbox, ours or not, that the record points of the present period show; near a boundary also the
    /// other period's.
    ///
    /// # Errors
    /// [`NetworkError`] if none was found and some point could not be asked: there may be one.
    pub(crate) async fn find_newest(
        &self,
        key: &InboxPublicKey,
    ) -> Result<Option<RecordContents>, NetworkError> {
        let now = self.now().unix;
        let places = where_to_look(now);
        let asked = places.iter().map(|place| {
            let found = self.inner.network.find_record(place.location(key));
            async move { (place, found.await) }
        });
        let mut problem = None;
        let mut found = Vec::new();
        for (place, answer) in join_all(asked).await {
            match answer {
                Ok(Some(packet)) => found.extend(open_record(key, place, &packet).ok()),
                Ok(None) => {}
                Err(error) => problem = Some(error),
            }
        }
        match (newest(now, found), problem) {
            (None, Some(error)) => Err(error),
            (found, _) => Ok(found),
        }
    }

    /// The newest record of an inbox of ours that the network shows.
    pub(crate) async fn read_newest(
        &self,
        key: &InboxPublicKey,
    ) -> Result<Option<RecordContents>, NetworkError> {
        let found = self.find_newest(key).await?;
        let now = self.now().mono;
        let looked = self.inner.looked.lock();
        let mut looked = looked.unwrap_or_else(PoisonError::into_inner);
        looked.insert(*key, now);
        Ok(found)
    }

    /// Whether an inbox's record was not looked for, for so long that another device may have published meanwhile.
    pub(crate) fn is_look_due(&self, inbox: &Identity) -> bool {
        let pause = Duration::from_secs(self.inner.config.recheck_seconds);
        let looked = self.inner.looked.lock();
        let looked = looked.unwrap_or_else(PoisonError::into_inner);
        let last = looked.get(&inbox.key());
        !inbox.record_read || last.is_none_or(|last| self.now().mono >= *last + pause)
    }

    /// Reads the newest record of an inbox of ours, and follows it; the inbox as it is then. Whoever calls this holds the claim
    /// to publish.
    pub(crate) async fn follow_newest(&self, key: &InboxPublicKey) -> Result<Identity, MailError> {
        let newest = self.read_newest(key).await?;
        if let Some(newest) = &newest {
            self.follow(key, newest, true)?;
        }
        let inbox = self.inbox_of(key)?;
        if newest.is_some() && newest == inbox.record && self.kept_publication(&inbox)?.is_none() {
            // It came with the key file: the device that made it stored it.
            self.put_publication(
                key,
                Publication::confirmed(&inbox, self.inner.policy.network)?,
            )?;
        }
        if inbox.record_read {
            return Ok(inbox);
        }
        let read = |identity: &mut Identity| {
            identity.record_read = true;
            Ok(())
        };
        Ok(self.inner.identities.change(key, read)?.0)
    }

    /// Follows a record that was found, if it is newer than what is known and nobody publishes just now: who publishes sees it,
    /// too. Returns the inbox as it is then.
    pub(crate) fn catch_up(
        &self,
        key: &InboxPublicKey,
        found: &RecordContents,
    ) -> Result<Option<Identity>, MailError> {
        let newer = |identity: &Identity| {
            let own = identity.record.as_ref();
            own.is_none_or(|own| found.supersedes(own))
        };
        let known = self.inner.identities.by_key(key);
        let Some(_claim) = known
            .filter(newer)
            .and_then(|_| self.inner.publishing.claim(*key))
        else {
            return Ok(None);
        };
        self.follow(key, found, true)
    }

    /// Takes over a record that somebody else made with the inbox's key, if it is newer. `confirmed`: it was found where
    /// records belong; otherwise it is also stored there. Whoever calls this holds the claim to publish.
    pub(crate) fn follow(
        &self,
        key: &InboxPublicKey,
        found: &RecordContents,
        confirmed: bool,
    ) -> Result<Option<Identity>, MailError> {
        let now = self.now().unix;
        let newer = |identity: &Identity| {
            let own = identity.record.as_ref();
            own.is_none_or(|own| found.supersedes(own))
        };
        if !self.inner.identities.by_key(key).is_some_and(|i| newer(&i)) {
            return Ok(None);
        }
        let (inbox, ()) = self.inner.identities.change(key, |identity| {
            identity.go_to(found.front_door.clone(), now);
            identity.record = Some(found.clone());
            identity.record_read = true;
            Ok(())
        })?;
        self.inboxes_changed();
        let network = self.inner.policy.network;
        let publication = if confirmed {
            Publication::confirmed(&inbox, network)?
        } else {
            Publication::new(&inbox, network, now, || self.some_moment(now, false))?
        };
        self.put_publication(key, publication)?;
        self.note_other_device(key)?;
        tracing::info!(inbox = %inbox.name, revision = found.revision, "another device published a newer record of this inbox; it is followed");
        if !inbox.has_published_keys() {
            tracing::warn!(inbox = %inbox.name, "it names seal keys that this device does not have");
        }
        Ok(Some(inbox))
    }

    /// How far the publication of an inbox's record is. The key file says which record that is: where `mail.redb` knows
    /// another one, or none, a crash came between, or the inbox was imported. Whoever calls this holds the claim to publish.
    pub(crate) fn publication(&self, inbox: &Identity) -> Result<Option<Publication>, MailError> {
        if let Some(kept) = self.kept_publication(inbox)? {
            return Ok(Some(kept));
        }
        let (network, now) = (self.inner.policy.network, self.now().unix);
        let publication = Publication::new(inbox, network, now, || self.some_moment(now, false))?;
        self.put_publication(&inbox.key(), publication.clone())?;
        Ok(publication)
    }

    /// The publication of an inbox's newest record, if it was written down.
    pub(crate) fn kept_publication(
        &self,
        inbox: &Identity,
    ) -> Result<Option<Publication>, MailError> {
        let (key, network) = (inbox.key(), self.inner.policy.network);
        let kept: Option<Publication> = self.inner.db.get(Table::Publications, key.as_bytes())?;
        Ok(kept.filter(|publication| publication.is_of(inbox, network)))
    }

    fn put_publication(
        &self,
        key: &InboxPublicKey,
        publication: Option<Publication>,
    ) -> Result<(), MailError> {
        let mut changes = Changes::default();
        if let Some(publication) = publication {
            publication.put(&mut changes, key)?;
        }
        if changes.is_empty() {
            return Ok(());
        }
        self.inner.db.commit(changes)
    }
}
