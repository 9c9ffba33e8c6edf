//! Answers on the wire, made from what the store said.
//!
//! Sends nothing.

use toxdrop_proto::packet::StampedPacket;
use toxdrop_proto::wire::{
    Deleted, Entry, ListPage, Offer, OfferAnswer, Refusal, Response, StoreStatus,
};

use super::served::Served;
use crate::storage::{
    self, EntombOutcome, ExtendOutcome, OfferVerdict, PutOutcome, StorageReply, StoreErrorKind,
    StoreRefusal,
};

/// The answer to a request that waited.
pub(crate) fn answer(what: Served, reply: StorageReply) -> Response {
    match (what, reply) {
        (Served::Store(_), StorageReply::Put(outcome)) => Response::Store(match outcome {
            PutOutcome::Held => StoreStatus::Held,
            PutOutcome::AlreadyHeld => StoreStatus::AlreadyHeld,
            PutOutcome::Tombstoned(tombstone) => StoreStatus::Tombstoned(tombstone),
            PutOutcome::Refused(reason) => StoreStatus::Refused(refusal(reason)),
        }),
        (Served::Update, StorageReply::Extended(outcome)) => Response::TtlUpdate(match outcome {
            ExtendOutcome::Extended => StoreStatus::Held,
            ExtendOutcome::Tombstoned(tombstone) => StoreStatus::Tombstoned(tombstone),
            ExtendOutcome::Refused(reason) => StoreStatus::Refused(refusal(reason)),
        }),
        (Served::List, StorageReply::Listed { entries, more }) => {
            let entries = entries.iter().map(wire_entry).collect();
            Response::List(Ok(ListPage { entries, more }))
        }
        (Served::Retrieve, StorageReply::Got(packet)) => Response::Retrieve(held(packet)),
        (Served::GetRecord, StorageReply::Record(packet)) => Response::GetRecord(held(packet)),
        (Served::Delete(verdicts), StorageReply::Entombed(outcomes)) => {
            let mut outcomes = outcomes.into_iter().map(deleted);
            let statuses = verdicts
                .into_iter()
                .map(|verdict| {
                    verdict
                        .or_else(|| outcomes.next())
                        .unwrap_or(Deleted::Unavailable)
                })
                .collect();
            Response::Delete(statuses)
        }
        (Served::Offer(offers), StorageReply::Offered(verdicts)) => {
            Response::Offer(offer_answer(&offers, verdicts))
        }
        (Served::Store(_), StorageReply::Failed(StoreErrorKind::Busy)) => {
            Response::Store(StoreStatus::Refused(Refusal::RateLimited))
        }
        (what, _) => what.unavailable(),
    }
}

fn held(packet: Option<StampedPacket>) -> Result<toxdrop_proto::packet::Packet, Refusal> {
    packet
        .map(StampedPacket::into_packet)
        .ok_or(Refusal::NotHeld)
}

fn wire_entry(entry: &storage::Entry) -> Entry {
    Entry {
        id: entry.id,
        kind: entry.kind,
        size: entry.size,
        expires: entry.expires,
    }
}

fn deleted(outcome: EntombOutcome) -> Deleted {
    match outcome {
        EntombOutcome::Accepted => Deleted::Accepted,
        EntombOutcome::Already => Deleted::Already,
        EntombOutcome::NotHeld => Deleted::NotHeld,
        EntombOutcome::NotAuthorised => Deleted::NotAuthorised,
    }
}

fn refusal(reason: StoreRefusal) -> Refusal {
    match reason {
        StoreRefusal::WorkTooLow { target, record } => Refusal::WorkTooLow { target, record },
        StoreRefusal::Expired => Refusal::Expired,
        StoreRefusal::TtlTooLong { max } => Refusal::TtlTooLong { max },
        StoreRefusal::Full { standing } => Refusal::Full { standing },
        StoreRefusal::NotStoring => Refusal::NotStoring,
        StoreRefusal::NotHeld => Refusal::NotHeld,
        StoreRefusal::EarlierExpiry => Refusal::EarlierExpiry,
        StoreRefusal::LowerStanding => Refusal::LowerStanding,
        StoreRefusal::OlderRecord { newer } => Refusal::OlderRecord { newer },
        StoreRefusal::Malformed => Refusal::Malformed,
    }
}

fn offer_answer(offers: &[(usize, Offer)], verdicts: Vec<OfferVerdict>) -> OfferAnswer {
    let mut answer = OfferAnswer::default();
    for ((bit, _), verdict) in offers.iter().zip(verdicts) {
        match verdict {
            OfferVerdict::Lacking => answer.wanted |= 1 << bit,
            OfferVerdict::Extend => answer.update |= 1 << bit,
            // Those that do not fit are left out when it is encoded: the peer offers their packets again.
            OfferVerdict::Entombed(tombstone) => answer.tombstones.push(tombstone),
            OfferVerdict::Held | OfferVerdict::Unwanted => {}
        }
    }
    answer
}
