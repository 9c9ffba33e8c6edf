//! One node in memory: what it holds, and how it answers.
//!
//! Knows nothing of the others.

use std::collections::{BTreeMap, HashMap, HashSet};

use toxdrop_proto::ids::{Location, PacketId, UnixSeconds};
use toxdrop_proto::packet::{Arrival, Packet, PacketKind, PacketPolicy, StampedPacket};
use toxdrop_proto::pow::Difficulty;
use toxdrop_proto::tombstone::Tombstone;

use crate::network::{RefusalReason, StoreStatus};

type Place = (Location, PacketId);

/// A node. Whoever tests may change all of it at any time: take it off the network, let it lose what it holds, or let it refuse.
#[derive(Clone, Debug)]
pub struct MemoryNode {
    /// Whether it answers at all.
    pub online: bool,
    /// Whether it takes no tombstones.
    pub refuses_deletes: bool,
    /// What it wants of senders, with the record's packet that it shows for it.
    pub demands: Option<(Difficulty, Packet)>,
    /// What it holds.
    pub packets: BTreeMap<Place, StampedPacket>,
    /// What was deleted or recalled at it.
    pub tombstones: HashMap<Place, Tombstone>,
    /// Packets whose sender was shown what is wanted. It is shown once even to one whose stamp pays for more than it was
    /// made for: no test shall depend on luck.
    shown: HashSet<PacketId>,
}

impl MemoryNode {
    /// An empty node that is online and refuses nothing.
    pub(crate) fn new() -> Self {
        Self {
            online: true,
            refuses_deletes: false,
            demands: None,
            packets: BTreeMap::new(),
            tombstones: HashMap::new(),
            shown: HashSet::new(),
        }
    }

    /// Takes a packet, or says why not, with the packet that it shows for it.
    pub(crate) fn store(
        &mut self,
        packet: &StampedPacket,
        now: UnixSeconds,
        policy: &PacketPolicy,
    ) -> (StoreStatus, Option<Packet>) {
        let place = (packet.location(), packet.id());
        if self.tombstones.contains_key(&place) {
            return (StoreStatus::Tombstoned, None);
        }
        if packet.expires() <= now {
            return (StoreStatus::Refused(RefusalReason::Expired), None);
        }
        if let Some((difficulty, shown)) = &self.demands {
            let target = packet.target(*difficulty, now);
            if self.shown.insert(packet.id()) || packet.value() > target {
                let refusal = RefusalReason::WorkTooLow { target };
                return (StoreStatus::Refused(refusal), Some(shown.clone()));
            }
        }
        let held = self.record(packet.location(), now).cloned();
        if packet.kind() == PacketKind::Record {
            if let Some(held) = held {
                if !packet.replaces(&held) && packet.id() != held.id() {
                    let reason = RefusalReason::OlderRecord;
                    return (StoreStatus::Refused(reason), Some(held.into_packet()));
                }
                self.packets.remove(&(held.location(), held.id()));
            }
        } else if let Some(held) = held {
            let head = held.in_force(now);
            let (kind, last) = (packet.kind(), packet.last());
            let bound = policy.bound_by(head.as_ref(), Arrival::Store, kind, last);
            let target = packet.target(bound.floor, now);
            if packet.value() > target {
                let refusal = RefusalReason::WorkTooLow { target };
                return (StoreStatus::Refused(refusal), Some(held.into_packet()));
            }
        }
        self.packets.insert(place, packet.clone());
        (StoreStatus::Held, None)
    }

    /// The record that is held at a location.
    pub(crate) fn record(&self, location: Location, now: UnixSeconds) -> Option<&StampedPacket> {
        let here = self.packets.iter().filter(|((at, _), _)| *at == location);
        here.map(|(_, held)| held)
            .find(|held| held.kind() == PacketKind::Record && held.expires() > now)
    }

    /// Gives a packet a later expiry; `None` if `nonce` does not pay for it, or shows less work than the present one.
    pub(crate) fn extend(
        &mut self,
        place: Place,
        (expires, nonce): (UnixSeconds, u64),
        now: UnixSeconds,
        policy: &PacketPolicy,
    ) -> Option<StoreStatus> {
        let Some(held) = self.packets.get_mut(&place) else {
            let reason = RefusalReason::Other("not held");
            return Some(StoreStatus::Refused(reason));
        };
        let stamped = held.with_stamp(nonce, expires).verify(now, policy).ok()?;
        if !held.standing()?.takes_update(stamped.standing()?) {
            return None;
        }
        *held = stamped;
        Some(StoreStatus::Held)
    }

    /// Takes a tombstone whose signature holds; `false` if it covers nothing that is held.
    pub(crate) fn entomb(&mut self, tombstone: &Tombstone) -> bool {
        let place = (tombstone.location(), tombstone.id);
        if self.refuses_deletes {
            return false;
        }
        if self.tombstones.contains_key(&place) {
            return true;
        }
        let covered = |packet: &StampedPacket| tombstone.covers(packet);
        if !self.packets.get(&place).is_some_and(covered) {
            return false;
        }
        self.packets.remove(&place);
        self.tombstones.insert(place, *tombstone);
        true
    }
}
