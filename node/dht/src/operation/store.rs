//! Store and Extend: the k closest nodes get a packet, or its new stamp.
//!
//! At most two of one network; whoever refuses or is silent is replaced by the next closest.

use std::collections::{BTreeSet, HashMap, VecDeque};

use toxdrop_proto::ids::Location;
use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_proto::packet::{Packet, PacketKind, StampedPacket};
use toxdrop_proto::tombstone::Tombstone;
use toxdrop_proto::wire::{self, Refusal, Response, TtlUpdate};

use super::context::Context;
use super::search::Search;
use crate::ask::Ask;
use crate::asking::{Answer, Finished};
use crate::peer::{Peer, subnet};
use crate::report::{RefusalReason, StoreReport, StoreStatus};

/// Replicas that one network (IPv4 /24, IPv6 /48) may have.
const PER_SUBNET: usize = 2;

enum What {
    Packet(Packet),
    Update(TtlUpdate),
}

impl What {
    fn location(&self) -> Location {
        match self {
            Self::Packet(packet) => packet.location(),
            Self::Update(update) => update.location,
        }
    }

    /// Whether a record takes the place of this one: nodes that say so are not believed.
    fn is_older_than(&self, record: &StampedPacket) -> bool {
        match self {
            Self::Packet(own) => {
                StampedPacket::from_store(own.as_bytes()).is_ok_and(|own| record.replaces(&own))
            }
            Self::Update(_) => false,
        }
    }
}

/// A Store or Extend under way.
pub(crate) struct Store {
    what: What,
    search: Search,
    replicas: usize,
    candidates: VecDeque<Peer>,
    started: bool,
    in_flight: BTreeSet<DhtPublicKey>,
    per_subnet: HashMap<[u8; 7], usize>,
    /// The newest record that came with a refusal.
    record: Option<StampedPacket>,
    report: StoreReport,
}

impl Store {
    pub(crate) fn packet(context: &mut Context<'_>, packet: StampedPacket) -> Self {
        Self::new(context, What::Packet(packet.into_packet()))
    }

    pub(crate) fn extend(context: &mut Context<'_>, update: TtlUpdate) -> Self {
        Self::new(context, What::Update(update))
    }

    fn new(context: &mut Context<'_>, what: What) -> Self {
        let location = what.location();
        let replicas = context.config().replicas;
        // Twice as many as are needed: the farther half replaces those that refuse.
        let search = Search::at(context, location, replicas * 2);
        let mut store = Self {
            what,
            search,
            replicas,
            candidates: VecDeque::new(),
            started: false,
            in_flight: BTreeSet::new(),
            per_subnet: HashMap::new(),
            record: None,
            report: StoreReport::default(),
        };
        store.pump(context);
        store
    }

    fn pump(&mut self, context: &mut Context<'_>) {
        if !self.started {
            let Some(found) = self.search.found() else {
                return;
            };
            self.candidates = found.iter().copied().collect();
            self.started = true;
        }
        while self.report.held + self.in_flight.len() < self.replicas
            && self.report.tombstone.is_none()
        {
            let Some(peer) = self.candidates.pop_front() else {
                return;
            };
            if let Some(net) = subnet(&peer.addr)
                && self.per_subnet.get(&net).copied().unwrap_or(0) >= PER_SUBNET
            {
                continue;
            }
            let ask = match &self.what {
                What::Packet(packet) => Ask::Store(packet.clone()),
                What::Update(update) => Ask::TtlUpdate(*update),
            };
            if let Some(net) = subnet(&peer.addr) {
                *self.per_subnet.entry(net).or_default() += 1;
            }
            self.in_flight.insert(peer.key);
            context.ask(self.search.session, peer, ask);
        }
    }

    /// The time for searching is over.
    pub(crate) fn conclude_search(&mut self, context: &mut Context<'_>) {
        self.search.conclude(context);
        self.pump(context);
    }

    pub(crate) fn finished(&mut self, context: &mut Context<'_>, finished: &Finished) {
        if matches!(finished.ask, Ask::Find(_)) {
            self.search.finished(context, finished);
        } else if self.in_flight.remove(&finished.peer.key) {
            let status = match &finished.answer {
                Answer::Response(Response::Store(status) | Response::TtlUpdate(status)) => {
                    self.judge(context, status)
                }
                _ => StoreStatus::NoAnswer,
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
        }
        self.pump(context);
    }

    fn judge(&mut self, context: &Context<'_>, status: &wire::StoreStatus) -> StoreStatus {
        match status {
            wire::StoreStatus::Held => StoreStatus::Held,
            wire::StoreStatus::AlreadyHeld => StoreStatus::AlreadyHeld,
            wire::StoreStatus::Tombstoned(tombstone) => {
                if !self.proves(context, tombstone) {
                    return StoreStatus::Refused(RefusalReason::Other("a false tombstone"));
                }
                self.report.tombstone = Some(*tombstone);
                StoreStatus::Tombstoned
            }
            wire::StoreStatus::Refused(refusal) => {
                let reason = self.reason(context, refusal);
                StoreStatus::Refused(reason)
            }
        }
    }

    /// A holder is not believed: the tombstone must be signed, and be for this packet.
    fn proves(&self, context: &Context<'_>, tombstone: &Tombstone) -> bool {
        let id = match &self.what {
            What::Packet(packet) => packet.id(),
            What::Update(update) => update.id,
        };
        let covers = match &self.what {
            What::Packet(packet) => tombstone.covers(packet),
            // Without the packet only the owner's right can be checked.
            What::Update(_) => tombstone.is_receipt(),
        };
        covers
            && (tombstone.location(), tombstone.id) == (self.what.location(), id)
            && tombstone.verify(context.network()).is_ok()
    }

    fn reason(&mut self, context: &Context<'_>, refusal: &Refusal) -> RefusalReason {
        match refusal {
            Refusal::WorkTooLow { target, record } => {
                self.note_record(context, record.as_ref());
                RefusalReason::WorkTooLow { target: *target }
            }
            Refusal::OlderRecord { newer } => {
                let shown = self.note_record(context, Some(newer));
                if shown.is_some_and(|shown| self.what.is_older_than(&shown)) {
                    RefusalReason::OlderRecord
                } else {
                    RefusalReason::Other("a false refusal")
                }
            }
            Refusal::Expired => RefusalReason::Expired,
            Refusal::TtlTooLong { max } => RefusalReason::TtlTooLong { max: *max },
            Refusal::Full { standing } => RefusalReason::Full {
                standing: *standing,
            },
            Refusal::Malformed => RefusalReason::Other("malformed"),
            Refusal::NotStoring => RefusalReason::Other("stores nothing for others"),
            Refusal::RateLimited => RefusalReason::Other("too many requests"),
            Refusal::NotHeld => RefusalReason::Other("not held"),
            Refusal::BadSignature => RefusalReason::Other("wrong signature"),
            Refusal::EarlierExpiry => RefusalReason::Other("the expiry is not later"),
            Refusal::LowerStanding => RefusalReason::Other("less work than before"),
            Refusal::NoDeposit => RefusalReason::Other("no deposit"),
            Refusal::DepositUsedUp { .. } => RefusalReason::Other("the deposit is used up"),
            Refusal::NotInCharge => RefusalReason::Other("too far from the location"),
            Refusal::Unavailable => RefusalReason::Other("cannot store at the moment"),
        }
    }

    /// Keeps an attached record if it is one of this place, paid for and signed by its key; of several the newest.
    fn note_record(
        &mut self,
        context: &Context<'_>,
        packet: Option<&Packet>,
    ) -> Option<StampedPacket> {
        let location = self.what.location();
        let record = packet
            .filter(|packet| packet.kind() == PacketKind::Record && packet.location() == location)?
            .clone()
            .verify(context.now().unix, &context.policy())
            .ok()?;
        let newest = self.record.as_ref();
        if newest.is_none_or(|newest| record.replaces(newest)) {
            self.record = Some(record.clone());
        }
        Some(record)
    }

    pub(crate) fn is_done(&self) -> bool {
        self.started && self.in_flight.is_empty()
    }

    pub(crate) fn into_report(mut self) -> StoreReport {
        for key in &self.in_flight {
            if let Some(peer) = self
                .search
                .found()
                .and_then(|found| found.iter().find(|peer| peer.key == *key))
            {
                let silent = (peer.holder(), StoreStatus::NoAnswer);
                self.report.replicas.push(silent);
            }
        }
        self.report.record = self.record.map(StampedPacket::into_packet);
        self.report
    }
}
