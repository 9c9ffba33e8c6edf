//! Which Tox nodes speak offline messages? Found out by Hello, at a bounded rate.
//!
//! Most Tox nodes will not know the packet and stay silent; those are asked again ever more rarely.

use std::collections::HashMap;
use std::time::Duration;

use toxdrop_proto::keys::DhtPublicKey;

use super::ask::Ask;
use super::core::{BAD_AFTER, Core};
use super::limits::Bucket;
use super::requests::Purpose;
use super::routing_table::Peer;
use super::sessions::SessionId;
use crate::clock::Now;

/// Pause after the first silence; doubled after each further one.
const FIRST_RETRY: Duration = Duration::from_secs(30);
/// How often a capable node is asked whether it still is.
const KEEP_ALIVE: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug)]
struct Silent {
    next_try: Duration,
    pause: Duration,
}

/// Whom to greet, and when.
pub(super) struct Capability {
    silent: HashMap<DhtPublicKey, Silent>,
    budget: Bucket,
}

impl Capability {
    pub(super) fn new(core: &Core, now: Now) -> Self {
        Self {
            silent: HashMap::new(),
            budget: Bucket::new(core.config.hellos_per_second, now.mono),
        }
    }

    /// A Tox node proved to be there: greets it at once if it may be capable.
    pub(super) fn tox_node(&mut self, core: &mut Core, now: Now, peer: Peer) {
        if core.capable.get(&peer.key).is_none() {
            self.greet(core, now, peer);
        }
    }

    fn greet(&mut self, core: &mut Core, now: Now, peer: Peer) {
        let longest = Duration::from_secs(core.config.retry_incapable_seconds);
        let silent = self.silent.get(&peer.key).copied();
        if silent.is_some_and(|silent| now.mono < silent.next_try) || !self.budget.take(now.mono) {
            return;
        }
        let pause = silent.map_or(FIRST_RETRY, |silent| (silent.pause * 2).min(longest));
        let next_try = now.mono + pause;
        self.silent.insert(peer.key, Silent { next_try, pause });
        hello(core, now, peer);
    }

    /// Once a second.
    pub(super) fn tick(&mut self, core: &mut Core, now: Now) {
        let strangers: Vec<Peer> = core
            .tox
            .iter()
            .map(|c| c.peer)
            .filter(|peer| core.capable.get(&peer.key).is_none())
            .collect();
        for peer in strangers {
            self.greet(core, now, peer);
        }
        self.silent
            .retain(|key, _| core.tox.get(key).is_some() && core.capable.get(key).is_none());
        let stale: Vec<Peer> = core
            .capable
            .iter()
            .filter(|c| now.mono.saturating_sub(c.last_asked.max(c.last_seen)) >= KEEP_ALIVE)
            .map(|c| c.peer)
            .collect();
        for peer in stale {
            hello(core, now, peer);
        }
        core.capable.drop_silent(now.mono, BAD_AFTER);
    }
}

fn hello(core: &mut Core, now: Now, peer: Peer) {
    let ask = Ask::Hello(core.hello());
    core.ask(now, SessionId::NODE, peer, ask, Purpose::Capability);
}
