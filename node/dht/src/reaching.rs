//! What the engine does about being reached: dial-backs are asked for and answered, and what comes of it is told.
//!
//! Judges nothing; that is `reachability`'s.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_proto::wire::{CAP_STORES, Dial, DialCookie, Hello};

use crate::asking::Finished;
use crate::engine::Engine;
use crate::peer::Peer;
use crate::reachability::Reachability;
use crate::responding::ReplyTo;
use crate::routing_table::RoutingTable;
use crate::time::Now;
use crate::vocabulary::Event;

impl Engine {
    /// Whether others can reach us, and how we know.
    #[must_use]
    pub fn reachability(&self) -> Reachability {
        self.reach.around.verdict()
    }

    /// Whether we store for others: what the settings say, as long as others can reach us. The store is to be told
    /// ([`Event::Reachability`]).
    #[must_use]
    pub fn stores_for_others(&self) -> bool {
        self.ground.link.stores
    }

    /// The addresses that this machine has, or that its socket is bound to: who sees us at one of these is presumed to see
    /// us as we are. To be told at the start, and when they change.
    pub fn set_own_addresses(&mut self, now: Now, own: impl IntoIterator<Item = IpAddr>) {
        let own: Vec<IpAddr> = own.into_iter().collect();
        self.ground.link.own.set(own.iter().copied());
        self.reach.around.set_own(now.mono, own.into_iter());
        self.judge_reachability(now);
    }

    /// The port that our socket is bound to.
    pub fn set_own_port(&mut self, port: u16) {
        self.ground.link.own.set_port(port);
    }

    /// Once a second.
    pub(crate) fn ask_around(&mut self, now: Now) {
        self.reach.around.tick(&mut self.ground.asking(now));
        self.judge_reachability(now);
        self.tell_all(now);
    }

    /// Another node said how it sees us, if one did.
    pub(crate) fn look_at_ourselves(&mut self, now: Now) {
        if self.ground.tables.speakers.take_news() {
            self.reach.around.look(&self.ground.asking(now));
            self.judge_reachability(now);
        }
    }

    /// An ask has ended, a dial-back perhaps, ours or another's.
    pub(crate) fn dial_ended(&mut self, now: Now, finished: &Finished) {
        let asking = &mut self.ground.asking(now);
        if !self.reach.around.finished(asking, finished) {
            self.reach.dialling.finished(asking, finished);
        }
    }

    /// Somebody wants to be dialled.
    pub(crate) fn asked_for_dial_back(&mut self, now: Now, to: ReplyTo, cookie: DialCookie) {
        let asking = &mut self.ground.asking(now);
        self.reach.dialling.dial_back(asking, to, cookie);
    }

    /// A peer wants us to dial whoever asked it.
    pub(crate) fn asked_to_dial(&mut self, now: Now, to: &ReplyTo, dial: &Dial) {
        let asking = &mut self.ground.asking(now);
        self.reach.dialling.dial(asking, to, dial);
    }

    /// A datagram came from there. Returns whether we had dealings with that host before.
    pub(crate) fn heard_from(&mut self, now: Now, from: &SocketAddr) -> bool {
        let dealings = &mut self.ground.link.transmits.dealings;
        let known = dealings.lately(now.mono, from);
        dealings.heard(now.mono, from);
        known
    }

    /// A datagram that claims that somebody dials, from a host with whom we had dealings before, or not.
    pub(crate) fn dialled(&mut self, now: Now, known: bool, bytes: &[u8]) {
        let asking = self.ground.asking(now);
        self.reach.around.dialled(&asking, known, bytes);
        self.judge_reachability(now);
    }

    /// Acts on the verdict, where it is another one than before.
    pub(crate) fn judge_reachability(&mut self, now: Now) {
        let verdict = self.reachability();
        if !self.reach.telling.is_news(verdict) {
            return;
        }
        self.events.push_back(Event::Reachability(verdict));
        let stores = self.ground.config.store_for_others && verdict.is_reachable();
        if stores != self.ground.link.stores {
            self.ground.link.stores = stores;
            self.reach.telling.owe();
            self.tell_all(now);
        }
    }

    /// Greets whom we know, if they are to hear of a change: our Hello says what we are now.
    fn tell_all(&mut self, now: Now) {
        let any = !self.ground.tables.speakers.is_empty();
        if !self.reach.telling.takes_to_all(now.mono, any) {
            return;
        }
        let mut asking = self.ground.asking(now);
        let speakers = asking.tables.speakers.shuffled(&mut asking.link.rng);
        let capable = asking.tables.capable.iter().map(|c| c.peer);
        let known: BTreeMap<DhtPublicKey, Peer> = capable
            .chain(speakers)
            .map(|peer| (peer.key, peer))
            .collect();
        for peer in known.into_values() {
            asking.hello(peer);
        }
    }

    /// What a node that we know says in its Hello is not what we know of it: its answer to ours will tell.
    pub(crate) fn heard_hello(&mut self, now: Now, peer: Peer, hello: &Hello) {
        if hello.network != self.ground.config.network() {
            return;
        }
        let tables = &self.ground.tables;
        let at = |table: &RoutingTable| table.get(&peer.key).is_some_and(|c| c.peer == peer);
        let capable = at(&tables.capable);
        // To anybody else a Hello would be a datagram that a stranger had us send.
        let known = capable || tables.speakers.has(&peer) || at(&tables.tox);
        let says = hello.capabilities & CAP_STORES != 0;
        let room = !says || tables.capable.has_room(&peer.key);
        let news = says != capable && known && room;
        if news && self.reach.telling.may_ask_back(now.mono, peer.key) {
            self.ground.asking(now).hello(peer);
        }
    }
}
