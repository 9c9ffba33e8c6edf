//! What the Tox side does for others at the most: for each source, and in all.
//!
//! Two kinds of work: passing on what others send, and answers that may be longer than what asked for them.

use std::net::IpAddr;
use std::time::Duration;

use crate::config::DhtConfig;
use crate::limits::{Bucket, PerSource};

/// How many sources' worth one network (IPv4 /24, IPv6 /48) has: a line at home has a /56, 256 sources.
const SOURCES_WORTH: u32 = 4;

/// So many for each source, a few times as many for its network, and so many in all.
pub(super) struct Budget {
    each: PerSource,
    network: PerSource,
    all: Bucket,
}

impl Budget {
    fn new(each: u32, all: u32, mono: Duration) -> Self {
        Self {
            each: PerSource::new(each),
            network: PerSource::of_networks(each.saturating_mul(SOURCES_WORTH)),
            all: Bucket::new(all, mono),
        }
    }

    /// Takes one for a source, if all three have one left. Loopback counts in all only.
    pub(super) fn take(&mut self, mono: Duration, source: IpAddr) -> bool {
        self.take_each(mono, source) && self.take_of_all(mono)
    }

    /// The first half, for what is cheap to judge: what turns out to be nothing then costs the others nothing.
    pub(super) fn take_each(&mut self, mono: Duration, source: IpAddr) -> bool {
        self.each.take(mono, source) && self.network.take(mono, source)
    }

    /// The second half.
    pub(super) fn take_of_all(&mut self, mono: Duration) -> bool {
        self.all.take(mono)
    }
}

/// The budgets; what is used up in one is there in the others.
pub(super) struct Budgets {
    /// Onion requests: sent on, shorter than they came.
    pub(super) onward: Budget,
    /// Onion responses: sent on, shorter than they came. Apart, so that a flood of requests stops no answers.
    pub(super) back: Budget,
    /// Data, forwarding, DHT requests: sent on, never longer than they came but for the few bytes of a sendback.
    pub(super) routed: Budget,
    /// Pings of nodes that we do not know: each costs an X25519.
    pub(super) pings: Budget,
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
            onward: budget(relayed),
            back: budget(relayed),
            routed: budget(relayed),
            pings: budget(answered),
            nodes: budget(answered),
            announcements: budget(answered),
            info: budget(answered),
        }
    }
}
