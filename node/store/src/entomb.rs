//! Deletion that lasts: tombstones are taken, met, renewed and offered.
//!
//! Does not verify signatures: only verified tombstones come here.

use redb::ReadableTable;
use toxdrop_proto::codec::Reader;
use toxdrop_proto::ids::{Location, PacketId, UnixSeconds};
use toxdrop_proto::tombstone::Tombstone;

use crate::change::{Change, parse, tombstone_scopes};
use crate::config::{TOMBSTONE_CHARGE, TOMBSTONE_LIFE};
use crate::error::Fault;
use crate::event::StoreEventKind;
use crate::tables::{PacketKey, Scope, packet_key};
use toxdrop_dht::storage::{EntombOutcome, OfferVerdict};

/// A tombstone is renewed when this many seconds of its life have gone, not at each meeting: one
/// durable write an hour is enough to outlive any copy.
const RENEW_AFTER: u64 = 3_600;

impl Change<'_> {
    /// Deletes the packet that the tombstone names, for good, or says why not.
    pub(crate) fn entomb(&mut self, tombstone: &Tombstone) -> Result<EntombOutcome, Fault> {
        let location = tombstone.location;
        let key = packet_key(&location, &tombstone.id);
        if self.tombstones.get(&key)?.is_some() {
            return Ok(EntombOutcome::Already);
        }
        let Some(held) = self.held(&key)? else {
            return Ok(EntombOutcome::NotHeld);
        };
        if !tombstone.covers(&parse(&held.bytes)?) {
            return Ok(EntombOutcome::NotAuthorised);
        }
        for scope in tombstone_scopes(location) {
            let limit = match scope {
                Scope::LocationTombstones(_) => self.config.location_tombstone_limit,
                _ => self.config.tombstone_limit,
            };
            if self.usage(scope)?.charged.saturating_add(TOMBSTONE_CHARGE) > limit {
                return Ok(EntombOutcome::QuotaFull);
            }
        }
        self.remove(&key, StoreEventKind::Deleted)?;
        self.write_tombstone(
            &key,
            &tombstone.encode(),
            self.now.plus(TOMBSTONE_LIFE),
            None,
        )?;
        Ok(EntombOutcome::Accepted)
    }

    /// The tombstone of a packet of which a live copy was met; it is renewed, to outlive that copy.
    pub(crate) fn meet_tombstone(&mut self, key: &PacketKey) -> Result<Option<Tombstone>, Fault> {
        let Some((ends, bytes)) = self.tombstone(key)? else {
            return Ok(None);
        };
        let renewed = self.now.plus(TOMBSTONE_LIFE);
        if renewed.since(ends) >= RENEW_AFTER {
            self.write_tombstone(key, &bytes, renewed, Some(ends))?;
        }
        let tombstone = Tombstone::decode(&mut Reader::new(&bytes))
            .map_err(|_| Fault::Corrupt("held tombstone does not parse"))?;
        Ok(Some(tombstone))
    }

    /// What a peer is told about a packet that it offers.
    pub(crate) fn offered(
        &mut self,
        location: &Location,
        id: &PacketId,
        expires: UnixSeconds,
    ) -> Result<OfferVerdict, Fault> {
        let key = packet_key(location, id);
        if expires <= self.now {
            return Ok(OfferVerdict::Unwanted);
        }
        if let Some(tombstone) = self.meet_tombstone(&key)? {
            return Ok(OfferVerdict::Entombed(tombstone));
        }
        Ok(match self.held(&key)? {
            Some(held) if held.ranked.stamp.expires < expires => OfferVerdict::Extend,
            Some(_) => OfferVerdict::Held,
            None if self.config.holds_for(location) => OfferVerdict::Lacking,
            None => OfferVerdict::Unwanted,
        })
    }

    /// When the tombstone under this key ends, and its bytes.
    fn tombstone(&self, key: &PacketKey) -> Result<Option<(UnixSeconds, Vec<u8>)>, Fault> {
        let Some(value) = self.tombstones.get(key)? else {
            return Ok(None);
        };
        let (ends, bytes) = value
            .value()
            .split_first_chunk::<8>()
            .ok_or(Fault::Corrupt("entry in tombstones too short"))?;
        Ok(Some((
            UnixSeconds(u64::from_be_bytes(*ends)),
            bytes.to_vec(),
        )))
    }

    /// Drops what has expired, at most `limit` packets and as many tombstones; true if there was more.
    pub(crate) fn sweep(&mut self, limit: usize) -> Result<bool, Fault> {
        let expired = due(&self.expiry, self.now, limit)?;
        for timed in &expired {
            self.remove(&crate::tables::untimed(timed), StoreEventKind::Expired)?;
        }
        let ended = due(&self.tombstone_ends, self.now, limit)?;
        for timed in &ended {
            self.remove_tombstone(timed)?;
        }
        Ok(expired.len() == limit || ended.len() == limit)
    }

    /// Makes the list of locations that are always held what the settings say.
    pub(crate) fn apply_always_held(&mut self) -> Result<(), Fault> {
        let mut before = std::collections::BTreeSet::new();
        for entry in self.always_held.iter()? {
            before.insert(Location::from_bytes(*entry?.0.value()));
        }
        let after = &self.config.always_held;
        for location in before.difference(after) {
            self.always_held.remove(location.as_bytes())?;
            self.set_evictable(location, true)?;
        }
        for location in after.difference(&before) {
            self.always_held.insert(location.as_bytes(), ())?;
            self.set_evictable(location, false)?;
        }
        Ok(())
    }
}

/// The first `limit` keys whose moment has come.
fn due(
    table: &redb::Table<'_, &'static crate::tables::TimedKey, ()>,
    now: UnixSeconds,
    limit: usize,
) -> Result<Vec<crate::tables::TimedKey>, Fault> {
    let end = crate::tables::timed_key(now, &[255; 64]);
    let mut keys = Vec::new();
    for entry in table
        .range::<&crate::tables::TimedKey>(..=&end)?
        .take(limit)
    {
        keys.push(*entry?.0.value());
    }
    Ok(keys)
}
