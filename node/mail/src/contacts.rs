//! What those who write to an inbox say of their own places: where answers go that strangers cannot find.
//!
//! Keeps one secret for each inbox and correspondent, the newest; own secrets lie in key files.

use serde::{Deserialize, Serialize};
use toxdrop_proto::ids::UnixMillis;
use toxdrop_proto::keys::InboxPublicKey;
use toxdrop_proto::place::PlaceSecret;

use crate::db::Changes;
use crate::error::MailError;
use crate::hexed;
use crate::state::Mail;
use crate::tables::Table;

#[derive(Serialize, Deserialize)]
struct Contact {
    /// The secret of the correspondent's contacts' place, hex.
    secret: String,
    /// When the message that brought it was written.
    sent_ms: u64,
}

impl Mail {
    /// The contacts' secret that a correspondent told an inbox of ours.
    pub(crate) fn contacts_secret(
        &self,
        inbox: &InboxPublicKey,
        correspondent: &InboxPublicKey,
    ) -> Result<Option<PlaceSecret>, MailError> {
        let contact = self.contact(inbox, correspondent)?;
        let secret = contact.and_then(|contact| hexed::array(&contact.secret));
        Ok(secret.map(|secret| PlaceSecret::from_bytes(*secret)))
    }

    /// Forgets what a correspondent told any inbox of ours.
    pub(crate) fn forget_contacts(
        &self,
        changes: &mut Changes,
        correspondent: &InboxPublicKey,
    ) -> Result<(), MailError> {
        for key in self.inner.db.keys(Table::Contacts, &[])? {
            if key.ends_with(correspondent.as_bytes()) {
                changes.remove(Table::Contacts, key);
            }
        }
        Ok(())
    }

    fn contact(
        &self,
        inbox: &InboxPublicKey,
        correspondent: &InboxPublicKey,
    ) -> Result<Option<Contact>, MailError> {
        self.inner
            .db
            .get(Table::Contacts, &key(inbox, correspondent))
    }

    /// Notes what a message brought, unless one that was written later brought another.
    pub(crate) fn learn_contact(
        &self,
        changes: &mut Changes,
        inbox: &InboxPublicKey,
        correspondent: &InboxPublicKey,
        secret: &PlaceSecret,
        sent: UnixMillis,
    ) -> Result<(), MailError> {
        let known = self.contact(inbox, correspondent)?;
        if known.is_some_and(|known| known.sent_ms > sent.0) {
            return Ok(());
        }
        let contact = Contact {
            secret: hex::encode(secret.expose()),
            sent_ms: sent.0,
        };
        changes.put(Table::Contacts, key(inbox, correspondent), &contact)
    }
}

fn key(inbox: &InboxPublicKey, correspondent: &InboxPublicKey) -> Vec<u8> {
    [inbox.as_bytes().as_slice(), correspondent.as_bytes()].concat()
}
