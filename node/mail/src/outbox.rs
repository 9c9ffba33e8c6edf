//! The outbox: messages under way, with the very packets that were sealed for them.
//!
//! A message is sealed once. Whatever happens later, these bytes are what is stamped and stored. Does nothing by itself.

use serde::{Deserialize, Serialize};
use toxdrop_proto::address::Address;
use toxdrop_proto::ids::{MessageId, PacketId, UnixMillis, UnixSeconds};
use toxdrop_proto::message::MessageSecret;
use toxdrop_proto::packet::Packet;
use toxdrop_proto::period::Period;
use toxdrop_proto::place::{Place, PlaceClass, PlaceSecret};
use toxdrop_proto::pow::Difficulty;

use crate::db::{Changes, MailDb};
use crate::error::MailError;
use crate::hexed;
use crate::identity::Identity;
use crate::tables::Table;

/// Where a sent message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Not at any node yet; retried.
    Queued,
    /// At fewer nodes than the quorum; retried.
    Weak,
    /// The quorum holds it.
    Stored,
    /// The receiver's tombstone was seen.
    Received,
    /// Taken back.
    Recalled,
    /// Its time is over.
    Expired,
}

impl Delivery {
    /// Whether that is the end.
    pub(crate) fn is_final(self) -> bool {
        matches!(self, Self::Received | Self::Recalled | Self::Expired)
    }
}

/// A sent message, as it is shown.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Its id.
    pub message_id: MessageId,
    /// The receiver's address.
    pub to: String,
    /// Name of the inbox that it was sent from.
    pub from_inbox: String,
    /// When it was sent.
    pub sent_at: UnixMillis,
    /// Until when nodes keep it.
    pub expires: UnixSeconds,
    /// How many packets it is.
    pub parts: usize,
    /// Independent nodes that hold a part: the fewest over all parts.
    pub replicas: usize,
    /// How many make it stored.
    pub quorum: usize,
    /// Where it stands.
    pub delivery: Delivery,
    /// Ids of its packets, in hex.
    pub packet_ids: Vec<String>,
    /// Trials that were spent on it so far.
    pub pow_trials: u64,
    /// The last problem, in words.
    pub detail: String,
}

/// What is known of one packet of a message; its bytes lie elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct OutPart {
    packet_id: String,
    /// Its stamp pays for the message's expiry and difficulty.
    pub(crate) stamped: bool,
    /// A stamped packet left this machine, perhaps.
    pub(crate) used: bool,
    pub(crate) trials: u64,
    pub(crate) replicas: usize,
    /// The receiver's tombstone was seen.
    pub(crate) received: bool,
}

impl OutPart {
    pub(crate) fn new(packet: &Packet) -> Self {
        Self {
            packet_id: packet.id().to_string(),
            stamped: false,
            used: false,
            trials: 0,
            replicas: 0,
            received: false,
        }
    }

    pub(crate) fn packet_id(&self) -> Result<PacketId, MailError> {
        self.packet_id
            .parse()
            .map_err(|error| damaged(format!("a packet id: {error}")))
    }

    /// Whether so many independent nodes hold it, or its receiver has it.
    pub(crate) fn has(&self, replicas: usize) -> bool {
        self.received || self.replicas >= replicas
    }
}

/// A message under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Outgoing {
    message_id: String,
    to: String,
    /// The sending inbox's name, for people, and address, for good.
    pub(crate) from_inbox: String,
    pub(crate) from: String,
    /// Where it goes: class, period and secret of the receiver's place.
    place: (u8, u64, String),
    /// What its keys are made of, hex; gone once the message has ended.
    secret: Option<String>,
    sent_ms: u64,
    pub(crate) expires: u64,
    pub(crate) not_after: u64,
    nonce_trials_per_byte: u64,
    extra_bytes: u64,
    /// The most expected trials per packet; 0 for no cap.
    pub(crate) max_work: u64,
    pub(crate) parts: Vec<OutPart>,
    pub(crate) recalled: bool,
    /// Enough nodes took the recall.
    pub(crate) recall_done: bool,
    pub(crate) detail: String,
}

/// What a new message in the outbox starts with.
pub(crate) struct NewMessage<'a> {
    pub(crate) secret: &'a MessageSecret,
    pub(crate) to: &'a Address,
    pub(crate) from: &'a Identity,
    pub(crate) place: &'a Place,
    pub(crate) sent: UnixMillis,
    pub(crate) expires: UnixSeconds,
    pub(crate) not_after: UnixSeconds,
    pub(crate) difficulty: Difficulty,
    pub(crate) max_work: u64,
    pub(crate) packets: &'a [Packet],
}

fn damaged(what: String) -> MailError {
    MailError::Db(format!("an entry of the outbox is damaged: {what}"))
}

impl Outgoing {
    pub(crate) fn new(new: &NewMessage<'_>) -> Self {
        Self {
            message_id: new.secret.message_id().to_string(),
            to: new.to.to_string(),
            from_inbox: new.from.name.clone(),
            from: new.from.address().to_string(),
            place: (
                new.place.class().code(),
                new.place.period().number(),
                hex::encode(new.place.secret().expose()),
            ),
            secret: Some(hex::encode(new.secret.expose())),
            sent_ms: new.sent.0,
            expires: new.expires.0,
            not_after: new.not_after.0,
            nonce_trials_per_byte: new.difficulty.nonce_trials_per_byte,
            extra_bytes: new.difficulty.extra_bytes,
            max_work: new.max_work,
            parts: new.packets.iter().map(OutPart::new).collect(),
            recalled: false,
            recall_done: false,
            detail: String::new(),
        }
    }

    pub(crate) fn id(&self) -> Result<MessageId, MailError> {
        self.message_id
            .parse()
            .map_err(|error| damaged(format!("a message id: {error}")))
    }

    pub(crate) fn receiver(&self) -> Result<Address, MailError> {
        Ok(self.to.parse()?)
    }

    pub(crate) fn sender(&self) -> Result<Address, MailError> {
        Ok(self.from.parse()?)
    }

    /// The place that it was written to.
    pub(crate) fn place(&self) -> Result<Place, MailError> {
        let (class, period, secret) = &self.place;
        let bytes = hexed::array(secret).ok_or_else(|| damaged("a place's secret".to_owned()))?;
        let (period, secret) = (
            Period::from_number(*period),
            PlaceSecret::from_bytes(*bytes),
        );
        match PlaceClass::from_code(*class) {
            Some(PlaceClass::FrontDoor) => Ok(Place::front_door(period, secret)),
            Some(PlaceClass::Contacts) => Ok(Place::contacts(period, secret)),
            _ => Err(damaged("a place of no known class".to_owned())),
        }
    }

    /// What recalls it.
    pub(crate) fn secret(&self) -> Result<MessageSecret, MailError> {
        let gone = || damaged("its secret is missing or malformed".to_owned());
        let bytes = self.secret.as_deref().and_then(hexed::array);
        Ok(MessageSecret::from_bytes(*bytes.ok_or_else(gone)?))
    }

    pub(crate) fn expires(&self) -> UnixSeconds {
        UnixSeconds(self.expires)
    }

    pub(crate) fn difficulty(&self) -> Difficulty {
        Difficulty {
            nonce_trials_per_byte: self.nonce_trials_per_byte,
            extra_bytes: self.extra_bytes,
        }
    }

    pub(crate) fn set_difficulty(&mut self, difficulty: Difficulty) {
        self.nonce_trials_per_byte = difficulty.nonce_trials_per_byte;
        self.extra_bytes = difficulty.extra_bytes;
    }

    pub(crate) fn key(&self) -> Vec<u8> {
        self.message_id.as_bytes().to_vec()
    }

    fn packet_key(&self, part: usize) -> Vec<u8> {
        // At most 1,292 parts.
        let part = u16::try_from(part).unwrap_or(u16::MAX);
        [self.message_id.as_bytes(), &part.to_be_bytes()].concat()
    }

    /// Whether a prefix names the message or one of its packets.
    pub(crate) fn is_called(&self, prefix: &str) -> bool {
        self.message_id.starts_with(prefix)
            || self.parts.iter().any(|p| p.packet_id.starts_with(prefix))
    }

    fn replicas(&self) -> usize {
        let waiting = self.parts.iter().filter(|part| !part.received);
        waiting.map(|part| part.replicas).min().unwrap_or(0)
    }

    pub(crate) fn delivery(&self, now: UnixSeconds, enough: usize) -> Delivery {
        let all = |replicas| self.parts.iter().all(|part| part.has(replicas));
        if self.parts.iter().all(|part| part.received) {
            Delivery::Received
        } else if self.recalled {
            Delivery::Recalled
        } else if self.expires <= now.0 {
            Delivery::Expired
        } else if all(enough) {
            Delivery::Stored
        } else if all(1) {
            Delivery::Weak
        } else {
            Delivery::Queued
        }
    }

    /// Whether there is nothing left to do for it.
    pub(crate) fn has_ended(&self, now: UnixSeconds, enough: usize) -> bool {
        match self.delivery(now, enough) {
            Delivery::Recalled => self.recall_done || self.expires <= now.0,
            delivery => delivery.is_final(),
        }
    }

    pub(crate) fn sent(&self, now: UnixSeconds, enough: usize) -> Result<Sent, MailError> {
        Ok(Sent {
            message_id: self.id()?,
            to: self.to.clone(),
            from_inbox: self.from_inbox.clone(),
            sent_at: UnixMillis(self.sent_ms),
            expires: self.expires(),
            parts: self.parts.len(),
            replicas: self.replicas(),
            quorum: enough,
            delivery: self.delivery(now, enough),
            packet_ids: self.parts.iter().map(|p| p.packet_id.clone()).collect(),
            pow_trials: self.parts.iter().map(|p| p.trials).sum(),
            detail: self.detail.clone(),
        })
    }

    /// Writes down what is known of the message.
    pub(crate) fn put(&self, changes: &mut Changes) -> Result<(), MailError> {
        changes.put(Table::Outbox, self.key(), self)
    }

    /// Writes a packet of the message down.
    pub(crate) fn put_packet(
        &self,
        changes: &mut Changes,
        part: usize,
        packet: &Packet,
    ) -> Result<(), MailError> {
        let text = hex::encode(packet.as_bytes());
        changes.put(Table::Packets, self.packet_key(part), &text)
    }

    /// Reads a packet of the message.
    pub(crate) fn packet(&self, db: &MailDb, part: usize) -> Result<Packet, MailError> {
        let text: String = db
            .get(Table::Packets, &self.packet_key(part))?
            .ok_or_else(|| damaged("a packet is missing".to_owned()))?;
        let bytes = hex::decode(text).map_err(|error| damaged(error.to_string()))?;
        Packet::parse(&bytes).map_err(|error| damaged(error.to_string()))
    }

    /// Lays an ended message aside; its packets and its secret go.
    pub(crate) fn lay_aside(&self, changes: &mut Changes) -> Result<(), MailError> {
        changes.remove(Table::Outbox, self.key());
        for part in 0..self.parts.len() {
            changes.remove(Table::Packets, self.packet_key(part));
        }
        let ended = Self {
            secret: None,
            ..self.clone()
        };
        changes.put(Table::Sent, self.key(), &ended)
    }
}
