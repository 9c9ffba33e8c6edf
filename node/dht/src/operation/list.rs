//! List: what lies at a place of one's own, merged over the closest nodes.

use std::collections::BTreeMap;
use std::sync::Arc;

use toxdrop_proto::ids::PacketId;
use toxdrop_proto::keys::PlaceSigner;
use toxdrop_proto::wire::{Entry, ListPage, Response};

use super::context::Context;
use super::round::Round;
use crate::ask::Ask;
use crate::asking::{Answer, Finished};
use crate::lateness::Late;
use crate::peer::Peer;
use crate::report::{ListedPacket, Listing};

/// Pages that are taken from one node; what lies beyond waits for the next fetch.
const MAX_PAGES: usize = 256;

/// A List under way.
pub(crate) struct List {
    place: Arc<PlaceSigner>,
    round: Round,
    pages: BTreeMap<Peer, usize>,
    entries: BTreeMap<PacketId, ListedPacket>,
}

impl List {
    pub(crate) fn new(context: &mut Context<'_>, place: Arc<PlaceSigner>) -> Self {
        let want = context.config().list_nodes;
        let closest = context.config().replicas;
        let round = Round::new(context, place.public().location(), want, closest);
        let mut list = Self {
            place,
            round,
            pages: BTreeMap::new(),
            entries: BTreeMap::new(),
        };
        list.pump(context);
        list
    }

    /// Goes on with what its search found.
    pub(crate) fn pump(&mut self, context: &mut Context<'_>) {
        for peer in self.round.next(context) {
            self.ask(context, peer, PacketId::from_bytes([0; 32]));
        }
    }

    fn ask(&mut self, context: &mut Context<'_>, peer: Peer, after: PacketId) {
        self.round.awaited.ask(peer);
        let ask = Ask::List {
            place: Arc::clone(&self.place),
            after,
        };
        context.ask(self.round.session(), peer, ask);
    }

    /// A node's answer is late.
    pub(crate) fn late(&mut self, context: &mut Context<'_>, late: &Late) {
        self.round.late(context, late);
        self.pump(context);
    }

    pub(crate) fn finished(&mut self, context: &mut Context<'_>, finished: &Finished) {
        let page = match &finished.answer {
            Answer::Response(Response::List(Ok(page))) => Some(page),
            _ => None,
        };
        self.round.awaited.over(&finished.peer, page.is_some());
        if let Some(page) = page {
            self.take_page(context, finished, page);
        }
        self.pump(context);
    }

    fn take_page(&mut self, context: &mut Context<'_>, finished: &Finished, page: &ListPage) {
        let pages = self.pages.entry(finished.peer).or_default();
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
        self.round.is_over()
    }

    pub(crate) fn into_report(self) -> Listing {
        Listing {
            entries: self.entries.into_values().collect(),
            asked: self.round.awaited.asked(),
            answered: self.round.awaited.answered(),
        }
    }
}
