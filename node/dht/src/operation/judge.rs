//! What nodes answer to a Store or a TTL update, and how much of it is believed.
//!
//! Asks nobody.

use toxdrop_proto::ids::{Location, PacketId};
use toxdrop_proto::packet::{Packet, PacketKind, StampedPacket};
use toxdrop_proto::tombstone::Tombstone;
use toxdrop_proto::wire::{self, Refusal, TtlUpdate};

use super::context::Context;
use crate::ask::Ask;
use crate::report::{RefusalReason, StoreStatus};

/// What is to be stored.
pub(crate) enum What {
    Packet(Packet),
    Update(TtlUpdate),
}

impl What {
    /// Where.
    pub(crate) fn location(&self) -> Location {
        match self {
            Self::Packet(packet) => packet.location(),
            Self::Update(update) => update.location,
        }
    }

    /// Whether it is this packet.
    pub(crate) fn is_packet(&self, location: Location, id: PacketId) -> bool {
        match self {
            Self::Packet(packet) => (packet.location(), packet.id()) == (location, id),
            Self::Update(_) => false,
        }
    }

    /// What a node is asked.
    pub(crate) fn ask(&self) -> Ask {
        match self {
            Self::Packet(packet) => Ask::Store(packet.clone()),
            Self::Update(update) => Ask::TtlUpdate(*update),
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

/// Judges answers, and keeps what came with them.
pub(crate) struct Judge {
    pub(crate) what: What,
    /// The newest record that came with a refusal.
    pub(crate) record: Option<StampedPacket>,
    /// The tombstone that a node answered with.
    pub(crate) tombstone: Option<Tombstone>,
}

impl Judge {
    pub(crate) fn new(what: What) -> Self {
        Self {
            what,
            record: None,
            tombstone: None,
        }
    }

    /// What a node said.
    pub(crate) fn judge(
        &mut self,
        context: &Context<'_>,
        status: &wire::StoreStatus,
    ) -> StoreStatus {
        match status {
            wire::StoreStatus::Held => StoreStatus::Held,
            wire::StoreStatus::AlreadyHeld => StoreStatus::AlreadyHeld,
            wire::StoreStatus::Tombstoned(tombstone) => {
                if !self.proves(context, tombstone) {
                    return StoreStatus::Refused(RefusalReason::Other("a false tombstone"));
                }
                self.tombstone = Some(*tombstone);
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
}
