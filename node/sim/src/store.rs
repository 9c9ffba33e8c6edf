//! A packet store in memory, for nodes that are simulated by the thousand.
//!
//! Keeps the rules that the engine relies on: tombstones, expiry, the longer of two lives, one record a place and what it
//! asks of senders. Has room for everything and forgets all with its node.

use std::collections::BTreeMap;
use std::ops::Bound;

use toxdrop_dht::storage::{
    EntombOutcome, Entry, ExtendOutcome, OfferVerdict, PutOutcome, PutSource, StorageReply,
    StorageRequest, StoreRefusal,
};
use toxdrop_proto::ids::{Location, PacketId, UnixSeconds};
use toxdrop_proto::packet::{
    Arrival, Packet, PacketError, PacketKind, PacketPolicy, StampedPacket, Standing,
};
use toxdrop_proto::tombstone::Tombstone;

/// Whatever answers an engine's storage requests at once.
pub trait Storage {
    /// Carries one request out and answers it.
    fn handle(&mut self, now: UnixSeconds, request: StorageRequest) -> StorageReply;

    /// Takes packets for others from now on, or no longer. A store that does not care takes them always.
    fn set_store_for_others(&mut self, store_for_others: bool) {
        let _ = store_for_others;
    }
}

impl<F: FnMut(UnixSeconds, StorageRequest) -> StorageReply> Storage for F {
    fn handle(&mut self, now: UnixSeconds, request: StorageRequest) -> StorageReply {
        self(now, request)
    }
}

type Name = (Location, PacketId);

#[derive(Clone, Debug)]
struct Held {
    packet: StampedPacket,
    stored: UnixSeconds,
}

/// The store.
#[derive(Clone, Debug)]
pub struct MemoryStore {
    policy: PacketPolicy,
    store_for_others: bool,
    packets: BTreeMap<Name, Held>,
    tombstones: BTreeMap<Name, (UnixSeconds, Tombstone)>,
}

impl MemoryStore {
    /// An empty store of a network with this policy.
    #[must_use]
    pub fn new(policy: PacketPolicy) -> Self {
        Self {
            policy,
            store_for_others: true,
            packets: BTreeMap::new(),
            tombstones: BTreeMap::new(),
        }
    }

    fn live(&self, now: UnixSeconds, place: &Name) -> Option<&Held> {
        self.packets
            .get(place)
            .filter(|held| held.packet.expires() > now)
    }

    fn tombstone(&self, now: UnixSeconds, name: &Name) -> Option<Tombstone> {
        let (ends, tombstone) = self.tombstones.get(name)?;
        (*ends > now).then_some(*tombstone)
    }

    /// Judges a packet by what binds it here: the network's rules, and the terms of the place's record.
    fn judge(
        &self,
        now: UnixSeconds,
        packet: Packet,
        source: PutSource,
    ) -> Result<StampedPacket, StoreRefusal> {
        let record = self.record(now, packet.location());
        let head = record.and_then(|record| record.in_force(now));
        let policy = match source {
            PutSource::Own => self.policy,
            PutSource::Sender | PutSource::HandOver => {
                let arrival = if source == PutSource::HandOver {
                    Arrival::HandOver
                } else {
                    Arrival::Store
                };
                let (kind, last) = (packet.kind(), packet.last());
                self.policy.bound_by(head.as_ref(), arrival, kind, last)
            }
        };
        let bound = policy != self.policy;
        packet.verify(now, &policy).map_err(|error| match error {
            PacketError::Expired(_) => StoreRefusal::Expired,
            PacketError::TtlTooLong { max, .. } => StoreRefusal::TtlTooLong { max },
            PacketError::WorkTooLow { target, .. } => StoreRefusal::WorkTooLow {
                target,
                record: record.filter(|_| bound).map(|record| (**record).clone()),
            },
            _ => StoreRefusal::Malformed,
        })
    }

    /// The record that is held at a location.
    fn record(&self, now: UnixSeconds, location: Location) -> Option<&StampedPacket> {
        self.at(location)
            .map(|(_, held)| &held.packet)
            .find(|packet| packet.kind() == PacketKind::Record && packet.expires() > now)
    }

    fn put(&mut self, now: UnixSeconds, packet: StampedPacket, source: PutSource) -> PutOutcome {
        let place = (packet.location(), packet.id());
        if packet.expires() <= now {
            return PutOutcome::Refused(StoreRefusal::Expired);
        }
        if let Some(tombstone) = self.tombstone(now, &place) {
            return PutOutcome::Tombstoned(tombstone);
        }
        if let Some(held) = self.live(now, &place).map(|held| held.packet.clone()) {
            if packet.expires() <= held.expires() {
                return PutOutcome::AlreadyHeld;
            }
            return match self.judge(now, packet.into_packet(), source) {
                Ok(stamped) if !standing(&held).takes_update(standing(&stamped)) => {
                    PutOutcome::Refused(StoreRefusal::LowerStanding)
                }
                Ok(stamped) => {
                    self.restamp(&place, stamped);
                    PutOutcome::AlreadyHeld
                }
                Err(refusal) => PutOutcome::Refused(refusal),
            };
        }
        if !self.store_for_others {
            return PutOutcome::Refused(StoreRefusal::NotStoring);
        }
        if let Some(newer) = self.replace_record(now, &packet) {
            let newer = newer.into_packet();
            return PutOutcome::Refused(StoreRefusal::OlderRecord { newer });
        }
        let packet = match self.judge(now, packet.into_packet(), source) {
            Ok(packet) => packet,
            Err(refusal) => return PutOutcome::Refused(refusal),
        };
        let stored = now;
        self.packets.insert(place, Held { packet, stored });
        PutOutcome::Held
    }

    fn restamp(&mut self, place: &Name, packet: StampedPacket) {
        if let Some(held) = self.packets.get_mut(place) {
            held.packet = packet;
        }
    }

    /// Makes way for a record, unless a newer one of the same place is here: then returns that.
    fn replace_record(
        &mut self,
        now: UnixSeconds,
        packet: &StampedPacket,
    ) -> Option<StampedPacket> {
        if packet.kind() != PacketKind::Record {
            return None;
        }
        let other = self.record(now, packet.location())?.clone();
        if !packet.replaces(&other) {
            return Some(other);
        }
        self.packets.remove(&(other.location(), other.id()));
        None
    }

    fn at(&self, location: Location) -> impl Iterator<Item = (&Name, &Held)> {
        let first = (location, PacketId::from_bytes([0; 32]));
        let last = (location, PacketId::from_bytes([255; 32]));
        self.packets.range(first..=last)
    }

    fn extend(
        &mut self,
        now: UnixSeconds,
        place: &Name,
        expires: UnixSeconds,
        nonce: u64,
        source: PutSource,
    ) -> ExtendOutcome {
        if let Some(tombstone) = self.tombstone(now, place) {
            return ExtendOutcome::Tombstoned(tombstone);
        }
        let Some(held) = self.live(now, place) else {
            return ExtendOutcome::Refused(StoreRefusal::NotHeld);
        };
        if expires <= held.packet.expires() {
            return ExtendOutcome::Refused(StoreRefusal::EarlierExpiry);
        }
        let until = held.packet.last().end();
        if expires > until {
            let max = until.since(now);
            return ExtendOutcome::Refused(StoreRefusal::TtlTooLong { max });
        }
        let packet = held.packet.clone().into_packet().with_stamp(nonce, expires);
        let stood = standing(&held.packet);
        match self.judge(now, packet, source) {
            Ok(stamped) if !stood.takes_update(standing(&stamped)) => {
                ExtendOutcome::Refused(StoreRefusal::LowerStanding)
            }
            Ok(stamped) => {
                self.restamp(place, stamped);
                ExtendOutcome::Extended
            }
            Err(refusal) => ExtendOutcome::Refused(refusal),
        }
    }

    fn entomb(&mut self, now: UnixSeconds, tombstone: Tombstone) -> EntombOutcome {
        let place = (tombstone.location(), tombstone.id);
        if self.tombstone(now, &place).is_some() {
            return EntombOutcome::Already;
        }
        let Some(held) = self.packets.get(&place) else {
            return EntombOutcome::NotHeld;
        };
        if !tombstone.covers(&held.packet) {
            return EntombOutcome::NotAuthorised;
        }
        let ends = Tombstone::kept_until(held.packet.last());
        self.packets.remove(&place);
        self.tombstones.insert(place, (ends, tombstone));
        EntombOutcome::Accepted
    }

    fn offered(&self, now: UnixSeconds, place: &Name, expires: UnixSeconds) -> OfferVerdict {
        if expires <= now {
            return OfferVerdict::Unwanted;
        }
        if let Some(tombstone) = self.tombstone(now, place) {
            return OfferVerdict::Entombed(tombstone);
        }
        match self.live(now, place) {
            Some(held) if held.packet.expires() < expires => OfferVerdict::Extend,
            Some(_) => OfferVerdict::Held,
            None if self.store_for_others => OfferVerdict::Lacking,
            None => OfferVerdict::Unwanted,
        }
    }

    /// Live packets after a place, at most `limit`, and whether there are more.
    fn page(
        &self,
        now: UnixSeconds,
        within: Option<Location>,
        after: Bound<Name>,
        limit: usize,
    ) -> (Vec<Entry>, bool) {
        let mut entries: Vec<Entry> = self
            .packets
            .range((after, Bound::Unbounded))
            .take_while(|((location, _), _)| within.is_none_or(|within| within == *location))
            .filter(|(_, held)| held.packet.expires() > now)
            .take(limit.saturating_add(1))
            .map(|(_, held)| entry(held))
            .collect();
        let more = entries.len() > limit;
        entries.truncate(limit);
        (entries, more)
    }

    /// Drops what has expired.
    fn sweep(&mut self, now: UnixSeconds) {
        self.packets.retain(|_, held| held.packet.expires() > now);
        self.tombstones.retain(|_, (ends, _)| *ends > now);
    }
}

fn entry(held: &Held) -> Entry {
    let packet = &held.packet;
    Entry {
        location: packet.location(),
        id: packet.id(),
        kind: packet.kind(),
        size: u16::try_from(packet.len()).unwrap_or(u16::MAX),
        expires: packet.expires(),
        stored: held.stored,
        standing: standing(packet),
    }
}

/// Only a prepaid part has none of its own, and none gets here.
fn standing(packet: &StampedPacket) -> Standing {
    packet.standing().unwrap_or_default()
}

impl Storage for MemoryStore {
    fn handle(&mut self, now: UnixSeconds, request: StorageRequest) -> StorageReply {
        match request {
            StorageRequest::Put { packet, source } => {
                StorageReply::Put(self.put(now, packet, source))
            }
            StorageRequest::Extend {
                location,
                id,
                expires,
                nonce,
                source,
            } => {
                let extended = self.extend(now, &(location, id), expires, nonce, source);
                StorageReply::Extended(extended)
            }
            StorageRequest::Entomb { tombstones } => StorageReply::Entombed(
                tombstones
                    .into_iter()
                    .map(|tombstone| self.entomb(now, tombstone))
                    .collect(),
            ),
            StorageRequest::List {
                location,
                after,
                limit,
            } => {
                let after = match after {
                    Some(id) => Bound::Excluded((location, id)),
                    None => Bound::Included((location, PacketId::from_bytes([0; 32]))),
                };
                let (entries, more) = self.page(now, Some(location), after, limit);
                StorageReply::Listed { entries, more }
            }
            StorageRequest::Get { location, id } => {
                let held = self.live(now, &(location, id));
                StorageReply::Got(held.map(|held| held.packet.clone()))
            }
            StorageRequest::Record { location } => {
                StorageReply::Record(self.record(now, location).cloned())
            }
            StorageRequest::Offered { offers } => StorageReply::Offered(
                offers
                    .into_iter()
                    .map(|(location, id, expires)| self.offered(now, &(location, id), expires))
                    .collect(),
            ),
            StorageRequest::Scan { after, limit } => {
                if after.is_none() {
                    self.sweep(now);
                }
                let after = after.map_or(Bound::Unbounded, Bound::Excluded);
                let (entries, more) = self.page(now, None, after, limit);
                StorageReply::Scanned { entries, more }
            }
        }
    }

    fn set_store_for_others(&mut self, store_for_others: bool) {
        self.store_for_others = store_for_others;
    }
}
