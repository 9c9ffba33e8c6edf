//! Giving a sent message a longer life: new stamps on the same packets.
//!
//! Seals nothing; where the nodes do not take the new stamps, `bring` stores the packets again.

use futures_util::StreamExt;
use futures_util::stream;
use toxdrop_proto::packet::MAX_TTL;

use crate::bring::WINDOW;
use crate::db::Changes;
use crate::error::MailError;
use crate::network::StoreReport;
use crate::outbox::{Outgoing, Sent};
use crate::progress::{ProgressSender, SendStage, Teller};
use crate::stamp::{Batch, STAMP_MARGIN, Stamped, trials_to_prolong, within_cap};
use crate::state::Mail;

/// A new life for a message.
#[derive(Clone, Debug)]
pub struct Extending {
    /// Beginning of the message's or a packet's id.
    pub message: String,
    /// How long it shall live from now, in seconds.
    pub ttl_seconds: u64,
}

impl Mail {
    /// Gives a message a longer life: new stamps, the same packets.
    ///
    /// # Errors
    /// [`MailError`] if there is no such message, it has ended, somebody else works on it, the new end is not possible, or it
    /// would cost more work than the message may.
    pub async fn extend(
        &self,
        what: Extending,
        progress: ProgressSender,
    ) -> Result<Sent, MailError> {
        let found = self.find_outgoing(&what.message)?;
        let claim = self.inner.sending.claim(found.id()?);
        let claim = claim.ok_or(MailError::MessageBusy)?;
        let mail = self.clone();
        // On a task of its own: a client that goes away does not stop what was paid for.
        let work = async move {
            let unwanted = claim.unwanted();
            let work = mail.extend_claimed(&found, what.ttl_seconds, progress);
            let result = unwanted.run_until_cancelled(work).await;
            drop(claim);
            result.unwrap_or(Err(MailError::Ended))
        };
        tokio::spawn(work)
            .await
            .map_err(|error| MailError::Work(error.to_string()))?
    }

    async fn extend_claimed(
        &self,
        found: &Outgoing,
        ttl: u64,
        progress: ProgressSender,
    ) -> Result<Sent, MailError> {
        let mut message = self.under_way(found)?;
        let (now, enough) = (self.now().unix, self.inner.config.enough());
        if message.delivery(now, enough).is_final() {
            return Err(MailError::Ended);
        }
        let record = self.known_record(&message.receiver()?.key)?;
        let max = record.map_or(MAX_TTL, |record| record.terms.max_ttl());
        if ttl > max {
            return Err(MailError::Ttl { max });
        }
        let expires = now.plus(ttl.saturating_add(STAMP_MARGIN).min(max));
        if expires.0 > message.not_after || expires <= message.expires() {
            return Err(MailError::ExtendTooFar);
        }
        let teller = Teller::new(Some(progress), &message, enough)?;
        let difficulty = message.difficulty();
        let mut packets = Vec::new();
        for (part, out) in message.parts.iter().enumerate() {
            if out.received {
                continue;
            }
            let packet = message.packet(&self.inner.db, part)?;
            let needed = trials_to_prolong(&packet, difficulty, expires, now);
            within_cap(needed, message.max_work)?;
            packets.push((part, packet));
        }
        let batch = Batch {
            client: teller.client(),
            difficulty,
            expires,
            prolongs: true,
            packets,
        };
        let mut changes = Changes::default();
        let take = |stamped: Stamped| {
            if let Some(out) = message.parts.get_mut(stamped.number) {
                out.trials += stamped.trials;
                out.stamped = true;
                out.used = true;
            }
            message.put_packet(&mut changes, stamped.number, &stamped.packet)
        };
        let tell = |done, pow| teller.tell(SendStage::Stamping, done, Some(pow), 0);
        self.stamp(batch, take, tell).await?;
        message.expires = expires.0;
        message.put(&mut changes)?;
        // All stamps are safe, together, before the first node hears of them.
        self.inner.db.commit(changes)?;

        let sealed = message.clone();
        let waiting: Vec<usize> = (0..sealed.parts.len())
            .filter(|part| sealed.parts.get(*part).is_some_and(|out| !out.received))
            .collect();
        let mut answers = stream::iter(waiting)
            .map(|part| self.extend_part(&sealed, part))
            .buffer_unordered(WINDOW);
        while let Some((part, extended)) = answers.next().await {
            match extended {
                // Should they ask for more work, they do so again when it is stored.
                Ok(report) => drop(self.note(&mut message, part, &report)?),
                // The nodes are asked to store it again, with its new stamp.
                Err(MailError::Network(error)) => message.detail = error.to_string(),
                Err(error) => return Err(error),
            }
            self.save(&message)?;
            teller.tell(
                SendStage::Storing,
                part,
                None,
                self.shown(&message)?.replicas,
            );
        }
        if message.parts.iter().all(|part| part.has(enough)) {
            return self.shown(&message);
        }
        self.bring_out(message, enough, &teller).await
    }

    async fn extend_part(
        &self,
        message: &Outgoing,
        part: usize,
    ) -> (usize, Result<StoreReport, MailError>) {
        let extend = async {
            let packet = message.packet(&self.inner.db, part)?;
            let (place, id) = (packet.location(), packet.id());
            let (expires, nonce) = (message.expires(), packet.nonce());
            let quorum = self.inner.config.enough();
            let network = &self.inner.network;
            Ok(network.extend(place, id, expires, nonce, quorum).await?)
        };
        (part, extend.await)
    }
}
