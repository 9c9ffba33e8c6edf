//! Requests as they arrive: the cheap checks, then the envelope.
//!
//! A token is checked before any X25519, and only peers with a good one enter the cache of shared keys.

use std::net::SocketAddr;
use std::sync::Arc;

use toxdrop_proto::keys::SharedKey;
use toxdrop_proto::wire::{Command, EnvelopeId, Head, Request, open};

use super::super::core::Core;
use super::super::limits::Bucket;
use super::super::routing_table::Peer;
use super::super::sessions::SessionId;
use super::ReplyTo;
use crate::clock::Now;

/// A request that passed token and envelope.
pub(in super::super) struct Incoming {
    pub(in super::super) to: ReplyTo,
    pub(in super::super) request: Request,
}

/// Opens a request, or drops it: whoever sends nonsense gets no answer.
///
/// `deliveries` are our sessions that subscribed somewhere: they take deliveries under tokens of their own.
pub(in super::super) fn open_request(
    core: &mut Core,
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
            let key = core.sessions.shared_with_stranger(&peer.key).ok()?;
            (SessionId::NODE, key)
        }
        EnvelopeId::Request => addressed(core, deliveries, now, &peer, head)?,
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
    core: &mut Core,
    deliveries: impl Iterator<Item = SessionId>,
    now: Now,
    peer: &Peer,
    head: &Head,
) -> Option<(SessionId, Arc<SharedKey>)> {
    if core.token_is_good(now, peer, &head.token) {
        return Some((SessionId::NODE, core.shared(SessionId::NODE, &peer.key)?));
    }
    for session in deliveries {
        let Some(own) = core.sessions.public(session) else {
            continue;
        };
        if core
            .mint
            .check_for_deliveries(&own, peer.addr, &peer.key, &head.token)
        {
            return Some((session, core.shared(session, &peer.key)?));
        }
    }
    None
}
