//! Hand-overs: by whom they are taken, and that they are no way around what an owner asks for.

use toxdrop_dht::{OpResult, Operation};
use toxdrop_proto::keys::InboxSecret;
use toxdrop_proto::packet::{MAX_TTL, StampedPacket, Terms};
use toxdrop_proto::pow::Difficulty;
use toxdrop_proto::week::Week;
use toxdrop_proto::wire::{Offer, OfferAnswer, Refusal, Request, Response, StoreStatus, Token};
use toxdrop_sim::Network;
use toxdrop_sim::letters::{easy, letter, person, record};

use crate::stranger::{Stranger, introduce};

/// A node, and a stranger to it with a token.
struct Pair {
    net: Network,
    eve: Stranger,
    token: Token,
}

impl Pair {
    fn new(seed: u64) -> Self {
        let mut net = Network::joined(1, &easy(), seed);
        let eve = Stranger::new(&mut net, 1);
        let token = eve.token(&mut net, 0);
        Self { net, eve, token }
    }

    fn ask(&mut self, request: &Request) -> Response {
        let asked = self.eve.ask(&self.net, 0, self.token, request);
        self.net.inject(0, self.eve.addr, &asked);
        let mail = self.eve.mail(&mut self.net);
        let (_, plain) = mail
            .iter()
            .map(|(_, bytes)| self.eve.open(bytes))
            .find(|(_, plain)| !plain.id.is_request())
            .unwrap();
        Response::decode(plain.command, &plain.body).unwrap()
    }

    fn store(&mut self, packet: &StampedPacket) -> StoreStatus {
        match self.ask(&Request::Store((**packet).clone())) {
            Response::Store(status) => status,
            other => panic!("{other:?}"),
        }
    }

    fn offer(&mut self, packet: &StampedPacket) -> OfferAnswer {
        let offer = Offer {
            location: packet.location(),
            id: packet.id(),
            expires: packet.expires(),
        };
        match self.ask(&Request::Offer(vec![offer])) {
            Response::Offer(answer) => answer,
            other => panic!("{other:?}"),
        }
    }

    /// The node holds a record of this owner, whose terms have held for so many weeks.
    fn hold_record(&mut self, owner: &InboxSecret, weeks: u64) -> StampedPacket {
        let now = self.net.now();
        let hard = Difficulty {
            nonce_trials_per_byte: 1 << 12,
            extra_bytes: 1,
        };
        let terms = Terms::asking(hard, MAX_TTL, easy().floor()).unwrap();
        let week = Week::at(now.unix);
        let since = Week::from_number(week.number() - weeks);
        let terms = terms.follow(Some((since, terms)), week);
        let record = record(owner, 1, terms, now);
        let OpResult::Stored(report) = self.net.operate(0, Operation::store(record.clone())) else {
            panic!()
        };
        assert_eq!(report.held, 1);
        record
    }
}

/// Refused for too little work, with the record that says so.
fn is_asked_for_more(status: &StoreStatus, record: &StampedPacket) -> bool {
    matches!(status, StoreStatus::Refused(Refusal::WorkTooLow { record: Some(shown), .. }) if *shown == **record)
}

#[test]
fn a_hand_over_of_what_may_be_older_than_the_terms_needs_the_floor_only() {
    let mut pair = Pair::new(40);
    introduce(&mut pair.net, 0, &pair.eve);
    let bob = person(2);
    let record = pair.hold_record(&bob, 0);
    let letter = letter(&person(1), &bob, 1, pair.net.now());
    assert!(
        is_asked_for_more(&pair.store(&letter), &record),
        "not offered"
    );
    assert_eq!(pair.offer(&letter).wanted, 1);
    assert_eq!(pair.store(&letter), StoreStatus::Held);
}

#[test]
fn a_hand_over_of_what_is_newer_than_the_terms_needs_the_work_that_they_ask() {
    let mut pair = Pair::new(41);
    introduce(&mut pair.net, 0, &pair.eve);
    let bob = person(2);
    let record = pair.hold_record(&bob, 1);
    let letter = letter(&person(1), &bob, 1, pair.net.now());
    assert_eq!(pair.offer(&letter).wanted, 1);
    assert!(is_asked_for_more(&pair.store(&letter), &record));
}

#[test]
fn offers_of_who_is_not_known_as_a_node_are_not_wanted() {
    let mut pair = Pair::new(42);
    let letter = letter(&person(1), &person(2), 1, pair.net.now());
    assert_eq!(pair.offer(&letter), OfferAnswer::default());
    introduce(&mut pair.net, 0, &pair.eve);
    assert_eq!(pair.offer(&letter).wanted, 1);
}
