//! Decides whether a packet, or a longer life for one, is taken.
//!
//! Checks no floor for new packets: a `StampedPacket` has shown it already.
//!
//! Order of the questions: expired? deleted? held already? do we store for this location? is a newer record held? does
//! it keep the terms of the location's record? is there room?

use toxdrop_dht::storage::{ExtendOutcome, PutOutcome, PutSource, StoreRefusal};
use toxdrop_proto::ids::UnixSeconds;
use toxdrop_proto::packet::{Arrival, PacketError, PacketKind, StampedPacket};

use crate::change::Change;
use crate::error::Fault;
use crate::event::StoreEventKind;
use crate::held::{Held, standing_of};
use crate::room::{Newcomer, NoRoom};
use crate::tables::{PacketKey, packet_key};

impl Change<'_> {
    /// Takes a packet, or says why not.
    pub(crate) fn put(
        &mut self,
        packet: &StampedPacket,
        source: PutSource,
    ) -> Result<PutOutcome, Fault> {
        let location = packet.location();
        let key = packet_key(&location, &packet.id());
        let newcomer = Held::new(packet.clone(), self.now);
        if !newcomer.is_live(self.now) {
            return Ok(PutOutcome::Refused(StoreRefusal::Expired));
        }
        if let Some(tombstone) = self.tombstone(&key)? {
            return Ok(PutOutcome::Tombstoned(tombstone));
        }
        if let Some(held) = self.live(&key)? {
            return self.put_again(&key, &held, packet, source);
        }
        if !self.config.holds_for(&location) {
            return Ok(PutOutcome::Refused(StoreRefusal::NotStoring));
        }
        let replaced = match self.replaced_record(packet)? {
            Ok(replaced) => replaced,
            Err(refusal) => return Ok(PutOutcome::Refused(refusal)),
        };
        if let Some(refusal) = self.refused_by_terms(packet, source)? {
            return Ok(PutOutcome::Refused(refusal));
        }
        // A former copy of it, not yet swept away.
        self.remove(&key, StoreEventKind::Expired)?;
        let newcomer = Newcomer {
            location,
            room: newcomer.occupant(),
            replaced: replaced.filter(|(old, _)| *old != key),
        };
        let plan = match self.plan_room(&newcomer)? {
            Ok(plan) => plan,
            Err(NoRoom(standing)) => {
                return Ok(PutOutcome::Refused(StoreRefusal::Full { standing }));
            }
        };
        if let Some((old, _)) = newcomer.replaced {
            self.remove(&old, StoreEventKind::Deleted)?;
        }
        self.make_room(&plan)?;
        self.insert(packet)?;
        Ok(PutOutcome::Held)
    }

    /// Prolongs a held packet, or says why not.
    pub(crate) fn extend(
        &mut self,
        key: &PacketKey,
        expires: UnixSeconds,
        nonce: u64,
        source: PutSource,
    ) -> Result<ExtendOutcome, Fault> {
        if let Some(tombstone) = self.tombstone(key)? {
            return Ok(ExtendOutcome::Tombstoned(tombstone));
        }
        let Some(held) = self.live(key)? else {
            return Ok(ExtendOutcome::Refused(StoreRefusal::NotHeld));
        };
        if expires <= held.packet.expires() {
            return Ok(ExtendOutcome::Refused(StoreRefusal::EarlierExpiry));
        }
        let restamped = held.packet.with_stamp(nonce, expires);
        let restamped = match restamped.verify(self.now, &self.config.policy) {
            Ok(stamped) => stamped,
            Err(error) => return Ok(ExtendOutcome::Refused(self.refusal(&error))),
        };
        Ok(match self.prolong(key, &held, &restamped, source)? {
            None => ExtendOutcome::Extended,
            Some(refusal) => ExtendOutcome::Refused(refusal),
        })
    }

    /// A packet that is held already: the longer life of the two counts.
    fn put_again(
        &mut self,
        key: &PacketKey,
        held: &Held,
        packet: &StampedPacket,
        source: PutSource,
    ) -> Result<PutOutcome, Fault> {
        if packet.expires() <= held.packet.expires() {
            return Ok(PutOutcome::AlreadyHeld);
        }
        Ok(match self.prolong(key, held, packet, source)? {
            None => PutOutcome::AlreadyHeld,
            Some(refusal) => PutOutcome::Refused(refusal),
        })
    }

    /// Puts a stamp for a later expiry on a held packet, or says why not.
    fn prolong(
        &mut self,
        key: &PacketKey,
        held: &Held,
        packet: &StampedPacket,
        source: PutSource,
    ) -> Result<Option<StoreRefusal>, Fault> {
        if let Some(refusal) = self.refused_by_terms(packet, source)? {
            return Ok(Some(refusal));
        }
        // Else a stranger could lower a packet's standing by prolonging it cheaply, and then push it out.
        if !held.standing.takes_update(standing_of(packet)) {
            return Ok(Some(StoreRefusal::LowerStanding));
        }
        self.restamp(key, held, packet)?;
        Ok(None)
    }

    /// The record that this one replaces, with its charge; or the newer one that bars it.
    fn replaced_record(
        &self,
        packet: &StampedPacket,
    ) -> Result<Result<Option<(PacketKey, u64)>, StoreRefusal>, Fault> {
        if packet.kind() != PacketKind::Record {
            return Ok(Ok(None));
        }
        let Some(old) = self.record(&packet.location())? else {
            return Ok(Ok(None));
        };
        if old.is_live(self.now) && !packet.replaces(&old.packet) {
            return Ok(Err(StoreRefusal::OlderRecord {
                newer: old.packet.into_packet(),
            }));
        }
        let key = packet_key(&old.packet.location(), &old.packet.id());
        Ok(Ok(Some((key, old.occupant().charge))))
    }

    /// What the record of the packet's location asks for, and this packet does not give.
    fn refused_by_terms(
        &self,
        packet: &StampedPacket,
        source: PutSource,
    ) -> Result<Option<StoreRefusal>, Fault> {
        let arrival = match source {
            PutSource::Sender => Arrival::Store,
            PutSource::HandOver => Arrival::HandOver,
            PutSource::Own => return Ok(None),
        };
        let Some(record) = self
            .record(&packet.location())?
            .filter(|record| record.is_live(self.now))
        else {
            return Ok(None);
        };
        let head = record.packet.in_force(self.now);
        let policy = self.config.policy;
        let bound = policy.bound_by(head.as_ref(), arrival, packet.kind(), packet.last());
        if bound == policy {
            return Ok(None);
        }
        let ttl = packet.expires().since(self.now);
        if ttl > bound.max_ttl.saturating_add(bound.clock_skew) {
            return Ok(Some(StoreRefusal::TtlTooLong { max: bound.max_ttl }));
        }
        let target = packet.target(bound.floor, self.now);
        Ok((packet.value() > target).then(|| StoreRefusal::WorkTooLow {
            target,
            record: Some(record.packet.into_packet()),
        }))
    }

    fn refusal(&self, error: &PacketError) -> StoreRefusal {
        match error {
            PacketError::WorkTooLow { target, .. } => StoreRefusal::WorkTooLow {
                target: *target,
                record: None,
            },
            PacketError::Expired(_) => StoreRefusal::Expired,
            PacketError::TtlTooLong { .. } => StoreRefusal::TtlTooLong {
                max: self.config.policy.max_ttl,
            },
            PacketError::OutlivesLastDay(last) => StoreRefusal::TtlTooLong {
                max: last.end().since(self.now),
            },
            PacketError::LastDayTooLate { .. }
            | PacketError::RecordAhead
            | PacketError::NotThePlacesKey
            | PacketError::NeedsDeposit
            | PacketError::Key(_)
            | PacketError::Signature => StoreRefusal::Malformed,
        }
    }
}
