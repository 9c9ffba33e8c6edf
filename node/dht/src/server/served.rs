//! Requests of others that wait for the store.
//!
//! Holds what the answer will be made of; makes none.

use toxdrop_proto::packet::StampedPacket;
use toxdrop_proto::wire::{Deleted, Offer, OfferAnswer, Refusal, Response, StoreStatus};

use super::desk::Origin;

/// A request that waits.
#[derive(Debug)]
pub(crate) struct Serving {
    pub(crate) origin: Origin,
    pub(crate) what: Served,
}

/// What the answer is made of once the store has spoken.
#[derive(Debug)]
pub(crate) enum Served {
    Store(StampedPacket),
    Update,
    List,
    Retrieve,
    /// A verdict on each tombstone; `None` where the store gives it.
    Delete(Vec<Option<Deleted>>),
    /// Those near enough, each with its place in the request.
    Offer(Vec<(usize, Offer)>),
    GetRecord,
}

impl Served {
    /// The answer where the store failed: every command has a way to say so.
    pub(crate) fn unavailable(&self) -> Response {
        let refused = || StoreStatus::Refused(Refusal::Unavailable);
        match self {
            Self::Store(_) => Response::Store(refused()),
            Self::Update => Response::TtlUpdate(refused()),
            Self::List => Response::List(Err(Refusal::Unavailable)),
            Self::Retrieve => Response::Retrieve(Err(Refusal::Unavailable)),
            Self::GetRecord => Response::GetRecord(Err(Refusal::Unavailable)),
            Self::Delete(verdicts) => Response::Delete(vec![Deleted::Unavailable; verdicts.len()]),
            Self::Offer(_) => Response::Offer(OfferAnswer::default()),
        }
    }
}
