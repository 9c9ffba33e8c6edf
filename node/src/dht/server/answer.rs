//! Answers to requests, made from what the store said.

use toxdrop_proto::ids::PacketId;
use toxdrop_proto::packet::StampedPacket;
use toxdrop_proto::wire::{
    Deleted, Entry, ListPage, MAX_TOMBSTONES, Offer, OfferAnswer, Refusal, Response, StoreStatus,
};

use super::super::core::Core;
use super::{Origin, Served, Serving, reply};
use crate::clock::Now;
use crate::store::api::{
    self, EntombOutcome, ExtendOutcome, OfferVerdict, PutOutcome, StorageReply, StoreErrorKind,
    StoreRefusal,
};

/// Answers the request that waited. Returns a packet that is new here, for its subscribers.
pub(in super::super) fn answer_storage(
    core: &mut Core,
    now: Now,
    serving: Serving,
    answer: StorageReply,
) -> Option<StampedPacket> {
    let Serving { origin, what } = serving;
    match (what, answer) {
        (Served::Store(packet), StorageReply::Put(outcome)) => {
            let new = matches!(outcome, PutOutcome::Held);
            let status = match outcome {
                PutOutcome::Held => StoreStatus::Held,
                PutOutcome::AlreadyHeld => StoreStatus::AlreadyHeld,
                PutOutcome::Tombstoned(tombstone) => StoreStatus::Tombstoned(tombstone),
                PutOutcome::Refused(reason) => StoreStatus::Refused(refusal(reason)),
            };
            reply(core, origin, Response::Store(status));
            return new.then_some(packet);
        }
        (Served::Update, StorageReply::Extended(outcome)) => {
            let status = match outcome {
                ExtendOutcome::Extended => StoreStatus::Held,
                ExtendOutcome::Tombstoned(tombstone) => StoreStatus::Tombstoned(tombstone),
                ExtendOutcome::Refused(reason) => StoreStatus::Refused(refusal(reason)),
            };
            reply(core, origin, Response::TtlUpdate(status));
        }
        (Served::List, StorageReply::Listed { entries, more }) => {
            let entries = entries.iter().map(wire_entry).collect();
            reply(core, origin, Response::List(Ok(ListPage { entries, more })));
        }
        (Served::Retrieve, StorageReply::Got(packet)) => {
            let result = packet
                .map(StampedPacket::into_packet)
                .ok_or(Refusal::NotHeld);
            reply(core, origin, Response::Retrieve(result));
        }
        (Served::GetRecord, StorageReply::Record(packet)) => {
            let result = packet
                .map(StampedPacket::into_packet)
                .ok_or(Refusal::NotHeld);
            reply(core, origin, Response::GetRecord(result));
        }
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
            reply(core, origin, Response::Delete(statuses));
        }
        (Served::Offer(offers), StorageReply::Offered(verdicts)) => {
            let answer = offer_answer(core, now, &origin, &offers, verdicts);
            reply(core, origin, Response::Offer(answer));
        }
        (Served::Store(_), StorageReply::Failed(StoreErrorKind::Busy)) => {
            let status = StoreStatus::Refused(Refusal::RateLimited);
            reply(core, origin, Response::Store(status));
        }
        (what, _) => reply(core, origin, unavailable(&what)),
    }
    None
}

/// The store failed: every command has a way to say so.
fn unavailable(what: &Served) -> Response {
    let refused = || StoreStatus::Refused(Refusal::Unavailable);
    match what {
        Served::Store(_) => Response::Store(refused()),
        Served::Update => Response::TtlUpdate(refused()),
        Served::List => Response::List(Err(Refusal::Unavailable)),
        Served::Retrieve => Response::Retrieve(Err(Refusal::Unavailable)),
        Served::GetRecord => Response::GetRecord(Err(Refusal::Unavailable)),
        Served::Delete(verdicts) => Response::Delete(vec![Deleted::Unavailable; verdicts.len()]),
        Served::Offer(_) => Response::Offer(OfferAnswer::default()),
    }
}

fn wire_entry(entry: &api::Entry) -> Entry {
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
        EntombOutcome::QuotaFull => Deleted::QuotaFull,
    }
}

fn refusal(reason: StoreRefusal) -> Refusal {
    match reason {
        StoreRefusal::WorkTooLow { target, record } => Refusal::WorkTooLow { target, record },
        StoreRefusal::Expired => Refusal::Expired,
        StoreRefusal::TtlTooLong { max } => Refusal::TtlTooLong { max },
        StoreRefusal::Full { rank } => Refusal::Full { rank },
        StoreRefusal::NotStoring => Refusal::NotStoring,
        StoreRefusal::NotHeld => Refusal::NotHeld,
        StoreRefusal::EarlierExpiry => Refusal::EarlierExpiry,
        StoreRefusal::OlderRecord { newer } => Refusal::OlderRecord { newer },
        StoreRefusal::Malformed => Refusal::Malformed,
    }
}

fn offer_answer(
    core: &mut Core,
    now: Now,
    origin: &Origin,
    offers: &[(usize, Offer)],
    verdicts: Vec<OfferVerdict>,
) -> OfferAnswer {
    let mut answer = OfferAnswer::default();
    let mut promise = |id: PacketId| {
        if let Some(peer) = origin.peer() {
            core.wanted.put((peer.key, id), now.mono);
        }
    };
    for ((bit, offer), verdict) in offers.iter().zip(verdicts) {
        match verdict {
            OfferVerdict::Lacking => {
                answer.wanted |= 1 << bit;
                promise(offer.id);
            }
            OfferVerdict::Extend => {
                answer.update |= 1 << bit;
                promise(offer.id);
            }
            OfferVerdict::Entombed(tombstone) if answer.tombstones.len() < MAX_TOMBSTONES => {
                answer.tombstones.push(tombstone);
            }
            OfferVerdict::Entombed(_) | OfferVerdict::Held | OfferVerdict::Unwanted => {}
        }
    }
    answer
}
