//! Judging a packet: its work, its time, for a record its signature and place, for a message its ephemeral key.
//!
//! Pure: the time and the rules come in as arguments. Only what passed becomes a [`StampedPacket`],
//! and only that can be stored.

use std::ops::Deref;

use thiserror::Error;

use super::parsed::Packet;
use crate::codec::DecodeError;
use crate::ids::{NetworkId, UnixSeconds};
use crate::keys::KeyError;
use crate::pow::Difficulty;

/// Greatest time to live, in seconds: 28 days.
pub const MAX_TTL: u64 = 28 * 86_400;
/// How far clocks may differ, in seconds: 3 hours.
pub const CLOCK_SKEW: u64 = 3 * 3_600;

/// What a network asks of packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketPolicy {
    /// The network that signatures must be for.
    pub network: NetworkId,
    /// The least difficulty.
    pub floor: Difficulty,
    /// Greatest time to live, in seconds.
    pub max_ttl: u64,
    /// How much later than `max_ttl` an expiry may lie, in seconds, because clocks differ.
    pub clock_skew: u64,
}

impl Default for PacketPolicy {
    fn default() -> Self {
        Self {
            network: NetworkId::MAIN,
            floor: Difficulty::DEFAULT,
            max_ttl: MAX_TTL,
            clock_skew: CLOCK_SKEW,
        }
    }
}

impl PacketPolicy {
    /// The same rules with a higher difficulty, as an inbox record asks for.
    #[must_use]
    pub fn with_difficulty(self, difficulty: Difficulty) -> Self {
        Self {
            floor: self.floor.max(difficulty),
            ..self
        }
    }
}

/// Why a well-formed packet is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PacketError {
    /// The stamp does not pay for the packet's size and time to live.
    #[error("the proof of work is too low: its value is {value}, the target {target}")]
    WorkTooLow {
        /// What the stamp reaches.
        value: u64,
        /// What it must not exceed.
        target: u64,
    },
    /// Its time is over.
    #[error("the packet expired {0} seconds ago")]
    Expired(u64),
    /// It wants to live longer than the network allows.
    #[error("the packet wants to live {ttl} seconds, but at most {max} are allowed")]
    TtlTooLong {
        /// What it wants.
        ttl: u64,
        /// What is allowed.
        max: u64,
    },
    /// A message's ephemeral key is none, which [`Packet::parse`] does not look at.
    #[error("the packet is malformed {0}")]
    EphemeralKey(DecodeError),
    /// A record's signature is wrong.
    #[error("the inbox record's signature is wrong")]
    RecordSignature(KeyError),
    /// A record at a place that is none of its own.
    #[error("the inbox record does not belong at this location")]
    RecordLocation,
    /// A record's packet that outlives the record.
    #[error("the packet outlives the inbox record in it")]
    RecordExpiry,
}

/// A packet's standing among those that compete for space: work shown ÷ work required now, in thousandths.
///
/// It does not favour short lives, and it rises while a packet is held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rank(pub u64);

impl Rank {
    /// The ratio itself.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "shown to people")]
    pub fn ratio(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// Twice as much: what a newcomer needs to take another's place.
    #[must_use]
    pub const fn doubled(self) -> Self {
        Self(self.0.saturating_mul(2))
    }

    /// Rank of a stamp: target ÷ value.
    #[must_use]
    pub fn of(value: u64, target: u64) -> Self {
        let rank = u128::from(target) * 1000 / u128::from(value.max(1));
        Self(u64::try_from(rank).unwrap_or(u64::MAX))
    }
}

/// A packet that a [`PacketPolicy`] was satisfied with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StampedPacket(Packet);

impl Deref for StampedPacket {
    type Target = Packet;

    fn deref(&self) -> &Packet {
        &self.0
    }
}

impl StampedPacket {
    /// Reads back what a store wrote after it was verified; neither work nor ephemeral key is judged again.
    ///
    /// # Errors
    /// [`DecodeError`] if the bytes are no packet: the store is damaged.
    pub fn from_store(bytes: &[u8]) -> Result<Self, DecodeError> {
        Packet::parse(bytes).map(Self)
    }

    /// The packet without its verdict.
    #[must_use]
    pub fn into_packet(self) -> Packet {
        self.0
    }

    /// The packet's rank at `now`, for a network's own difficulty (not a record's).
    #[must_use]
    pub fn rank(&self, now: UnixSeconds, floor: Difficulty) -> Rank {
        Rank::of(self.value(), self.target(floor, now))
    }
}

impl Packet {
    /// Judges the packet, cheapest checks first.
    ///
    /// # Errors
    /// [`PacketError`] with the first rule that it breaks.
    pub fn verify(
        self,
        now: UnixSeconds,
        policy: &PacketPolicy,
    ) -> Result<StampedPacket, PacketError> {
        let expires = self.expires();
        if expires <= now {
            return Err(PacketError::Expired(now.since(expires)));
        }
        let max = policy.max_ttl.saturating_add(policy.clock_skew);
        let ttl = expires.since(now);
        if ttl > max {
            return Err(PacketError::TtlTooLong { ttl, max });
        }
        if let Some(record) = self.record() {
            if !record.locations().contains(&self.location()) {
                return Err(PacketError::RecordLocation);
            }
            if expires > record.expires {
                return Err(PacketError::RecordExpiry);
            }
        }
        let (value, target) = (self.value(), self.target(policy.floor, now));
        if value > target {
            return Err(PacketError::WorkTooLow { value, target });
        }
        match self.record() {
            Some(record) => record
                .verify(policy.network)
                .map_err(PacketError::RecordSignature)?,
            None => {
                self.ephemeral_key().map_err(PacketError::EphemeralKey)?;
            }
        }
        Ok(StampedPacket(self))
    }
}
