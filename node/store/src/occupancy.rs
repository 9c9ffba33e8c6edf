//! Who takes which room: counts, charges, and the order in which packets would have to go.
//!
//! Knows no limits; `room` decides by them.

use redb::ReadableTable;
use toxdrop_proto::ids::Location;

use crate::change::Change;
use crate::error::Fault;
use crate::held::{Buried, Held};
use crate::scope::{Occupant, Scope, Share};
use crate::tables::{PacketKey, joined, split_key};

/// What a scope holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// How many occupants.
    pub(crate) count: u64,
    /// Bytes charged for them.
    pub(crate) charged: u64,
}

impl Change<'_> {
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

    /// The scopes in which an occupant of this location is counted, the narrowest first.
    pub(crate) fn scopes(&self, location: &Location, share: Share) -> Vec<Scope> {
        let prefix = self.config.prefix_of(location);
        match share {
            Share::Mail => vec![
                Scope::Location(*location),
                Scope::Prefix(prefix),
                Scope::Store,
            ],
            Share::Records => vec![Scope::PrefixRecords(prefix), Scope::Records],
        }
    }

    /// Counts a newcomer and lists it among those that may be evicted.
    pub(crate) fn occupy(&mut self, key: &PacketKey, room: &Occupant) -> Result<(), Fault> {
        let (location, _) = split_key(key);
        let scopes = self.scopes(&location, room.share);
        self.count(&scopes, room.charge)?;
        if self.is_always_held(&location) {
            return Ok(());
        }
        self.list(&scopes, key, room)
    }

    /// Gives the room of an occupant back.
    pub(crate) fn vacate(&mut self, key: &PacketKey, room: &Occupant) -> Result<(), Fault> {
        let (location, _) = split_key(key);
        let scopes = self.scopes(&location, room.share);
        self.uncount(&scopes, room.charge)?;
        self.unlist(&scopes, key, room)
    }

    /// Puts a location's occupants among those that may be evicted, or takes them out.
    pub(crate) fn set_evictable(&mut self, location: &Location, yes: bool) -> Result<(), Fault> {
        for (key, room) in self.occupants(location)? {
            let scopes = self.scopes(location, room.share);
            if yes {
                self.list(&scopes, &key, &room)?;
            } else {
                self.unlist(&scopes, &key, &room)?;
            }
        }
        self.dirty = true;
        Ok(())
    }

    /// The packets and the recalls of a location.
    fn occupants(&self, location: &Location) -> Result<Vec<(PacketKey, Occupant)>, Fault> {
        let (first, last) = (
            joined(location.as_bytes(), &[0; 32]),
            joined(location.as_bytes(), &[255; 32]),
        );
        let mut found = Vec::new();
        for item in self.packets.range::<&PacketKey>(&first..=&last)? {
            let (key, value) = item?;
            found.push((*key.value(), Held::from_bytes(value.value())?.occupant()));
        }
        for item in self.tombstones.range::<&PacketKey>(&first..=&last)? {
            let (key, value) = item?;
            let buried = Buried::from_bytes(key.value(), value.value())?;
            found.extend(buried.keeps.map(|room| (*key.value(), room)));
        }
        Ok(found)
    }

    fn list(&mut self, scopes: &[Scope], key: &PacketKey, room: &Occupant) -> Result<(), Fault> {
        for scope in scopes {
            let listed = scope.standing_key(room.standing, key);
            self.standings.insert(listed.as_slice(), room.charge)?;
        }
        Ok(())
    }

    fn unlist(&mut self, scopes: &[Scope], key: &PacketKey, room: &Occupant) -> Result<(), Fault> {
        for scope in scopes {
            let listed = scope.standing_key(room.standing, key);
            self.standings.remove(listed.as_slice())?;
        }
        Ok(())
    }

    /// Counts one more in these scopes.
    pub(crate) fn count(&mut self, scopes: &[Scope], charged: u64) -> Result<(), Fault> {
        for scope in scopes {
            let used = self.usage(*scope)?;
            let sum = (
                used.count.saturating_add(1),
                used.charged.saturating_add(charged),
            );
            self.usage.insert(scope.key().as_slice(), sum)?;
        }
        Ok(())
    }

    /// Counts one less in these scopes.
    pub(crate) fn uncount(&mut self, scopes: &[Scope], charged: u64) -> Result<(), Fault> {
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
}
