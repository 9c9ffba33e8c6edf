//! Judging a packet: its times, its work, its keys and signature.
//!
//! Pure: the time and the rules come in as arguments. Only what passed becomes a [`StampedPacket`],
//! and only that can be stored. Prepaid parts are judged in `deposit.rs`.

use std::ops::Deref;

use thiserror::Error;

use super::layout::PacketKind;
use super::stored::Packet;
use super::terms::RecordHead;
use crate::clock::CLOCK_SKEW;
use crate::codec::DecodeError;
use crate::day::{DAY_LEN, Day};
use crate::ids::{NetworkId, UnixSeconds};
use crate::keys::{EphemeralPublicKey, KeyError, PlacePublicKey};
use crate::pow::Difficulty;

/// Greatest time to live, in seconds: 28 days.
pub const MAX_TTL: u64 = 28 * DAY_LEN;

/// How far ahead of one's clock a record's week may begin, or a record be dated, in seconds: a day.
pub const MAX_RECORD_AHEAD: u64 = DAY_LEN;

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

/// How a packet comes to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arrival {
    /// From a sender, or whoever prolongs its life.
    Store,
    /// From another node that offered it, and was told that it is wanted.
    HandOver,
}

impl PacketPolicy {
    /// The same rules with at least this difficulty.
    #[must_use]
    pub fn with_difficulty(self, difficulty: Difficulty) -> Self {
        Self {
            floor: self.floor.max(difficulty),
            ..self
        }
    }

    /// The rules for a packet of this kind and last day that arrives at a place where `record` is in force; `None`
    /// where none is.
    ///
    /// A record binds whatever is stored, and whatever is handed over but cannot be older than its terms: raising the
    /// difficulty loses no mail that was acknowledged, and handing over is no way around it. Records themselves are
    /// never bound: else an owner who asked for too much could not take it back.
    #[must_use]
    pub fn bound_by(
        self,
        record: Option<&RecordHead>,
        arrival: Arrival,
        kind: PacketKind,
        last: Day,
    ) -> Self {
        let Some(record) = record else { return self };
        let older = arrival == Arrival::HandOver && record.may_be_older(last);
        if older || kind == PacketKind::Record {
            return self;
        }
        Self {
            max_ttl: self.max_ttl.min(record.terms.max_ttl()),
            ..self.with_difficulty(record.terms.difficulty())
        }
    }
}

/// Why a well-formed packet is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PacketError {
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
    /// It would outlive its last day.
    #[error("the packet expires after its last day, {0}")]
    OutlivesLastDay(Day),
    /// Its last day is further ahead than any packet's that exists.
    #[error(
        "the packet's last day is {last}, but no packet made by now can have one after {latest}"
    )]
    LastDayTooLate {
        /// What it says.
        last: Day,
        /// What is allowed.
        latest: Day,
    },
    /// The record is from the future.
    #[error("the inbox record's week begins more than a day ahead; check the clock")]
    RecordAhead,
    /// The place's key in the packet does not hash to the packet's location.
    #[error("the key in the packet does not belong to its location")]
    NotThePlacesKey,
    /// The stamp does not pay for the packet's size and time to live.
    #[error("the proof of work is too low: its value is {value}, the target {target}")]
    WorkTooLow {
        /// What the stamp reaches.
        value: u64,
        /// What it must not exceed.
        target: u64,
    },
    /// A prepaid part by itself, without the deposit that pays for it.
    #[error("a prepaid packet is taken only where its deposit is held")]
    NeedsDeposit,
    /// A key in the packet is none.
    #[error("a key in the packet is unusable: {0}")]
    Key(KeyError),
    /// The signature is wrong.
    #[error("the packet's signature is wrong")]
    Signature,
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
    /// Reads back what a store wrote after it was verified; nothing is judged again but the form.
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

    /// Whether this record takes the place of the one that is held at the same location: one with a greater version
    /// does; on a tie the one with the greater id, so that all holders agree. `false` for other kinds and locations.
    #[must_use]
    pub fn replaces(&self, held: &Self) -> bool {
        let (Some(new), Some(old)) = (self.record_head(), held.record_head()) else {
            return false;
        };
        let newer = || (new.version, self.id()) > (old.version, held.id());
        self.location() == held.location() && newer()
    }

    /// What binds at the packet's location while it is held: what a record that has not ended says; `None` otherwise.
    #[must_use]
    pub fn in_force(&self, now: UnixSeconds) -> Option<RecordHead> {
        self.record_head().filter(|head| now < head.ends())
    }

    /// For the judges beside this one.
    pub(super) fn judged(packet: Packet) -> Self {
        Self(packet)
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
        self.check_times(now, policy)?;
        if self.kind() == PacketKind::Prepaid {
            return Err(PacketError::NeedsDeposit);
        }
        self.check_place()?;
        let (value, target) = (self.value(), self.target(policy.floor, now));
        if value > target {
            return Err(PacketError::WorkTooLow { value, target });
        }
        self.check_keys(policy.network)?;
        Ok(StampedPacket(self))
    }

    pub(super) fn check_times(
        &self,
        now: UnixSeconds,
        policy: &PacketPolicy,
    ) -> Result<(), PacketError> {
        let (expires, last) = (self.expires(), self.last());
        if expires <= now {
            return Err(PacketError::Expired(now.since(expires)));
        }
        let max = policy.max_ttl.saturating_add(policy.clock_skew);
        let ttl = expires.since(now);
        if ttl > max {
            return Err(PacketError::TtlTooLong { ttl, max });
        }
        if expires > last.end() {
            return Err(PacketError::OutlivesLastDay(last));
        }
        let ahead = |head: RecordHead| head.week.begin().since(now) > MAX_RECORD_AHEAD;
        if self.record_head().is_some_and(ahead) {
            return Err(PacketError::RecordAhead);
        }
        // A record's last day follows from its week, which was just looked at.
        let latest = Day::latest_last(now);
        if last > latest && self.kind() != PacketKind::Record {
            return Err(PacketError::LastDayTooLate { last, latest });
        }
        Ok(())
    }

    /// Costs one hash, and no point of the curve.
    pub(super) fn check_place(&self) -> Result<(), PacketError> {
        match self.place_key() {
            Some(key) if key.location() != self.location() => Err(PacketError::NotThePlacesKey),
            _ => Ok(()),
        }
    }

    pub(super) fn check_keys(&self, network: NetworkId) -> Result<(), PacketError> {
        if let Some(key) = self.ephemeral_key() {
            EphemeralPublicKey::try_from(key).map_err(PacketError::Key)?;
        }
        if let (Some(key), Some((text, signature))) = (self.place_key(), self.signed(network)) {
            PlacePublicKey::try_from(key)
                .map_err(PacketError::Key)?
                .verify(&text, &signature)
                .map_err(|_| PacketError::Signature)?;
        }
        Ok(())
    }
}
