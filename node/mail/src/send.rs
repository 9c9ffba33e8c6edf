//! Sending: what the receiver asks for, sealing, and the outbox. From there on `bring` takes over.
//!
//! A message is durable before the first proof of work is spent on it.

use rand::rngs::OsRng;
use toxdrop_proto::address::Address;
use toxdrop_proto::day::Day;
use toxdrop_proto::ids::{MessageId, UnixSeconds};
use toxdrop_proto::message::{Content, Intro, MessageSecret, Postage, Seal, seal};
use toxdrop_proto::packet::{MAX_TTL, Packet};
use toxdrop_proto::period::Period;
use toxdrop_proto::place::{Place, PlaceSecret};
use toxdrop_proto::record::RecordContents;

use crate::claims::Claim;
use crate::db::Changes;
use crate::error::MailError;
use crate::identity::Identity;
use crate::outbox::{NewMessage, Outgoing, Sent};
use crate::progress::{ProgressSender, SendProgress, SendStage, Teller};
use crate::stamp::{STAMP_MARGIN, expected_trials, within_cap};
use crate::state::Mail;

/// The shortest life of a message, in seconds.
const MIN_TTL: u64 = 3_600;
/// What to send.
#[derive(Clone, Debug)]
pub struct SendRequest {
    /// The receiver, in any of the three forms. The nospam of a Tox ID goes into the seal.
    pub to: Address,
    /// A text or a file, of at most 1 MiB.
    pub content: Content,
    /// Name or address of the sending inbox; empty for the default one.
    pub from: String,
    /// How long nodes shall keep it, in seconds; 0 for the default.
    pub ttl_seconds: u64,
    /// Most expected trials per packet; 0 for the setting.
    pub max_work: u64,
}

impl SendRequest {
    /// From the default inbox, with the settings' life and cap.
    #[must_use]
    pub fn new(to: Address, content: Content) -> Self {
        Self {
            to,
            content,
            from: String::new(),
            ttl_seconds: 0,
            max_work: 0,
        }
    }
}

impl Mail {
    /// Sends a message. It is durable in the outbox from the stage `Sealed` on, and goes on its way even if this future
    /// is dropped then. Whatever the network does is no error: the answer says where the message stands.
    ///
    /// # Errors
    /// [`MailError`] if the message cannot be sent as it is, would cost more work than allowed, or cannot be written down.
    pub async fn send(
        &self,
        request: SendRequest,
        progress: ProgressSender,
    ) -> Result<Sent, MailError> {
        let enough = self.inner.config.enough();
        // Whoever asked may not be listening; the work goes on.
        let _ = progress.try_send(SendProgress {
            stage: SendStage::LookingUp,
            part: 0,
            parts: 0,
            pow: None,
            replicas: 0,
            quorum: enough,
            message_id: None,
        });
        let (message, claim) = self.put_in_outbox(&request).await?;
        let teller = Teller::new(Some(progress), &message, enough)?;
        teller.tell(SendStage::Sealed, 0, None, 0);
        // On a task of its own: a client that goes away does not stop a message that is on its way.
        let mail = self.clone();
        tokio::spawn(async move { mail.bring(claim, message, enough, &teller).await })
            .await
            .map_err(|error| MailError::Work(error.to_string()))?
    }

    /// Looks up what the receiver asks for, seals, and commits: the message survives whatever comes.
    pub(crate) async fn put_in_outbox(
        &self,
        request: &SendRequest,
    ) -> Result<(Outgoing, Claim<MessageId>), MailError> {
        request.content.encode()?;
        let from = self.inbox(&request.from)?;
        let record = self.receivers_record(&request.to.key).await?;
        let (message, packets) = self.seal_message(request, &from, record.as_ref())?;
        // Before anybody can see it in the outbox.
        let claim = self.inner.sending.claim(message.id()?);
        let claim = claim.ok_or(MailError::MessageBusy)?;
        let mut changes = Changes::default();
        message.put(&mut changes)?;
        for (part, packet) in packets.iter().enumerate() {
            message.put_packet(&mut changes, part, packet)?;
        }
        self.inner.db.commit(changes)?;
        Ok((message, claim))
    }

    fn seal_message(
        &self,
        request: &SendRequest,
        from: &Identity,
        record: Option<&RecordContents>,
    ) -> Result<(Outgoing, Vec<Packet>), MailError> {
        let now = self.now().unix;
        let max = record.map_or(MAX_TTL, |record| record.terms.max_ttl());
        let ttl = match request.ttl_seconds {
            0 => self.inner.config.default_ttl_seconds.min(max),
            ttl => ttl,
        };
        if ttl > max || ttl < MIN_TTL.min(max) {
            return Err(MailError::Ttl { max });
        }
        let floor = self.inner.policy.floor;
        let difficulty = record.map_or(floor, |record| floor.max(record.terms.difficulty()));
        let place = self.place_for(request, from, record, now)?;
        let location = place.location(&request.to.key);
        // Never beyond what the receiver allows, margin or not.
        let expires = now.plus((ttl + STAMP_MARGIN).min(max));
        let secret = MessageSecret::generate(&mut OsRng);
        let (sent, not_after) = (self.now_ms(), now.plus(MAX_TTL));
        let seal_key = record.and_then(|record| record.seal_keys.for_sender(now));
        let packets = seal(&Seal {
            sender: &from.secret,
            receiver: &request.to.key,
            seal_key: seal_key.map(|(_, key)| key),
            location,
            secret: &secret,
            sent,
            not_after,
            last: Day::last_for(now),
            expires,
            intro: &Intro {
                name: from.display_name.clone(),
                contacts: from.contacts_to_give().cloned(),
                nospam: request.to.nospam,
            },
            content: &request.content,
            postage: Postage::Stamps,
        })?;
        let max_work = match request.max_work {
            0 => self.inner.config.max_work,
            cap => cap,
        };
        let needed = packets
            .iter()
            .map(|packet| expected_trials(packet, difficulty, expires, now))
            .max()
            .unwrap_or(0);
        within_cap(needed, max_work)?;
        let message = Outgoing::new(&NewMessage {
            secret: &secret,
            to: &request.to,
            from,
            place: &place,
            sent,
            expires,
            not_after,
            difficulty,
            max_work,
            packets: &packets,
        });
        Ok((message, packets))
    }

    /// Where a message goes: to the receiver's place for contacts, if it told the sending inbox of it, else to the front door
    /// that the newest record names; of the period that it is.
    fn place_for(
        &self,
        request: &SendRequest,
        from: &Identity,
        record: Option<&RecordContents>,
        now: UnixSeconds,
    ) -> Result<Place, MailError> {
        let period = Period::at(now);
        if let Some(secret) = self.contacts_secret(&from.key(), &request.to.key)? {
            return Ok(Place::contacts(period, secret));
        }
        let secret = record.map_or_else(PlaceSecret::zero, |record| record.front_door.clone());
        Ok(Place::front_door(period, secret))
    }
}
