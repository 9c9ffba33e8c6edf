//! Store and Extend: the k closest nodes get a packet, or its new stamp.
//!
//! At most two of one network; whoever refuses or is silent is replaced by the next closest, and beside whoever is late the
//! next is asked as well. What came of it is reported when enough hold it; the rest goes on behind that.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use toxdrop_proto::ids::{Location, PacketId, distance};
use toxdrop_proto::packet::{Packet, StampedPacket};
use toxdrop_proto::wire::{Response, TtlUpdate};

use super::context::Context;
use super::finding::Finding;
use super::judge::{Judge, What};
use crate::asking::{Answer, Finished};
use crate::lateness::{Late, Lateness};
use crate::peer::{Peer, subnet};
use crate::report::{StoreReport, StoreStatus};

/// Replicas that one network (IPv4 /24, IPv6 /48) may have.
const PER_SUBNET: usize = 2;

/// A Store or Extend under way.
pub(crate) struct Store {
    judge: Judge,
    finding: Finding,
    /// How many nodes shall hold it, and how many make a report.
    replicas: usize,
    quorum: usize,
    /// Nodes in charge that were not asked yet, closest first.
    candidates: BTreeMap<[u8; 32], Peer>,
    /// All that were found, by their distance.
    found: BTreeSet<[u8; 32]>,
    in_flight: BTreeMap<Peer, Lateness>,
    per_subnet: HashMap<[u8; 7], usize>,
    report: StoreReport,
    /// Some node did not answer.
    lacking: bool,
    /// Nobody wants it stored any more.
    taken_back: bool,
}

impl Store {
    pub(crate) fn packet(context: &mut Context<'_>, packet: Packet, quorum: usize) -> Self {
        Self::new(context, What::Packet(packet), quorum)
    }

    pub(crate) fn extend(context: &mut Context<'_>, update: TtlUpdate, quorum: usize) -> Self {
        Self::new(context, What::Update(update), quorum)
    }

    fn new(context: &mut Context<'_>, what: What, quorum: usize) -> Self {
        let location = what.location();
        let replicas = context.config().replicas;
        // Twice as many as are needed: the farther half replaces those that refuse.
        let finding = Finding::at(context, location, replicas * 2);
        let mut store = Self {
            judge: Judge::new(what),
            finding,
            replicas,
            quorum: quorum.min(replicas),
            candidates: BTreeMap::new(),
            found: BTreeSet::new(),
            in_flight: BTreeMap::new(),
            per_subnet: HashMap::new(),
            report: StoreReport::default(),
            lacking: false,
            taken_back: false,
        };
        store.pump(context);
        store
    }

    /// Goes on with what its search found.
    pub(crate) fn pump(&mut self, context: &mut Context<'_>) {
        let location = self.judge.what.location();
        for peer in self.finding.take(context) {
            let far = distance(peer.key.as_bytes(), location.as_bytes());
            if self.found.insert(far) {
                self.candidates.insert(far, peer);
            }
        }
        while let Some((far, _)) = self.candidates.first_key_value()
            && self.wants(far)
        {
            let Some((_, peer)) = self.candidates.pop_first() else {
                break;
            };
            if let Some(net) = subnet(&peer.addr) {
                let count = self.per_subnet.entry(net).or_default();
                if *count >= PER_SUBNET {
                    continue;
                }
                *count += 1;
            }
            self.in_flight.insert(peer, Lateness::InTime);
            context.ask(self.finding.session, peer, self.judge.what.ask());
        }
        // What was found moments ago is not enough today.
        let wants_more = self.candidates.is_empty() && self.wants(&[255; 32]);
        if self.lacking && wants_more && self.finding.is_kept() {
            self.finding.renew(context);
            self.pump(context);
        }
    }

    /// Whether a node at this distance is to be asked: too few hold it or are about to say so, or it is one of the closest,
    /// which was merely slow to be found.
    fn wants(&self, far: &[u8; 32]) -> bool {
        let in_time = self.count_in_flight(|by| by == Lateness::InTime);
        let closest = self.found.range(..*far).take(self.replicas).count() < self.replicas;
        let few = self.report.held + in_time < self.replicas;
        let ended = self.judge.tombstone.is_some() || self.taken_back;
        !ended && (few || closest)
    }

    fn count_in_flight(&self, is: impl Fn(Lateness) -> bool) -> usize {
        self.in_flight.values().filter(|by| is(**by)).count()
    }

    /// A node's answer is late.
    pub(crate) fn late(&mut self, context: &mut Context<'_>, late: &Late) {
        if let Some(by) = self.in_flight.get_mut(&late.peer) {
            *by = late.by.max(*by);
            if late.by == Lateness::Silent {
                self.miss(context);
            }
        }
        self.pump(context);
    }

    fn miss(&mut self, context: &mut Context<'_>) {
        self.lacking = true;
        self.finding.doubt(context);
    }

    pub(crate) fn finished(&mut self, context: &mut Context<'_>, finished: &Finished) {
        if self.in_flight.remove(&finished.peer).is_none() {
            return;
        }
        let status = match &finished.answer {
            Answer::Response(Response::Store(status) | Response::TtlUpdate(status)) => {
                self.judge.judge(context, status)
            }
            _ => {
                self.miss(context);
                StoreStatus::NoAnswer
            }
        };
        if matches!(status, StoreStatus::Held | StoreStatus::AlreadyHeld) {
            self.report.held += 1;
            self.report.independent += 1;
        } else if let Some(net) = subnet(&finished.peer.addr)
            && let Some(count) = self.per_subnet.get_mut(&net)
        {
            *count -= 1;
        }
        self.report.replicas.push((finished.peer.holder(), status));
        self.pump(context);
    }

    /// Whether it stores this packet.
    pub(crate) fn is_of(&self, location: Location, id: PacketId) -> bool {
        self.judge.what.is_packet(location, id)
    }

    /// The packet was deleted or recalled: who has not got it does not get it any more.
    pub(crate) fn take_back(&mut self, context: &mut Context<'_>) {
        self.taken_back = true;
        self.in_flight.clear();
        context.take_back();
    }

    /// Whether there is something to report: enough hold it, it is known to be deleted, or nobody is left who would answer soon. Who
    /// wants all replicas waits for all.
    pub(crate) fn is_enough(&self) -> bool {
        let (held, replicas) = (self.report.independent, self.replicas);
        if self.taken_back || (self.quorum < replicas && held >= self.quorum) {
            return true;
        }
        let waits = self.count_in_flight(|by| by != Lateness::Silent) > 0;
        let nobody_left = self.quorum < replicas && self.candidates.is_empty();
        let complete = nobody_left || held >= replicas || self.judge.tombstone.is_some();
        self.finding.has_found() && (self.in_flight.is_empty() || (complete && !waits))
    }

    pub(crate) fn is_done(&self) -> bool {
        let searched = self.finding.has_found() && self.finding.is_settled();
        self.in_flight.is_empty() && (searched || self.taken_back)
    }

    /// What is known now.
    pub(crate) fn report(&self) -> StoreReport {
        let mut report = self.report.clone();
        let late = (self.in_flight.iter()).filter(|(_, by)| **by != Lateness::InTime);
        let silent = late.map(|(peer, _)| (peer.holder(), StoreStatus::NoAnswer));
        report.replicas.extend(silent);
        report.tombstone = self.judge.tombstone;
        report.record = self.judge.record.clone().map(StampedPacket::into_packet);
        report
    }
}
