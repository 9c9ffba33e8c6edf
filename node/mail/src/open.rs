//! Opening the mail of a data directory, and setting the postman to work.
//!
//! What it is put together from is in `state`.

use std::path::Path;
use std::sync::Arc;

use toxdrop_proto::packet::PacketPolicy;

use crate::config::MailConfig;
use crate::error::MailError;
use crate::network::Network;
use crate::postman;
use crate::state::Mail;
use crate::time::Time;
use crate::work::Work;

impl Mail {
    /// Opens the mail of a data directory, and starts the postman as a task of the present Tokio runtime. It makes what is not
    /// there: `mail.redb` and the folder `inboxes`, both for their owner only.
    ///
    /// # Errors
    /// [`MailError`] if a file of it cannot be read, is damaged, or is in use.
    pub fn open(
        data_dir: &Path,
        config: MailConfig,
        policy: PacketPolicy,
        network: Arc<dyn Network>,
        work: Arc<dyn Work>,
        time: Arc<dyn Time>,
    ) -> Result<Self, MailError> {
        let mail = Self::assemble(data_dir, config, policy, network, work, time)?;
        tokio::spawn(postman::run(mail.clone(), mail.stopped()));
        Ok(mail)
    }
}
