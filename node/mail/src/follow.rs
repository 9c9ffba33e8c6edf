//! Following what another device of an inbox published: its newest record in the network is read, and the inbox goes where
//! that says.
//!
//! Signs and stores nothing.

use std::sync::PoisonError;
use std::time::Duration;

use toxdrop_proto::keys::InboxPublicKey;
use toxdrop_proto::record::InboxRecord;

use crate::db::Changes;
use crate::error::MailError;
use crate::identity::Identity;
use crate::network::NetworkError;
use crate::publication::Publication;
use crate::state::Mail;
use crate::tables::Table;

impl Mail {
    /// The newest record of an inbox of ours that the network shows.
    pub(crate) async fn read_newest(
        &self,
        key: &InboxPublicKey,
    ) -> Result<Option<InboxRecord>, NetworkError> {
        let found = self.inner.network.find_record(*key).await?;
        let now = self.now().mono;
        let looked = self.inner.looked.lock();
        let mut looked = looked.unwrap_or_else(PoisonError::into_inner);
        looked.insert(*key, now);
        drop(looked);
        Ok(found.filter(|record| self.is_own(key, record)))
    }

    /// Whether an inbox's record was not looked for, for so long that another device may have published meanwhile.
    pub(crate) fn is_look_due(&self, key: &InboxPublicKey) -> bool {
        let pause = Duration::from_secs(self.inner.config.recheck_seconds);
        let looked = self.inner.looked.lock();
        let looked = looked.unwrap_or_else(PoisonError::into_inner);
        let last = looked.get(key);
        last.is_none_or(|last| self.now().mono >= *last + pause)
    }

    /// Whether this is a record of that inbox, by its signature.
    pub(crate) fn is_own(&self, key: &InboxPublicKey, record: &InboxRecord) -> bool {
        record.key == *key && record.verify(self.inner.policy.network).is_ok()
    }

    /// Follows a record that was found, if it is newer than what is known and nobody publishes just now: who publishes sees it,
    /// too. Returns the inbox as it is then.
    pub(crate) fn catch_up(&self, found: &InboxRecord) -> Result<Option<Identity>, MailError> {
        let newer = |identity: &Identity| {
            let own = identity.record.as_ref();
            own.is_none_or(|own| found.supersedes(own))
        };
        let known = self.inner.identities.by_key(&found.key);
        let Some(_claim) = known
            .filter(newer)
            .and_then(|_| self.inner.publishing.claim(found.key))
        else {
            return Ok(None);
        };
        self.follow(found, true)
    }

    /// Takes over a record that somebody else signed with the inbox's key, if it is newer. `confirmed`: it was found where
    /// records belong; otherwise it is also stored there. Whoever calls this holds the claim to publish.
    pub(crate) fn follow(
        &self,
        found: &InboxRecord,
        confirmed: bool,
    ) -> Result<Option<Identity>, MailError> {
        let Some(mut identity) = self.inner.identities.by_key(&found.key) else {
            return Ok(None);
        };
        let own = identity.record.as_ref();
        if own.is_some_and(|own| !found.supersedes(own)) {
            return Ok(None);
        }
        let now = self.now().unix;
        identity.go_to(found.salt, now);
        identity.record = Some(found.clone());
        self.inner.identities.update(&identity)?;
        self.inboxes_changed();
        let mut publication = Publication::new(found, now)?;
        if confirmed {
            publication.confirm();
        }
        let mut changes = Changes::default();
        publication.put(&mut changes, &found.key)?;
        self.inner.db.commit(changes)?;
        self.note_other_device(&found.key)?;
        tracing::info!(inbox = %identity.name, location = %identity.location(), "another device published a newer record of this inbox; it is followed");
        Ok(Some(identity))
    }

    /// How far the publication of an inbox's record is. The key file says which record that is: where `mail.redb` knows
    /// another one, or none, a crash came between, or the inbox was imported.
    pub(crate) fn publication(
        &self,
        identity: &Identity,
    ) -> Result<Option<Publication>, MailError> {
        let Some(record) = &identity.record else {
            return Ok(None);
        };
        let key = identity.key();
        let kept: Option<Publication> = self.inner.db.get(Table::Publications, key.as_bytes())?;
        match kept.filter(|publication| publication.is_of(record)) {
            Some(publication) => Ok(Some(publication)),
            None => Publication::new(record, self.now().unix).map(Some),
        }
    }
}
