//! Removing an inbox from this node: its key file goes, and what mail keeps for its sake.
//!
//! Messages that it received and sent stay as they are listed, until the user deletes them. What lies at the nodes is left
//! there: an exported key still opens it.

use toxdrop_proto::keys::InboxPublicKey;

use crate::claims::Claim;
use crate::db::Changes;
use crate::deletions::Deletion;
use crate::error::MailError;
use crate::identity::Identity;
use crate::outbox::{Delivery, Outgoing};
use crate::parts::TakenPacket;
use crate::state::Mail;
use crate::tables::Table;

/// What goes with an inbox.
#[derive(Clone)]
pub struct Removal {
    /// The inbox.
    pub inbox: Identity,
    /// Received messages that nobody was handed yet. They stay among the received ones, but no fetch hands them out.
    pub unread: usize,
    /// Messages of which parts are missing; the parts are lost.
    pub incomplete: usize,
    /// Sent messages that too few nodes hold, and recalls that too few have heard of; they are given up.
    pub undelivered: usize,
    /// Received messages that stay.
    pub received: usize,
}

impl Removal {
    /// What would be lost, in words; empty for nothing.
    fn losses(&self) -> String {
        let counted = [
            (self.unread, "received and not read"),
            (self.incomplete, "received in part"),
            (self.undelivered, "sent and not at enough nodes yet"),
        ];
        let some = counted.iter().filter(|(count, _)| *count > 0);
        let words: Vec<_> = some
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        words.join(", ")
    }
}

impl Mail {
    /// What would go with an inbox; changes nothing.
    ///
    /// # Errors
    /// As [`Mail::remove_inbox`].
    pub fn removable(&self, selector: &str, force: bool) -> Result<Removal, MailError> {
        let removal = self.removal(selector)?;
        let losses = removal.losses();
        if force || losses.is_empty() {
            return Ok(removal);
        }
        Err(MailError::WouldLose {
            inbox: removal.inbox.name,
            losses,
        })
    }

    fn removal(&self, selector: &str) -> Result<Removal, MailError> {
        let inbox = self.inner.identities.find_named(selector)?;
        let (now, enough) = (self.now().unix, self.inner.config.enough());
        let undelivered = |message: &Outgoing| {
            !message.has_ended(now, enough) && message.delivery(now, enough) != Delivery::Stored
        };
        let sent = self.sent_from(&inbox)?;
        Ok(Removal {
            unread: self.unread(&inbox)?,
            incomplete: self.incomplete(&inbox)?,
            undelivered: sent.iter().filter(|message| undelivered(message)).count(),
            received: self
                .inner
                .db
                .keys(Table::Archive, inbox.key().as_bytes())?
                .len(),
            inbox,
        })
    }

    /// Removes an inbox. A crash at any moment leaves all of it, or none once the node has started again.
    ///
    /// # Errors
    /// [`MailError::WouldLose`] if something would be lost, unless `force` is set; and if there is no such inbox, it is being
    /// published, or a file cannot be written.
    pub async fn remove_inbox(&self, selector: &str, force: bool) -> Result<Removal, MailError> {
        // Nothing is taken in, published or sent for it meanwhile.
        let _fetching = self.inner.fetching.lock().await;
        // Refused before anybody who sends is stopped; looked at again when nobody does.
        let key = self.removable(selector, force)?.inbox.key();
        let claims = self.claim_all(&key).await?;
        let removal = self.removable(selector, force)?;
        let mut changes = Changes::default();
        let name = &removal.inbox.name;
        changes.put(Table::Removals, key.as_bytes().to_vec(), name)?;
        self.inner.db.commit(changes)?;
        self.finish_removal(&removal.inbox)?;
        drop(claims);
        self.inboxes_changed();
        Ok(removal)
    }

    /// Goes on with removals that a crash cut off.
    pub(crate) fn finish_removals(&self) -> Result<(), MailError> {
        for (key, _) in self.inner.db.scan::<String>(Table::Removals, &[])? {
            let held = self.inboxes();
            match held.iter().find(|inbox| inbox.key().as_bytes()[..] == key) {
                Some(inbox) => self.finish_removal(inbox)?,
                None => self.forget_inbox(&key)?,
            }
        }
        Ok(())
    }

    async fn claim_all(&self, key: &InboxPublicKey) -> Result<impl Sized + use<>, MailError> {
        let inbox = self.inbox_of(key)?;
        let publishing = self.inner.publishing.claim(*key);
        let publishing = publishing.ok_or_else(|| MailError::InboxBusy(inbox.name.clone()))?;
        let mut sending: Vec<Claim<_>> = Vec::new();
        for message in self.sent_from(&inbox)? {
            sending.push(self.inner.sending.take_over(message.id()?).await);
        }
        Ok((publishing, sending))
    }

    fn sent_from(&self, inbox: &Identity) -> Result<Vec<Outgoing>, MailError> {
        let address = inbox.address().to_string();
        let all = self.inner.db.scan::<Outgoing>(Table::Outbox, &[])?;
        let messages = all.into_iter().map(|(_, message)| message);
        Ok(messages.filter(|message| message.from == address).collect())
    }

    fn finish_removal(&self, inbox: &Identity) -> Result<(), MailError> {
        let mut changes = Changes::default();
        for mut message in self.sent_from(inbox)? {
            "its inbox was removed".clone_into(&mut message.detail);
            message.lay_aside(&mut changes)?;
        }
        self.remove_default(&mut changes, &inbox.key())?;
        // What was sent first, while the inbox is known; the key file before the mark that says that it must go.
        self.inner.db.commit(changes)?;
        self.inner.identities.remove(inbox)?;
        self.forget_inbox(inbox.key().as_bytes())
    }

    /// Forgets what is kept for the sake of an inbox that is gone, and that it is to be removed. What was seen is remembered
    /// until it can not come again: should the inbox be imported once more, nothing comes twice.
    fn forget_inbox(&self, key: &[u8]) -> Result<(), MailError> {
        let (db, name) = (&self.inner.db, hex::encode(key));
        let mut changes = Changes::default();
        for table in [Table::Unread, Table::Parts, Table::Contacts] {
            for entry in db.keys(table, key)? {
                changes.remove(table, entry);
            }
        }
        for (entry, taken) in db.scan::<TakenPacket>(Table::Taken, &[])? {
            if taken.message.starts_with(&name) {
                changes.remove(Table::Taken, entry);
            }
        }
        for (entry, deletion) in db.scan::<Deletion>(Table::Deletions, &[])? {
            if deletion.inbox == name {
                changes.remove(Table::Deletions, entry);
            }
        }
        for table in [
            Table::Publications,
            Table::Intents,
            Table::OtherDevices,
            Table::Removals,
        ] {
            changes.remove(table, key.to_vec());
        }
        db.commit(changes)
    }
}
