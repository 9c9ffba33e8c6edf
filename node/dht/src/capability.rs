//! Which Tox nodes speak offline messages? Found out by Hello, at a bounded rate.
//!
//! Most Tox nodes will not know the packet and stay silent; those are asked again ever more rarely.

use std::collections::HashMap;
use std::time::Duration;

use toxdrop_proto::keys::DhtPublicKey;

use crate::asking::Asking;
use crate::limits::Bucket;
use crate::peer::Peer;
use crate::sessions::SessionId;
use crate::tables::BAD_AFTER;

/// Pause after the first silence: a Hello or its answer may have been lost.
const FIRST_RETRY: Duration = Duration::from_secs(30);
/// How much longer each further pause is. A node that does not know our packets may log each of them as an error.
const LONGER: u32 = 8;
/// How often a capable node is asked whether it still is.
const KEEP_ALIVE: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug)]
struct Silent {
    next_try: Duration,
    pause: Duration,
}

/// Whom to greet, and when. What comes of a Hello stands in the tables; nothing waits for it here.
pub(crate) struct Capability {
    silent: HashMap<DhtPublicKey, Silent>,
    budget: Bucket,
}

impl Capability {
    pub(crate) fn new(hellos_per_second: u32, mono: Duration) -> Self {
        Self {
            silent: HashMap::new(),
            budget: Bucket::new(hellos_per_second, mono),
        }
    }

    /// A Tox node proved to be there: greets it at once if it may be capable.
    pub(crate) fn tox_node(&mut self, asking: &mut Asking<'_>, peer: Peer) {
        // One that moved is greeted where it is now.
        let known = asking.tables.capable.get(&peer.key);
        if known.is_none_or(|contact| contact.peer.addr != peer.addr) {
            self.greet(asking, peer);
        }
    }

    fn greet(&mut self, asking: &mut Asking<'_>, peer: Peer) {
        let mono = asking.now.mono;
        let longest = Duration::from_secs(asking.config.retry_incapable_seconds);
        let silent = self.silent.get(&peer.key).copied();
        if silent.is_some_and(|silent| mono < silent.next_try) || !self.budget.take(mono) {
            return;
        }
        let pause = silent.map_or(FIRST_RETRY, |silent| (silent.pause * LONGER).min(longest));
        let next_try = mono + pause;
        self.silent.insert(peer.key, Silent { next_try, pause });
        hello_once(asking, peer);
    }

    /// Once a second.
    pub(crate) fn tick(&mut self, asking: &mut Asking<'_>) {
        let mono = asking.now.mono;
        let tables = &*asking.tables;
        let strangers: Vec<Peer> = tables
            .tox
            .iter()
            .map(|c| c.peer)
            .filter(|peer| tables.capable.get(&peer.key).is_none())
            .collect();
        for peer in strangers {
            self.greet(asking, peer);
        }
        let tables = &*asking.tables;
        self.silent
            .retain(|key, _| tables.tox.get(key).is_some() && tables.capable.get(key).is_none());
        let stale: Vec<Peer> = tables
            .capable
            .iter()
            .filter(|c| mono.saturating_sub(c.last_asked.max(c.last_seen)) >= KEEP_ALIVE)
            .map(|c| c.peer)
            .collect();
        for peer in stale {
            asking.hello(peer);
        }
        asking.tables.capable.drop_silent(mono, BAD_AFTER);
    }
}

/// Greets a node that may not know our packets: once, since most such nodes stay silent.
fn hello_once(asking: &mut Asking<'_>, peer: Peer) {
    let id = asking.ask(SessionId::NODE, peer, asking.greeting());
    // For as long as an answer to the last of several would be waited for.
    let times = 1..=asking.config.request_attempts;
    let due = asking.now.mono + asking.config.request_timeout() * times.sum::<u32>();
    asking.asker.requests.send_no_more(id, due);
}
