//! Taking a sent message back: the sender's tombstones for all its packets.
//!
//! What the receiver has fetched already stays with the receiver.

use toxdrop_proto::tombstone::Tombstone;

use crate::deletions::BATCH;
use crate::error::MailError;
use crate::network::DeleteReport;
use crate::outbox::{Delivery, Outgoing, Sent};
use crate::state::Mail;

/// What came of a recall.
#[derive(Clone, Debug)]
pub struct RecallReport {
    /// Nodes that were asked to delete it; 0 if it never left this machine.
    pub asked: usize,
    /// How many of them did, or had done so before.
    pub accepted: usize,
    /// Where it stands now.
    pub message: Sent,
}

impl Mail {
    /// Takes a message back. Who works on it is stopped; the tombstones are sent again until enough nodes took them.
    ///
    /// # Errors
    /// [`MailError`] if there is no such message, it has ended, or the mail file cannot be written.
    pub async fn recall(&self, prefix: &str) -> Result<RecallReport, MailError> {
        let found = self.find_outgoing(prefix)?;
        let _claim = self.inner.sending.take_over(found.id()?).await;
        let mut message = self.under_way(&found)?;
        let (now, enough) = (self.now().unix, self.inner.config.enough());
        match message.delivery(now, enough) {
            Delivery::Received | Delivery::Expired => return Err(MailError::Ended),
            _ => {}
        }
        // Recalled first: the postman must not bring it out again while the tombstones travel.
        message.recalled = true;
        message.detail.clear();
        self.save(&message)?;
        let report = match self.send_recall(&mut message).await {
            Ok(report) => report,
            Err(MailError::Network(error)) => {
                message.detail = format!("the recall is sent again: {error}");
                DeleteReport::default()
            }
            Err(error) => return Err(error),
        };
        self.save(&message)?;
        Ok(RecallReport {
            asked: report.asked,
            accepted: report.accepted,
            message: self.shown(&message)?,
        })
    }

    /// Sends the sender's tombstones of all parts.
    pub(crate) async fn send_recall(
        &self,
        message: &mut Outgoing,
    ) -> Result<DeleteReport, MailError> {
        if !message.parts.iter().any(|part| part.used) {
            // It never left this machine.
            message.recall_done = true;
            return Ok(DeleteReport::default());
        }
        let (secret, receiver) = (message.secret()?, message.receiver()?.key);
        let (location, network) = (
            message.place()?.location(&receiver),
            self.inner.policy.network,
        );
        let tombstones = (0u16..)
            .zip(&message.parts)
            .filter(|(_, out)| out.used)
            .map(|(part, out)| {
                let ephemeral = secret.ephemeral(&receiver, location, part);
                let id = out.packet_id()?;
                Ok(Tombstone::by_sender(&ephemeral, network, location, id))
            })
            .collect::<Result<Vec<_>, MailError>>()?;
        // A long message has many: what the fewest nodes took is what counts.
        let mut report: Option<DeleteReport> = None;
        for batch in tombstones.chunks(BATCH) {
            let took = self.inner.network.delete(location, batch.to_vec()).await?;
            let fewest = report.is_none_or(|least| took.accepted < least.accepted);
            report = if fewest { Some(took) } else { report };
        }
        let report = report.unwrap_or_default();
        // As many as held it; among them tombstones spread by themselves.
        let holders = message.parts.iter().map(|part| part.replicas).max();
        let wanted = holders.unwrap_or(0).clamp(1, self.inner.config.enough());
        message.recall_done = report.accepted >= wanted;
        Ok(report)
    }
}
