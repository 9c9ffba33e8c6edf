//! Decides whether a packet, or a longer life for one, is taken.
//!
//! Checks no floor for new packets: a `StampedPacket` has shown it already.
//!
//! Order of the questions: deleted? expired? held already? do we store for this location? is a newer
//! record held? does it reach the difficulty of the location's record? is there room?

use redb::ReadableTable;
use toxdrop_proto::ids::UnixSeconds;
use toxdrop_proto::packet::{Packet, PacketError, PacketKind, Rank, StampedPacket};

use crate::change::{Change, charge, parse, record_key};
use crate::error::Fault;
use crate::event::StoreEventKind;
use crate::room::{Newcomer, NoRoom};
use crate::tables::{Held, PacketKey, joined, packet_key};
use toxdrop_dht::storage::{ExtendOutcome, PutOutcome, PutSource, StoreRefusal};

impl Change<'_> {
    /// Takes a packet, or says why not.
    pub(crate) fn put(
        &mut self,
        packet: &StampedPacket,
        source: PutSource,
    ) -> Result<PutOutcome, Fault> {
        let location = packet.location();
        let key = packet_key(&location, &packet.id());
        if packet.expires() <= self.now {
            return Ok(PutOutcome::Refused(StoreRefusal::Expired));
        }
        if let Some(tombstone) = self.meet_tombstone(&key)? {
            return Ok(PutOutcome::Tombstoned(tombstone));
        }
        if let Some(held) = self.held(&key)? {
            return self.put_again(&key, &held, packet, source);
        }
        if !self.config.holds_for(&location) {
            return Ok(PutOutcome::Refused(StoreRefusal::NotStoring));
        }
        let replaced = match self.replaced_record(packet)? {
            Ok(replaced) => replaced,
            Err(refusal) => return Ok(PutOutcome::Refused(refusal)),
        };
        let value = packet.value();
        if let Some(refusal) = self.refused_by_record(packet, value, source)? {
            return Ok(PutOutcome::Refused(refusal));
        }
        let newcomer = Newcomer {
            location,
            rank: Rank::of(value, packet.target(self.config.floor(), self.now)),
            charge: charge(packet.len()),
            replaced,
        };
        let plan = match self.plan_room(&newcomer)? {
            Ok(plan) => plan,
            Err(NoRoom { rank, stale }) => {
                self.refresh_ranks(&stale)?;
                return Ok(PutOutcome::Refused(StoreRefusal::Full { rank }));
            }
        };
        if let Some((old, _)) = newcomer.replaced {
            self.remove(&old, StoreEventKind::Deleted)?;
        }
        self.make_room(plan)?;
        self.insert(packet, value)?;
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
        if let Some(tombstone) = self.meet_tombstone(key)? {
            return Ok(ExtendOutcome::Tombstoned(tombstone));
        }
        let Some(held) = self
            .held(key)?
            .filter(|held| held.ranked.stamp.expires > self.now)
        else {
            return Ok(ExtendOutcome::Refused(StoreRefusal::NotHeld));
        };
        if expires <= held.ranked.stamp.expires {
            return Ok(ExtendOutcome::Refused(StoreRefusal::EarlierExpiry));
        }
        let restamped = parse(&held.bytes)?.with_stamp(nonce, expires);
        let restamped = match restamped.verify(self.now, &self.config.policy) {
            Ok(stamped) => stamped,
            Err(error) => return Ok(ExtendOutcome::Refused(self.refusal(&error))),
        };
        let value = restamped.value();
        if let Some(refusal) = self.refused_by_record(&restamped, value, source)? {
            return Ok(ExtendOutcome::Refused(refusal));
        }
        self.restamp(key, &held, &restamped, value)?;
        Ok(ExtendOutcome::Extended)
    }

    /// A packet that is held already: the longer life of the two counts.
    fn put_again(
        &mut self,
        key: &PacketKey,
        held: &Held,
        packet: &StampedPacket,
        source: PutSource,
    ) -> Result<PutOutcome, Fault> {
        let present = held.ranked.stamp.expires;
        if packet.expires() <= present {
            return Ok(PutOutcome::AlreadyHeld);
        }
        let value = packet.value();
        if let Some(refusal) = self.refused_by_record(packet, value, source)? {
            return Ok(PutOutcome::Refused(refusal));
        }
        self.restamp(key, held, packet, value)?;
        Ok(PutOutcome::AlreadyHeld)
    }

    /// The older record that this one replaces, with its charge; or the newer one that bars it.
    fn replaced_record(
        &self,
        packet: &Packet,
    ) -> Result<Result<Option<(PacketKey, u64)>, StoreRefusal>, Fault> {
        let location = packet.location();
        let Some(record_key) = record_key(&location, packet) else {
            return Ok(Ok(None));
        };
        let Some(id) = self.records.get(&record_key)?.map(|id| *id.value()) else {
            return Ok(Ok(None));
        };
        let old_key = joined(location.as_bytes(), &id);
        let Some(old) = self.held(&old_key)? else {
            return Err(Fault::Corrupt("record without its packet"));
        };
        let old_packet = parse(&old.bytes)?;
        let supersedes = match (packet.record(), old_packet.record()) {
            (Some(new), Some(old)) => new.supersedes(old),
            _ => return Err(Fault::Corrupt("no record where one should be")),
        };
        let expired = old.ranked.stamp.expires <= self.now;
        if expired || supersedes {
            Ok(Ok(Some((old_key, charge(old.bytes.len())))))
        } else {
            Ok(Err(StoreRefusal::OlderRecord { newer: old_packet }))
        }
    }

    /// What the record of the packet's location asks of senders, and this packet does not give.
    fn refused_by_record(
        &self,
        packet: &Packet,
        value: u64,
        source: PutSource,
    ) -> Result<Option<StoreRefusal>, Fault> {
        if source != PutSource::Sender || packet.kind() != PacketKind::Message {
            return Ok(None);
        }
        let Some(record) = self.inbox_record(packet)? else {
            return Ok(None);
        };
        let Some(asked) = record.record().map(|record| record.fields) else {
            return Ok(None);
        };
        let ttl = packet.expires().since(self.now);
        if ttl > asked.max_ttl.saturating_add(self.config.policy.clock_skew) {
            return Ok(Some(StoreRefusal::TtlTooLong { max: asked.max_ttl }));
        }
        let target = packet.target(asked.difficulty.max(self.config.floor()), self.now);
        Ok((value > target).then_some(StoreRefusal::WorkTooLow {
            target,
            record: Some(record),
        }))
    }

    /// The record held at the packet's location that says it is that inbox's own location.
    fn inbox_record(&self, packet: &Packet) -> Result<Option<Packet>, Fault> {
        let location = packet.location();
        let (first, last) = (
            joined(location.as_bytes(), &[0; 32]),
            joined(location.as_bytes(), &[255; 32]),
        );
        for entry in self.records.range::<&PacketKey>(&first..=&last)? {
            let (_, id) = entry?;
            let Some(held) = self.held(&joined(location.as_bytes(), id.value()))? else {
                return Err(Fault::Corrupt("record without its packet"));
            };
            let record = parse(&held.bytes)?;
            let alive = held.ranked.stamp.expires > self.now;
            let own_place = record
                .record()
                .is_some_and(|record| record.inbox_location() == location);
            if alive && own_place {
                return Ok(Some(record));
            }
        }
        Ok(None)
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
            // It would live past what its owner signed.
            PacketError::RecordExpiry => StoreRefusal::TtlTooLong {
                max: self.config.policy.max_ttl,
            },
            PacketError::RecordSignature(_)
            | PacketError::RecordLocation
            | PacketError::EphemeralKey(_) => StoreRefusal::Malformed,
        }
    }
}
