//! What we do for others: requests are judged here, cheapest checks first, and answered once the store has answered.
//!
//! Order of checks (design, "Abuse"): length and id, per-source rate, token (all in `incoming`), envelope, then
//! `checks`: size and form, time, work, signature; quota and room are the store's.

mod answer;
mod checks;
pub(crate) mod desk;
pub(crate) mod incoming;
mod promises;
mod served;
pub(crate) mod through_onion;

use std::collections::HashMap;
use std::time::Duration;

use toxdrop_proto::ids::{Location, PacketId};
use toxdrop_proto::packet::StampedPacket;
use toxdrop_proto::tombstone::Tombstone;
use toxdrop_proto::tox::PackedNode;
use toxdrop_proto::wire::{
    Bearer, Deleted, Find, FindAnswer, HelloAnswer, MAX_ENTRIES, MAX_FOUND, Offer, OfferAnswer,
    Refusal, Request, Response, StoreStatus, SubscribeRequest, TtlUpdate,
};

use crate::peer::{Peer, is_local, may_tell};
use crate::storage::{OfferVerdict, PutOutcome, StorageReply, StorageRequest};
use crate::storing::Ticket;
use crate::subscriptions::{Subscriber, Subscriptions};
use crate::time::Now;
use desk::{Desk, Origin};
use promises::Promises;
use served::{Served, Serving};

/// What the server remembers between a request and its answer, and of its subscribers.
pub(crate) struct Server {
    serving: HashMap<Ticket, Serving>,
    promises: Promises,
    subscriptions: Subscriptions,
}

impl Server {
    pub(crate) fn new() -> Self {
        Self {
            serving: HashMap::new(),
            promises: Promises::new(),
            subscriptions: Subscriptions::default(),
        }
    }

    #[cfg(test)]
    pub(crate) fn is_idle(&self) -> bool {
        self.serving.is_empty()
    }

    /// Forgets subscriptions that ran out.
    pub(crate) fn sweep(&mut self, now: Now) {
        self.subscriptions.sweep(now);
    }

    /// Who wants packets of this location.
    pub(crate) fn subscribers(&self, now: Now, location: &Location) -> Vec<Subscriber> {
        self.subscriptions.at(now, location)
    }

    fn wait(&mut self, desk: &mut Desk<'_>, origin: Origin, what: Served, request: StorageRequest) {
        let ticket = desk.storing.request(request);
        self.serving.insert(ticket, Serving { origin, what });
    }

    /// Serves one request. Deliveries do not come here, being for subscribers, and dial-backs neither.
    pub(crate) fn serve(&mut self, desk: &mut Desk<'_>, origin: Origin, request: Request) {
        match request {
            Request::Hello(_) => hello(desk, origin),
            Request::Find(asked) => find(desk, origin, &asked),
            Request::Store(packet) => match checks::packet(desk, packet) {
                Ok(packet) => {
                    let put = StorageRequest::Put {
                        source: self.promises.source(desk.now.mono, &origin, &packet.id()),
                        packet: packet.clone(),
                    };
                    self.wait(desk, origin, Served::Store(packet), put);
                }
                Err(refusal) => {
                    let status = StoreStatus::Refused(refusal);
                    desk.reply(origin, Response::Store(status));
                }
            },
            Request::TtlUpdate(update) => self.update(desk, origin, &update),
            Request::List { owner, after } => {
                if let Err(refusal) = checks::list(desk, &origin, &owner, after) {
                    return desk.reply(origin, Response::List(Err(refusal)));
                }
                let list = StorageRequest::List {
                    location: owner.key.location(),
                    after: (after.as_bytes() != &[0; 32]).then_some(after),
                    limit: MAX_ENTRIES,
                };
                self.wait(desk, origin, Served::List, list);
            }
            Request::Retrieve { owner, id } => {
                if let Err(refusal) = checks::retrieve(desk, &origin, &owner, id) {
                    return desk.reply(origin, Response::Retrieve(Err(refusal)));
                }
                let location = owner.key.location();
                let get = StorageRequest::Get { location, id };
                self.wait(desk, origin, Served::Retrieve, get);
            }
            Request::Delete(tombstones) => self.delete(desk, origin, tombstones),
            Request::Subscribe(request) => {
                let granted = self.subscribe(desk, &origin, &request);
                desk.reply(origin, Response::Subscribe(granted));
            }
            Request::Offer(offers) => self.offered(desk, origin, offers),
            Request::GetRecord(location) => {
                let record = StorageRequest::Record { location };
                self.wait(desk, origin, Served::GetRecord, record);
            }
            Request::Deliver(_) => {
                desk.reply(origin, Response::Deliver(Err(Refusal::Malformed)));
            }
            Request::DialBack(_) => {
                desk.reply(origin, Response::DialBack(Err(Refusal::Malformed)));
            }
            Request::Dial(_) => {
                desk.reply(origin, Response::Dial(Err(Refusal::Malformed)));
            }
        }
    }

    fn update(&mut self, desk: &mut Desk<'_>, origin: Origin, update: &TtlUpdate) {
        let extend = StorageRequest::Extend {
            location: update.location,
            id: update.id,
            expires: update.expires,
            nonce: update.nonce,
            source: self.promises.source(desk.now.mono, &origin, &update.id),
        };
        self.wait(desk, origin, Served::Update, extend);
    }

    fn delete(&mut self, desk: &mut Desk<'_>, origin: Origin, tombstones: Vec<Tombstone>) {
        let network = desk.config.network();
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
        self.wait(desk, origin, Served::Delete(verdicts), entomb);
    }

    fn subscribe(
        &mut self,
        desk: &Desk<'_>,
        origin: &Origin,
        request: &SubscribeRequest,
    ) -> Result<u32, Refusal> {
        let Origin::Remote(to) = origin else {
            // What is stored here at our own subscribed location is delivered without a subscription.
            return Ok(request.lifetime);
        };
        checks::subscribe(desk, to, request)?;
        let granted = request.lifetime.min(desk.config.subscription_seconds);
        let added = self.subscriptions.add(
            desk.now,
            request.owner.key.location(),
            Subscriber {
                peer: to.peer,
                token: request.subscriber_token,
                way: to.way.clone(),
                until: desk.now.mono + Duration::from_secs(granted.into()),
            },
            desk.config.max_subscriptions,
        );
        if added {
            Ok(granted)
        } else {
            Err(Refusal::RateLimited)
        }
    }

    /// Offers are honoured only from nodes that we know as such.
    fn offered(&mut self, desk: &mut Desk<'_>, origin: Origin, offers: Vec<Offer>) {
        let known = origin
            .peer()
            .is_some_and(|peer| desk.capable.get(&peer.key).is_some());
        // What is too far for us is passed over; it does not spoil the rest.
        let near: Vec<(usize, Offer)> = offers
            .into_iter()
            .enumerate()
            .filter(|(_, offer)| !checks::too_far(desk, &offer.location))
            .collect();
        if !known || near.is_empty() {
            return desk.reply(origin, Response::Offer(OfferAnswer::default()));
        }
        let request = StorageRequest::Offered {
            offers: near
                .iter()
                .map(|(_, offer)| (offer.location, offer.id, offer.expires))
                .collect(),
        };
        self.wait(desk, origin, Served::Offer(near), request);
    }

    /// The request that waits for this answer of the store, if one does.
    pub(crate) fn take(&mut self, ticket: Ticket) -> Option<Serving> {
        self.serving.remove(&ticket)
    }

    /// Answers a request that waited for the store. Returns a packet that is new here, for its subscribers.
    pub(crate) fn answer(
        &mut self,
        desk: &mut Desk<'_>,
        Serving { origin, what }: Serving,
        reply: StorageReply,
    ) -> Option<StampedPacket> {
        let new = match (&what, &reply) {
            (Served::Store(packet), StorageReply::Put(PutOutcome::Held)) => Some(packet.clone()),
            _ => None,
        };
        if let (Served::Offer(offers), StorageReply::Offered(verdicts)) = (&what, &reply) {
            for id in welcome(offers, verdicts) {
                self.promises.promise(desk.now.mono, &origin, id);
            }
        }
        desk.reply(origin, answer::answer(what, reply));
        new
    }
}

/// The offered packets that we ask for, whole or their stamps.
fn welcome(offers: &[(usize, Offer)], verdicts: &[OfferVerdict]) -> Vec<PacketId> {
    offers
        .iter()
        .zip(verdicts)
        .filter(|(_, verdict)| matches!(verdict, OfferVerdict::Lacking | OfferVerdict::Extend))
        .map(|((_, offer), _)| offer.id)
        .collect()
}

fn hello(desk: &mut Desk<'_>, origin: Origin) {
    let Some(peer) = origin.peer() else { return };
    let bearer = Bearer {
        own: desk.link.public,
        addr: peer.addr,
        sender: peer.key,
    };
    let mint = &desk.link.mint;
    let token = if origin.is_onion() {
        mint.onion_token(desk.now.unix, &bearer)
    } else {
        mint.token(desk.now.unix, &bearer)
    };
    let answer = HelloAnswer {
        hello: desk.config.hello(desk.link.stores),
        token,
        clock: desk.now.unix,
        seen: peer.addr,
    };
    desk.reply(origin, Response::Hello(answer));
}

fn find(desk: &mut Desk<'_>, origin: Origin, asked: &Find) {
    let asker = origin.peer();
    let onion = origin.is_onion();
    let may_know = |peer: &Peer| {
        asker.is_none_or(|asker| {
            // Whoever stands behind an exit in our local network may be outside of it; only in one on this machine nobody is.
            let told = !onion || !is_local(&peer.addr) || asker.addr.ip().is_loopback();
            peer.key != asker.key && told && may_tell(&asker.addr, &peer.addr)
        })
    };
    let nodes = desk
        .capable
        .closest(asked.target.as_bytes(), MAX_FOUND + 1)
        .into_iter()
        .filter(may_know)
        .map(|peer| PackedNode::udp(peer.addr, peer.key));
    let answer = FindAnswer::fitting(asked, desk.link.stores, nodes);
    desk.reply(origin, Response::Find(answer));
}
