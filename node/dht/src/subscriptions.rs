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

/// Subscribers that one location may have: an owner's devices.
const PER_LOCATION: usize = 16;

#[derive(Clone, Copy, Debug)]
struct Subscriber {
    peer: Peer,
    token: Token,
    until: Duration,
}

/// All subscriptions held here.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    by_location: HashMap<Location, Vec<Subscriber>>,
    count: usize,
}

impl Subscriptions {
    /// Adds or renews one; false if there is no room for it.
    pub(crate) fn add(
        &mut self,
        now: Now,
        location: Location,
        peer: Peer,
        token: Token,
        until: Duration,
        limit: usize,
    ) -> bool {
        if self.count >= limit {
            self.sweep(now);
        }
        let at_location = self.by_location.entry(location).or_default();
        let subscriber = Subscriber { peer, token, until };
        if let Some(known) = at_location.iter_mut().find(|s| s.peer.key == peer.key) {
            *known = subscriber;
            return true;
        }
        if self.count >= limit || at_location.len() >= PER_LOCATION {
            return false;
        }
        at_location.push(subscriber);
        self.count += 1;
        true
    }

    /// Who wants packets of this location, with the token for the delivery.
    pub(crate) fn at(&self, now: Now, location: &Location) -> Vec<(Peer, Token)> {
        self.by_location
            .get(location)
            .into_iter()
            .flatten()
            .filter(|s| s.until > now.mono)
            .map(|s| (s.peer, s.token))
            .collect()
    }

    /// Forgets those that ran out.
    pub(crate) fn sweep(&mut self, now: Now) {
        self.by_location.retain(|_, subscribers| {
            subscribers.retain(|s| s.until > now.mono);
            !subscribers.is_empty()
        });
        self.count = self.by_location.values().map(Vec::len).sum();
    }
}
