//! The outbox: messages under way, with the very packets that were sealed for them.
//!
//! A message is sealed once. Whatever happens later, these bytes are what is stamped and stored.

use serde::{Deserialize, Serialize};
use toxdrop_proto::address::Address;
use toxdrop_proto::ids::{MessageId, UnixMillis, UnixSeconds};
use toxdrop_proto::packet::Packet;
use toxdrop_proto::pow::Difficulty;

use super::error::MailError;

/// Where a sent message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
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

/// A sent message, as it is shown.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) message_id: MessageId,
    pub(crate) to: String,
    pub(crate) from_inbox: String,
    pub(crate) sent_at: UnixMillis,
    pub(crate) expires: UnixSeconds,
    pub(crate) parts: usize,
    /// The fewest over all parts.
    pub(crate) replicas: usize,
    pub(crate) quorum: usize,
    pub(crate) delivery: Delivery,
    pub(crate) packet_ids: Vec<String>,
    pub(crate) pow_trials: u64,
    /// The last problem, in words.
    pub(crate) detail: String,
}

/// One packet of a message.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct OutPart {
    /// The packet with its latest stamp, in hex.
    packet: String,
    pub(super) packet_id: String,
    pub(super) stamped: bool,
    pub(super) trials: u64,
    pub(super) replicas: usize,
    /// The receiver's tombstone was seen.
    pub(super) received: bool,
}

impl OutPart {
    pub(super) fn new(packet: &Packet) -> Self {
        Self {
            packet: hex::encode(packet.as_bytes()),
            packet_id: packet.id().to_string(),
            stamped: false,
            trials: 0,
            replicas: 0,
            received: false,
        }
    }

    pub(super) fn packet(&self) -> Result<Packet, MailError> {
        let damaged = |detail: String| MailError::Db(format!("a packet in the outbox: {detail}"));
        let bytes = hex::decode(&self.packet).map_err(|error| damaged(error.to_string()))?;
        Packet::parse(&bytes).map_err(|error| damaged(error.to_string()))
    }

    pub(super) fn set_packet(&mut self, packet: &Packet) {
        self.packet = hex::encode(packet.as_bytes());
    }
}

/// A message under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Outgoing {
    pub(super) message_id: String,
    pub(super) to: String,
    /// The sending inbox's name, for people, and address, for good.
    pub(super) from_inbox: String,
    pub(super) from: String,
    pub(super) sent_ms: u64,
    pub(super) expires: u64,
    pub(super) not_after: u64,
    pub(super) nonce_trials_per_byte: u64,
    pub(super) extra_bytes: u64,
    pub(super) max_work: u64,
    pub(super) parts: Vec<OutPart>,
    pub(super) recalled: bool,
    pub(super) detail: String,
}

impl Outgoing {
    pub(super) fn id(&self) -> Result<MessageId, MailError> {
        self.message_id
            .parse()
            .map_err(|error| MailError::Db(format!("a message id in the outbox: {error}")))
    }

    pub(super) fn receiver(&self) -> Result<Address, MailError> {
        Ok(self.to.parse()?)
    }

    pub(super) fn difficulty(&self) -> Difficulty {
        Difficulty {
            nonce_trials_per_byte: self.nonce_trials_per_byte,
            extra_bytes: self.extra_bytes,
        }
    }

    pub(super) fn key(&self) -> Vec<u8> {
        self.message_id.as_bytes().to_vec()
    }

    /// Whether a prefix names the message or one of its packets.
    pub(super) fn is_called(&self, prefix: &str) -> bool {
        self.message_id.starts_with(prefix)
            || self.parts.iter().any(|p| p.packet_id.starts_with(prefix))
    }

    pub(super) fn replicas(&self) -> usize {
        let held = |part: &OutPart| {
            if part.received {
                usize::MAX
            } else {
                part.replicas
            }
        };
        let fewest = self.parts.iter().map(held).min().unwrap_or(0);
        if fewest == usize::MAX { 0 } else { fewest }
    }

    pub(super) fn delivery(&self, now: UnixSeconds, quorum: usize) -> Delivery {
        if self.recalled {
            Delivery::Recalled
        } else if self.parts.iter().all(|part| part.received) {
            Delivery::Received
        } else if self.expires <= now.0 {
            Delivery::Expired
        } else if self
            .parts
            .iter()
            .all(|part| part.received || part.replicas >= quorum)
        {
            Delivery::Stored
        } else if self
            .parts
            .iter()
            .all(|part| part.received || part.replicas > 0)
        {
            Delivery::Weak
        } else {
            Delivery::Queued
        }
    }

    /// Whether there is nothing left to do for it.
    pub(super) fn has_ended(&self, now: UnixSeconds, quorum: usize) -> bool {
        matches!(
            self.delivery(now, quorum),
            Delivery::Received | Delivery::Recalled | Delivery::Expired
        )
    }

    pub(super) fn sent(&self, now: UnixSeconds, quorum: usize) -> Sent {
        Sent {
            message_id: self.id().unwrap_or(MessageId::from_bytes([0; 16])),
            to: self.to.clone(),
            from_inbox: self.from_inbox.clone(),
            sent_at: UnixMillis(self.sent_ms),
            expires: UnixSeconds(self.expires),
            parts: self.parts.len(),
            replicas: self.replicas(),
            quorum,
            delivery: self.delivery(now, quorum),
            packet_ids: self.parts.iter().map(|p| p.packet_id.clone()).collect(),
            pow_trials: self.parts.iter().map(|p| p.trials).sum(),
            detail: self.detail.clone(),
        }
    }
}
