//! A `toxdrop node` process serves somebody who speaks to it through three real `tox-bootstrapd` (c-toxcore), and knows
//! nothing but the formats.
//!
//! Skipped, with a sentence, where that program is not installed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod common;
#[path = "../dht/tests/onion_requests/session.rs"]
mod session;
mod support {
    pub(crate) mod bootstrapd;
    pub(crate) mod onion;
    pub(crate) mod tox_peer;
}

use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use common::Node;
use rand::rngs::OsRng;
use session::Session;
use support::bootstrapd::Bootstrapd;
use support::onion::{Relay, wrap};
use support::tox_peer::ToxPeer;
use toxdrop_proto::day::Day;
use toxdrop_proto::ids::{NetworkId, UnixMillis, UnixSeconds};
use toxdrop_proto::keys::{InboxSecret, PlaceSigner};
use toxdrop_proto::message::{Content, Intro, MessageSecret, Postage, Seal, seal};
use toxdrop_proto::packet::{MAX_TTL, Packet};
use toxdrop_proto::period::Period;
use toxdrop_proto::place::{Place, PlaceSecret};
use toxdrop_proto::pow::{self, Difficulty};
use toxdrop_proto::tombstone::Tombstone;
use toxdrop_proto::tox::{ONION_DATA_RESPONSE, PackedNode};
use toxdrop_proto::wire::{Deleted, Request, Response, StoreStatus, Token, peek};

/// Network and work of the nodes that `common` starts.
const NETWORK: NetworkId = NetworkId(4242);
const FLOOR: Difficulty = Difficulty {
    nonce_trials_per_byte: 10,
    extra_bytes: 10,
};

fn now() -> UnixSeconds {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    UnixSeconds(since.unwrap().as_secs())
}

/// Somebody behind the onion, with a path of their own.
struct Asker {
    peer: ToxPeer,
    session: Session,
    path: [Relay; 3],
    node: SocketAddr,
}

impl Asker {
    fn new(node: &PackedNode, path: [Relay; 3]) -> Self {
        let peer = ToxPeer::start();
        let session = Session::new(peer.keys(), node.key, NETWORK);
        Self {
            peer,
            session,
            path,
            node: node.addr,
        }
    }

    /// Asks until the answer comes.
    fn ask(&self, what: &str, envelope: &[u8]) -> Response {
        let echo = peek(envelope).unwrap().echo();
        loop {
            let came = self.came(what, || {
                let (first, packet) = wrap(self.path, self.node, envelope);
                self.peer.say(first, &packet);
            });
            // Not one to a request that was sent twice.
            if peek(&came).unwrap().token == echo {
                return self.session.response(envelope, &came);
            }
        }
    }

    /// What comes back, from the first relay.
    fn came(&self, what: &str, ask: impl FnMut()) -> Vec<u8> {
        let (first, came) = self.peer.other(what, ONION_DATA_RESPONSE, ask);
        assert_eq!(first, self.path[0].addr);
        came
    }

    fn token(&mut self) -> Token {
        let hello = self.session.hello();
        match self.ask("answer our Hello", &hello) {
            Response::Hello(answer) => {
                assert_eq!(answer.seen, self.path[2].addr, "it sees the exit");
                answer.token
            }
            other => panic!("{other:?}"),
        }
    }
}

/// A stamped letter, and what signs for the place where it lies.
fn letter() -> (Packet, PlaceSigner) {
    let (from, to) = [(); 2].map(|()| InboxSecret::generate(&mut OsRng)).into();
    let now = now();
    let door = Place::front_door(Period::at(now), PlaceSecret::zero());
    let expires = now.plus(86_400);
    let what = Seal {
        sender: &from,
        receiver: &to.public(),
        seal_key: None,
        location: door.location(&to.public()),
        secret: &MessageSecret::generate(&mut OsRng),
        sent: UnixMillis(now.0 * 1000),
        not_after: now.plus(MAX_TTL),
        last: Day::last_for(now),
        expires,
        intro: &Intro::default(),
        content: &Content::Text("through three real relays".into()),
        postage: Postage::Stamps,
    };
    let packet = seal(&what).unwrap().remove(0);
    let packet = packet.with_stamp(0, expires);
    let (target, hash) = (packet.target(FLOOR, now), packet.initial_hash());
    let nonce = (0..).find(|nonce| pow::verify(*nonce, &hash, target));
    (packet.with_stamp(nonce.unwrap(), expires), door.signer(&to))
}

#[test]
fn a_letter_is_stored_delivered_listed_retrieved_and_deleted_through_three_real_relays() {
    let relays = [(); 3].map(|()| Bootstrapd::start());
    let [Some(a), Some(b), Some(c)] = &relays else {
        return;
    };
    let relay = |node: &Bootstrapd| Relay {
        addr: node.addr,
        key: node.key,
    };
    let [a, b, c] = [a, b, c].map(relay);
    let dir = tempfile::tempdir().unwrap();
    let node = Node::start(dir.path(), &[format!("{}:{}", a.addr, a.key)]);
    let contact = node.udp();
    let (addr, key) = contact.rsplit_once(':').unwrap();
    let contact = PackedNode::udp(addr.parse().unwrap(), key.parse().unwrap());

    let mut alice = Asker::new(&contact, [a, b, c]);
    let mut bob = Asker::new(&contact, [b, c, a]);
    let (packet, place) = letter();

    let token = bob.token();
    let deliveries = Token::from_bytes([6; 16]);
    let request = bob.session.subscribe(token, &place, (deliveries, 300));
    let granted = bob.ask("take our subscription", &request);
    assert_eq!(granted, Response::Subscribe(Ok(300)));

    let token = alice.token();
    let request = alice.session.ask(token, &Request::Store(packet.clone()));
    let stored = alice.ask("store our packet", &request);
    let Response::Store(StoreStatus::Held | StoreStatus::AlreadyHeld) = stored else {
        panic!("{stored:?}")
    };
    assert_eq!(node.packets().len(), 1);

    let (head, plain) = loop {
        let came = bob.came("deliver", || {});
        // An answer to a Subscribe that was sent twice may be between.
        if peek(&came).unwrap().token == deliveries {
            break bob.session.open(&came);
        }
    };
    assert_eq!(head.token, deliveries);
    let delivered = Request::decode(plain.command, &plain.body).unwrap();
    assert_eq!(delivered, Request::Deliver(packet.clone()));

    let token = bob.token();
    let request = bob.session.list(token, &place);
    let Response::List(Ok(page)) = bob.ask("list", &request) else {
        panic!("no list")
    };
    let ids: Vec<_> = page.entries.iter().map(|entry| entry.id).collect();
    assert_eq!(ids, [packet.id()]);

    let request = bob.session.retrieve(token, &place, packet.id());
    let got = bob.ask("give us the packet", &request);
    assert_eq!(got, Response::Retrieve(Ok(packet.clone())));

    let tombstone = Tombstone::by_owner(&place, NETWORK, packet.id());
    let delete = Request::Delete(vec![tombstone]);
    let request = bob.session.ask(token, &delete);
    let deleted = bob.ask("delete it", &request);
    let Response::Delete(verdicts) = deleted else {
        panic!("{deleted:?}")
    };
    assert!(matches!(
        verdicts[..],
        [Deleted::Accepted | Deleted::Already]
    ));
    assert!(node.packets().is_empty());
}
