//! Replication: what we hold is offered to the nodes nearest to it, so that copies survive when nodes come and go.
//!
//! Never drops a copy. Offers go to nodes known for a while, and each packet to each node rarely.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use toxdrop_proto::ids::{Location, PacketId};
use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_proto::packet::StampedPacket;
use toxdrop_proto::wire::{MAX_OFFERS, Offer, OfferAnswer, Response, TtlUpdate};

use crate::ask::Ask;
use crate::asking::{Answer, Asking, Finished};
use crate::bounded::Bounded;
use crate::peer::Peer;
use crate::requests::AskId;
use crate::sessions::SessionId;
use crate::storage::{Entry, StorageReply, StorageRequest};
use crate::storing::{Storing, Ticket};

/// Packets looked at in one go.
const SCAN_LIMIT: usize = 512;
/// A node is offered the same packet again after this time.
const OFFER_AGAIN: Duration = Duration::from_secs(3_600);
/// Offers that are remembered.
const REMEMBERED: usize = 65_536;

/// A packet that a peer wants, or the stamp of one that it has.
#[derive(Clone, Copy, Debug)]
struct HandOver {
    to: Peer,
    update: bool,
}

/// State of replication.
pub(crate) struct Replication {
    next_at: Duration,
    scan: Option<Ticket>,
    budget: usize,
    /// Where the last look ended for want of budget: the next one goes on from there, so that no packet is always last.
    cursor: Option<(Location, PacketId)>,
    offered: Bounded<(DhtPublicKey, PacketId), Duration>,
    /// Offers under way.
    offering: HashSet<AskId>,
    /// Packets on their way out of the store.
    handing_over: HashMap<Ticket, HandOver>,
}

impl Replication {
    /// Starts with a look after `interval` seconds.
    pub(crate) fn new(interval: u64, mono: Duration) -> Self {
        Self {
            next_at: mono + Duration::from_secs(interval),
            scan: None,
            budget: 0,
            cursor: None,
            offered: Bounded::new(REMEMBERED),
            offering: HashSet::new(),
            handing_over: HashMap::new(),
        }
    }

    #[cfg(test)]
    pub(crate) fn is_idle(&self) -> bool {
        self.scan.is_none() && self.offering.is_empty() && self.handing_over.is_empty()
    }

    /// Once a second.
    pub(crate) fn tick(&mut self, asking: &Asking<'_>, storing: &mut Storing) {
        let idle = self.scan.is_none() && asking.now.mono >= self.next_at;
        if idle && asking.tables.capable.len() > 0 {
            self.budget = asking.config.hand_over_budget;
            self.look(storing);
        }
    }

    fn look(&mut self, storing: &mut Storing) {
        self.scan = Some(storing.request(StorageRequest::Scan {
            after: self.cursor,
            limit: SCAN_LIMIT,
        }));
    }

    /// Takes in the store's answer, if it is one to a request from here.
    pub(crate) fn handle_storage(
        &mut self,
        asking: &mut Asking<'_>,
        storing: &mut Storing,
        ticket: Ticket,
        reply: StorageReply,
    ) {
        if self.scan == Some(ticket) {
            self.scan = None;
            match reply {
                StorageReply::Scanned { entries, more } => {
                    self.scanned(asking, storing, &entries, more);
                }
                _ => self.ended(asking),
            }
        } else if let Some(hand_over) = self.handing_over.remove(&ticket)
            && let StorageReply::Got(Some(packet)) = reply
        {
            send(asking, hand_over, packet);
        }
    }

    /// A page of what we hold.
    fn scanned(
        &mut self,
        asking: &mut Asking<'_>,
        storing: &mut Storing,
        entries: &[Entry],
        more: bool,
    ) {
        let mono = asking.now.mono;
        let mut offers: BTreeMap<Peer, Vec<Offer>> = BTreeMap::new();
        let mut looked_at = None;
        for entry in entries {
            if self.budget == 0 {
                break;
            }
            looked_at = Some((entry.location, entry.id));
            for peer in in_charge(asking, &entry.location) {
                let key = (peer.key, entry.id);
                let recent = |at: &Duration| mono.saturating_sub(*at) < OFFER_AGAIN;
                if self.budget == 0 || self.offered.get(&key).is_some_and(recent) {
                    continue;
                }
                self.budget -= 1;
                self.offered.put(key, mono);
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
                let id = asking.ask(SessionId::NODE, peer, ask);
                self.offering.insert(id);
            }
        }
        let all_looked_at = looked_at == entries.last().map(|last| (last.location, last.id));
        self.cursor = looked_at.filter(|_| more || !all_looked_at);
        if self.cursor.is_some() && self.budget > 0 {
            self.look(storing);
        } else {
            self.ended(asking);
        }
    }

    /// The look has ended, or the store failed: the next one comes later.
    fn ended(&mut self, asking: &Asking<'_>) {
        let interval = Duration::from_secs(asking.config.replication_interval_seconds);
        self.next_at = asking.now.mono + interval;
    }

    /// Whether that ask was an offer from here; it ends with this.
    pub(crate) fn take(&mut self, id: AskId) -> bool {
        self.offering.remove(&id)
    }

    /// What a node said to an offer; without an answer it is offered again.
    pub(crate) fn answered(
        &mut self,
        asking: &Asking<'_>,
        storing: &mut Storing,
        finished: Finished,
    ) {
        let Ask::Offer(offers) = &finished.ask else {
            return;
        };
        let Answer::Response(Response::Offer(answer)) = finished.answer else {
            for offer in offers {
                self.offered.pop(&(finished.peer.key, offer.id));
            }
            return;
        };
        self.hand_over(storing, finished.peer, offers, &answer);
        let network = asking.config.network();
        let tombstones: Vec<_> = answer
            .tombstones
            .into_iter()
            .filter(|tombstone| tombstone.verify(network).is_ok())
            .collect();
        if !tombstones.is_empty() {
            storing.request(StorageRequest::Entomb { tombstones });
        }
    }

    fn hand_over(
        &mut self,
        storing: &mut Storing,
        to: Peer,
        offers: &[Offer],
        answer: &OfferAnswer,
    ) {
        for (bit, offer) in offers.iter().enumerate() {
            let wanted = answer.wanted >> bit & 1 == 1;
            let update = answer.update >> bit & 1 == 1;
            if wanted || update {
                let ticket = storing.request(StorageRequest::Get {
                    location: offer.location,
                    id: offer.id,
                });
                self.handing_over.insert(ticket, HandOver { to, update });
            }
        }
    }
}

fn in_charge(asking: &Asking<'_>, location: &Location) -> Vec<Peer> {
    let min_age = Duration::from_secs(asking.config.hand_over_min_age_seconds);
    let capable = &asking.tables.capable;
    capable
        .closest(location.as_bytes(), asking.config.replicas)
        .into_iter()
        .filter(|peer| {
            capable
                .get(&peer.key)
                .is_some_and(|c| asking.now.mono.saturating_sub(c.first_seen) >= min_age)
        })
        .collect()
}

/// Hands a packet over to a node that wants it, or its stamp to one that has it.
fn send(asking: &mut Asking<'_>, HandOver { to, update }: HandOver, packet: StampedPacket) {
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
    // What comes of it does not matter here: the next look offers it again where it is still lacking.
    asking.ask(SessionId::NODE, to, ask);
}
