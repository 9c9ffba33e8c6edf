//! Requests as they arrive directly: the cheap checks, then the envelope.
//!
//! A token is checked before any X25519, and only peers with a good one enter the cache of shared keys.

use std::net::SocketAddr;
use std::sync::Arc;

use toxdrop_proto::keys::{DhtPublicKey, SharedKey};
use toxdrop_proto::wire::{Bearer, Command, EnvelopeId, Head, Request, open};

use crate::limits::Bucket;
use crate::link::Link;
use crate::peer::Peer;
use crate::responding::ReplyTo;
use crate::sessions::SessionId;
use crate::time::Now;
use crate::way_back::WayBack;

/// A request that passed token and envelope.
pub(crate) struct Incoming {
    pub(crate) to: ReplyTo,
    pub(crate) request: Request,
}

/// Opens a request, or drops it: whoever sends nonsense gets no answer.
///
/// `deliveries` are our sessions that subscribed somewhere: they take deliveries under tokens of their own.
pub(crate) fn open_request(
    link: &mut Link,
    strangers: &mut Bucket,
    deliveries: impl Iterator<Item = SessionId>,
    now: Now,
    from: SocketAddr,
    (id, head): (EnvelopeId, &Head),
    bytes: &[u8],
) -> Option<Incoming> {
    let peer = Peer {
        key: head.sender,
        addr: from,
    };
    let (session, key) = match id {
        EnvelopeId::TokenlessRequest => (
            SessionId::NODE,
            tokenless(link, strangers, now, &peer, head)?,
        ),
        EnvelopeId::Request => addressed(link, deliveries, now, &peer, head)?,
        EnvelopeId::TokenlessResponse | EnvelopeId::Response => return None,
    };
    let plain = open(&key, bytes).ok()?;
    // Deliveries to subscribers only.
    if (plain.command == Command::Deliver) != (session != SessionId::NODE) {
        return None;
    }
    let request = Request::decode(plain.command, &plain.body).ok()?;
    Some(Incoming {
        to: ReplyTo {
            peer,
            way: WayBack::Direct,
            session,
            key,
            token: head.token,
            echo: head.echo(),
            request_id: plain.request_id,
        },
        request,
    })
}

/// A Hello or a Find. Who has a token of ours, or a cookie, is no stranger; who shows anything but the first token besides,
/// does not speak our protocol, and costs nothing.
fn tokenless(
    link: &mut Link,
    strangers: &mut Bucket,
    now: Now,
    peer: &Peer,
    head: &Head,
) -> Option<Arc<SharedKey>> {
    let bearer = bearer(link.public, peer);
    let known = link.mint.is_token(now.unix, &bearer, &head.token)
        || link.mint.is_cookie(now.unix, &bearer, &head.token);
    if known {
        return link.sessions.shared(SessionId::NODE, &peer.key).ok();
    }
    if head.token != link.first_token || !strangers.take(now.mono) {
        return None;
    }
    link.sessions.shared_with_stranger(&peer.key).ok()
}

fn bearer(own: DhtPublicKey, peer: &Peer) -> Bearer {
    Bearer {
        own,
        addr: peer.addr,
        sender: peer.key,
    }
}

fn addressed(
    link: &mut Link,
    deliveries: impl Iterator<Item = SessionId>,
    now: Now,
    peer: &Peer,
    head: &Head,
) -> Option<(SessionId, Arc<SharedKey>)> {
    let own = bearer(link.public, peer);
    if link.mint.is_token(now.unix, &own, &head.token) {
        let key = link.sessions.shared(SessionId::NODE, &peer.key).ok()?;
        return Some((SessionId::NODE, key));
    }
    for session in deliveries {
        let Some(own) = link.sessions.public(session) else {
            continue;
        };
        let own = bearer(own, peer);
        if link.mint.is_delivery_token(&own, &head.token) {
            return Some((session, link.sessions.shared(session, &peer.key).ok()?));
        }
    }
    None
}
