//! What was sent: listing it, giving it a longer life, taking it back.
//!
//! New messages are made in `send` and brought to the nodes in `bring`.

use toxdrop_proto::keys::InboxSecret;
use toxdrop_proto::message::ephemeral_secret;
use toxdrop_proto::packet::MAX_TTL;
use toxdrop_proto::tombstone::Tombstone;

use super::Mail;
use super::bring::Teller;
use super::db::{Changes, Table};
use super::error::MailError;
use super::outbox::{Delivery, Outgoing, Sent};
use super::send::{ProgressSender, STAMP_MARGIN, SendStage};
use super::stamp::{Batch, Stamped, expected_trials, within_cap};
use toxdrop_dht::report::DeleteReport;

/// The least digits by which a message is named.
const LEAST_DIGITS: usize = 8;

/// What came of a recall.
#[derive(Clone, Debug)]
pub(crate) struct RecallReport {
    pub(crate) asked: usize,
    pub(crate) accepted: usize,
    pub(crate) message: Sent,
}

/// A new life for a message.
#[derive(Clone, Debug)]
pub(crate) struct Extending {
    /// Beginning of the message's or a packet's id.
    pub(crate) message: String,
    /// From now.
    pub(crate) ttl_seconds: u64,
}

impl Mail {
    /// What was sent, newest first.
    pub(crate) fn sent(&self) -> Result<Vec<Sent>, MailError> {
        let mut sent: Vec<Sent> = self
            .all_outgoing()?
            .iter()
            .map(|message| self.shown(message))
            .collect::<Result<_, _>>()?;
        sent.sort_by_key(|message| std::cmp::Reverse(message.sent_at));
        Ok(sent)
    }

    /// One sent message, by the beginning of its id or of a packet's.
    pub(crate) fn sent_message(&self, prefix: &str) -> Result<Sent, MailError> {
        self.shown(&self.find_outgoing(prefix)?)
    }

    /// How many sent messages have not reached their quorum yet.
    pub(crate) fn pending(&self) -> usize {
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
    pub(super) fn shown(&self, message: &Outgoing) -> Result<Sent, MailError> {
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

    fn find_outgoing(&self, prefix: &str) -> Result<Outgoing, MailError> {
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
    pub(super) fn under_way(&self, message: &Outgoing) -> Result<Outgoing, MailError> {
        let found = self.inner.db.get(Table::Outbox, &message.key())?;
        found.ok_or(MailError::Ended)
    }

    /// Gives a message a longer life: new stamps, the same packets.
    pub(crate) async fn extend(
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
        let max = record.map_or(MAX_TTL, |record| record.max_ttl.min(MAX_TTL));
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
            let needed = expected_trials(&packet, difficulty, expires, now);
            within_cap(needed, message.max_work)?;
            packets.push((part, packet));
        }
        let batch = Batch {
            client: teller.client(),
            difficulty,
            expires,
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

        for part in 0..message.parts.len() {
            if message.parts.get(part).is_none_or(|out| out.received) {
                continue;
            }
            let packet = message.packet(&self.inner.db, part)?;
            let network = &self.inner.network;
            let extended = network
                .extend(packet.location(), packet.id(), expires, packet.nonce())
                .await;
            match extended {
                // Should they ask for more work, they do so again when it is stored.
                Ok(report) => drop(self.note(&mut message, part, &report)?),
                // The nodes are asked to store it again, with its new stamp.
                Err(error) => message.detail = error.to_string(),
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
        self.bring_out(message, &teller).await
    }

    /// Takes a message back. Who works on it is stopped; the tombstones are sent again until enough nodes took them.
    pub(crate) async fn recall(&self, prefix: &str) -> Result<RecallReport, MailError> {
        let found = self.find_outgoing(prefix)?;
        let _claim = self.inner.sending.take_over(found.id()?).await;
        let mut message = self.under_way(&found)?;
        let (now, enough) = (self.now().unix, self.inner.config.enough());
        match message.delivery(now, enough) {
            Delivery::Received | Delivery::Expired => return Err(MailError::Ended),
            _ => {}
        }
        let sender = self.inbox(&message.from)?;
        // Recalled first: the postman must not bring it out again while the tombstones travel.
        message.recalled = true;
        message.detail.clear();
        self.save(&message)?;
        let report = match self.send_recall(&mut message, &sender.secret).await {
            Ok(report) => report,
            Err(MailError::Dht(error)) => {
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
    pub(super) async fn send_recall(
        &self,
        message: &mut Outgoing,
        sender: &InboxSecret,
    ) -> Result<DeleteReport, MailError> {
        if !message.parts.iter().any(|part| part.used) {
            // It never left this machine.
            message.recall_done = true;
            return Ok(DeleteReport::default());
        }
        let (id, receiver) = (message.id()?, message.receiver()?.key);
        let (location, network) = (message.location()?, self.inner.policy.network);
        let tombstones = (0u8..)
            .zip(&message.parts)
            .filter(|(_, out)| out.used)
            .map(|(part, out)| {
                let ephemeral = ephemeral_secret(sender, &receiver, location, id, part);
                let id = out.packet_id()?;
                Ok(Tombstone::sign_sender(&ephemeral, network, location, id))
            })
            .collect::<Result<Vec<_>, MailError>>()?;
        let report = self.inner.network.delete(location, tombstones).await?;
        // As many as held it; among them tombstones spread by themselves.
        let holders = message.parts.iter().map(|part| part.replicas).max();
        let wanted = holders.unwrap_or(0).clamp(1, self.inner.config.enough());
        message.recall_done = report.accepted >= wanted;
        Ok(report)
    }
}
