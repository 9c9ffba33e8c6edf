//! Retrieve: one packet, from the first of its holders that has it.

use std::collections::VecDeque;
use std::sync::Arc;

use toxdrop_proto::ids::PacketId;
use toxdrop_proto::keys::PlaceSigner;
use toxdrop_proto::packet::{Packet, StampedPacket};
use toxdrop_proto::wire::Response;

use super::context::Context;
use crate::ask::Ask;
use crate::asking::{Answer, Finished};
use crate::peer::Peer;
use crate::report::Holder;
use crate::sessions::SessionId;

/// A Retrieve under way.
pub(crate) struct Retrieve {
    place: Arc<PlaceSigner>,
    id: PacketId,
    session: SessionId,
    holders: VecDeque<Holder>,
    packet: Option<StampedPacket>,
    done: bool,
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
            packet: None,
            done: false,
        };
        retrieve.ask_next(context);
        retrieve
    }

    fn ask_next(&mut self, context: &mut Context<'_>) {
        let Some(holder) = self.holders.pop_front() else {
            self.done = true;
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
        context.ask(self.session, peer, ask);
    }

    pub(crate) fn finished(&mut self, context: &mut Context<'_>, finished: &Finished) {
        if let Answer::Response(Response::Retrieve(Ok(packet))) = &finished.answer
            && let Some(packet) = self.judge(context, packet)
        {
            self.packet = Some(packet);
            self.done = true;
            return;
        }
        self.ask_next(context);
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
        self.done
    }

    pub(crate) fn into_packet(self) -> Option<StampedPacket> {
        self.packet
    }
}
