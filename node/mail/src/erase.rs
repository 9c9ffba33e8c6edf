//! Erasing seal secrets whose week is so long gone that nothing sealed for them can come any more.
//!
//! When they are due, and by whose clocks, is the protocol's word; nobody else writes a key file's chain.

use toxdrop_proto::seal::Erased;

use crate::error::MailError;
use crate::identity::Identity;
use crate::state::Mail;

impl Mail {
    /// Erases what is due of every inbox, in its key file and over the former bytes. One that cannot go on is left as it is.
    pub(crate) fn erase_seals(&self) -> Result<(), MailError> {
        let now = self.now().unix;
        let offsets = self.inner.network.clock_offsets();
        for inbox in self.inboxes() {
            // Looked at on a copy first: a key file is not written every hour.
            match inbox.seals.clone().erase(now, &offsets) {
                Ok(Erased::Before(week)) => {
                    let erase =
                        |identity: &mut Identity| Ok(identity.seals.erase(now, &offsets)?);
                    self.inner.identities.change(&inbox.key(), erase)?;
                    tracing::info!(inbox = %inbox.name, %week, "the seal keys of the weeks before this one were erased");
                }
                Ok(Erased::Nothing | Erased::ClocksUnknown) => {}
                Err(error) => {
                    tracing::warn!(%error, inbox = %inbox.name, "no seal keys were erased");
                }
            }
        }
        Ok(())
    }
}
