//! What is done apart from requests: dropping what is over, and following the settings.
//!
//! Does not choose when; that is the store's user's business.

use std::collections::BTreeSet;

use redb::ReadableTable;
use toxdrop_proto::ids::Location;

use crate::change::Change;
use crate::error::Fault;
use crate::event::StoreEventKind;
use crate::tables::{PacketKey, TimedKey, timed_key, untimed};

impl Change<'_> {
    /// Drops what is over, at most `limit` packets and as many tombstones; true if there was more.
    pub(crate) fn sweep(&mut self, limit: usize) -> Result<bool, Fault> {
        let expired = self.expired(limit)?;
        for key in &expired {
            self.remove(key, StoreEventKind::Expired)?;
        }
        let ended = self.ended(self.now, limit)?;
        for key in &ended {
            self.unbury(key)?;
        }
        Ok(expired.len() == limit || ended.len() == limit)
    }

    /// The first `limit` packets whose time is over.
    fn expired(&self, limit: usize) -> Result<Vec<PacketKey>, Fault> {
        let end = timed_key(self.now, &[255; 64]);
        let mut keys = Vec::new();
        for entry in self.expiry.range::<&TimedKey>(..=&end)?.take(limit) {
            keys.push(untimed(entry?.0.value()));
        }
        Ok(keys)
    }

    /// Makes the list of locations that are always held what the settings say.
    pub(crate) fn apply_always_held(&mut self) -> Result<(), Fault> {
        let mut before = BTreeSet::new();
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
