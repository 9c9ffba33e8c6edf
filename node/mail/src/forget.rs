//! Forgetting what can not come again, so that the mail file does not grow for ever.
//!
//! Touches no message: those go when the user deletes them.

use crate::db::Changes;
use crate::deletions::Deletion;
use crate::error::MailError;
use crate::parts::{Part, TakenPacket};
use crate::state::Mail;
use crate::tables::Table;

impl Mail {
    /// Forgets what can not come again: its packets have expired, or receivers drop it for its not-after.
    pub(crate) fn forget_expired(&self) -> Result<(), MailError> {
        let now = self.sure_now();
        let db = &self.inner.db;
        let mut changes = Changes::default();
        for (key, until) in db.scan::<u64>(Table::Seen, &[])? {
            if until <= now.0 {
                changes.remove(Table::Seen, key);
            }
        }
        for (key, until) in db.scan::<u64>(Table::Unopened, &[])? {
            if until <= now.0 {
                changes.remove(Table::Unopened, key);
            }
        }
        for (key, part) in db.scan::<Part>(Table::Parts, &[])? {
            if part.not_after <= now.0 {
                changes.remove(Table::Parts, key);
            }
        }
        for (key, taken) in db.scan::<TakenPacket>(Table::Taken, &[])? {
            if taken.until <= now.0 {
                changes.remove(Table::Taken, key);
            }
        }
        for (key, deletion) in db.scan::<Deletion>(Table::Deletions, &[])? {
            if deletion.until <= now.0 {
                changes.remove(Table::Deletions, key);
            }
        }
        if changes.is_empty() {
            return Ok(());
        }
        db.commit(changes)
    }
}
