//! FindRecord: the newest record of an inbox, from its four points.

use toxdrop_proto::keys::InboxPublicKey;
use toxdrop_proto::location::record_points;
use toxdrop_proto::record::InboxRecord;
use toxdrop_proto::wire::Response;

use super::context::Context;
use super::search::Search;
use crate::ask::Ask;
use crate::asking::{Answer, Finished};
use crate::report::RecordReport;

/// Nodes asked at each point.
const PER_POINT: usize = 4;

struct Point {
    search: Search,
    asked: bool,
    in_flight: usize,
}

/// A FindRecord under way.
pub(crate) struct FindRecord {
    key: InboxPublicKey,
    points: Vec<Point>,
    report: RecordReport,
}

impl FindRecord {
    pub(crate) fn new(context: &mut Context<'_>, key: InboxPublicKey) -> Self {
        let points = record_points(&key)
            .into_iter()
            .enumerate()
            .map(|(branch, location)| Point {
                search: Search::at(context, location, PER_POINT, branch),
                asked: false,
                in_flight: 0,
            })
            .collect();
        let mut find = Self {
            key,
            points,
            report: RecordReport::default(),
        };
        for branch in 0..find.points.len() {
            find.pump(context, branch);
        }
        find
    }

    fn pump(&mut self, context: &mut Context<'_>, branch: usize) {
        let Some(point) = self.points.get_mut(branch).filter(|point| !point.asked) else {
            return;
        };
        let Some(found) = point.search.found() else {
            return;
        };
        point.asked = true;
        let location = record_points(&self.key).get(branch).copied();
        for peer in found {
            if let Some(location) = location {
                point.in_flight += 1;
                self.report.asked += 1;
                context.ask(
                    point.search.session,
                    *peer,
                    Ask::GetRecord(location),
                    branch,
                );
            }
        }
    }

    /// The time for searching is over.
    pub(crate) fn conclude_search(&mut self, context: &mut Context<'_>) {
        for branch in 0..self.points.len() {
            if let Some(point) = self.points.get_mut(branch) {
                point.search.conclude(context);
            }
            self.pump(context, branch);
        }
    }

    pub(crate) fn finished(
        &mut self,
        context: &mut Context<'_>,
        branch: usize,
        finished: &Finished,
    ) {
        let Some(point) = self.points.get_mut(branch) else {
            return;
        };
        if matches!(finished.ask, Ask::Find(_)) {
            point.search.finished(context, finished);
            return self.pump(context, branch);
        }
        point.in_flight = point.in_flight.saturating_sub(1);
        if let Answer::Response(Response::GetRecord(result)) = &finished.answer {
            self.report.answered += 1;
            if let Some(record) = result.as_ref().ok().and_then(|packet| packet.record()) {
                self.consider(context, record);
            }
        }
    }

    /// A node is not believed: the record must be signed by this inbox's owner.
    fn consider(&mut self, context: &Context<'_>, record: &InboxRecord) {
        let newer = match &self.report.newest {
            Some(newest) => record.supersedes(newest),
            None => true,
        };
        let network = context.network();
        if newer && record.key == self.key && record.verify(network).is_ok() {
            self.report.newest = Some(record.clone());
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.points
            .iter()
            .all(|point| point.asked && point.in_flight == 0)
    }

    pub(crate) fn into_report(self) -> RecordReport {
        self.report
    }
}
