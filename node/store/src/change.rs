//! One write transaction: the open tables, and the few steps by which held packets change.
//!
//! Each step keeps all indexes and counts in agreement; whether it may be taken is decided elsewhere.

use redb::{ReadableTable, Table, WriteTransaction};
use toxdrop_dht::storage::Entry;
use toxdrop_proto::ids::{Location, PacketId, UnixSeconds};
use toxdrop_proto::packet::{PacketKind, StampedPacket};

use crate::config::StoreConfig;
use crate::error::Fault;
use crate::event::{StoreEvent, StoreEventKind};
use crate::held::Held;
use crate::tables::{
    ALWAYS_HELD, DayKey, EXPIRY, PACKETS, PacketKey, RECORDS, STANDINGS, TOMBSTONE_DAYS,
    TOMBSTONES, TimedKey, USAGE, joined, packet_key, split_key, timed_key,
};

/// A batch of changes on its way to one commit.
pub(crate) struct Change<'t> {
    pub(crate) config: &'t StoreConfig,
    pub(crate) now: UnixSeconds,
    pub(crate) packets: Table<'t, &'static PacketKey, &'static [u8]>,
    pub(crate) expiry: Table<'t, &'static TimedKey, ()>,
    pub(crate) standings: Table<'t, &'static [u8], u64>,
    pub(crate) records: Table<'t, &'static [u8; 32], &'static [u8; 32]>,
    pub(crate) tombstones: Table<'t, &'static PacketKey, &'static [u8]>,
    pub(crate) tombstone_days: Table<'t, &'static DayKey, ()>,
    pub(crate) always_held: Table<'t, &'static [u8; 32], ()>,
    pub(crate) usage: Table<'t, &'static [u8], (u64, u64)>,
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
            standings: transaction.open_table(STANDINGS)?,
            records: transaction.open_table(RECORDS)?,
            tombstones: transaction.open_table(TOMBSTONES)?,
            tombstone_days: transaction.open_table(TOMBSTONE_DAYS)?,
            always_held: transaction.open_table(ALWAYS_HELD)?,
            usage: transaction.open_table(USAGE)?,
            events: Vec::new(),
            dirty: false,
        })
    }

    /// The packet under this key, even if its time is over.
    pub(crate) fn held(&self, key: &PacketKey) -> Result<Option<Held>, Fault> {
        self.packets
            .get(key)?
            .map(|bytes| Held::from_bytes(bytes.value()))
            .transpose()
    }

    /// The packet under this key, if its time is not over.
    pub(crate) fn live(&self, key: &PacketKey) -> Result<Option<Held>, Fault> {
        Ok(self.held(key)?.filter(|held| held.is_live(self.now)))
    }

    /// The record at a location, even if its time is over.
    pub(crate) fn record(&self, location: &Location) -> Result<Option<Held>, Fault> {
        let Some(id) = self.records.get(location.as_bytes())?.map(|id| *id.value()) else {
            return Ok(None);
        };
        match self.held(&joined(location.as_bytes(), &id))? {
            Some(held) => Ok(Some(held)),
            None => Err(Fault::Corrupt("record without its packet")),
        }
    }

    /// Writes a new packet into all tables.
    pub(crate) fn insert(&mut self, packet: &StampedPacket) -> Result<(), Fault> {
        let key = packet_key(&packet.location(), &packet.id());
        let held = Held::new(packet.clone(), self.now);
        self.write(&key, &held)?;
        self.occupy(&key, &held.occupant())?;
        if packet.kind() == PacketKind::Record {
            self.records
                .insert(packet.location().as_bytes(), packet.id().as_bytes())?;
        }
        self.tell(StoreEventKind::Stored, &key, &held);
        Ok(())
    }

    /// Puts another stamp on a held packet.
    pub(crate) fn restamp(
        &mut self,
        key: &PacketKey,
        old: &Held,
        packet: &StampedPacket,
    ) -> Result<(), Fault> {
        let held = Held::new(packet.clone(), old.stored);
        self.forget_expiry(key, old)?;
        self.vacate(key, &old.occupant())?;
        self.write(key, &held)?;
        self.occupy(key, &held.occupant())?;
        self.tell(StoreEventKind::Extended, key, &held);
        Ok(())
    }

    /// Takes a packet out of all tables.
    pub(crate) fn remove(&mut self, key: &PacketKey, why: StoreEventKind) -> Result<(), Fault> {
        let Some(held) = self.held(key)? else {
            return Ok(());
        };
        let (location, id) = split_key(key);
        self.packets.remove(key)?;
        self.forget_expiry(key, &held)?;
        self.vacate(key, &held.occupant())?;
        let is_the_record = self
            .records
            .get(location.as_bytes())?
            .is_some_and(|record| record.value() == id.as_bytes());
        if is_the_record {
            self.records.remove(location.as_bytes())?;
        }
        self.tell(why, key, &held);
        Ok(())
    }

    fn write(&mut self, key: &PacketKey, held: &Held) -> Result<(), Fault> {
        self.packets.insert(key, held.to_bytes().as_slice())?;
        self.expiry
            .insert(&timed_key(held.packet.expires(), key), ())?;
        Ok(())
    }

    fn forget_expiry(&mut self, key: &PacketKey, held: &Held) -> Result<(), Fault> {
        self.expiry.remove(&timed_key(held.packet.expires(), key))?;
        Ok(())
    }

    fn tell(&mut self, kind: StoreEventKind, key: &PacketKey, held: &Held) {
        self.dirty = true;
        self.events.push(StoreEvent {
            kind,
            entry: entry(key, held),
            at: self.now,
        });
    }
}

/// What a held packet looks like from outside.
pub(crate) fn entry(key: &PacketKey, held: &Held) -> Entry {
    let (location, id): (Location, PacketId) = split_key(key);
    Entry {
        location,
        id,
        kind: held.packet.kind(),
        size: u16::try_from(held.packet.len()).unwrap_or(u16::MAX),
        expires: held.packet.expires(),
        stored: held.stored,
        standing: held.standing,
    }
}
