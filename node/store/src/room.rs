//! Makes room: who goes when the store, a neighbourhood or a location is full.
//!
//! Only plans; nothing changes until the caller carries the plan out.

use std::collections::HashSet;

use redb::ReadableTable;
use toxdrop_proto::ids::Location;
use toxdrop_proto::packet::Standing;

use crate::change::Change;
use crate::error::Fault;
use crate::event::StoreEventKind;
use crate::scope::{Occupant, Scope, split_standing_key};
use crate::tables::PacketKey;

/// A packet that wants in.
pub(crate) struct Newcomer {
    /// Its location.
    pub(crate) location: Location,
    /// The room that it will take, and what it shows for it.
    pub(crate) room: Occupant,
    /// What goes anyway, because the newcomer replaces it: its key and its charge.
    pub(crate) replaced: Option<(PacketKey, u64)>,
}

/// Who must go before the newcomer fits.
#[derive(Debug, Default)]
pub(crate) struct Plan(Vec<PacketKey>);

/// There is no room; the standing that would make some.
pub(crate) struct NoRoom(pub(crate) Standing);

struct Victims {
    keys: Vec<PacketKey>,
    /// The highest standing of theirs.
    highest: Standing,
    /// Bytes that they free.
    freed: u64,
}

impl Change<'_> {
    /// Finds the room that the newcomer needs, in every scope in which it is counted.
    pub(crate) fn plan_room(&self, newcomer: &Newcomer) -> Result<Result<Plan, NoRoom>, Fault> {
        let privileged = self.is_always_held(&newcomer.location);
        let mut plan = Plan::default();
        let mut excluded: HashSet<PacketKey> =
            newcomer.replaced.iter().map(|(key, _)| *key).collect();
        let mut freed = newcomer.replaced.map_or(0, |(_, charge)| charge);
        for scope in self.scopes(&newcomer.location, newcomer.room.share) {
            let limit = match scope {
                Scope::Store => self.config.mail_limit(),
                Scope::Records => self.config.record_limit,
                // A mailbox that never evicts has no quota but the store's.
                _ if privileged => continue,
                Scope::Prefix(_) => self.config.prefix_limit,
                Scope::PrefixRecords(_) => self.config.prefix_record_limit,
                _ => self.config.location_limit,
            };
            let used = self.usage(scope)?.charged;
            let after = used
                .saturating_sub(freed)
                .saturating_add(newcomer.room.charge);
            let Some(need) = after.checked_sub(limit).filter(|need| *need > 0) else {
                continue;
            };
            let victims = self.lowest(scope, need, &excluded)?;
            if victims.freed < need {
                return Ok(Err(NoRoom(Standing::MAX)));
            }
            if !privileged && !newcomer.room.standing.displaces(victims.highest) {
                let needed = victims.highest.needed_to_displace();
                return Ok(Err(NoRoom(needed.unwrap_or(Standing::MAX))));
            }
            freed = freed.saturating_add(victims.freed);
            excluded.extend(&victims.keys);
            plan.0.extend(victims.keys);
        }
        Ok(Ok(plan))
    }

    /// Carries a plan out.
    pub(crate) fn make_room(&mut self, plan: &Plan) -> Result<(), Fault> {
        for key in &plan.0 {
            // One of the two is there: a packet, or the recall in its place.
            self.remove(key, StoreEventKind::Evicted)?;
            self.unbury(key)?;
        }
        Ok(())
    }

    /// Those of lowest standing in a scope, as many as it takes to free `need` bytes (or all there are).
    fn lowest(
        &self,
        scope: Scope,
        need: u64,
        excluded: &HashSet<PacketKey>,
    ) -> Result<Victims, Fault> {
        let head = scope.key();
        let mut victims = Victims {
            keys: Vec::new(),
            highest: Standing::default(),
            freed: 0,
        };
        for item in self.standings.range::<&[u8]>(head.as_slice()..)? {
            let (key, charge) = item?;
            if victims.freed >= need || !key.value().starts_with(&head) {
                break;
            }
            let (standing, packet) = split_standing_key(key.value())?;
            if excluded.contains(&packet) {
                continue;
            }
            victims.keys.push(packet);
            victims.highest = standing;
            victims.freed = victims.freed.saturating_add(charge.value());
        }
        Ok(victims)
    }
}
