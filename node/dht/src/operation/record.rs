//! FindRecord: the newest record that lies at a place.
//!
//! Whose place it is, and what the record says inside, is not known here.

use toxdrop_proto::ids::Location;
use toxdrop_proto::packet::{Packet, PacketKind, StampedPacket};
use toxdrop_proto::wire::Response;

use super::context::Context;
use super::round::Round;
use crate::ask::Ask;
use crate::asking::{Answer, Finished};
use crate::lateness::Late;
use crate::report::RecordReport;

/// Nodes that are asked.
const ASKED: usize = 4;

/// A FindRecord under way.
pub(crate) struct FindRecord {
    location: Location,
    round: Round,
    newest: Option<StampedPacket>,
}

impl FindRecord {
    pub(crate) fn new(context: &mut Context<'_>, location: Location) -> Self {
        let mut find = Self {
            location,
            round: Round::new(context, location, ASKED, ASKED),
            newest: None,
        };
        find.pump(context);
        find
    }

    /// Goes on with what its search found.
    pub(crate) fn pump(&mut self, context: &mut Context<'_>) {
        for peer in self.round.next(context) {
            self.round.awaited.ask(peer);
            let ask = Ask::GetRecord(self.location);
            context.ask(self.round.session(), peer, ask);
        }
    }

    /// A node's answer is late.
    pub(crate) fn late(&mut self, context: &mut Context<'_>, late: &Late) {
        self.round.late(context, late);
        self.pump(context);
    }

    pub(crate) fn finished(&mut self, context: &mut Context<'_>, finished: &Finished) {
        let result = match &finished.answer {
            Answer::Response(Response::GetRecord(result)) => Some(result),
            _ => None,
        };
        self.round.awaited.over(&finished.peer, result.is_some());
        if let Some(Ok(packet)) = result {
            self.note(context, packet);
        }
        self.pump(context);
    }

    /// A node is not believed: it must be a record of this place, paid for and signed by its key.
    fn note(&mut self, context: &Context<'_>, packet: &Packet) {
        if packet.kind() != PacketKind::Record || packet.location() != self.location {
            return;
        }
        let verified = packet.clone().verify(context.now().unix, &context.policy());
        let replaces = |record: &StampedPacket| {
            let newest = self.newest.as_ref();
            newest.is_none_or(|newest| record.replaces(newest))
        };
        if let Some(record) = verified.ok().filter(replaces) {
            self.newest = Some(record);
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.round.is_over()
    }

    pub(crate) fn into_report(self) -> RecordReport {
        RecordReport {
            newest: self.newest,
            asked: self.round.awaited.asked(),
            answered: self.round.awaited.answered(),
        }
    }
}
