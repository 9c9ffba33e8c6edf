//! Makes room: who goes when the store, a neighbourhood or a location is full.
//!
//! Only plans; nothing changes until the caller carries the plan out.
//!
//! `ranks` lists packets under the rank they had when last looked at, which is at most the one they
//! have now, because the rank of a stamp rises. So the lowest is found exactly by looking at entries in
//! order until the next one stands above the lowest seen; what was looked at is re-listed later.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

use redb::ReadableTable;
use toxdrop_proto::ids::Location;
use toxdrop_proto::packet::Rank;

use crate::change::Change;
use crate::config::PACKET_OVERHEAD;
use crate::error::Fault;
use crate::rank;
use crate::tables::{PacketKey, Ranked, Scope, split_rank_key};

/// How many times the lowest rank a newcomer needs to push it out.
const NEWCOMER_FACTOR: u64 = 2;

/// How many entries of `ranks` one newcomer may make the store look at, beyond those that go.
const MAX_LOOKED_AT: usize = 512;

/// A listed rank is stale when the true one has risen by more than this share (1/16) of it.
const STALE_SHARE: u64 = 16;

/// A packet that wants in.
pub(crate) struct Newcomer {
    /// Its location.
    pub(crate) location: Location,
    /// Its rank.
    pub(crate) rank: Rank,
    /// What it will be charged.
    pub(crate) charge: u64,
    /// What goes anyway, because the newcomer replaces it.
    pub(crate) replaced: Option<(PacketKey, u64)>,
}

/// What must happen before the newcomer fits.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Who must go.
    pub(crate) victims: Vec<PacketKey>,
    /// Whose listed rank has become stale.
    pub(crate) stale: Vec<PacketKey>,
}

/// Why there is no room.
pub(crate) struct NoRoom {
    /// The rank that would make some.
    pub(crate) rank: Rank,
    /// Whose listed rank has become stale.
    pub(crate) stale: Vec<PacketKey>,
}

struct Victim {
    key: PacketKey,
    rank: Rank,
    charge: u64,
}

impl Change<'_> {
    /// Finds the room that the newcomer needs, in its location, its prefix and the whole store.
    pub(crate) fn plan_room(&self, newcomer: &Newcomer) -> Result<Result<Plan, NoRoom>, Fault> {
        let privileged = self.is_always_held(&newcomer.location);
        let mut plan = Plan::default();
        let mut excluded: HashSet<PacketKey> =
            newcomer.replaced.iter().map(|(key, _)| *key).collect();
        let mut freed = newcomer.replaced.map_or(0, |(_, charge)| charge);
        for scope in self.scopes(&newcomer.location) {
            let limit = match scope {
                Scope::Store => self.config.size_limit,
                // A mailbox that never evicts has no quota but the store's.
                _ if privileged => continue,
                Scope::Prefix(_) => self.config.prefix_limit,
                _ => self.config.location_limit,
            };
            let used = self.charged(scope)?;
            let after = used.saturating_sub(freed).saturating_add(newcomer.charge);
            let Some(need) = after.checked_sub(limit).filter(|need| *need > 0) else {
                continue;
            };
            let victims = self.lowest(scope, need, &excluded, &mut plan.stale)?;
            let found: u64 = victims.iter().map(|victim| victim.charge).sum();
            if found < need {
                return Ok(Err(NoRoom {
                    rank: Rank(u64::MAX),
                    stale: plan.stale,
                }));
            }
            let highest = victims
                .iter()
                .map(|victim| victim.rank.0)
                .max()
                .unwrap_or(0);
            let required = highest.saturating_mul(NEWCOMER_FACTOR);
            if !privileged && newcomer.rank.0 < required {
                return Ok(Err(NoRoom {
                    rank: Rank(required),
                    stale: plan.stale,
                }));
            }
            freed = freed.saturating_add(found);
            excluded.extend(victims.iter().map(|victim| victim.key));
            plan.victims.extend(victims.iter().map(|victim| victim.key));
        }
        Ok(Ok(plan))
    }

    /// Carries a plan out.
    pub(crate) fn make_room(&mut self, plan: Plan) -> Result<(), Fault> {
        for key in &plan.victims {
            self.remove(key, crate::event::StoreEventKind::Evicted)?;
        }
        self.refresh_ranks(&plan.stale)
    }

    /// Lists packets under the rank that they have now, so that the next newcomer finds the lowest sooner.
    pub(crate) fn refresh_ranks(&mut self, stale: &[PacketKey]) -> Result<(), Fault> {
        stale.iter().try_for_each(|key| self.refresh_rank(key))
    }

    fn charged(&self, scope: Scope) -> Result<u64, Fault> {
        let packets = self.usage(scope)?.charged;
        Ok(match scope {
            // Tombstones take room as well.
            Scope::Store => packets.saturating_add(self.usage(Scope::Tombstones)?.charged),
            _ => packets,
        })
    }

    /// The packets of lowest rank in a scope, as many as it takes to free `need` bytes (or all there are).
    fn lowest(
        &self,
        scope: Scope,
        need: u64,
        excluded: &HashSet<PacketKey>,
        stale: &mut Vec<PacketKey>,
    ) -> Result<Vec<Victim>, Fault> {
        let floor = self.config.floor();
        let head = scope.key();
        let mut listed = self.ranks.range::<&[u8]>(head.as_slice()..)?;
        let mut seen: BinaryHeap<Reverse<(u64, PacketKey, u64)>> = BinaryHeap::new();
        let mut victims = Vec::new();
        let mut freed = 0u64;
        let mut looked_at = 0;
        let mut next = None;
        let mut exhausted = false;
        while freed < need {
            if next.is_none() && !exhausted && looked_at < MAX_LOOKED_AT + victims.len() {
                match listed.next() {
                    Some(item) => {
                        let (key, value) = item?;
                        if key.value().starts_with(&head) {
                            let (listed_rank, packet) = split_rank_key(key.value())?;
                            next = Some((listed_rank, packet, Ranked::from_bytes(value.value())));
                            looked_at += 1;
                        } else {
                            exhausted = true;
                        }
                    }
                    None => exhausted = true,
                }
            }
            match next.take() {
                // An entry that may rank below the lowest seen so far must be looked at first.
                Some((listed_rank, key, ranked))
                    if seen
                        .peek()
                        .is_none_or(|Reverse((lowest, ..))| listed_rank < *lowest) =>
                {
                    if excluded.contains(&key) {
                        continue;
                    }
                    let rank = rank::present(&ranked, floor, self.now).0;
                    let lasting = rank::lasting(&ranked, floor, self.now).0;
                    if lasting > listed_rank.saturating_add(listed_rank / STALE_SHARE) {
                        stale.push(key);
                    }
                    let charge = u64::from(ranked.len).saturating_add(PACKET_OVERHEAD);
                    seen.push(Reverse((rank, key, charge)));
                }
                later => {
                    next = later;
                    let Some(Reverse((rank, key, charge))) = seen.pop() else {
                        break;
                    };
                    freed = freed.saturating_add(charge);
                    victims.push(Victim {
                        key,
                        rank: Rank(rank),
                        charge,
                    });
                }
            }
        }
        Ok(victims)
    }
}
