//! Answers questions: lists, single packets, records, pages, counts.
//!
//! Changes nothing; sees what the last commit left, without waiting for a running one.

use redb::{ReadOnlyTable, ReadTransaction};
use toxdrop_proto::ids::{Location, PacketId, UnixSeconds};
use toxdrop_proto::packet::StampedPacket;

use crate::change::entry;
use crate::config::StoreConfig;
use crate::error::Fault;
use crate::held::Held;
use crate::scope::Scope;
use crate::tables::{PACKETS, PacketKey, RECORDS, USAGE, joined, packet_key};
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
    /// Tombstones, recalls included.
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
        if !held.is_live(self.now) {
            return Ok(None);
        }
        let entry = entry(&key, &held);
        Ok(Some((held.packet, entry)))
    }

    /// The live record at a location.
    pub(crate) fn record(&self, location: &Location) -> Result<Option<StampedPacket>, Fault> {
        let records = self.transaction.open_table(RECORDS)?;
        let Some(id) = records.get(location.as_bytes())?.map(|id| *id.value()) else {
            return Ok(None);
        };
        let found = self.get(location, &PacketId::from_bytes(id))?;
        Ok(found.map(|(packet, _)| packet))
    }

    /// How full the store is.
    pub(crate) fn stats(&self) -> Result<StoreStats, Fault> {
        let usage = self.transaction.open_table(USAGE)?;
        let of = |scope: Scope| -> Result<(u64, u64), Fault> {
            let found = usage.get(scope.key().as_slice())?;
            Ok(found.map_or((0, 0), |value| value.value()))
        };
        let (messages, message_bytes) = of(Scope::Store)?;
        let (records, record_bytes) = of(Scope::Records)?;
        let (tombstones, tombstone_bytes) = of(Scope::Tombstones)?;
        let (recalls, _) = of(Scope::Recalls)?;
        Ok(StoreStats {
            // A recall is counted in the place of its message.
            packets: messages.saturating_add(records).saturating_sub(recalls),
            bytes: [message_bytes, record_bytes, tombstone_bytes]
                .into_iter()
                .fold(0, u64::saturating_add),
            limit: self.config.size_limit,
            tombstones: tombstones.saturating_add(recalls),
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
            if !held.is_live(self.now) {
                continue;
            }
            if entries.len() == limit {
                return Ok((entries, true));
            }
            entries.push(entry(&key, &held));
        }
        Ok((entries, false))
    }
}
