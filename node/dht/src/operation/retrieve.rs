//! Retrieve: one packet, from the first of its holders that has it; beside one that is late the next is asked as well.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use toxdrop_proto::ids::PacketId;
use toxdrop_proto::keys::PlaceSigner;
use toxdrop_proto::packet::{Packet, StampedPacket};
use toxdrop_proto::wire::Response;

use super::context::Context;
use crate::ask::Ask;
use crate::asking::{Answer, Finished};
use crate::lateness::{Late, Lateness};
use crate::peer::Peer;
use crate::report::Holder;
use crate::sessions::SessionId;

/// A Retrieve under way.
pub(crate) struct Retrieve {
    place: Arc<PlaceSigner>,
    id: PacketId,
    session: SessionId,
    holders: VecDeque<Holder>,
    in_flight: BTreeMap<Peer, Lateness>,
    packet: Option<StampedPacket>,
}

impl Retrieve {
    pub(crate) fn new(
        context: &mut Context<'_>,
        place: Arc<PlaceSigner>,
        id: PacketId,
        holders: Vec<Holder>,
    ) -> Self {
        let session = context.session_at(place.public().location());
        let mut retrieve = Self {
            place,
            id,
            session,
            holders: holders.into(),
            in_flight: BTreeMap::new(),
            packet: None,
        };
        retrieve.ask_next(context);
        retrieve
    }

    fn ask_next(&mut self, context: &mut Context<'_>) {
        let Some(holder) = self.holders.pop_front() else {
            return;
        };
        let peer = Peer {
            key: holder.key,
            addr: holder.address,
        };
        let ask = Ask::Retrieve {
            place: Arc::clone(&self.place),
            id: self.id,
        };
        self.in_flight.insert(peer, Lateness::InTime);
        context.ask(self.session, peer, ask);
    }

    /// A holder's answer is late: the next one is asked beside it, once.
    pub(crate) fn late(&mut self, context: &mut Context<'_>, late: &Late) {
        if let Some(by) = self.in_flight.get_mut(&late.peer)
            && *by == Lateness::InTime
        {
            *by = late.by;
            self.ask_next(context);
        }
    }

    pub(crate) fn finished(&mut self, context: &mut Context<'_>, finished: &Finished) {
        let by = self.in_flight.remove(&finished.peer);
        if let Answer::Response(Response::Retrieve(Ok(packet))) = &finished.answer
            && let Some(packet) = self.judge(context, packet)
        {
            self.packet = Some(packet);
        } else if by == Some(Lateness::InTime) || self.in_flight.is_empty() {
            self.ask_next(context);
        }
    }

    /// A holder is not believed: it must be the packet that was asked for, and paid for.
    fn judge(&self, context: &Context<'_>, packet: &Packet) -> Option<StampedPacket> {
        let right = packet.id() == self.id && packet.location() == self.place.public().location();
        let policy = context.policy();
        right
            .then(|| packet.clone().verify(context.now().unix, &policy).ok())
            .flatten()
    }

    pub(crate) fn is_done(&self) -> bool {
        self.packet.is_some() || (self.in_flight.is_empty() && self.holders.is_empty())
    }

    pub(crate) fn into_packet(self) -> Option<StampedPacket> {
        self.packet
    }
}
