//! Who wants packets handed on the moment that they are stored here.
//!
//! Keeps the list; the engine sends. A packet is stored and its sender answered first, whoever is subscribed: neither
//! the answer nor its time tells a sender whether the receiver is online.

use std::collections::HashMap;
use std::time::Duration;

use toxdrop_proto::ids::Location;
use toxdrop_proto::wire::Token;

use crate::peer::Peer;
use crate::time::Now;
use crate::way_back::WayBack;

/// Subscribers that one location may have: an owner's devices.
const PER_LOCATION: usize = 16;

/// Who wants packets of a location.
#[derive(Clone, Debug)]
pub(crate) struct Subscriber {
    pub(crate) peer: Peer,
    /// What our deliveries show.
    pub(crate) token: Token,
    /// How it asked, and packets go.
    pub(crate) way: WayBack,
    /// Until when, on the monotonic clock.
    pub(crate) until: Duration,
}

/// All subscriptions held here.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    by_location: HashMap<Location, Vec<Subscriber>>,
    direct: usize,
    onion: usize,
}

impl Subscriptions {
    /// Adds one, or renews it, by the way that it came last; false if there is no room for it. `limit` is for direct ones
    /// and, apart from them, for those through the onion.
    pub(crate) fn add(
        &mut self,
        now: Now,
        location: Location,
        subscriber: Subscriber,
        limit: usize,
    ) -> bool {
        if *self.count(&subscriber.way) >= limit {
            self.sweep(now);
        }
        let full = *self.count(&subscriber.way) >= limit;
        let at_location = self.by_location.entry(location).or_default();
        let known = at_location
            .iter()
            .position(|s| s.peer.key == subscriber.peer.key);
        let same_way = known
            .and_then(|at| at_location.get(at))
            .is_some_and(|s| s.way.is_onion() == subscriber.way.is_onion());
        let crowded = known.is_none() && at_location.len() >= PER_LOCATION;
        if crowded || full && !same_way {
            return false;
        }
        let former = known.map(|at| at_location.swap_remove(at));
        let way = subscriber.way.clone();
        at_location.push(subscriber);
        if let Some(former) = former {
            *self.count(&former.way) -= 1;
        }
        *self.count(&way) += 1;
        true
    }

    fn count(&mut self, way: &WayBack) -> &mut usize {
        match way {
            WayBack::Direct => &mut self.direct,
            WayBack::Onion(_) => &mut self.onion,
        }
    }

    /// Who wants packets of this location.
    pub(crate) fn at(&self, now: Now, location: &Location) -> Vec<Subscriber> {
        self.by_location
            .get(location)
            .into_iter()
            .flatten()
            .filter(|s| s.until > now.mono)
            .cloned()
            .collect()
    }

    /// Forgets those that ran out.
    pub(crate) fn sweep(&mut self, now: Now) {
        self.by_location.retain(|_, subscribers| {
            subscribers.retain(|s| s.until > now.mono);
            !subscribers.is_empty()
        });
        let all = self.by_location.values().flatten();
        (self.direct, self.onion) = all.fold((0, 0), |(direct, onion), s| match s.way {
            WayBack::Direct => (direct + 1, onion),
            WayBack::Onion(_) => (direct, onion + 1),
        });
    }
}
