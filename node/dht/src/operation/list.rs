//! List: what lies at a place of one's own, merged over the closest nodes.

use std::collections::BTreeMap;
use std::sync::Arc;

use toxdrop_proto::ids::PacketId;
use toxdrop_proto::keys::PlaceSigner;
use toxdrop_proto::wire::{Entry, Response};

use super::context::Context;
use super::search::Search;
use crate::ask::Ask;
use crate::asking::{Answer, Finished};
use crate::peer::Peer;
use crate::report::{ListedPacket, Listing};

/// Pages that are taken from one node; what lies beyond waits for the next fetch.
const MAX_PAGES: usize = 256;

/// A List under way.
pub(crate) struct List {
    place: Arc<PlaceSigner>,
    search: Search,
    started: bool,
    in_flight: usize,
    pages: BTreeMap<Peer, usize>,
    entries: BTreeMap<PacketId, ListedPacket>,
    asked: usize,
    answered: usize,
}

impl List {
    pub(crate) fn new(context: &mut Context<'_>, place: Arc<PlaceSigner>) -> Self {
        let want = context.config().list_nodes;
        let search = Search::at(context, place.public().location(), want);
        let mut list = Self {
            place,
            search,
            started: false,
            in_flight: 0,
            pages: BTreeMap::new(),
            entries: BTreeMap::new(),
            asked: 0,
            answered: 0,
        };
        list.pump(context);
        list
    }

    fn pump(&mut self, context: &mut Context<'_>) {
        let Some(found) = self.search.found().filter(|_| !self.started) else {
            return;
        };
        let found = found.to_vec();
        self.started = true;
        self.asked = found.len();
        for peer in found {
            self.ask(context, peer, PacketId::from_bytes([0; 32]));
        }
    }

    fn ask(&mut self, context: &mut Context<'_>, peer: Peer, after: PacketId) {
        self.in_flight += 1;
        let ask = Ask::List {
            place: Arc::clone(&self.place),
            after,
        };
        context.ask(self.search.session, peer, ask);
    }

    /// The time for searching is over.
    pub(crate) fn conclude_search(&mut self, context: &mut Context<'_>) {
        self.search.conclude(context);
        self.pump(context);
    }

    pub(crate) fn finished(&mut self, context: &mut Context<'_>, finished: &Finished) {
        if matches!(finished.ask, Ask::Find(_)) {
            self.search.finished(context, finished);
            return self.pump(context);
        }
        self.in_flight = self.in_flight.saturating_sub(1);
        let Answer::Response(Response::List(Ok(page))) = &finished.answer else {
            return;
        };
        let pages = self.pages.entry(finished.peer).or_default();
        if *pages == 0 {
            self.answered += 1;
        }
        *pages += 1;
        let go_on = page.more && *pages < MAX_PAGES;
        for entry in &page.entries {
            self.note(&finished.peer, entry);
        }
        // The cursor must advance, or a node could keep us asking.
        let Ask::List { after, .. } = &finished.ask else {
            return;
        };
        if let Some(last) = page.entries.last()
            && go_on
            && last.id > *after
        {
            self.ask(context, finished.peer, last.id);
        }
    }

    fn note(&mut self, peer: &Peer, entry: &Entry) {
        let listed = self.entries.entry(entry.id).or_insert(ListedPacket {
            id: entry.id,
            kind: entry.kind,
            expires: entry.expires,
            holders: Vec::new(),
        });
        listed.expires = listed.expires.max(entry.expires);
        listed.holders.push(peer.holder());
    }

    pub(crate) fn is_done(&self) -> bool {
        self.started && self.in_flight == 0
    }

    pub(crate) fn into_report(self) -> Listing {
        Listing {
            entries: self.entries.into_values().collect(),
            asked: self.asked,
            answered: self.answered,
        }
    }
}
