//! A packet store in memory, for nodes that are simulated by the thousand.
//!
//! Keeps the rules that the engine relies on: tombstones, expiry, the longer of two lives, one record an inbox and
//! place. Has room for everything and forgets all with its node; what a record asks of senders is the real store's
//! to enforce.

use std::collections::BTreeMap;
use std::ops::Bound;

use toxdrop_dht::storage::{
    EntombOutcome, Entry, ExtendOutcome, OfferVerdict, PutOutcome, StorageReply, StorageRequest,
    StoreRefusal,
};
use toxdrop_proto::ids::{Location, PacketId, UnixSeconds};
use toxdrop_proto::packet::{PacketPolicy, Rank, StampedPacket};
use toxdrop_proto::tombstone::Tombstone;

/// Whatever answers an engine's storage requests at once.
pub trait Storage {
    /// Carries one request out and answers it.
    fn handle(&mut self, now: UnixSeconds, request: StorageRequest) -> StorageReply;
}

impl<F: FnMut(UnixSeconds, StorageRequest) -> StorageReply> Storage for F {
    fn handle(&mut self, now: UnixSeconds, request: StorageRequest) -> StorageReply {
        self(now, request)
    }
}

/// How long a tombstone lives: longer than any copy of its packet.
const TOMBSTONE_LIFE: u64 = 28 * 86_400 + 3 * 3_600;

type Place = (Location, PacketId);

#[derive(Clone, Debug)]
struct Held {
    packet: StampedPacket,
    stored: UnixSeconds,
}

/// The store.
#[derive(Clone, Debug)]
pub struct MemoryStore {
    policy: PacketPolicy,
    packets: BTreeMap<Place, Held>,
    tombstones: BTreeMap<Place, (UnixSeconds, Tombstone)>,
}

impl MemoryStore {
    /// An empty store of a network with this policy.
    #[must_use]
    pub fn new(policy: PacketPolicy) -> Self {
        Self {
            policy,
            packets: BTreeMap::new(),
            tombstones: BTreeMap::new(),
        }
    }

    fn live(&self, now: UnixSeconds, place: &Place) -> Option<&Held> {
        self.packets
            .get(place)
            .filter(|held| held.packet.expires() > now)
    }

    fn tombstone(&mut self, now: UnixSeconds, place: &Place) -> Option<Tombstone> {
        let (ends, tombstone) = self.tombstones.get_mut(place)?;
        if *ends <= now {
            return None;
        }
        // A live copy was met: the tombstone has to outlive it.
        *ends = now.plus(TOMBSTONE_LIFE);
        Some(*tombstone)
    }

    fn put(&mut self, now: UnixSeconds, packet: StampedPacket) -> PutOutcome {
        let place = (packet.location(), packet.id());
        if packet.expires() <= now {
            return PutOutcome::Refused(StoreRefusal::Expired);
        }
        if let Some(tombstone) = self.tombstone(now, &place) {
            return PutOutcome::Tombstoned(tombstone);
        }
        let present = self.live(now, &place).map(|held| held.packet.expires());
        if let Some(present) = present {
            if packet.expires() > present {
                self.restamp(&place, packet);
            }
            return PutOutcome::AlreadyHeld;
        }
        if let Some(newer) = self.replace_record(now, &packet) {
            let newer = newer.into_packet();
            return PutOutcome::Refused(StoreRefusal::OlderRecord { newer });
        }
        let stored = now;
        self.packets.insert(place, Held { packet, stored });
        PutOutcome::Held
    }

    fn restamp(&mut self, place: &Place, packet: StampedPacket) {
        if let Some(held) = self.packets.get_mut(place) {
            held.packet = packet;
        }
    }

    /// Makes way for a record, unless a newer one of the same inbox is here: then returns that.
    fn replace_record(
        &mut self,
        now: UnixSeconds,
        packet: &StampedPacket,
    ) -> Option<StampedPacket> {
        let record = packet.record()?;
        let location = packet.location();
        let (place, other) = self
            .at(location)
            .find(|(_, held)| held.packet.record().is_some_and(|r| r.key == record.key))
            .map(|(place, held)| (*place, held.packet.clone()))?;
        let bars = other.expires() > now
            && other
                .record()
                .is_some_and(|other| !record.supersedes(other));
        if bars {
            return Some(other);
        }
        self.packets.remove(&place);
        None
    }

    fn at(&self, location: Location) -> impl Iterator<Item = (&Place, &Held)> {
        let first = (location, PacketId::from_bytes([0; 32]));
        let last = (location, PacketId::from_bytes([255; 32]));
        self.packets.range(first..=last)
    }

    fn extend(
        &mut self,
        now: UnixSeconds,
        place: &Place,
        expires: UnixSeconds,
        nonce: u64,
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
        let packet = held.packet.clone().into_packet().with_stamp(nonce, expires);
        let target = packet.target(self.policy.floor, now);
        match packet.verify(now, &self.policy) {
            Ok(stamped) => {
                self.restamp(place, stamped);
                ExtendOutcome::Extended
            }
            Err(_) => ExtendOutcome::Refused(StoreRefusal::WorkTooLow {
                target,
                record: None,
            }),
        }
    }

    fn entomb(&mut self, now: UnixSeconds, tombstone: Tombstone) -> EntombOutcome {
        let place = (tombstone.location, tombstone.id);
        if self.tombstones.contains_key(&place) {
            return EntombOutcome::Already;
        }
        let Some(held) = self.packets.get(&place) else {
            return EntombOutcome::NotHeld;
        };
        if !tombstone.covers(&held.packet) {
            return EntombOutcome::NotAuthorised;
        }
        self.packets.remove(&place);
        let ends = now.plus(TOMBSTONE_LIFE);
        self.tombstones.insert(place, (ends, tombstone));
        EntombOutcome::Accepted
    }

    fn offered(&mut self, now: UnixSeconds, place: &Place, expires: UnixSeconds) -> OfferVerdict {
        if expires <= now {
            return OfferVerdict::Unwanted;
        }
        if let Some(tombstone) = self.tombstone(now, place) {
            return OfferVerdict::Entombed(tombstone);
        }
        match self.live(now, place) {
            Some(held) if held.packet.expires() < expires => OfferVerdict::Extend,
            Some(_) => OfferVerdict::Held,
            None => OfferVerdict::Lacking,
        }
    }

    /// Live packets after a place, at most `limit`, and whether there are more.
    fn page(
        &self,
        now: UnixSeconds,
        within: Option<Location>,
        after: Bound<Place>,
        limit: usize,
    ) -> (Vec<Entry>, bool) {
        let mut entries: Vec<Entry> = self
            .packets
            .range((after, Bound::Unbounded))
            .take_while(|((location, _), _)| within.is_none_or(|within| within == *location))
            .filter(|(_, held)| held.packet.expires() > now)
            .take(limit.saturating_add(1))
            .map(|(_, held)| self.entry(now, held))
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

    fn entry(&self, now: UnixSeconds, held: &Held) -> Entry {
        let packet = &held.packet;
        Entry {
            location: packet.location(),
            id: packet.id(),
            kind: packet.kind(),
            size: u16::try_from(packet.len()).unwrap_or(u16::MAX),
            expires: packet.expires(),
            stored: held.stored,
            rank: Rank::of(packet.value(), packet.target(self.policy.floor, now)),
        }
    }
}

impl Storage for MemoryStore {
    fn handle(&mut self, now: UnixSeconds, request: StorageRequest) -> StorageReply {
        match request {
            StorageRequest::Put { packet, .. } => StorageReply::Put(self.put(now, packet)),
            StorageRequest::Extend {
                location,
                id,
                expires,
                nonce,
                ..
            } => StorageReply::Extended(self.extend(now, &(location, id), expires, nonce)),
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
                let newest = self
                    .at(location)
                    .filter(|(_, held)| held.packet.expires() > now)
                    .filter(|(_, held)| held.packet.record().is_some())
                    .max_by_key(|(_, held)| held.packet.record().map(|r| r.sequence));
                StorageReply::Record(newest.map(|(_, held)| held.packet.clone()))
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
}
