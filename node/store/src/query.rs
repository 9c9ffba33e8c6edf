//! Answers questions: lists, single packets, records, pages, counts.
//!
//! Changes nothing; sees what the last commit left, without waiting for a running one.

use redb::{ReadOnlyTable, ReadTransaction};
use toxdrop_proto::ids::{Location, PacketId, UnixSeconds};
use toxdrop_proto::packet::StampedPacket;

use crate::change::{entry, parse};
use crate::config::StoreConfig;
use crate::error::Fault;
use crate::tables::{
    Held, PACKETS, PacketKey, RECORDS, Scope, USAGE, joined, packet_key, split_key,
};
use toxdrop_dht::storage::Entry;

/// How full the store is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreStats {
    /// Held packets.
    pub packets: u64,
    /// Bytes charged for packets and tombstones, indexes included.
    pub bytes: u64,
    /// The size limit in bytes.
    pub limit: u64,
    /// Tombstones.
    pub tombstones: u64,
}

/// A part of a listing, and whether more follows.
pub(crate) type Page = (Vec<Entry>, bool);

/// One consistent look at the store.
pub(crate) struct Query<'c> {
    config: &'c StoreConfig,
    now: UnixSeconds,
    transaction: ReadTransaction,
    packets: ReadOnlyTable<&'static PacketKey, &'static [u8]>,
}

impl<'c> Query<'c> {
    /// Looks at what the last commit left.
    pub(crate) fn begin(
        transaction: ReadTransaction,
        config: &'c StoreConfig,
        now: UnixSeconds,
    ) -> Result<Self, Fault> {
        let packets = transaction.open_table(PACKETS)?;
        Ok(Self {
            config,
            now,
            transaction,
            packets,
        })
    }

    /// Live packets of one location after an id.
    pub(crate) fn list(
        &self,
        location: &Location,
        after: Option<&PacketId>,
        limit: usize,
    ) -> Result<Page, Fault> {
        let last = joined(location.as_bytes(), &[255; 32]);
        let after = after.map(|id| packet_key(location, id));
        let start = joined(location.as_bytes(), &[0; 32]);
        self.page(start, after, last, limit)
    }

    /// Live packets of the whole store after a packet.
    pub(crate) fn scan(
        &self,
        after: Option<&(Location, PacketId)>,
        limit: usize,
    ) -> Result<Page, Fault> {
        let after = after.map(|(location, id)| packet_key(location, id));
        self.page([0; 64], after, [255; 64], limit)
    }

    /// One live packet, with what is known of it.
    pub(crate) fn get(
        &self,
        location: &Location,
        id: &PacketId,
    ) -> Result<Option<(StampedPacket, Entry)>, Fault> {
        let key = packet_key(location, id);
        let Some(held) = self
            .packets
            .get(&key)?
            .map(|value| Held::from_bytes(value.value()))
            .transpose()?
        else {
            return Ok(None);
        };
        if held.ranked.stamp.expires <= self.now {
            return Ok(None);
        }
        let entry = self.entry(&key, &held)?;
        let packet = StampedPacket::from_store(&held.bytes)
            .map_err(|_| Fault::Corrupt("held packet does not parse"))?;
        Ok(Some((packet, entry)))
    }

    /// The newest live record at a location.
    pub(crate) fn record(&self, location: &Location) -> Result<Option<StampedPacket>, Fault> {
        let records = self.transaction.open_table(RECORDS)?;
        let (first, last) = (
            joined(location.as_bytes(), &[0; 32]),
            joined(location.as_bytes(), &[255; 32]),
        );
        for item in records.range::<&PacketKey>(&first..=&last)? {
            let id = PacketId::from_bytes(*item?.1.value());
            if let Some((packet, _)) = self.get(location, &id)? {
                return Ok(Some(packet));
            }
        }
        Ok(None)
    }

    /// How full the store is.
    pub(crate) fn stats(&self) -> Result<StoreStats, Fault> {
        let usage = self.transaction.open_table(USAGE)?;
        let of = |scope: Scope| -> Result<(u64, u64), Fault> {
            let found = usage.get(scope.key().as_slice())?;
            Ok(found.map_or((0, 0), |value| value.value()))
        };
        let (packets, packet_bytes) = of(Scope::Store)?;
        let (tombstones, tombstone_bytes) = of(Scope::Tombstones)?;
        Ok(StoreStats {
            packets,
            bytes: packet_bytes.saturating_add(tombstone_bytes),
            limit: self.config.size_limit,
            tombstones,
        })
    }

    fn page(
        &self,
        start: PacketKey,
        after: Option<PacketKey>,
        last: PacketKey,
        limit: usize,
    ) -> Result<Page, Fault> {
        let from = after.unwrap_or(start);
        let mut entries = Vec::new();
        for item in self.packets.range::<&PacketKey>(&from..=&last)? {
            let (key, value) = item?;
            let key = *key.value();
            if after == Some(key) {
                continue;
            }
            let held = Held::from_bytes(value.value())?;
            if held.ranked.stamp.expires <= self.now {
                continue;
            }
            if entries.len() == limit {
                return Ok((entries, true));
            }
            entries.push(self.entry(&key, &held)?);
        }
        Ok((entries, false))
    }

    fn entry(&self, key: &PacketKey, held: &Held) -> Result<Entry, Fault> {
        let (location, id) = split_key(key);
        let kind = parse(&held.bytes)?.kind();
        Ok(entry(location, id, kind, held, self.config, self.now))
    }
}
