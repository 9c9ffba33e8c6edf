//! Packets handed on to us, the owner who is online: each goes up once, and every holder gets the tombstone.
//!
//! Decrypts nothing: what is above acknowledges after its durable commit.

use std::collections::HashMap;
use std::time::Duration;

use toxdrop_proto::ids::{Location, PacketId};
use toxdrop_proto::tombstone::Tombstone;
use toxdrop_proto::wire::Response;

use crate::bounded::Bounded;
use crate::link::Link;
use crate::responding::ReplyTo;
use crate::time::Now;

/// Names a delivered packet until it is acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeliveryId(u64);

/// How long an acknowledgement is awaited; after that a fetch finds the packet at its holders.
const PATIENCE: Duration = Duration::from_secs(60);
/// Acknowledged packets whose tombstone is kept for holders that come late.
const REMEMBERED: usize = 4_096;

/// Holders that may wait for one acknowledgement.
const MAX_REPLIES: usize = 64;

struct Open {
    packet: (Location, PacketId),
    replies: Vec<ReplyTo>,
    at: Duration,
}

/// Deliveries under way.
pub(crate) struct Deliveries {
    open: HashMap<DeliveryId, Open>,
    by_packet: HashMap<(Location, PacketId), DeliveryId>,
    done: Bounded<(Location, PacketId), Tombstone>,
    next: u64,
}

impl Deliveries {
    pub(crate) fn new() -> Self {
        Self {
            open: HashMap::new(),
            by_packet: HashMap::new(),
            done: Bounded::new(REMEMBERED),
            next: 0,
        }
    }

    /// A packet came. Returns its name if it is new and has to go up.
    pub(crate) fn arrived(
        &mut self,
        link: &mut Link,
        now: Now,
        packet: (Location, PacketId),
        reply: Option<ReplyTo>,
    ) -> Option<DeliveryId> {
        if let Some(tombstone) = self.done.get(&packet) {
            if let Some(reply) = reply {
                reply.respond(link, &Response::Deliver(Ok(*tombstone)));
            }
            return None;
        }
        if let Some(open) = self
            .by_packet
            .get(&packet)
            .and_then(|id| self.open.get_mut(id))
        {
            // Sent again, it is still one request.
            let known = |reply: &ReplyTo| {
                open.replies
                    .iter()
                    .any(|r| (r.peer, r.request_id) == (reply.peer, reply.request_id))
            };
            if open.replies.len() < MAX_REPLIES {
                let new = reply.filter(|reply| !known(reply));
                open.replies.extend(new);
            }
            return None;
        }
        let id = DeliveryId(self.next);
        self.next += 1;
        self.by_packet.insert(packet, id);
        let open = Open {
            packet,
            replies: reply.into_iter().collect(),
            at: now.mono,
        };
        self.open.insert(id, open);
        Some(id)
    }

    /// The owner has the packet safe: answers all holders that handed it on.
    pub(crate) fn acknowledge(&mut self, link: &mut Link, id: DeliveryId, tombstone: Tombstone) {
        let Some(open) = self.open.remove(&id) else {
            return;
        };
        self.by_packet.remove(&open.packet);
        if (tombstone.location(), tombstone.id) != open.packet {
            return;
        }
        self.done.put(open.packet, tombstone);
        for reply in &open.replies {
            reply.respond(link, &Response::Deliver(Ok(tombstone)));
        }
    }

    /// Forgets what nobody acknowledged.
    pub(crate) fn sweep(&mut self, now: Now) {
        self.open
            .retain(|_, open| now.mono.saturating_sub(open.at) < PATIENCE);
        self.by_packet.retain(|_, id| self.open.contains_key(id));
    }
}
