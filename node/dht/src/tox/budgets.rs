//! What the Tox side does for others at the most: for each source, and in all.
//!
//! Two kinds of work: passing on what others send (relayed), and answers that may be longer than what asked for them.

use std::net::IpAddr;
use std::time::Duration;

use crate::config::DhtConfig;
use crate::limits::{Bucket, PerSource};

/// So many for each source, and so many in all.
pub(super) struct Budget {
    each: PerSource,
    all: Bucket,
}

impl Budget {
    fn new(each: u32, all: u32, mono: Duration) -> Self {
        Self {
            each: PerSource::new(each),
            all: Bucket::new(all, mono),
        }
    }

    /// Takes one for a source, if both have one left. Loopback counts in all only.
    pub(super) fn take(&mut self, mono: Duration, source: IpAddr) -> bool {
        self.each.take(mono, source) && self.all.take(mono)
    }
}

/// The budgets; what is used up in one is there in the others.
pub(super) struct Budgets {
    /// Onion requests and responses, data, forwarding, DHT requests: sent on, never longer than they came but for the
    /// few bytes of a sendback.
    pub(super) relayed: Budget,
    /// Nodes requests, at most 2.6 times as long in the answer.
    pub(super) nodes: Budget,
    /// Announcements, at most 1.4 times as long in the answer.
    pub(super) announcements: Budget,
    /// Bootstrap info, at most 3.4 times as long in the answer.
    pub(super) info: Budget,
}

impl Budgets {
    pub(super) fn new(config: &DhtConfig, mono: Duration) -> Self {
        let relayed = (
            config.relayed_per_source_per_second,
            config.relayed_per_second,
        );
        let answered = (
            config.answered_per_source_per_second,
            config.answered_per_second,
        );
        let budget = |(each, all)| Budget::new(each, all, mono);
        Self {
            relayed: budget(relayed),
            nodes: budget(answered),
            announcements: budget(answered),
            info: budget(answered),
        }
    }
}
