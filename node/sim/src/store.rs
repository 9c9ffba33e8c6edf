//! A packet store in memory, for nodes that are simulated by the thousand.
//!
//! Keeps the rules that the engine relies on: tombstones, expiry, the longer of two lives, one record a location. Has
//! room for everything and forgets all with its node; what a record asks of senders is the real store's to enforce.

use std::collections::BTreeMap;
use std::ops::Bound;

use toxdrop_dht::storage::{
    EntombOutcome, Entry, ExtendOutcome, OfferVerdict, PutOutcome, StorageReply, StorageRequest,
    StoreRefusal,
};
use toxdrop_proto::ids::{Location, PacketId, UnixSeconds};
use toxdrop_proto::packet::{PacketError, PacketPolicy, StampedPacket};
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

type Key = (Location, PacketId);

#[derive(Clone, Debug)]
struct Held {
    packet: StampedPacket,
    stored: UnixSeconds,
}

/// The store.
#[derive(Clone, Debug)]
pub struct MemoryStore {
    policy: PacketPolicy,
    packets: BTreeMap<Key, Held>,
    tombstones: BTreeMap<Key, (UnixSeconds, Tombstone)>,
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

    fn live(&self, now: UnixSeconds, key: &Key) -> Option<&Held> {
        self.packets
            .get(key)
            .filter(|held| held.packet.expires() > now)
    }

    fn tombstone(&self, now: UnixSeconds, key: &Key) -> Option<Tombstone> {
        let (ends, tombstone) = self.tombstones.get(key)?;
        (*ends > now).then_some(*tombstone)
    }

    fn put(&mut self, now: UnixSeconds, packet: StampedPacket) -> PutOutcome {
        let key = (packet.location(), packet.id());
        if packet.expires() <= now {
            return PutOutcome::Refused(StoreRefusal::Expired);
        }
        if let Some(tombstone) = self.tombstone(now, &key) {
            return PutOutcome::Tombstoned(tombstone);
        }
        let present = self.live(now, &key).map(|held| held.packet.expires());
        if let Some(present) = present {
            if packet.expires() > present {
                self.restamp(&key, packet);
            }
            return PutOutcome::AlreadyHeld;
        }
        if let Some(newer) = self.replace_record(now, &packet) {
            let newer = newer.into_packet();
            return PutOutcome::Refused(StoreRefusal::OlderRecord { newer });
        }
        let stored = now;
        self.packets.insert(key, Held { packet, stored });
        PutOutcome::Held
    }

    fn restamp(&mut self, key: &Key, packet: StampedPacket) {
        if let Some(held) = self.packets.get_mut(key) {
            held.packet = packet;
        }
    }

    /// Makes way for a record, unless the one that is here is live and not replaced by it: then returns that.
    fn replace_record(
        &mut self,
        now: UnixSeconds,
        packet: &StampedPacket,
    ) -> Option<StampedPacket> {
        packet.record_head()?;
        let (key, other) = self
            .at(packet.location())
            .find(|(_, held)| held.packet.record_head().is_some())
            .map(|(key, held)| (*key, held.packet.clone()))?;
        if other.expires() > now && !packet.replaces(&other) {
            return Some(other);
        }
        self.packets.remove(&key);
        None
    }

    fn at(&self, location: Location) -> impl Iterator<Item = (&Key, &Held)> {
        let first = (location, PacketId::from_bytes([0; 32]));
        let last = (location, PacketId::from_bytes([255; 32]));
        self.packets.range(first..=last)
    }

    fn extend(
        &mut self,
        now: UnixSeconds,
        key: &Key,
        expires: UnixSeconds,
        nonce: u64,
    ) -> ExtendOutcome {
        if let Some(tombstone) = self.tombstone(now, key) {
            return ExtendOutcome::Tombstoned(tombstone);
        }
        let Some(held) = self.live(now, key) else {
            return ExtendOutcome::Refused(StoreRefusal::NotHeld);
        };
        if expires <= held.packet.expires() {
            return ExtendOutcome::Refused(StoreRefusal::EarlierExpiry);
        }
        let packet = held.packet.clone().into_packet().with_stamp(nonce, expires);
        let target = packet.target(self.policy.floor, now);
        match packet.verify(now, &self.policy) {
            Ok(stamped) => {
                self.restamp(key, stamped);
                ExtendOutcome::Extended
            }
            Err(PacketError::TtlTooLong { .. }) => {
                let max = self.policy.max_ttl;
                ExtendOutcome::Refused(StoreRefusal::TtlTooLong { max })
            }
            Err(PacketError::OutlivesLastDay(last)) => {
                let max = last.end().since(now);
                ExtendOutcome::Refused(StoreRefusal::TtlTooLong { max })
            }
            Err(_) => ExtendOutcome::Refused(StoreRefusal::WorkTooLow {
                target,
                record: None,
            }),
        }
    }

    fn entomb(&mut self, tombstone: Tombstone) -> EntombOutcome {
        let key = (tombstone.location(), tombstone.id);
        if self.tombstones.contains_key(&key) {
            return EntombOutcome::Already;
        }
        let Some(held) = self.packets.get(&key) else {
            return EntombOutcome::NotHeld;
        };
        if !tombstone.covers(&held.packet) {
            return EntombOutcome::NotAuthorised;
        }
        let ends = Tombstone::kept_until(held.packet.last());
        self.packets.remove(&key);
        self.tombstones.insert(key, (ends, tombstone));
        EntombOutcome::Accepted
    }

    fn offered(&self, now: UnixSeconds, key: &Key, expires: UnixSeconds) -> OfferVerdict {
        if expires <= now {
            return OfferVerdict::Unwanted;
        }
        if let Some(tombstone) = self.tombstone(now, key) {
            return OfferVerdict::Entombed(tombstone);
        }
        match self.live(now, key) {
            Some(held) if held.packet.expires() < expires => OfferVerdict::Extend,
            Some(_) => OfferVerdict::Held,
            None => OfferVerdict::Lacking,
        }
    }

    /// Live packets after a key, at most `limit`, and whether there are more.
    fn page(
        &self,
        now: UnixSeconds,
        within: Option<Location>,
        after: Bound<Key>,
        limit: usize,
    ) -> (Vec<Entry>, bool) {
        let mut entries: Vec<Entry> = self
            .packets
            .range((after, Bound::Unbounded))
            .take_while(|((location, _), _)| within.is_none_or(|within| within == *location))
            .filter(|(_, held)| held.packet.expires() > now)
            .take(limit.saturating_add(1))
            .map(|(_, held)| Self::entry(held))
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

    fn entry(held: &Held) -> Entry {
        let packet = &held.packet;
        Entry {
            location: packet.location(),
            id: packet.id(),
            kind: packet.kind(),
            size: u16::try_from(packet.len()).unwrap_or(u16::MAX),
            expires: packet.expires(),
            stored: held.stored,
            standing: packet.standing().unwrap_or_default(),
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
                    .map(|tombstone| self.entomb(tombstone))
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
                let record = self.at(location).find(|(_, held)| {
                    held.packet.expires() > now && held.packet.record_head().is_some()
                });
                StorageReply::Record(record.map(|(_, held)| held.packet.clone()))
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
