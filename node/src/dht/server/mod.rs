//! What we do for others: requests are judged here, cheapest checks first, and answered once the store has answered.
//!
//! Order of checks (design, "Abuse"): length and id, per-source rate, token (all in `incoming`), envelope, then here
//! size and form, time, work, signature; quota and room are the store's.

mod answer;
mod incoming;

use std::sync::Arc;

pub(super) use answer::answer_storage;
pub(super) use incoming::open_request;
use toxdrop_proto::ids::Location;
use toxdrop_proto::keys::SharedKey;
use toxdrop_proto::packet::{Packet, PacketError, StampedPacket};
use toxdrop_proto::tombstone::Tombstone;
use toxdrop_proto::tox::PackedNode;
use toxdrop_proto::wire::{
    Deleted, HelloAnswer, ListText, MAX_ENTRIES, MAX_FOUND, Offer, OfferAnswer, OwnerProof,
    Refusal, Request, Response, RetrieveText, StoreStatus, SubscribeRequest, SubscribeText, Token,
    TtlUpdate,
};

use super::ask::Ask;
use super::core::{Answer, Core, Finished, StorageFor};
use super::requests::Purpose;
use super::routing_table::{Peer, may_tell};
use super::sessions::SessionId;
use super::subscriptions::Subscriptions;
use crate::clock::Now;
use crate::store::api::{PutSource, StorageRequest};

/// Closer nodes that we must know of before we call a location too far for us: as many as an owner asks.
const TOO_FAR: usize = 20;

/// For how long a peer may hand over what we said we want.
const WANTED_FOR: std::time::Duration = std::time::Duration::from_secs(30);

/// Where an answer goes.
#[derive(Clone, Debug)]
pub(super) struct ReplyTo {
    pub(super) peer: Peer,
    /// The key of ours that was addressed.
    pub(super) session: SessionId,
    pub(super) key: Arc<SharedKey>,
    pub(super) token: Token,
    pub(super) request_id: u64,
}

/// Who asks.
#[derive(Debug)]
pub(super) enum Origin {
    /// Another node or client.
    Remote(ReplyTo),
    /// We ourselves, being among the closest nodes: no token and no signature is needed.
    Own { ask: Ask, purpose: Purpose },
}

/// A request that waits for the store.
#[derive(Debug)]
pub(super) struct Serving {
    origin: Origin,
    what: Served,
}

/// What the answer is made of once the store has spoken.
#[derive(Debug)]
enum Served {
    Store(StampedPacket),
    Update,
    List,
    Retrieve,
    Delete(Vec<Option<Deleted>>),
    /// Those near enough, each with its place in the request.
    Offer(Vec<(usize, Offer)>),
    GetRecord,
}

impl Origin {
    fn peer(&self) -> Option<Peer> {
        match self {
            Self::Remote(to) => Some(to.peer),
            Self::Own { .. } => None,
        }
    }
}

/// Sends an answer, or hands it to the operation of ours that asked.
fn reply(core: &mut Core, origin: Origin, response: Response) {
    match origin {
        Origin::Remote(to) => core.respond(&to, &response),
        Origin::Own { ask, purpose } => {
            let peer = Peer {
                key: core.public,
                addr: std::net::SocketAddr::from(([127, 0, 0, 1], 0)),
            };
            core.finished.push_back(Finished {
                peer,
                ask,
                purpose,
                answer: Answer::Response(response),
            });
        }
    }
}

/// Serves one request. Deliveries do not come here: they are for subscribers, not for nodes.
pub(super) fn serve(
    core: &mut Core,
    subscriptions: &mut Subscriptions,
    now: Now,
    origin: Origin,
    request: Request,
) {
    let wait = |core: &mut Core, origin, what, request| {
        core.store(request, StorageFor::Serve(Serving { origin, what }));
    };
    match request {
        Request::Hello(_) => {
            let Some(peer) = origin.peer() else { return };
            let answer = HelloAnswer {
                hello: core.hello(),
                token: core
                    .mint
                    .issue(now.mono, &core.public, peer.addr, &peer.key),
                seen: peer.addr,
            };
            reply(core, origin, Response::Hello(answer));
        }
        Request::Find(target) => {
            let asker = origin.peer();
            let nodes = core
                .capable
                .closest(target.as_bytes(), MAX_FOUND + 1)
                .into_iter()
                .filter(|peer| {
                    asker.is_none_or(|asker| {
                        peer.key != asker.key && may_tell(&asker.addr, &peer.addr)
                    })
                })
                .take(MAX_FOUND)
                .map(|peer| PackedNode::udp(peer.addr, peer.key))
                .collect();
            reply(core, origin, Response::Find(nodes));
        }
        Request::Store(packet) => match judge(core, now, &origin, packet) {
            Ok((packet, source)) => {
                let put = StorageRequest::Put {
                    packet: packet.clone(),
                    source,
                };
                wait(core, origin, Served::Store(packet), put);
            }
            Err(refusal) => {
                let status = StoreStatus::Refused(refusal);
                reply(core, origin, Response::Store(status));
            }
        },
        Request::TtlUpdate(update) => {
            let extend = extend(&update, put_source(core, now, &origin, &update.id));
            wait(core, origin, Served::Update, extend);
        }
        Request::List { owner, after } => {
            if let Err(refusal) = check_list(core, &origin, &owner, after) {
                return reply(core, origin, Response::List(Err(refusal)));
            }
            let list = StorageRequest::List {
                location: owner.location(),
                after: (after.as_bytes() != &[0; 32]).then_some(after),
                limit: MAX_ENTRIES,
            };
            wait(core, origin, Served::List, list);
        }
        Request::Retrieve { owner, id } => {
            if let Err(refusal) = check_retrieve(core, &origin, &owner, id) {
                return reply(core, origin, Response::Retrieve(Err(refusal)));
            }
            let get = StorageRequest::Get {
                location: owner.location(),
                id,
            };
            wait(core, origin, Served::Retrieve, get);
        }
        Request::Delete(tombstones) => {
            let network = core.config.network();
            let verdicts: Vec<Option<Deleted>> = tombstones
                .iter()
                .map(|tombstone| match tombstone.verify(network) {
                    Ok(()) => None,
                    Err(_) => Some(Deleted::NotAuthorised),
                })
                .collect();
            let tombstones: Vec<Tombstone> = tombstones
                .into_iter()
                .zip(&verdicts)
                .filter(|(_, verdict)| verdict.is_none())
                .map(|(tombstone, _)| tombstone)
                .collect();
            let entomb = StorageRequest::Entomb { tombstones };
            wait(core, origin, Served::Delete(verdicts), entomb);
        }
        Request::Subscribe(request) => {
            let granted = subscribe(core, subscriptions, now, &origin, &request);
            reply(core, origin, Response::Subscribe(granted));
        }
        Request::Offer(offers) => offered(core, origin, offers),
        Request::GetRecord(location) => {
            let record = StorageRequest::Record { location };
            wait(core, origin, Served::GetRecord, record);
        }
        Request::Deliver(_) => {
            reply(core, origin, Response::Deliver(Err(Refusal::Malformed)));
        }
    }
}

fn extend(update: &TtlUpdate, source: PutSource) -> StorageRequest {
    StorageRequest::Extend {
        location: update.location,
        id: update.id,
        expires: update.expires,
        nonce: update.nonce,
        source,
    }
}

/// A peer that we told to hand a packet over needs the network's floor only; the promise holds for half a minute.
fn put_source(
    core: &mut Core,
    now: Now,
    origin: &Origin,
    id: &toxdrop_proto::ids::PacketId,
) -> PutSource {
    let Some(peer) = origin.peer() else {
        return PutSource::Own;
    };
    match core.wanted.get(&(peer.key, *id)) {
        Some(at) if now.mono.saturating_sub(*at) < WANTED_FOR => PutSource::HandOver,
        _ => PutSource::Sender,
    }
}

fn judge(
    core: &mut Core,
    now: Now,
    origin: &Origin,
    packet: Packet,
) -> Result<(StampedPacket, PutSource), Refusal> {
    let location = packet.location();
    // A node that stores for nobody else may still always hold some inboxes, however far; its store knows which.
    if core.config.store_for_others && core.capable.closer_than_us(location.as_bytes()) >= TOO_FAR {
        return Err(Refusal::NotInCharge);
    }
    let source = put_source(core, now, origin, &packet.id());
    let stamped = packet
        .verify(now.unix, &core.config.policy())
        .map_err(refusal)?;
    Ok((stamped, source))
}

fn refusal(error: PacketError) -> Refusal {
    match error {
        PacketError::WorkTooLow { target, .. } => Refusal::WorkTooLow {
            target,
            record: None,
        },
        PacketError::Expired(_) => Refusal::Expired,
        PacketError::TtlTooLong { max, .. } => Refusal::TtlTooLong { max },
        PacketError::RecordSignature(_) => Refusal::BadSignature,
        PacketError::RecordLocation
        | PacketError::RecordExpiry
        | PacketError::EphemeralKey(_) => Refusal::Malformed,
    }
}

fn check_list(
    core: &Core,
    origin: &Origin,
    owner: &OwnerProof,
    after: toxdrop_proto::ids::PacketId,
) -> Result<(), Refusal> {
    let Origin::Remote(to) = origin else {
        return Ok(());
    };
    let text = ListText {
        node: core.public,
        token: to.token,
        location: owner.location(),
        after,
    };
    text.verify(&owner.key, core.config.network(), &owner.signature)
        .map_err(|_| Refusal::BadSignature)
}

fn check_retrieve(
    core: &Core,
    origin: &Origin,
    owner: &OwnerProof,
    id: toxdrop_proto::ids::PacketId,
) -> Result<(), Refusal> {
    let Origin::Remote(to) = origin else {
        return Ok(());
    };
    let text = RetrieveText {
        node: core.public,
        token: to.token,
        location: owner.location(),
        id,
    };
    text.verify(&owner.key, core.config.network(), &owner.signature)
        .map_err(|_| Refusal::BadSignature)
}

fn subscribe(
    core: &Core,
    subscriptions: &mut Subscriptions,
    now: Now,
    origin: &Origin,
    request: &SubscribeRequest,
) -> Result<u32, Refusal> {
    let location: Location = request.owner.location();
    let Origin::Remote(to) = origin else {
        // What is stored here at our own subscribed location is delivered without a subscription.
        return Ok(request.lifetime);
    };
    let text = SubscribeText {
        node: core.public,
        token: to.token,
        location,
        subscriber: to.peer.key,
        subscriber_token: request.subscriber_token,
        lifetime: request.lifetime,
    };
    text.verify(
        &request.owner.key,
        core.config.network(),
        &request.owner.signature,
    )
    .map_err(|_| Refusal::BadSignature)?;
    let granted = request.lifetime.min(core.config.subscription_seconds);
    let until = now.mono + std::time::Duration::from_secs(granted.into());
    let limit = core.config.max_subscriptions;
    if subscriptions.add(
        now,
        location,
        to.peer,
        request.subscriber_token,
        until,
        limit,
    ) {
        Ok(granted)
    } else {
        Err(Refusal::RateLimited)
    }
}

/// Offers are honoured only from nodes that we know as such.
fn offered(core: &mut Core, origin: Origin, offers: Vec<Offer>) {
    let known = origin
        .peer()
        .is_some_and(|peer| core.capable.get(&peer.key).is_some());
    // What is too far for us is passed over; it does not spoil the rest.
    let near: Vec<(usize, Offer)> = offers
        .into_iter()
        .enumerate()
        .filter(|(_, offer)| core.capable.closer_than_us(offer.location.as_bytes()) < TOO_FAR)
        .collect();
    if !known || near.is_empty() {
        return reply(core, origin, Response::Offer(OfferAnswer::default()));
    }
    let request = StorageRequest::Offered {
        offers: near
            .iter()
            .map(|(_, offer)| (offer.location, offer.id, offer.expires))
            .collect(),
    };
    let what = Served::Offer(near);
    core.store(request, StorageFor::Serve(Serving { origin, what }));
}
