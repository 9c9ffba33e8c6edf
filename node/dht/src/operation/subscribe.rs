//! Subscribe: the nodes in charge of a place of one's own hand packets on as they arrive, until this is cancelled.
//!
//! Renewed at half of the lifetime, with a new search each time: newcomers in charge are told too.

use std::sync::Arc;
use std::time::Duration;

use toxdrop_proto::ids::Location;
use toxdrop_proto::keys::PlaceSigner;

use super::context::Context;
use super::finding::Finding;
use crate::ask::Ask;
use crate::sessions::SessionId;

/// Seconds until the first look for further nodes in charge; four times as long after each.
const FIRST_ROUND: u64 = 2;

/// A subscription of ours.
pub(crate) struct Subscribe {
    place: Arc<PlaceSigner>,
    location: Location,
    session: SessionId,
    finding: Finding,
    renew_at: Duration,
    rounds: u32,
}

impl Subscribe {
    pub(crate) fn new(context: &mut Context<'_>, place: Arc<PlaceSigner>) -> Self {
        let location = place.public().location();
        let session = context.fresh_session();
        let finding = start(context, session, location);
        let mut subscribe = Self {
            place,
            location,
            session,
            finding,
            renew_at: Duration::ZERO,
            rounds: 0,
        };
        subscribe.schedule(context);
        subscribe.pump(context);
        subscribe
    }

    fn schedule(&mut self, context: &Context<'_>) {
        let half = u64::from(context.config().subscription_seconds / 2).max(1);
        // A node that has just started knows few others: it looks again soon, then ever more rarely.
        if context.knows_anybody() {
            self.rounds = self.rounds.saturating_add(1);
        }
        let soon = FIRST_ROUND << (2 * self.rounds.min(16));
        self.renew_at = context.now().mono + Duration::from_secs(soon.min(half));
    }

    pub(crate) fn renew(&mut self, context: &mut Context<'_>) {
        self.schedule(context);
        self.finding.leave(context);
        self.finding = start(context, self.session, self.location);
        self.pump(context);
    }

    /// Goes on with what its search found.
    pub(crate) fn pump(&mut self, context: &mut Context<'_>) {
        for peer in self.finding.take(context) {
            let ask = Ask::Subscribe {
                place: Arc::clone(&self.place),
                lifetime: context.config().subscription_seconds,
            };
            context.ask(self.session, peer, ask);
        }
    }

    pub(crate) fn due(&self) -> Duration {
        self.renew_at
    }

    /// The key that deliveries come in for.
    pub(crate) fn session(&self) -> SessionId {
        self.session
    }

    /// Where packets are expected.
    pub(crate) fn location(&self) -> Location {
        self.location
    }
}

fn start(context: &mut Context<'_>, session: SessionId, location: Location) -> Finding {
    let want = context.config().replicas * 2;
    Finding::alone(context, session, location, want)
}
