//! Requests as they arrive: the cheap checks, then the envelope.
//!
//! A token is checked before any X25519, and only peers with a good one enter the cache of shared keys.

use std::net::SocketAddr;
use std::sync::Arc;

use toxdrop_proto::keys::SharedKey;
use toxdrop_proto::wire::{Command, EnvelopeId, Head, Request, open};

use crate::limits::Bucket;
use crate::link::Link;
use crate::peer::Peer;
use crate::responding::ReplyTo;
use crate::sessions::SessionId;
use crate::time::Now;

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
    hellos: &mut Bucket,
    deliveries: impl Iterator<Item = SessionId>,
    now: Now,
    from: SocketAddr,
    head: &Head,
    bytes: &[u8],
) -> Option<Incoming> {
    let peer = Peer {
        key: head.sender,
        addr: from,
    };
    let (session, key) = match head.id {
        EnvelopeId::HelloRequest => {
            if !hellos.take(now.mono) {
                return None;
            }
            let key = link.sessions.shared_with_stranger(&peer.key).ok()?;
            (SessionId::NODE, key)
        }
        EnvelopeId::Request => addressed(link, deliveries, now, &peer, head)?,
        EnvelopeId::HelloResponse | EnvelopeId::Response => return None,
    };
    let plain = open(&key, bytes).ok()?;
    // Hello under its own id only, deliveries to subscribers only.
    let is_hello = plain.command == Command::Hello;
    let is_delivery = plain.command == Command::Deliver;
    if is_hello != (head.id == EnvelopeId::HelloRequest)
        || is_delivery != (session != SessionId::NODE)
    {
        return None;
    }
    let request = Request::decode(plain.command, &plain.body).ok()?;
    Some(Incoming {
        to: ReplyTo {
            peer,
            session,
            key,
            token: head.token,
            request_id: plain.request_id,
        },
        request,
    })
}

fn addressed(
    link: &mut Link,
    deliveries: impl Iterator<Item = SessionId>,
    now: Now,
    peer: &Peer,
    head: &Head,
) -> Option<(SessionId, Arc<SharedKey>)> {
    let mono = now.mono;
    if link
        .mint
        .check(mono, &link.public, peer.addr, &peer.key, &head.token)
    {
        let key = link.sessions.shared(SessionId::NODE, &peer.key).ok()?;
        return Some((SessionId::NODE, key));
    }
    for session in deliveries {
        let Some(own) = link.sessions.public(session) else {
            continue;
        };
        if link
            .mint
            .check_for_deliveries(&own, peer.addr, &peer.key, &head.token)
        {
            return Some((session, link.sessions.shared(session, &peer.key).ok()?));
        }
    }
    None
}
