//! The requests and responses of which vectors are made, each with its fields by name.

use serde_json::{Value, json};
use toxdrop_proto::ids::{Location, NetworkId, PacketId, UnixSeconds};
use toxdrop_proto::keys::{DhtKeyPair, DhtPublicKey, PlaceSigner};
use toxdrop_proto::packet::{Packet, PacketKind, Standing};
use toxdrop_proto::period::Period;
use toxdrop_proto::place::{Place, PlaceSecret};
use toxdrop_proto::tombstone::Tombstone;
use toxdrop_proto::tox::PackedNode;
use toxdrop_proto::wire::{
    CAP_STORES, Deleted, Dial, DialCookie, Entry, Find, FindAnswer, Hello, HelloAnswer, ListPage,
    ListText, Offer, OfferAnswer, PlaceProof, Refusal, Request, Response, RetrieveText,
    StoreStatus, SubscribeRequest, SubscribeText, Token, TtlUpdate,
};

use super::{hash_of, hex, inboxes, stored};

pub(super) const NETWORK: NetworkId = NetworkId::MAIN;
const EXPIRES: UnixSeconds = UnixSeconds(1_801_000_000);

/// Who speaks with whom about what.
pub(super) struct Scene {
    pub(super) node: DhtKeyPair,
    pub(super) client: DhtKeyPair,
    pub(super) token: Token,
    pub(super) subscriber_token: Token,
    pub(super) place: Place,
    pub(super) signer: PlaceSigner,
    message: Packet,
    record: Packet,
    tombstones: [Tombstone; 2],
}

impl Scene {
    pub(super) fn new() -> Self {
        let secret = std::array::from_fn(|i| hash_of(b"place")[i]);
        let place = Place::contacts(Period::from_number(744), PlaceSecret::from_bytes(secret));
        Self {
            client: DhtKeyPair::from_secret_bytes([0x11; 32]),
            node: DhtKeyPair::from_secret_bytes([0x22; 32]),
            token: Token::from_bytes([0x61; 16]),
            subscriber_token: Token::from_bytes([0x62; 16]),
            signer: place.signer(&inboxes()[5]),
            place,
            message: stored::example_message(),
            record: stored::example_record(),
            tombstones: stored::example_tombstones(),
        }
    }

    fn location(&self) -> Location {
        self.signer.public().location()
    }

    pub(super) fn id(&self) -> PacketId {
        self.message.id()
    }

    pub(super) fn list(&self) -> ListText {
        ListText {
            node: self.node.public,
            token: self.token,
            after: PacketId::from_bytes([0; 32]),
        }
    }

    pub(super) fn retrieve(&self) -> RetrieveText {
        RetrieveText {
            node: self.node.public,
            token: self.token,
            id: self.id(),
        }
    }

    pub(super) fn subscribe(&self) -> SubscribeText {
        SubscribeText {
            node: self.node.public,
            token: self.token,
            subscriber: self.client.public,
            subscriber_token: self.subscriber_token,
            lifetime: 300,
        }
    }
}

fn hello() -> Hello {
    Hello {
        network: NETWORK,
        capabilities: CAP_STORES,
    }
}

fn hello_fields() -> Value {
    json!({ "network_id": NETWORK.0, "capabilities": CAP_STORES })
}

pub(super) fn requests(scene: &Scene) -> Vec<(Request, Value)> {
    let (id, location, key) = (scene.id(), scene.location(), scene.signer.public());
    let proof = |signature| PlaceProof { key, signature };
    let list = scene.list().sign(&scene.signer, NETWORK);
    let retrieve = scene.retrieve().sign(&scene.signer, NETWORK);
    let subscribe = scene.subscribe().sign(&scene.signer, NETWORK);
    let find = |room| {
        (
            Request::Find(Find {
                target: location,
                room,
            }),
            json!({ "target": location.to_string(), "room": room }),
        )
    };
    let packet = || json!({ "packet": hex(scene.message.as_bytes()) });
    let cookie = [0x63; 16];
    let asker = "192.0.2.9:33447";
    vec![
        (Request::Hello(hello()), hello_fields()),
        find(1),
        find(20),
        (Request::Store(scene.message.clone()), packet()),
        (
            Request::TtlUpdate(TtlUpdate {
                location,
                id,
                expires: EXPIRES,
                nonce: 42,
            }),
            json!({ "location": location.to_string(), "id": id.to_string(), "expires": EXPIRES.0, "nonce": 42 }),
        ),
        (
            Request::List {
                owner: proof(list),
                after: PacketId::from_bytes([0; 32]),
            },
            json!({ "key": key.to_string(), "after": "00".repeat(32), "signature": list.to_string() }),
        ),
        (
            Request::Retrieve {
                owner: proof(retrieve),
                id,
            },
            json!({ "key": key.to_string(), "id": id.to_string(), "signature": retrieve.to_string() }),
        ),
        (
            Request::Delete(scene.tombstones.to_vec()),
            json!({ "tombstones": scene.tombstones.map(|t| hex(t.encode())) }),
        ),
        (
            Request::Subscribe(SubscribeRequest {
                owner: proof(subscribe),
                subscriber_token: scene.subscriber_token,
                lifetime: 300,
            }),
            json!({ "key": key.to_string(), "subscriber_token": hex(scene.subscriber_token.as_bytes()), "lifetime": 300, "signature": subscribe.to_string() }),
        ),
        (Request::Deliver(scene.message.clone()), packet()),
        (
            Request::Offer(vec![Offer {
                location,
                id,
                expires: EXPIRES,
            }]),
            json!({ "offers": [{ "location": location.to_string(), "id": id.to_string(), "expires": EXPIRES.0 }] }),
        ),
        (
            Request::GetRecord(location),
            json!({ "location": location.to_string() }),
        ),
        (
            Request::DialBack(DialCookie::from_bytes(cookie)),
            json!({ "cookie": hex(cookie) }),
        ),
        (
            Request::Dial(Dial {
                addr: asker.parse().unwrap(),
                key: scene.client.public,
                cookie: DialCookie::from_bytes(cookie),
            }),
            json!({ "address": "192.0.2.9", "port": 33447, "key": scene.client.public.to_string(), "cookie": hex(cookie) }),
        ),
    ]
}

fn refusals(scene: &Scene) -> Vec<(Refusal, Value)> {
    let record = || scene.record.clone();
    let target = 1 << 40;
    let bare = |refusal: Refusal| {
        let fields = json!({ "refusal": refusal.code() });
        (refusal, fields)
    };
    let attached = hex(scene.record.as_bytes());
    vec![
        (
            Refusal::WorkTooLow {
                target,
                record: None,
            },
            json!({ "refusal": 1, "target": target }),
        ),
        (
            Refusal::WorkTooLow {
                target,
                record: Some(record()),
            },
            json!({ "refusal": 1, "target": target, "record": attached }),
        ),
        bare(Refusal::Expired),
        (
            Refusal::TtlTooLong { max: 604_800 },
            json!({ "refusal": 3, "max": 604_800 }),
        ),
        (
            Refusal::Full {
                standing: Standing::from_units(20_000_000),
            },
            json!({ "refusal": 4, "standing": 20_000_000 }),
        ),
        bare(Refusal::Malformed),
        bare(Refusal::NotStoring),
        bare(Refusal::RateLimited),
        bare(Refusal::NotHeld),
        bare(Refusal::BadSignature),
        bare(Refusal::EarlierExpiry),
        bare(Refusal::LowerStanding),
        bare(Refusal::NotInCharge),
        (
            Refusal::OlderRecord { newer: record() },
            json!({ "refusal": 13, "record": attached }),
        ),
        bare(Refusal::Unavailable),
        bare(Refusal::NoDeposit),
        (
            Refusal::DepositUsedUp { left: 600 },
            json!({ "refusal": 16, "left": 600 }),
        ),
    ]
}

fn found(seen: &str, byte: u8) -> (PackedNode, Value) {
    let node = PackedNode::udp(seen.parse().unwrap(), DhtPublicKey::from_bytes([byte; 32]));
    let fields = json!({ "address": node.addr.ip().to_string(), "port": node.addr.port(), "key": node.key.to_string() });
    (node, fields)
}

pub(super) fn responses(scene: &Scene) -> Vec<(Response, Value)> {
    let [receipt, recall] = scene.tombstones;
    let clock = 1_800_000_000;
    let greeted = |ip: &str| {
        let mut fields = hello_fields();
        fields["token"] = hex(scene.token.as_bytes()).into();
        fields["clock"] = clock.into();
        fields["address"] = ip.into();
        fields["port"] = 33445.into();
        let answer = HelloAnswer {
            hello: hello(),
            token: scene.token,
            clock: UnixSeconds(clock),
            seen: (ip.parse::<std::net::IpAddr>().unwrap(), 33445).into(),
        };
        (Response::Hello(answer), fields)
    };
    let (nodes, node_fields): (Vec<_>, Vec<_>) = [
        found("192.0.2.1:33445", 0x31),
        found("[2001:db8::7]:33446", 0x32),
    ]
    .into_iter()
    .unzip();
    let entry = Entry {
        id: scene.id(),
        kind: PacketKind::Message,
        size: u16::try_from(scene.message.len()).unwrap(),
        expires: scene.message.expires(),
    };
    let packet = |packet: &Packet| json!({ "status": 0, "packet": hex(packet.as_bytes()) });
    let refused = |refusal: Refusal| json!({ "status": 1, "refusal": refusal.code() });
    let mut responses = vec![
        greeted("192.0.2.1"),
        greeted("2001:db8::7"),
        (
            Response::Find(FindAnswer {
                stores: true,
                nodes,
            }),
            json!({ "stores": 1, "nodes": node_fields }),
        ),
        (Response::Store(StoreStatus::Held), json!({ "status": 0 })),
        (
            Response::Store(StoreStatus::AlreadyHeld),
            json!({ "status": 1 }),
        ),
        (
            Response::Store(StoreStatus::Tombstoned(receipt)),
            json!({ "status": 2, "tombstone": hex(receipt.encode()) }),
        ),
        (
            Response::TtlUpdate(StoreStatus::Held),
            json!({ "status": 0 }),
        ),
        (
            Response::List(Ok(ListPage {
                entries: vec![entry],
                more: false,
            })),
            json!({ "status": 0, "more": 0, "entries": [{ "id": entry.id.to_string(), "kind": entry.kind as u8, "size": entry.size, "expires": entry.expires.0 }] }),
        ),
        (
            Response::List(Err(Refusal::BadSignature)),
            refused(Refusal::BadSignature),
        ),
        (
            Response::Retrieve(Ok(scene.message.clone())),
            packet(&scene.message),
        ),
        (
            Response::Retrieve(Err(Refusal::NotHeld)),
            refused(Refusal::NotHeld),
        ),
        (
            Response::Delete(vec![
                Deleted::Accepted,
                Deleted::Already,
                Deleted::NotHeld,
                Deleted::NotAuthorised,
                Deleted::Unavailable,
            ]),
            json!({ "outcomes": [0, 1, 2, 3, 4] }),
        ),
        (
            Response::Subscribe(Ok(300)),
            json!({ "status": 0, "granted": 300 }),
        ),
        (
            Response::Deliver(Ok(receipt)),
            json!({ "status": 0, "tombstone": hex(receipt.encode()) }),
        ),
        (
            Response::Offer(OfferAnswer {
                wanted: 0b01,
                update: 0b10,
                tombstones: vec![recall],
            }),
            json!({ "wanted": 1, "update": 2, "tombstones": [hex(recall.encode())] }),
        ),
        (
            Response::GetRecord(Ok(scene.record.clone())),
            packet(&scene.record),
        ),
        (Response::DialBack(Ok(())), json!({ "status": 0 })),
        (
            Response::DialBack(Err(Refusal::RateLimited)),
            refused(Refusal::RateLimited),
        ),
        (Response::Dial(Ok(())), json!({ "status": 0 })),
    ];
    responses.extend(refusals(scene).into_iter().map(|(refusal, mut fields)| {
        fields["status"] = 3.into();
        (Response::Store(StoreStatus::Refused(refusal)), fields)
    }));
    responses
}
