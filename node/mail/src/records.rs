//! Receivers' records: what the network shows of them, and the newest that was ever seen.
//!
//! Own records are published in `publish`.

use toxdrop_proto::codec::Reader;
use toxdrop_proto::keys::InboxPublicKey;
use toxdrop_proto::record::InboxRecord;

use crate::db::Changes;
use crate::error::MailError;
use crate::state::Mail;
use crate::tables::Table;

impl Mail {
    /// The newest record ever seen of a receiver, expired or not.
    pub(crate) fn known_record(
        &self,
        key: &InboxPublicKey,
    ) -> Result<Option<InboxRecord>, MailError> {
        let known: Option<String> = self.inner.db.get(Table::Records, key.as_bytes())?;
        Ok(known
            .and_then(|text| hex::decode(text).ok())
            .and_then(|bytes| InboxRecord::decode(&mut Reader::new(&bytes)).ok()))
    }

    /// Remembers a receiver's record, if it is newer than what is known; returns the newest.
    pub(crate) fn remember_record(&self, found: &InboxRecord) -> Result<InboxRecord, MailError> {
        if let Some(known) = self.known_record(&found.key)?
            && !found.supersedes(&known)
        {
            return Ok(known);
        }
        let mut changes = Changes::default();
        let text = hex::encode(found.encode());
        changes.put(Table::Records, found.key.as_bytes().to_vec(), &text)?;
        self.inner.db.commit(changes)?;
        Ok(found.clone())
    }

    /// What a receiver asks for: the newest record, of the network or of what was seen earlier. An expired one is better
    /// than none.
    pub(crate) async fn receivers_record(
        &self,
        key: &InboxPublicKey,
    ) -> Result<Option<InboxRecord>, MailError> {
        let found = match self.inner.network.find_record(*key).await {
            Ok(found) => found,
            Err(error) => {
                tracing::info!(%error, "the receiver's record could not be looked up");
                None
            }
        };
        let ours = self.inner.policy.network;
        match found.filter(|found| found.key == *key && found.verify(ours).is_ok()) {
            Some(found) => self.remember_record(&found).map(Some),
            None => self.known_record(key),
        }
    }
}
