//! One question to each of the nodes in charge: who is to be asked, and whether enough answered.
//!
//! Knows nothing of the question.

use toxdrop_proto::ids::Location;

use super::awaited::Awaited;
use super::context::Context;
use super::finding::Finding;
use crate::lateness::{Late, Lateness};
use crate::peer::Peer;
use crate::sessions::SessionId;

/// A question to each of the nodes in charge.
pub(crate) struct Round {
    finding: Finding,
    pub(crate) awaited: Awaited,
    /// How many of the nodes count as the closest.
    closest: usize,
}

impl Round {
    /// Asks the `want` nodes closest to a place. At least half of the `closest` must answer, and of all.
    pub(crate) fn new(
        context: &mut Context<'_>,
        target: Location,
        want: usize,
        closest: usize,
    ) -> Self {
        Self {
            finding: Finding::at(context, target, want),
            awaited: Awaited::default(),
            closest,
        }
    }

    /// What the nodes are asked under.
    pub(crate) fn session(&self) -> SessionId {
        self.finding.session
    }

    /// Whom to ask now.
    pub(crate) fn next(&mut self, context: &mut Context<'_>) -> Vec<Peer> {
        loop {
            let first = !self.finding.has_found();
            let mut found = self.finding.take(context);
            if first {
                self.awaited.found(&found, self.closest);
            }
            found.retain(|peer| !self.awaited.knows(peer));
            let lacking = self.finding.has_found() && self.awaited.is_stuck();
            if !found.is_empty() || !lacking || !self.finding.is_kept() {
                return found;
            }
            // What was found moments ago does not answer today.
            self.finding.renew(context);
        }
    }

    /// A node's answer is late.
    pub(crate) fn late(&mut self, context: &mut Context<'_>, late: &Late) {
        self.awaited.late(&late.peer, late.by);
        if late.by == Lateness::Silent {
            self.finding.doubt(context);
        }
    }

    /// Whether it has ended: late nodes are waited for until they are silent.
    pub(crate) fn is_over(&self) -> bool {
        self.finding.has_found() && self.awaited.is_over()
    }
}
