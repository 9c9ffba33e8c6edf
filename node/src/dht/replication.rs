//! Replication: what we hold is offered to the nodes nearest to it, so that copies survive when nodes come and go.
//!
//! Never drops a copy. Offers go to nodes known for a while, and each packet to each node rarely.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::Duration;

use lru::LruCache;
use toxdrop_proto::ids::{Location, PacketId};
use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_proto::packet::StampedPacket;
use toxdrop_proto::wire::{MAX_OFFERS, Offer, OfferAnswer, TtlUpdate};

use super::ask::Ask;
use super::core::{Core, StorageFor};
use super::requests::Purpose;
use super::routing_table::Peer;
use super::sessions::SessionId;
use crate::clock::Now;
use crate::store::api::{Entry, StorageRequest};

/// Packets looked at in one go.
const SCAN_LIMIT: usize = 512;
/// A node is offered the same packet again after this time.
const OFFER_AGAIN: Duration = Duration::from_secs(3_600);
/// Offers that are remembered.
const REMEMBERED: NonZeroUsize = match NonZeroUsize::new(65_536) {
    Some(remembered) => remembered,
    None => NonZeroUsize::MIN,
};

/// State of replication.
pub(super) struct Replication {
    next_at: Duration,
    scanning: bool,
    budget: usize,
    /// Where the last look ended for want of budget: the next one goes on from there, so that no packet is always last.
    cursor: Option<(Location, PacketId)>,
    offered: LruCache<(DhtPublicKey, PacketId), Duration>,
}

impl Replication {
    pub(super) fn new(core: &Core, now: Now) -> Self {
        Self {
            next_at: now.mono + Duration::from_secs(core.config.replication_interval_seconds),
            scanning: false,
            budget: 0,
            cursor: None,
            offered: LruCache::new(REMEMBERED),
        }
    }

    /// Once a second.
    pub(super) fn tick(&mut self, core: &mut Core, now: Now) {
        if self.scanning || now.mono < self.next_at || core.capable.len() == 0 {
            return;
        }
        self.scanning = true;
        self.budget = core.config.hand_over_budget;
        scan(core, self.cursor);
    }

    /// A page of what we hold.
    pub(super) fn scanned(&mut self, core: &mut Core, now: Now, entries: &[Entry], more: bool) {
        let mut offers: BTreeMap<Peer, Vec<Offer>> = BTreeMap::new();
        let mut looked_at = None;
        for entry in entries {
            if self.budget == 0 {
                break;
            }
            looked_at = Some((entry.location, entry.id));
            for peer in self.in_charge(core, now, &entry.location) {
                let key = (peer.key, entry.id);
                let recent = |at: &Duration| now.mono.saturating_sub(*at) < OFFER_AGAIN;
                if self.budget == 0 || self.offered.get(&key).is_some_and(recent) {
                    continue;
                }
                self.budget -= 1;
                self.offered.put(key, now.mono);
                offers.entry(peer).or_default().push(Offer {
                    location: entry.location,
                    id: entry.id,
                    expires: entry.expires,
                });
            }
        }
        for (peer, offers) in offers {
            for some in offers.chunks(MAX_OFFERS) {
                let ask = Ask::Offer(some.to_vec());
                core.ask(now, SessionId::NODE, peer, ask, Purpose::Replication);
            }
        }
        let all_looked_at = looked_at == entries.last().map(|last| (last.location, last.id));
        self.cursor = looked_at.filter(|_| more || !all_looked_at);
        if self.cursor.is_some() && self.budget > 0 {
            scan(core, self.cursor);
        } else {
            self.ended(core, now);
        }
    }

    /// The look has ended, or the store failed: the next one comes later.
    pub(super) fn ended(&mut self, core: &Core, now: Now) {
        self.scanning = false;
        self.next_at = now.mono + Duration::from_secs(core.config.replication_interval_seconds);
    }

    fn in_charge(&self, core: &Core, now: Now, location: &Location) -> Vec<Peer> {
        let min_age = Duration::from_secs(core.config.hand_over_min_age_seconds);
        core.capable
            .closest(location.as_bytes(), core.config.replicas)
            .into_iter()
            .filter(|peer| {
                core.capable
                    .get(&peer.key)
                    .is_some_and(|c| now.mono.saturating_sub(c.first_seen) >= min_age)
            })
            .collect()
    }

    /// What a node said to an offer; without an answer it is offered again.
    pub(super) fn answered(
        &mut self,
        core: &mut Core,
        peer: Peer,
        offers: &[Offer],
        answer: Option<OfferAnswer>,
    ) {
        let Some(answer) = answer else {
            for offer in offers {
                self.offered.pop(&(peer.key, offer.id));
            }
            return;
        };
        for (bit, offer) in offers.iter().enumerate() {
            let wanted = answer.wanted >> bit & 1 == 1;
            let update = answer.update >> bit & 1 == 1;
            if wanted || update {
                let get = StorageRequest::Get {
                    location: offer.location,
                    id: offer.id,
                };
                core.store(get, StorageFor::HandOver { to: peer, update });
            }
        }
        let network = core.config.network();
        let tombstones: Vec<_> = answer
            .tombstones
            .into_iter()
            .filter(|tombstone| tombstone.verify(network).is_ok())
            .collect();
        if !tombstones.is_empty() {
            core.store(StorageRequest::Entomb { tombstones }, StorageFor::Nothing);
        }
    }

    /// Hands a packet over to a node that wants it, or its stamp to one that has it.
    pub(super) fn hand_over(
        core: &mut Core,
        now: Now,
        to: Peer,
        update: bool,
        packet: StampedPacket,
    ) {
        let ask = if update {
            Ask::TtlUpdate(TtlUpdate {
                location: packet.location(),
                id: packet.id(),
                expires: packet.expires(),
                nonce: packet.nonce(),
            })
        } else {
            Ask::Store(packet.into_packet())
        };
        core.ask(now, SessionId::NODE, to, ask, Purpose::Replication);
    }
}

fn scan(core: &mut Core, after: Option<(Location, PacketId)>) {
    let request = StorageRequest::Scan {
        after,
        limit: SCAN_LIMIT,
    };
    core.store(request, StorageFor::Scan);
}
