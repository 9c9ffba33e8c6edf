//! Who was told what, and how lately: a change is told once, and whoever says something new of itself is asked once.
//!
//! Sends nothing.

use std::time::Duration;

use toxdrop_proto::keys::DhtPublicKey;

use super::verdict::Reachability;
use crate::bounded::Bounded;

/// Between two times that all known nodes are greeted because of a change.
const TELL_ALL: Duration = Duration::from_secs(20);
/// Between two times that we ask one node because of what it said of itself.
const ASK_BACK: Duration = Duration::from_secs(10);
/// Nodes that are remembered to have been asked.
const ASKED_BACK: usize = 256;

/// What was told.
pub(crate) struct Telling {
    verdict: Option<Reachability>,
    told_all: Option<Duration>,
    /// Whether a change was not told yet.
    owed: bool,
    asked_back: Bounded<DhtPublicKey, Duration>,
}

impl Telling {
    pub(crate) fn new() -> Self {
        Self {
            verdict: None,
            told_all: None,
            owed: false,
            asked_back: Bounded::new(ASKED_BACK),
        }
    }

    /// Whether this differs from what was told last, in more than numbers; it is told now.
    pub(crate) fn is_news(&mut self, verdict: Reachability) -> bool {
        let same = match (self.verdict, verdict) {
            (Some(Reachability::Proved { .. }), Reachability::Proved { .. })
            | (Some(Reachability::Refuted { .. }), Reachability::Refuted { .. }) => true,
            (former, verdict) => former == Some(verdict),
        };
        self.verdict = Some(verdict);
        !same
    }

    /// All known nodes are to hear of a change.
    pub(crate) fn owe(&mut self) {
        self.owed = true;
    }

    /// Whether all known nodes, if there are any, are to be greeted now.
    pub(crate) fn takes_to_all(&mut self, mono: Duration, any: bool) -> bool {
        let lately = |told: Duration| mono.saturating_sub(told) < TELL_ALL;
        let now = self.owed && any && !self.told_all.is_some_and(lately);
        if now {
            self.owed = false;
            self.told_all = Some(mono);
        }
        now
    }

    /// Whether this node may be asked back now.
    pub(crate) fn may_ask_back(&mut self, mono: Duration, node: DhtPublicKey) -> bool {
        let lately = |asked: &Duration| mono.saturating_sub(*asked) < ASK_BACK;
        if self.asked_back.get(&node).is_some_and(lately) {
            return false;
        }
        self.asked_back.put(node, mono);
        true
    }
}
