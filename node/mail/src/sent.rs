//! What was sent: finding it, listing it, writing down how it stands.
//!
//! New messages are made in `send` and brought to the nodes in `bring`; `extend` and `recall` change their lives.

use crate::db::Changes;
use crate::error::MailError;
use crate::outbox::{Delivery, Outgoing, Sent};
use crate::state::Mail;
use crate::tables::Table;

/// The least digits by which a message is named.
const LEAST_DIGITS: usize = 8;

impl Mail {
    /// What was sent, newest first.
    ///
    /// # Errors
    /// [`MailError`] if the mail file cannot be read.
    pub fn sent(&self) -> Result<Vec<Sent>, MailError> {
        let mut sent: Vec<Sent> = self
            .all_outgoing()?
            .iter()
            .map(|message| self.shown(message))
            .collect::<Result<_, _>>()?;
        sent.sort_by_key(|message| std::cmp::Reverse(message.sent_at));
        Ok(sent)
    }

    /// One sent message, by the beginning of its id or of a packet's: at least 8 digits.
    ///
    /// # Errors
    /// [`MailError`] if there is none, or several.
    pub fn sent_message(&self, prefix: &str) -> Result<Sent, MailError> {
        self.shown(&self.find_outgoing(prefix)?)
    }

    /// How many sent messages have not reached their quorum yet.
    #[must_use]
    pub fn pending(&self) -> usize {
        let (now, enough) = (self.now().unix, self.inner.config.enough());
        let unfinished = |message: &Outgoing| {
            matches!(
                message.delivery(now, enough),
                Delivery::Queued | Delivery::Weak
            )
        };
        let messages = self.inner.db.scan::<Outgoing>(Table::Outbox, &[]);
        messages.map_or(0, |all| all.iter().filter(|(_, m)| unfinished(m)).count())
    }

    /// A message as users see it.
    pub(crate) fn shown(&self, message: &Outgoing) -> Result<Sent, MailError> {
        message.sent(self.now().unix, self.inner.config.enough())
    }

    fn all_outgoing(&self) -> Result<Vec<Outgoing>, MailError> {
        let mut all = Vec::new();
        for table in [Table::Outbox, Table::Sent] {
            let found = self.inner.db.scan::<Outgoing>(table, &[])?;
            all.extend(found.into_iter().map(|(_, message)| message));
        }
        Ok(all)
    }

    /// A message under way or ended, by the beginning of its id or of a packet's.
    pub(crate) fn find_outgoing(&self, prefix: &str) -> Result<Outgoing, MailError> {
        let wanted = prefix.to_ascii_lowercase();
        let unknown = || MailError::UnknownMessage(prefix.to_owned());
        if wanted.len() < LEAST_DIGITS {
            return Err(unknown());
        }
        let mut found = self
            .all_outgoing()?
            .into_iter()
            .filter(|message| message.is_called(&wanted));
        let first = found.next().ok_or_else(unknown)?;
        match found.next() {
            Some(_) => Err(MailError::Ambiguous(prefix.to_owned())),
            None => Ok(first),
        }
    }

    /// A message under way as it stands now; whoever waited for its claim reads it anew.
    pub(crate) fn under_way(&self, message: &Outgoing) -> Result<Outgoing, MailError> {
        let found = self.inner.db.get(Table::Outbox, &message.key())?;
        found.ok_or(MailError::Ended)
    }

    /// Writes a message under way down.
    pub(crate) fn save(&self, message: &Outgoing) -> Result<(), MailError> {
        let mut changes = Changes::default();
        message.put(&mut changes)?;
        self.inner.db.commit(changes)
    }
}
