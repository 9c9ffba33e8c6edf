//! Erasing seal secrets whose week is so long gone that nothing sealed for them can come any more, and former places at which
//! nothing can lie any more.
//!
//! When that is, and by whose clocks, is the protocol's word: neither is done by this machine's clock alone.

use toxdrop_proto::clock;
use toxdrop_proto::seal::Erased;

use crate::error::MailError;
use crate::identity::Identity;
use crate::state::Mail;

impl Mail {
    /// Erases what is due of every inbox, in its key file and over the former bytes. One that cannot go on is left as it is.
    pub(crate) fn erase_secrets(&self) -> Result<(), MailError> {
        let now = self.now().unix;
        let offsets = self.inner.network.clock_offsets();
        let Some(agreed) = clock::agreed(now, &offsets) else {
            return Ok(());
        };
        let erase = |inbox: &mut Identity| match inbox.seals.erase(now, &offsets) {
            Ok(erased) => matches!(erased, Erased::Before(_)) | inbox.forget_places(agreed),
            Err(error) => {
                tracing::warn!(%error, inbox = %inbox.name, "no seal keys were erased");
                false
            }
        };
        for mut inbox in self.inboxes() {
            // Looked at on a copy first: a key file is not written every hour.
            if erase(&mut inbox) {
                let change = |inbox: &mut Identity| Ok(erase(inbox));
                self.inner.identities.change(&inbox.key(), change)?;
                tracing::info!(inbox = %inbox.name, "secrets that are not needed any more were erased");
            }
        }
        Ok(())
    }
}
