//! Valid examples of every request, response and refusal, and how they are read and written again.
//!
//! Made from fixed seeds; says nothing about what should happen to the examples.

#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "shared by several test programs, and a test that cannot unwrap has failed"
)]

use toxdrop_proto::ids::{Location, PacketId};
use toxdrop_proto::keys::{DhtPublicKey, InboxSecret, Signature};
use toxdrop_proto::packet::{PacketKind, Standing};
use toxdrop_proto::period::Period;
use toxdrop_proto::place::{Place, PlaceSecret};
use toxdrop_proto::tox::PackedNode;
use toxdrop_proto::wire::{
    Deleted, Dial, DialCookie, Entry, Find, FindAnswer, Hello, HelloAnswer, ListPage, MAX_ENTRIES,
    MAX_FIND_ROOM, MAX_OFFERS, Offer, OfferAnswer, PlaceProof, Refusal, Request, Response,
    StoreStatus, SubscribeRequest, Token, TtlUpdate,
};

use crate::common::{Example, NETWORK, NOW, WEEK, message, record_packet, stored, tombstones, tox};

fn owner() -> PlaceProof {
    let place = Place::front_door(Period::from_number(744), PlaceSecret::zero());
    PlaceProof {
        key: place.key(&InboxSecret::from_seed(&[2; 32]).public()),
        signature: Signature::from_bytes([1; 64]),
    }
}

fn hello() -> Hello {
    Hello {
        network: NETWORK,
        capabilities: 1,
    }
}

/// Nodes to be found, of both address families.
pub(crate) fn found_nodes() -> Vec<PackedNode> {
    ["1.2.3.4:33445", "[2001:db8::1]:33446"]
        .map(|addr| PackedNode::udp(addr.parse().unwrap(), DhtPublicKey::from_bytes([7; 32])))
        .to_vec()
}

/// One of each, the longest where lengths differ.
pub(crate) fn requests() -> Vec<Request> {
    let id = PacketId::from_bytes([6; 32]);
    let location = Location::from_bytes([5; 32]);
    let expires = NOW.plus(WEEK);
    let find = |room| {
        Request::Find(Find {
            target: location,
            room,
        })
    };
    let offer = Offer {
        location,
        id,
        expires,
    };
    vec![
        Request::Hello(hello()),
        find(1),
        find(MAX_FIND_ROOM),
        Request::Store(message(812)),
        Request::Store(record_packet()),
        Request::TtlUpdate(TtlUpdate {
            location,
            id,
            expires,
            nonce: 42,
        }),
        Request::List {
            owner: owner(),
            after: id,
        },
        Request::Retrieve { owner: owner(), id },
        Request::Delete(tombstones().to_vec()),
        Request::Subscribe(SubscribeRequest {
            owner: owner(),
            subscriber_token: Token::from_bytes([4; 16]),
            lifetime: 300,
        }),
        Request::Deliver(message(5)),
        Request::Offer(vec![offer; MAX_OFFERS]),
        Request::GetRecord(location),
        Request::DialBack(DialCookie::from_bytes([8; 16])),
        Request::Dial(Dial {
            addr: "[2001:db8::1]:33445".parse().unwrap(),
            key: DhtPublicKey::from_bytes([7; 32]),
            cookie: DialCookie::from_bytes([8; 16]),
        }),
    ]
}

pub(crate) fn refusals() -> Vec<Refusal> {
    vec![
        Refusal::WorkTooLow {
            target: 1 << 40,
            record: None,
        },
        Refusal::WorkTooLow {
            target: 1 << 40,
            record: Some(record_packet()),
        },
        Refusal::Expired,
        Refusal::TtlTooLong { max: WEEK },
        Refusal::Full {
            standing: Standing::from_units(20_000_000),
        },
        Refusal::Malformed,
        Refusal::NotStoring,
        Refusal::RateLimited,
        Refusal::NotHeld,
        Refusal::BadSignature,
        Refusal::EarlierExpiry,
        Refusal::LowerStanding,
        Refusal::NotInCharge,
        Refusal::OlderRecord {
            newer: record_packet(),
        },
        Refusal::Unavailable,
        Refusal::NoDeposit,
        Refusal::DepositUsedUp { left: 600 },
    ]
}

pub(crate) fn responses() -> Vec<Response> {
    let [owners, senders] = tombstones();
    let entry = Entry {
        id: PacketId::from_bytes([6; 32]),
        kind: PacketKind::Message,
        size: 340,
        expires: NOW.plus(WEEK),
    };
    let hello = |seen: &str| {
        Response::Hello(HelloAnswer {
            hello: hello(),
            token: Token::from_bytes([4; 16]),
            clock: NOW,
            seen: seen.parse().unwrap(),
        })
    };
    let mut responses = vec![
        hello("1.2.3.4:33445"),
        hello("[2001:db8::1]:33445"),
        Response::Find(FindAnswer {
            stores: true,
            nodes: found_nodes().repeat(10),
        }),
        Response::Store(StoreStatus::Held),
        Response::Store(StoreStatus::AlreadyHeld),
        Response::Store(StoreStatus::Tombstoned(owners)),
        Response::TtlUpdate(StoreStatus::Tombstoned(senders)),
        Response::List(Ok(ListPage {
            entries: vec![entry; MAX_ENTRIES],
            more: true,
        })),
        Response::Retrieve(Ok(message(812))),
        Response::Delete(vec![
            Deleted::Accepted,
            Deleted::Already,
            Deleted::NotHeld,
            Deleted::NotAuthorised,
            Deleted::Unavailable,
        ]),
        Response::Subscribe(Ok(300)),
        Response::Deliver(Ok(owners)),
        Response::Offer(OfferAnswer {
            wanted: 0b101,
            update: 0b010,
            tombstones: vec![owners, senders],
        }),
        Response::GetRecord(Ok(record_packet())),
        Response::GetRecord(Err(Refusal::NotHeld)),
        Response::DialBack(Ok(())),
        Response::DialBack(Err(Refusal::RateLimited)),
        Response::Dial(Ok(())),
    ];
    responses.extend(
        refusals()
            .into_iter()
            .map(|refusal| Response::Store(StoreStatus::Refused(refusal))),
    );
    responses
}

/// The bodies of all commands.
pub(crate) fn wire() -> Vec<Example> {
    let requests = requests().into_iter().map(|request| {
        let command = request.command();
        Example {
            name: format!("request {command:?}"),
            bytes: request.encode(),
            recode: Box::new(move |bytes| Ok(Request::decode(command, bytes)?.encode())),
        }
    });
    let responses = responses().into_iter().map(|response| {
        let command = response.command();
        Example {
            name: format!("response {command:?}"),
            bytes: response.encode(),
            recode: Box::new(move |bytes| Ok(Response::decode(command, bytes)?.encode())),
        }
    });
    requests.chain(responses).collect()
}

/// What is stored, what Tox says, and what we say.
pub(crate) fn all() -> Vec<Example> {
    let mut examples = stored();
    examples.extend(tox());
    examples.extend(wire());
    examples
}
