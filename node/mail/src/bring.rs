//! Bringing a message of the outbox to the nodes: stamp what is not stamped, store what is not stored.
//!
//! Each step is durable before the next, and all of it can be stopped and taken up again anywhere. Seals nothing.

use futures_util::StreamExt;
use futures_util::stream;
use toxdrop_proto::ids::MessageId;
use toxdrop_proto::packet::PacketError;
use toxdrop_proto::pow::Difficulty;
use toxdrop_proto::record::open_record;

use crate::claims::Claim;
use crate::db::Changes;
use crate::error::MailError;
use crate::network::{StoreReport, StoreStatus};
use crate::outbox::{Outgoing, Sent};
use crate::progress::{SendStage, Teller};
use crate::stamp::{Batch, Stamped, expected_trials, within_cap};
use crate::state::Mail;

/// Parts that are stored at once.
pub(crate) const WINDOW: usize = 8;
/// How often a message is stamped anew in one go, because nodes show records that ask for more.
const ATTEMPTS: usize = 3;

impl Mail {
    /// Brings a message on its way, until `quorum` nodes hold each part or until somebody takes the claim over.
    pub(crate) async fn bring(
        &self,
        claim: Claim<MessageId>,
        message: Outgoing,
        quorum: usize,
        teller: &Teller,
    ) -> Result<Sent, MailError> {
        let unwanted = claim.unwanted();
        let work = self.bring_out(message, quorum, teller);
        let result = unwanted.run_until_cancelled(work).await;
        result.unwrap_or(Err(MailError::Ended))
    }

    /// Stamps and stores. What goes wrong outside of this machine is noted in the message, which stays in the outbox.
    pub(crate) async fn bring_out(
        &self,
        mut message: Outgoing,
        quorum: usize,
        teller: &Teller,
    ) -> Result<Sent, MailError> {
        message.detail.clear();
        for _ in 0..ATTEMPTS {
            match self.stamp_parts(&mut message, teller).await {
                Ok(()) => {}
                Err(error @ (MailError::Work(_) | MailError::WorkQueueFull)) => {
                    message.detail = error.to_string();
                    break;
                }
                Err(error) => return Err(error),
            }
            let Some(wanted) = self.store_parts(&mut message, quorum, teller).await? else {
                break;
            };
            if let Err(error) = self.ask_more_work(&mut message, wanted) {
                message.detail = error.to_string();
                break;
            }
        }
        self.save(&message)?;
        self.shown(&message)
    }

    async fn stamp_parts(&self, message: &mut Outgoing, teller: &Teller) -> Result<(), MailError> {
        let db = &self.inner.db;
        let mut packets = Vec::new();
        for (part, out) in message.parts.iter().enumerate() {
            if !out.stamped && !out.received {
                packets.push((part, message.packet(db, part)?));
            }
        }
        let done_before = message.parts.len() - packets.len();
        let batch = Batch {
            client: teller.client(),
            difficulty: message.difficulty(),
            expires: message.expires(),
            prolongs: false,
            packets,
        };
        let found = |stamped: Stamped| {
            if let Some(out) = message.parts.get_mut(stamped.number) {
                out.trials += stamped.trials;
                out.stamped = true;
            }
            let mut changes = Changes::default();
            message.put_packet(&mut changes, stamped.number, &stamped.packet)?;
            message.put(&mut changes)?;
            db.commit(changes)
        };
        let tell = |done, pow| teller.tell(SendStage::Stamping, done_before + done, Some(pow), 0);
        self.stamp(batch, found, tell).await
    }

    /// Stores all parts that the receiver does not have. Returns the difficulty that nodes ask for, if too few took a part
    /// because of it.
    async fn store_parts(
        &self,
        message: &mut Outgoing,
        quorum: usize,
        teller: &Teller,
    ) -> Result<Option<Difficulty>, MailError> {
        let mut todo = Vec::new();
        for (part, out) in message.parts.iter_mut().enumerate() {
            if !out.received {
                // Whatever the answers, from now on somebody may hold it.
                out.used = true;
                todo.push(part);
            }
        }
        self.save(message)?;
        let sealed = message.clone();
        let mut answers = stream::iter(todo)
            .map(|part| self.store_part(&sealed, part, quorum))
            .buffer_unordered(WINDOW);
        let mut wanted = message.difficulty();
        while let Some((part, answer)) = answers.next().await {
            let before = message.clone();
            match answer {
                Ok(report) => {
                    if let Some(more) = self.note(message, part, &report)? {
                        wanted = wanted.max(more);
                    }
                }
                Err(MailError::Network(error)) => message.detail = error.to_string(),
                Err(MailError::Stamp(PacketError::WorkTooLow { .. })) => {
                    // The network's own settings were raised since it was stamped.
                    wanted = wanted.max(self.inner.policy.floor);
                    if let Some(out) = message.parts.get_mut(part) {
                        out.stamped = false;
                    }
                }
                Err(error @ MailError::Stamp(_)) => message.detail = error.to_string(),
                Err(error) => return Err(error),
            }
            if *message != before {
                self.save(message)?;
            }
            let replicas = self.shown(message)?.replicas;
            teller.tell(SendStage::Storing, part, None, replicas);
        }
        let unstamped = message
            .parts
            .iter()
            .any(|out| !out.stamped && !out.received);
        Ok((unstamped || wanted != message.difficulty()).then_some(wanted))
    }

    async fn store_part(
        &self,
        message: &Outgoing,
        part: usize,
        quorum: usize,
    ) -> (usize, Result<StoreReport, MailError>) {
        let store = async {
            let packet = message.packet(&self.inner.db, part)?;
            let packet = packet.verify(self.now().unix, &self.inner.policy)?;
            Ok(self.inner.network.store(packet, quorum).await?)
        };
        (part, store.await)
    }

    /// Notes what the nodes answered for a part. Returns the difficulty of a record that they showed, if it asks for more
    /// and too few of them took the part.
    pub(crate) fn note(
        &self,
        message: &mut Outgoing,
        part: usize,
        report: &StoreReport,
    ) -> Result<Option<Difficulty>, MailError> {
        let enough = self.inner.config.enough();
        let (receiver, now) = (message.receiver()?.key, self.now().unix);
        if let Some(tombstone) = &report.tombstone
            && !tombstone.is_receipt()
        {
            // Another device of the sender has the same key and may recall as well.
            if !message.recalled {
                self.note_other_device(&message.sender()?.key)?;
            }
            message.recalled = true;
        }
        if let Some(out) = message.parts.get_mut(part) {
            out.replicas = report.independent;
            out.received |= report.tombstone.is_some_and(|t| t.is_receipt());
            if !out.has(enough) {
                message.detail = problem(report);
            }
        }
        // Only what the receiver sealed and signed makes a sender work more.
        let place = message.place()?;
        let shown = report.record.as_ref().and_then(|packet| {
            let packet = packet.clone().verify(now, &self.inner.policy).ok()?;
            open_record(&receiver, &place, &packet).ok()
        });
        let Some(record) = shown.filter(|record| !record.is_dated_ahead(now)) else {
            return Ok(None);
        };
        // A holder may show an older one than the receiver's newest.
        let newest = self.remember_record(&receiver, record)?;
        let wanted = message.difficulty().max(newest.terms.difficulty());
        let lacking = message.parts.get(part).is_some_and(|out| !out.has(enough));
        Ok((lacking && wanted != message.difficulty()).then_some(wanted))
    }

    /// Has the parts that too few nodes hold stamped again for more work, if the sender's cap allows it.
    fn ask_more_work(&self, message: &mut Outgoing, wanted: Difficulty) -> Result<(), MailError> {
        let (now, expires) = (self.now().unix, message.expires());
        let enough = self.inner.config.enough();
        let lacking: Vec<usize> = message
            .parts
            .iter()
            .enumerate()
            .filter(|(_, out)| !out.has(enough))
            .map(|(part, _)| part)
            .collect();
        for part in &lacking {
            let packet = message.packet(&self.inner.db, *part)?;
            let needed = expected_trials(&packet, wanted, expires, now);
            within_cap(needed, message.max_work)?;
        }
        for part in lacking {
            if let Some(out) = message.parts.get_mut(part) {
                out.stamped = false;
            }
        }
        message.set_difficulty(wanted);
        message.detail.clear();
        self.save(message)
    }
}

/// Why too few nodes took a packet, in words.
fn problem(report: &StoreReport) -> String {
    if report.answers.is_empty() {
        return "no node that stores offline messages is known yet".to_owned();
    }
    let mut refused = report.answers.iter().filter_map(|status| match status {
        StoreStatus::Refused(reason) => Some(format!("a node refused: {reason}")),
        _ => None,
    });
    refused.next().unwrap_or_else(|| {
        let silent = report
            .answers
            .iter()
            .filter(|status| matches!(status, StoreStatus::NoAnswer))
            .count();
        format!(
            "only {} independent nodes hold it; {} were asked, {silent} did not answer",
            report.independent,
            report.answers.len()
        )
    })
}
