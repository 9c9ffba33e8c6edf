//! Tombstones in the tables: written, found, forgotten, the oldest first.
//!
//! Whether one is taken is decided in `entomb`.

use redb::ReadableTable;
use toxdrop_proto::day::Day;
use toxdrop_proto::ids::{Location, UnixSeconds};
use toxdrop_proto::tombstone::Tombstone;

use crate::change::Change;
use crate::config::TOMBSTONE_CHARGE;
use crate::error::Fault;
use crate::held::{BY_OWNER, Buried, day_key, split_day_key};
use crate::scope::Scope;
use crate::tables::{DayKey, PacketKey, joined, split_key};

impl Change<'_> {
    /// The tombstone under this key, if its time is not over.
    pub(crate) fn tombstone(&self, key: &PacketKey) -> Result<Option<Tombstone>, Fault> {
        let buried = self.buried(key)?;
        Ok(buried
            .filter(|buried| self.now < buried.ends())
            .map(|buried| buried.tombstone))
    }

    fn buried(&self, key: &PacketKey) -> Result<Option<Buried>, Fault> {
        self.tombstones
            .get(key)?
            .map(|value| Buried::from_bytes(key, value.value()))
            .transpose()
    }

    /// Writes a new tombstone into all tables.
    pub(crate) fn bury(&mut self, key: &PacketKey, buried: &Buried) -> Result<(), Fault> {
        self.dirty = true;
        self.tombstones.insert(key, buried.to_bytes().as_slice())?;
        self.tombstone_days.insert(&buried.day_key(key), ())?;
        match &buried.keeps {
            Some(room) => {
                self.count(&[Scope::Recalls], 0)?;
                self.occupy(key, room)
            }
            None => self.count(&owner_scopes(key), TOMBSTONE_CHARGE),
        }
    }

    /// Takes a tombstone out of all tables.
    pub(crate) fn unbury(&mut self, key: &PacketKey) -> Result<(), Fault> {
        let Some(buried) = self.buried(key)? else {
            return Ok(());
        };
        self.dirty = true;
        self.tombstones.remove(key)?;
        self.tombstone_days.remove(&buried.day_key(key))?;
        match &buried.keeps {
            Some(room) => {
                self.uncount(&[Scope::Recalls], 0)?;
                self.vacate(key, room)
            }
            None => self.uncount(&owner_scopes(key), TOMBSTONE_CHARGE),
        }
    }

    /// The oldest tombstone of an owner, at one location or at all: the one whose packet's last day comes first.
    pub(crate) fn oldest_of_owner(
        &self,
        at: Option<&Location>,
    ) -> Result<Option<PacketKey>, Fault> {
        let first = at.map_or([0; 32], |location| *location.as_bytes());
        let last = at.map_or([255; 32], |location| *location.as_bytes());
        let (first, last) = (joined(&first, &[0; 32]), joined(&last, &[255; 32]));
        let mut from: DayKey = [0; 67];
        // A day at a time: there are a few dozen, as what is older has ended.
        loop {
            let Some(day) = self.day_from(&from)? else {
                return Ok(None);
            };
            let (from_key, to_key) = (
                day_key(day, BY_OWNER, &first),
                day_key(day, BY_OWNER, &last),
            );
            let mut found = self.tombstone_days.range::<&DayKey>(&from_key..=&to_key)?;
            if let Some(item) = found.next() {
                let (_, _, key) = split_day_key(item?.0.value());
                return Ok(Some(key));
            }
            if day == Day::from_number(u16::MAX) {
                return Ok(None);
            }
            from = day_key(day.plus(1), 0, &[0; 64]);
        }
    }

    fn day_from(&self, from: &DayKey) -> Result<Option<Day>, Fault> {
        let mut later = self.tombstone_days.range::<&DayKey>(from..)?;
        let Some(item) = later.next() else {
            return Ok(None);
        };
        let (day, ..) = split_day_key(item?.0.value());
        Ok(Some(day))
    }

    /// Up to `limit` tombstones whose time is over.
    pub(crate) fn ended(&self, now: UnixSeconds, limit: usize) -> Result<Vec<PacketKey>, Fault> {
        let mut keys = Vec::new();
        for item in self.tombstone_days.iter()?.take(limit) {
            let (day, _, key) = split_day_key(item?.0.value());
            if now < Tombstone::kept_until(day) {
                break;
            }
            keys.push(key);
        }
        Ok(keys)
    }
}

/// The scopes in which an owner's tombstone is counted.
fn owner_scopes(key: &PacketKey) -> [Scope; 2] {
    let (location, _) = split_key(key);
    [Scope::LocationTombstones(location), Scope::Tombstones]
}
