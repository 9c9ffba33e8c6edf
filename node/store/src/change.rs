//! One write transaction: the open tables, and the few steps from which every change is made.
//!
//! Each step keeps all indexes and counts in agreement; whether it may be taken is decided elsewhere.

use redb::{ReadableTable, Table, WriteTransaction};
use toxdrop_proto::ids::{Location, PacketId, UnixSeconds};
use toxdrop_proto::packet::{Packet, PacketKind};

use crate::config::{PACKET_OVERHEAD, StoreConfig, TOMBSTONE_CHARGE};
use crate::error::Fault;
use crate::event::{StoreEvent, StoreEventKind};
use crate::rank;
use crate::tables::{
    self, ALWAYS_HELD, EXPIRY, Held, PACKETS, PacketKey, RANKS, RECORDS, Ranked, Scope,
    TOMBSTONE_ENDS, TOMBSTONES, TimedKey, USAGE, joined, packet_key, split_key, timed_key,
};
use toxdrop_dht::storage::Entry;

/// What a scope holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// How many packets or tombstones.
    pub(crate) count: u64,
    /// Bytes charged for them.
    pub(crate) charged: u64,
}

/// A batch of changes on its way to one commit.
pub(crate) struct Change<'t> {
    pub(crate) config: &'t StoreConfig,
    pub(crate) now: UnixSeconds,
    pub(crate) packets: Table<'t, &'static PacketKey, &'static [u8]>,
    pub(crate) expiry: Table<'t, &'static TimedKey, ()>,
    pub(crate) ranks: Table<'t, &'static [u8], &'static [u8; Ranked::LEN]>,
    pub(crate) records: Table<'t, &'static PacketKey, &'static [u8; 32]>,
    pub(crate) tombstones: Table<'t, &'static PacketKey, &'static [u8]>,
    pub(crate) tombstone_ends: Table<'t, &'static TimedKey, ()>,
    pub(crate) always_held: Table<'t, &'static [u8; 32], ()>,
    usage: Table<'t, &'static [u8], (u64, u64)>,
    /// What happened, to be told after the commit.
    pub(crate) events: Vec<StoreEvent>,
    /// Whether there is anything to commit.
    pub(crate) dirty: bool,
}

impl<'t> Change<'t> {
    /// Opens all tables (and makes them, the first time).
    pub(crate) fn begin(
        transaction: &'t WriteTransaction,
        config: &'t StoreConfig,
        now: UnixSeconds,
    ) -> Result<Self, Fault> {
        Ok(Self {
            config,
            now,
            packets: transaction.open_table(PACKETS)?,
            expiry: transaction.open_table(EXPIRY)?,
            ranks: transaction.open_table(RANKS)?,
            records: transaction.open_table(RECORDS)?,
            tombstones: transaction.open_table(TOMBSTONES)?,
            tombstone_ends: transaction.open_table(TOMBSTONE_ENDS)?,
            always_held: transaction.open_table(ALWAYS_HELD)?,
            usage: transaction.open_table(USAGE)?,
            events: Vec::new(),
            dirty: false,
        })
    }

    /// The held packet under this key.
    pub(crate) fn held(&self, key: &PacketKey) -> Result<Option<Held>, Fault> {
        self.packets
            .get(key)?
            .map(|bytes| Held::from_bytes(bytes.value()))
            .transpose()
    }

    /// What a scope holds now.
    pub(crate) fn usage(&self, scope: Scope) -> Result<Usage, Fault> {
        let found = self.usage.get(scope.key().as_slice())?;
        Ok(found.map_or_else(Usage::default, |value| {
            let (count, charged) = value.value();
            Usage { count, charged }
        }))
    }

    /// Whether packets of this location are never evicted.
    pub(crate) fn is_always_held(&self, location: &Location) -> bool {
        self.config.always_held.contains(location)
    }

    /// The scopes in which a packet of this location is counted, the narrowest first.
    pub(crate) fn scopes(&self, location: &Location) -> [Scope; 3] {
        [
            Scope::Location(*location),
            Scope::Prefix(self.config.prefix_of(location)),
            Scope::Store,
        ]
    }

    /// Writes a new packet into all tables.
    pub(crate) fn insert(&mut self, packet: &Packet, value: u64) -> Result<(), Fault> {
        let location = packet.location();
        let key = packet_key(&location, &packet.id());
        let ranked = Ranked {
            stamp: tables::Stamp {
                value,
                expires: packet.expires(),
            },
            credit: tables::Stamp::NONE,
            len: len_of(packet.as_bytes()),
        };
        let held = Held {
            stored: self.now,
            indexed_rank: rank::lasting(&ranked, self.config.floor(), self.now).0,
            ranked,
            bytes: packet.as_bytes().to_vec(),
        };
        self.write(&key, &held)?;
        self.count(&self.scopes(&location), 1, charge(packet.as_bytes().len()))?;
        if let Some(record) = record_key(&location, packet) {
            self.records.insert(&record, packet.id().as_bytes())?;
        }
        self.tell(StoreEventKind::Stored, &key, &held, packet.kind());
        Ok(())
    }

    /// Puts another stamp on a held packet.
    pub(crate) fn restamp(
        &mut self,
        key: &PacketKey,
        old: &Held,
        packet: &Packet,
        value: u64,
    ) -> Result<(), Fault> {
        let floor = self.config.floor();
        self.unindex(key, old)?;
        let mut ranked = old.ranked;
        ranked.credit = rank::better(
            old.ranked.stamp,
            old.ranked.credit,
            old.ranked.len,
            floor,
            self.now,
        );
        ranked.stamp = tables::Stamp {
            value,
            expires: packet.expires(),
        };
        let held = Held {
            stored: old.stored,
            indexed_rank: rank::lasting(&ranked, floor, self.now).0,
            ranked,
            bytes: packet.as_bytes().to_vec(),
        };
        self.write(key, &held)?;
        self.tell(StoreEventKind::Extended, key, &held, packet.kind());
        Ok(())
    }

    /// Takes a packet out of all tables.
    pub(crate) fn remove(&mut self, key: &PacketKey, why: StoreEventKind) -> Result<(), Fault> {
        let Some(held) = self.held(key)? else {
            return Ok(());
        };
        let (location, id) = split_key(key);
        self.unindex(key, &held)?;
        self.packets.remove(key)?;
        self.uncount(&self.scopes(&location), charge(held.bytes.len()))?;
        let packet = parse(&held.bytes)?;
        if let Some(record) = record_key(&location, &packet) {
            let is_this = self
                .records
                .get(&record)?
                .is_some_and(|current| current.value() == id.as_bytes());
            if is_this {
                self.records.remove(&record)?;
            }
        }
        self.tell(why, key, &held, packet.kind());
        Ok(())
    }

    /// Lets a packet stand under its present lasting rank again; nobody is promised anything by it.
    pub(crate) fn refresh_rank(&mut self, key: &PacketKey) -> Result<(), Fault> {
        let Some(mut held) = self.held(key)? else {
            return Ok(());
        };
        self.unindex(key, &held)?;
        held.indexed_rank = rank::lasting(&held.ranked, self.config.floor(), self.now).0;
        self.dirty = true;
        self.write(key, &held)
    }

    /// Puts a location's packets among those that may be evicted, or takes them out.
    pub(crate) fn set_evictable(&mut self, location: &Location, yes: bool) -> Result<(), Fault> {
        let (first, last) = (
            joined(location.as_bytes(), &[0; 32]),
            joined(location.as_bytes(), &[255; 32]),
        );
        let keys: Vec<(PacketKey, Held)> = self
            .packets
            .range::<&PacketKey>(&first..=&last)?
            .map(|entry| {
                let (key, value) = entry?;
                Ok((*key.value(), Held::from_bytes(value.value())?))
            })
            .collect::<Result<_, Fault>>()?;
        for (key, held) in keys {
            for scope in self.scopes(location) {
                let rank_key = scope.rank_key(held.indexed_rank, &key);
                if yes {
                    self.ranks
                        .insert(rank_key.as_slice(), &held.ranked.to_bytes())?;
                } else {
                    self.ranks.remove(rank_key.as_slice())?;
                }
            }
        }
        self.dirty = true;
        Ok(())
    }

    /// Writes a tombstone that ends at `ends`, in place of `replaced` if that one is renewed.
    pub(crate) fn write_tombstone(
        &mut self,
        key: &PacketKey,
        bytes: &[u8],
        ends: UnixSeconds,
        replaced: Option<UnixSeconds>,
    ) -> Result<(), Fault> {
        let (location, _) = split_key(key);
        match replaced {
            Some(old) => {
                self.tombstone_ends.remove(&timed_key(old, key))?;
            }
            None => self.count(&tombstone_scopes(location), 1, TOMBSTONE_CHARGE)?,
        }
        let value = [&ends.0.to_be_bytes(), bytes].concat();
        self.tombstones.insert(key, value.as_slice())?;
        self.tombstone_ends.insert(&timed_key(ends, key), ())?;
        self.dirty = true;
        Ok(())
    }

    /// Forgets a tombstone.
    pub(crate) fn remove_tombstone(&mut self, timed: &TimedKey) -> Result<(), Fault> {
        let key = tables::untimed(timed);
        self.dirty = true;
        self.tombstone_ends.remove(timed)?;
        if self.tombstones.remove(&key)?.is_some() {
            self.uncount(&tombstone_scopes(split_key(&key).0), TOMBSTONE_CHARGE)?;
        }
        Ok(())
    }

    fn write(&mut self, key: &PacketKey, held: &Held) -> Result<(), Fault> {
        let (location, _) = split_key(key);
        self.packets.insert(key, held.to_bytes().as_slice())?;
        self.expiry
            .insert(&timed_key(held.ranked.stamp.expires, key), ())?;
        if !self.is_always_held(&location) {
            for scope in self.scopes(&location) {
                let rank_key = scope.rank_key(held.indexed_rank, key);
                self.ranks
                    .insert(rank_key.as_slice(), &held.ranked.to_bytes())?;
            }
        }
        Ok(())
    }

    fn unindex(&mut self, key: &PacketKey, held: &Held) -> Result<(), Fault> {
        let (location, _) = split_key(key);
        self.expiry
            .remove(&timed_key(held.ranked.stamp.expires, key))?;
        for scope in self.scopes(&location) {
            let rank_key = scope.rank_key(held.indexed_rank, key);
            self.ranks.remove(rank_key.as_slice())?;
        }
        Ok(())
    }

    fn count(&mut self, scopes: &[Scope], count: u64, charged: u64) -> Result<(), Fault> {
        for scope in scopes {
            let used = self.usage(*scope)?;
            let sum = (
                used.count.saturating_add(count),
                used.charged.saturating_add(charged),
            );
            self.usage.insert(scope.key().as_slice(), sum)?;
        }
        Ok(())
    }

    fn uncount(&mut self, scopes: &[Scope], charged: u64) -> Result<(), Fault> {
        for scope in scopes {
            let used = self.usage(*scope)?;
            let left = (
                used.count.saturating_sub(1),
                used.charged.saturating_sub(charged),
            );
            if left == (0, 0) {
                self.usage.remove(scope.key().as_slice())?;
            } else {
                self.usage.insert(scope.key().as_slice(), left)?;
            }
        }
        Ok(())
    }

    fn tell(&mut self, kind: StoreEventKind, key: &PacketKey, held: &Held, of: PacketKind) {
        let (location, id) = split_key(key);
        self.dirty = true;
        self.events.push(StoreEvent {
            kind,
            entry: entry(location, id, of, held, self.config, self.now),
            at: self.now,
        });
    }
}

/// What a held packet looks like from outside.
pub(crate) fn entry(
    location: Location,
    id: PacketId,
    kind: PacketKind,
    held: &Held,
    config: &StoreConfig,
    now: UnixSeconds,
) -> Entry {
    Entry {
        location,
        id,
        kind,
        size: held.ranked.len,
        expires: held.ranked.stamp.expires,
        stored: held.stored,
        rank: rank::present(&held.ranked, config.floor(), now),
    }
}

/// What one packet is charged.
pub(crate) fn charge(len: usize) -> u64 {
    u64::try_from(len)
        .unwrap_or(u64::MAX)
        .saturating_add(PACKET_OVERHEAD)
}

/// Reads a packet back from the store.
pub(crate) fn parse(bytes: &[u8]) -> Result<Packet, Fault> {
    Packet::parse(bytes).map_err(|_| Fault::Corrupt("held packet does not parse"))
}

/// The scopes in which a tombstone is counted.
pub(crate) fn tombstone_scopes(location: Location) -> [Scope; 2] {
    [Scope::LocationTombstones(location), Scope::Tombstones]
}

fn len_of(bytes: &[u8]) -> u16 {
    u16::try_from(bytes.len()).unwrap_or(u16::MAX)
}

/// The key in `records` of a record's packet: its location, then the inbox key that heads its body.
pub(crate) fn record_key(location: &Location, packet: &Packet) -> Option<PacketKey> {
    if packet.kind() != PacketKind::Record {
        return None;
    }
    let key = packet.body().first_chunk::<32>()?;
    Some(joined(location.as_bytes(), key))
}
