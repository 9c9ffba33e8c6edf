//! FindRecord: the newest record that lies at a place.
//!
//! Whose place it is, and what the record says inside, is not known here.

use toxdrop_proto::ids::Location;
use toxdrop_proto::packet::{Packet, PacketKind, StampedPacket};
use toxdrop_proto::wire::Response;

use super::context::Context;
use super::search::Search;
use crate::ask::Ask;
use crate::asking::{Answer, Finished};
use crate::report::RecordReport;

/// Nodes that are asked.
const ASKED: usize = 4;

/// A FindRecord under way.
pub(crate) struct FindRecord {
    location: Location,
    search: Search,
    started: bool,
    in_flight: usize,
    report: RecordReport,
}

impl FindRecord {
    pub(crate) fn new(context: &mut Context<'_>, location: Location) -> Self {
        let mut find = Self {
            location,
            search: Search::at(context, location, ASKED),
            started: false,
            in_flight: 0,
            report: RecordReport::default(),
        };
        find.pump(context);
        find
    }

    fn pump(&mut self, context: &mut Context<'_>) {
        let Some(found) = self.search.found().filter(|_| !self.started) else {
            return;
        };
        self.started = true;
        self.report.asked = found.len();
        self.in_flight = found.len();
        for peer in found {
            let ask = Ask::GetRecord(self.location);
            context.ask(self.search.session, *peer, ask);
        }
    }

    /// The time for searching is over.
    pub(crate) fn conclude_search(&mut self, context: &mut Context<'_>) {
        self.search.conclude(context);
        self.pump(context);
    }

    pub(crate) fn finished(&mut self, context: &mut Context<'_>, finished: &Finished) {
        if matches!(finished.ask, Ask::Find(_)) {
            self.search.finished(context, finished);
            return self.pump(context);
        }
        self.in_flight = self.in_flight.saturating_sub(1);
        if let Answer::Response(Response::GetRecord(result)) = &finished.answer {
            self.report.answered += 1;
            if let Ok(packet) = result {
                self.note(context, packet);
            }
        }
    }

    /// A node is not believed: it must be a record of this place, paid for and signed by its key.
    fn note(&mut self, context: &Context<'_>, packet: &Packet) {
        if packet.kind() != PacketKind::Record || packet.location() != self.location {
            return;
        }
        let verified = packet.clone().verify(context.now().unix, &context.policy());
        let replaces = |record: &StampedPacket| {
            let newest = self.report.newest.as_ref();
            newest.is_none_or(|newest| record.replaces(newest))
        };
        if let Some(record) = verified.ok().filter(replaces) {
            self.report.newest = Some(record);
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.started && self.in_flight == 0
    }

    pub(crate) fn into_report(self) -> RecordReport {
        self.report
    }
}
