//! Sending: look up, seal, stamp, store; each step durable before the next.

use rand::rngs::OsRng;
use rand_core::RngCore;
use tokio::sync::mpsc;
use toxdrop_pow::Progress;
use toxdrop_proto::address::Address;
use toxdrop_proto::codec::Reader;
use toxdrop_proto::ids::{MessageId, Salt, UnixSeconds};
use toxdrop_proto::keys::InboxPublicKey;
use toxdrop_proto::location::inbox_location;
use toxdrop_proto::message::{Content, Seal, ephemeral_secret, seal};
use toxdrop_proto::packet::MAX_TTL;
use toxdrop_proto::record::InboxRecord;
use toxdrop_proto::tombstone::Tombstone;

use super::db::{Changes, Table};
use super::error::MailError;
use super::outbox::{OutPart, Outgoing, Sent};
use super::stamp::expected_trials;
use super::{Claim, Mail};
use crate::dht::report::{StoreReport, StoreStatus};

/// Stamps pay for so much longer than asked, so that a node whose clock is behind accepts.
pub(super) const STAMP_MARGIN: u64 = 15 * 60;
/// The shortest life of a message.
const MIN_TTL: u64 = 3_600;
/// How long after it was sent a message may be extended, and is remembered by its receiver.
const NOT_AFTER: u64 = 56 * 86_400;

/// What to send.
#[derive(Clone, Debug)]
pub(crate) struct SendRequest {
    pub(crate) to: Address,
    pub(crate) content: Content,
    /// Name or address of the sending inbox; empty for the default one.
    pub(crate) from: String,
    /// 0 for the default.
    pub(crate) ttl_seconds: u64,
    /// Most expected trials per packet; 0 for the setting.
    pub(crate) max_work: u64,
}

/// Which step a send is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SendStage {
    LookingUp,
    Sealed,
    Stamping,
    Storing,
}

/// How far a send is.
#[derive(Clone, Debug)]
pub(crate) struct SendProgress {
    pub(crate) stage: SendStage,
    /// Which part, from 0.
    pub(crate) part: usize,
    pub(crate) parts: usize,
    pub(crate) pow: Option<Progress>,
    /// The fewest over all parts.
    pub(crate) replicas: usize,
    pub(crate) quorum: usize,
    pub(crate) message_id: Option<MessageId>,
}

/// Who is told of progress; nobody has to listen.
pub(crate) type ProgressSender = mpsc::Sender<SendProgress>;

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
    /// Sends a message. It is durable in the outbox from the stage `Sealed` on, and delivered by the postman even if
    /// this future is dropped then.
    pub(crate) async fn send(
        &self,
        request: SendRequest,
        progress: ProgressSender,
    ) -> Result<Sent, MailError> {
        let quorum = self.inner.config.quorum;
        let tell = |stage| SendProgress {
            stage,
            part: 0,
            parts: 0,
            pow: None,
            replicas: 0,
            quorum,
            message_id: None,
        };
        // Whoever asked may not be listening; the work goes on.
        let _ = progress.try_send(tell(SendStage::LookingUp));
        request.content.encode()?;
        let from = self.inbox(&request.from)?;
        let record = self.receivers_record(&request.to.key).await?;
        let message = self.seal_message(&request, &from, record.as_ref())?;
        let id = message.id()?;
        let claim = self.claim(id).ok_or(MailError::MessageBusy)?;
        let mut changes = Changes::default();
        changes.put(Table::Outbox, message.key(), &message)?;
        self.inner.db.commit(changes)?;
        let _ = progress.try_send(SendProgress {
            parts: message.parts.len(),
            message_id: Some(id),
            ..tell(SendStage::Sealed)
        });
        // On a task of its own: a client that goes away does not stop a message that is on its way.
        let mail = self.clone();
        tokio::spawn(async move { mail.bring(claim, message, Some(progress)).await })
            .await
            .map_err(|error| MailError::Work(error.to_string()))?
    }

    /// The newest record known of a receiver; the highest sequence ever seen is remembered, and an expired record is
    /// better than none.
    async fn receivers_record(
        &self,
        key: &InboxPublicKey,
    ) -> Result<Option<InboxRecord>, MailError> {
        let known: Option<String> = self.inner.db.get(Table::Records, key.as_bytes())?;
        let known = known
            .and_then(|text| hex::decode(text).ok())
            .and_then(|bytes| InboxRecord::decode(&mut Reader::new(&bytes)).ok());
        let found = match self.inner.dht.find_record(*key).await {
            Ok(report) => report.newest,
            Err(error) => {
                tracing::info!(%error, "the receiver's record could not be looked up");
                None
            }
        };
        match (found, known) {
            (Some(found), Some(known)) if !found.supersedes(&known) => Ok(Some(known)),
            (Some(found), _) => {
                self.remember_record(&found)?;
                Ok(Some(found))
            }
            (None, known) => Ok(known),
        }
    }

    fn remember_record(&self, record: &InboxRecord) -> Result<(), MailError> {
        let mut changes = Changes::default();
        let text = hex::encode(record.encode());
        changes.put(Table::Records, record.key.as_bytes().to_vec(), &text)?;
        self.inner.db.commit(changes)
    }

    fn seal_message(
        &self,
        request: &SendRequest,
        from: &super::Identity,
        record: Option<&InboxRecord>,
    ) -> Result<Outgoing, MailError> {
        let now = self.inner.clock.now().unix;
        let max = record.map_or(MAX_TTL, |record| record.max_ttl.min(MAX_TTL));
        let ttl = match request.ttl_seconds {
            0 => self.inner.config.default_ttl_seconds.min(max),
            ttl => ttl,
        };
        if ttl > max || ttl < MIN_TTL.min(max) {
            return Err(MailError::Ttl { max });
        }
        let floor = self.inner.policy.floor;
        let difficulty = record.map_or(floor, |record| floor.max(record.difficulty));
        let location = record.map_or_else(
            || inbox_location(&request.to.key, Salt::DEFAULT),
            InboxRecord::inbox_location,
        );
        // Never beyond what the receiver allows, margin or not.
        let expires = now.plus((ttl + STAMP_MARGIN).min(max));
        let mut id = [0; 16];
        OsRng.fill_bytes(&mut id);
        let message_id = MessageId::from_bytes(id);
        let sent = self.now_ms();
        let packets = seal(
            &Seal {
                sender: &from.secret,
                receiver: &request.to.key,
                location,
                message_id,
                sent,
                not_after: now.plus(NOT_AFTER),
                expires,
                content: &request.content,
            },
            &mut OsRng,
        )?;
        let cap = match request.max_work {
            0 => self.inner.config.max_work,
            cap => cap,
        };
        let needed = packets
            .iter()
            .map(|packet| expected_trials(packet, difficulty, expires, now))
            .max()
            .unwrap_or(0);
        if cap != 0 && needed > cap {
            return Err(MailError::TooMuchWork { needed, cap });
        }
        Ok(Outgoing {
            message_id: message_id.to_string(),
            to: request.to.to_string(),
            from_inbox: from.name.clone(),
            from: from.address().to_string(),
            sent_ms: sent.0,
            expires: expires.0,
            not_after: now.plus(NOT_AFTER).0,
            nonce_trials_per_byte: difficulty.nonce_trials_per_byte,
            extra_bytes: difficulty.extra_bytes,
            max_work: cap,
            parts: packets.iter().map(OutPart::new).collect(),
            recalled: false,
            detail: String::new(),
        })
    }

    /// Stamps and stores what is not stamped and stored yet. Errors of the network leave the message in the outbox.
    pub(super) async fn bring(
        &self,
        _claim: Claim,
        mut message: Outgoing,
        progress: Option<ProgressSender>,
    ) -> Result<Sent, MailError> {
        let id = message.id()?;
        let quorum = self.inner.config.quorum;
        let parts = message.parts.len();
        let tell = |stage, part, pow, replicas| {
            if let Some(progress) = &progress {
                let _ = progress.try_send(SendProgress {
                    stage,
                    part,
                    parts,
                    pow,
                    replicas,
                    quorum,
                    message_id: Some(id),
                });
            }
        };
        for part in 0..parts {
            self.stamp_part(&mut message, part, |pow| {
                tell(SendStage::Stamping, part, Some(pow), 0);
            })
            .await?;
        }
        message.detail.clear();
        for part in 0..parts {
            tell(SendStage::Storing, part, None, message.replicas());
            if let Err(error) = self.store_part(&mut message, part).await {
                message.detail = error.to_string();
            }
            self.save(&message)?;
            tell(SendStage::Storing, part, None, message.replicas());
        }
        Ok(message.sent(self.inner.clock.now().unix, quorum))
    }

    fn save(&self, message: &Outgoing) -> Result<(), MailError> {
        let mut changes = Changes::default();
        changes.put(Table::Outbox, message.key(), message)?;
        self.inner.db.commit(changes)
    }

    async fn stamp_part(
        &self,
        message: &mut Outgoing,
        part: usize,
        progress: impl FnMut(Progress) + Send,
    ) -> Result<(), MailError> {
        let difficulty = message.difficulty();
        let expires = UnixSeconds(message.expires);
        let Some(out) = message.parts.get_mut(part).filter(|out| !out.stamped) else {
            return Ok(());
        };
        let stamped = self
            .stamp(&out.packet()?, difficulty, expires, progress)
            .await?;
        out.set_packet(&stamped.packet);
        out.trials += stamped.trials;
        out.stamped = true;
        self.save(message)
    }

    async fn store_part(&self, message: &mut Outgoing, part: usize) -> Result<(), MailError> {
        // Once more where a holder shows a signed record that asks for more work.
        for _ in 0..2 {
            let Some(out) = message.parts.get(part).filter(|out| !out.received) else {
                return Ok(());
            };
            let now = self.inner.clock.now().unix;
            let packet = match out.packet()?.verify(now, &self.inner.policy) {
                Ok(packet) => packet,
                Err(error) => return Err(MailError::Work(error.to_string())),
            };
            let report = self.inner.dht.store(packet).await?;
            if let Some(out) = message.parts.get_mut(part) {
                out.replicas = report.independent;
                out.received = report.tombstone.as_ref().is_some_and(Tombstone::is_receipt);
            }
            message.detail = problem(&report);
            if report.held > 0 || !self.needs_more_work(message, &report)? {
                return Ok(());
            }
            if let Some(out) = message.parts.get_mut(part) {
                out.stamped = false;
            }
            self.stamp_part(message, part, |_| {}).await?;
        }
        Ok(())
    }

    /// Whether a refusal came with the receiver's own record that asks for more, within the sender's cap.
    fn needs_more_work(
        &self,
        message: &mut Outgoing,
        report: &StoreReport,
    ) -> Result<bool, MailError> {
        let Some(record) = report.record.as_ref().and_then(|packet| packet.record()) else {
            return Ok(false);
        };
        let wanted = message.difficulty().max(record.difficulty);
        if record.key != message.receiver()?.key || wanted == message.difficulty() {
            return Ok(false);
        }
        self.remember_record(record)?;
        let now = self.inner.clock.now().unix;
        let expires = UnixSeconds(message.expires);
        for part in &message.parts {
            let needed = expected_trials(&part.packet()?, wanted, expires, now);
            if message.max_work != 0 && needed > message.max_work {
                let cap = message.max_work;
                return Err(MailError::TooMuchWork { needed, cap });
            }
        }
        message.nonce_trials_per_byte = wanted.nonce_trials_per_byte;
        message.extra_bytes = wanted.extra_bytes;
        Ok(true)
    }

    /// Gives a message a longer life: new stamps, the same packets.
    pub(crate) async fn extend(
        &self,
        what: Extending,
        progress: ProgressSender,
    ) -> Result<Sent, MailError> {
        let mut message = self.find_outgoing(&what.message)?;
        let _claim = self.claim(message.id()?).ok_or(MailError::MessageBusy)?;
        let now = self.inner.clock.now().unix;
        let quorum = self.inner.config.quorum;
        if message.has_ended(now, quorum) {
            return Err(MailError::Ended);
        }
        let expires = now.plus((what.ttl_seconds + STAMP_MARGIN).min(MAX_TTL));
        if what.ttl_seconds > MAX_TTL
            || expires.0 > message.not_after
            || expires.0 <= message.expires
        {
            return Err(MailError::ExtendTooFar);
        }
        let (id, parts) = (message.id()?, message.parts.len());
        let difficulty = message.difficulty();
        for part in 0..parts {
            let Some(out) = message.parts.get_mut(part) else {
                break;
            };
            let tell = |pow: Progress| {
                let _ = progress.try_send(SendProgress {
                    stage: SendStage::Stamping,
                    part,
                    parts,
                    pow: Some(pow),
                    replicas: out.replicas,
                    quorum,
                    message_id: Some(id),
                });
            };
            let stamped = self
                .stamp(&out.packet()?, difficulty, expires, tell)
                .await?;
            out.set_packet(&stamped.packet);
            out.trials += stamped.trials;
        }
        message.expires = expires.0;
        // The stamps are safe before the first node hears of them.
        self.save(&message)?;
        for out in &mut message.parts {
            let packet = out.packet()?;
            let report = self
                .inner
                .dht
                .extend(packet.location(), packet.id(), expires, packet.nonce())
                .await?;
            out.replicas = report.independent;
            out.received |= report.tombstone.is_some();
            message.detail = problem(&report);
        }
        self.save(&message)?;
        Ok(message.sent(now, quorum))
    }

    /// Takes a message back.
    pub(crate) async fn recall(&self, prefix: &str) -> Result<RecallReport, MailError> {
        let mut message = self.find_outgoing(prefix)?;
        let _claim = self.claim(message.id()?).ok_or(MailError::MessageBusy)?;
        let (id, receiver) = (message.id()?, message.receiver()?.key);
        let sender = self.inbox(&message.from)?;
        let mut location = None;
        let mut tombstones = Vec::new();
        for (part, out) in (0u8..).zip(&message.parts) {
            let packet = out.packet()?;
            location = Some(packet.location());
            let ephemeral =
                ephemeral_secret(&sender.secret, &receiver, packet.location(), id, part);
            let network = self.inner.policy.network;
            let tombstone =
                Tombstone::sign_sender(&ephemeral, network, packet.location(), packet.id());
            tombstones.push(tombstone);
        }
        // Recalled first: the postman must not bring it out again while the tombstones travel.
        message.recalled = true;
        self.save(&message)?;
        let report = match location {
            Some(location) => self.inner.dht.delete(location, tombstones).await?,
            None => Default::default(),
        };
        let now = self.inner.clock.now().unix;
        Ok(RecallReport {
            asked: report.asked,
            accepted: report.accepted,
            message: message.sent(now, self.inner.config.quorum),
        })
    }
}

/// The first reason in a report why a node did not take the packet, in words; empty if enough took it.
fn problem(report: &StoreReport) -> String {
    if report.replicas.is_empty() {
        return "no node that stores offline messages is known yet".to_owned();
    }
    report
        .replicas
        .iter()
        .find_map(|(_, status)| match status {
            StoreStatus::Refused(reason) => Some(format!("a node refused: {reason}")),
            _ => None,
        })
        .unwrap_or_default()
}
