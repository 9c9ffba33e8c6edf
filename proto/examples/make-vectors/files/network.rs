//! Vectors of what travels: Tox's packets, our envelope with every command, and what owners sign.

use serde_json::{Value, json};
use toxdrop_proto::ids::{Location, NetworkId, PacketId, Salt, UnixSeconds};
use toxdrop_proto::keys::{DhtKeyPair, DhtPublicKey, SharedKey};
use toxdrop_proto::location::inbox_location;
use toxdrop_proto::packet::{Packet, PacketKind, Rank};
use toxdrop_proto::tombstone::Tombstone;
use toxdrop_proto::tox::{
    BootstrapInfo, Envelope, LanDiscovery, NODES_REQUEST, NODES_RESPONSE, NodesRequest,
    NodesResponse, PackedNode, Ping, bootstrap_info_request,
};
use toxdrop_proto::wire::{
    CAP_STORES, Deleted, Entry, EnvelopeId, Head, Hello, HelloAnswer, ListPage, ListText, Offer,
    OfferAnswer, OwnerProof, Plain, Refusal, Request, Response, RetrieveText, StoreStatus,
    SubscribeRequest, SubscribeText, Token, TtlUpdate, open, seal,
};

use super::{hex, person, stored};

const NETWORK: NetworkId = NetworkId::MAIN;
const REQUEST_ID: u64 = 0x0102_0304_0506_0708;

fn pairs() -> (DhtKeyPair, DhtKeyPair) {
    (
        DhtKeyPair::from_secret_bytes([0x11; 32]),
        DhtKeyPair::from_secret_bytes([0x22; 32]),
    )
}

fn nodes() -> Vec<PackedNode> {
    let key = |byte| DhtPublicKey::from_bytes([byte; 32]);
    vec![
        PackedNode::udp("192.0.2.1:33445".parse().unwrap(), key(0x31)),
        PackedNode::udp("[2001:db8::7]:33446".parse().unwrap(), key(0x32)),
    ]
}

pub(super) fn tox() -> Value {
    let (a, b) = pairs();
    let request = NodesRequest {
        target: DhtPublicKey::from_bytes([0x44; 32]),
        sendback: [1, 2, 3, 4, 5, 6, 7, 8],
    };
    let response = NodesResponse {
        nodes: nodes(),
        sendback: request.sendback,
    };
    let boxed: Vec<_> = [
        ("ping request", 0, Ping::Request(REQUEST_ID).encode()),
        ("ping response", 1, Ping::Response(REQUEST_ID).encode()),
        ("nodes request", NODES_REQUEST, request.encode()),
        ("nodes response", NODES_RESPONSE, response.encode()),
    ]
    .into_iter()
    .map(|(name, id, plain)| {
        let key = SharedKey::new(&a.secret, &b.public).unwrap();
        let nonce = [0x50 | id; 24];
        let packet = Envelope::seal(id, &a.public, &key, &nonce, &plain).unwrap();
        json!({
            "name": name,
            "id": id,
            "sender_secret": hex(a.secret.expose()),
            "sender_key": a.public.to_string(),
            "receiver_secret": hex(b.secret.expose()),
            "receiver_key": b.public.to_string(),
            "nonce": hex(nonce),
            "plain": hex(&plain),
            "packet": hex(&packet),
        })
    })
    .collect();
    let info = BootstrapInfo {
        version: 1_000_000,
        motd: b"toxdrop".to_vec(),
    };
    json!({
        "boxed": boxed,
        "ping_id": REQUEST_ID,
        "nodes_request": { "target": request.target.to_string(), "sendback": hex(request.sendback) },
        "nodes_response": {
            "nodes": nodes().iter().map(|node| json!({
                "address": node.addr.ip().to_string(),
                "port": node.addr.port(),
                "key": node.key.to_string(),
            })).collect::<Value>(),
            "sendback": hex(response.sendback),
        },
        "bootstrap_info": {
            "request": hex(bootstrap_info_request()),
            "version": info.version,
            "motd": "toxdrop",
            "response": hex(info.encode()),
        },
        "lan_discovery": {
            "key": a.public.to_string(),
            "packet": hex(LanDiscovery { key: a.public }.encode()),
        },
    })
}

/// What the requests and answers are about.
struct Scene {
    node: DhtKeyPair,
    client: DhtKeyPair,
    token: Token,
    subscriber_token: Token,
    location: Location,
    message: Packet,
    record: Packet,
    tombstones: [Tombstone; 2],
}

fn scene() -> Scene {
    let (client, node) = pairs();
    Scene {
        node,
        client,
        token: Token::from_bytes([0x61; 16]),
        subscriber_token: Token::from_bytes([0x62; 16]),
        location: inbox_location(&person(2).public(), Salt::DEFAULT),
        message: stored::example_message(),
        record: stored::example_record(),
        tombstones: stored::example_tombstones(),
    }
}

fn signed_texts(scene: &Scene) -> [(&'static str, OwnerProof, Value); 3] {
    let bob = person(2);
    let id = scene.message.id();
    let list = ListText {
        node: scene.node.public,
        token: scene.token,
        location: scene.location,
        after: PacketId::from_bytes([0; 32]),
    };
    let retrieve = RetrieveText {
        node: scene.node.public,
        token: scene.token,
        location: scene.location,
        id,
    };
    let subscribe = SubscribeText {
        node: scene.node.public,
        token: scene.token,
        location: scene.location,
        subscriber: scene.client.public,
        subscriber_token: scene.subscriber_token,
        lifetime: 300,
    };
    let signatures = [
        ("list", list.sign(&bob, NETWORK)),
        ("retrieve", retrieve.sign(&bob, NETWORK)),
        ("subscribe", subscribe.sign(&bob, NETWORK)),
    ];
    signatures.map(|(name, signature)| {
        let proof = OwnerProof {
            key: bob.public(),
            salt: Salt::DEFAULT,
            signature,
        };
        let value = json!({
            "command": name,
            "network_id": NETWORK.0,
            "seed": hex(bob.expose_seed()),
            "key": bob.public().to_string(),
            "node": scene.node.public.to_string(),
            "token": hex(scene.token.as_bytes()),
            "location": scene.location.to_string(),
            "cursor_or_id": match name { "list" => "00".repeat(32), _ => id.to_string() },
            "subscriber": scene.client.public.to_string(),
            "subscriber_token": hex(scene.subscriber_token.as_bytes()),
            "lifetime": 300,
            "signature": signature.to_string(),
        });
        (name, proof, value)
    })
}

fn requests(scene: &Scene) -> Vec<Request> {
    let [(_, list, _), (_, retrieve, _), (_, subscribe, _)] = signed_texts(scene);
    let id = scene.message.id();
    let expires = UnixSeconds(1_801_000_000);
    let location = scene.location;
    vec![
        Request::Hello(Hello {
            version: 1,
            network: NETWORK,
            capabilities: CAP_STORES,
        }),
        Request::Find(location),
        Request::Store(scene.message.clone()),
        Request::TtlUpdate(TtlUpdate {
            location,
            id,
            expires,
            nonce: 42,
        }),
        Request::List {
            owner: list,
            after: PacketId::from_bytes([0; 32]),
        },
        Request::Retrieve {
            owner: retrieve,
            id,
        },
        Request::Delete(scene.tombstones.to_vec()),
        Request::Subscribe(SubscribeRequest {
            owner: subscribe,
            subscriber_token: scene.subscriber_token,
            lifetime: 300,
        }),
        Request::Deliver(scene.message.clone()),
        Request::Offer(vec![Offer {
            location,
            id,
            expires,
        }]),
        Request::GetRecord(location),
    ]
}

fn responses(scene: &Scene) -> Vec<Response> {
    let [receipt, recall] = scene.tombstones;
    let refused = |refusal| Response::Store(StoreStatus::Refused(refusal));
    let record = || scene.record.clone();
    vec![
        Response::Hello(HelloAnswer {
            hello: Hello {
                version: 1,
                network: NETWORK,
                capabilities: CAP_STORES,
            },
            token: scene.token,
            seen: "192.0.2.1:33445".parse().unwrap(),
        }),
        Response::Find(nodes()),
        Response::Store(StoreStatus::Held),
        Response::Store(StoreStatus::AlreadyHeld),
        Response::Store(StoreStatus::Tombstoned(receipt)),
        refused(Refusal::WorkTooLow {
            target: 1 << 40,
            record: None,
        }),
        refused(Refusal::WorkTooLow {
            target: 1 << 40,
            record: Some(record()),
        }),
        refused(Refusal::Expired),
        refused(Refusal::TtlTooLong { max: 604_800 }),
        refused(Refusal::Full { rank: Rank(2500) }),
        refused(Refusal::Malformed),
        refused(Refusal::NotStoring),
        refused(Refusal::RateLimited),
        refused(Refusal::NotHeld),
        refused(Refusal::BadSignature),
        refused(Refusal::EarlierExpiry),
        refused(Refusal::LowerRank),
        refused(Refusal::NotInCharge),
        refused(Refusal::OlderRecord { newer: record() }),
        refused(Refusal::Unavailable),
        Response::TtlUpdate(StoreStatus::Held),
        Response::List(Ok(ListPage {
            entries: vec![Entry {
                id: scene.message.id(),
                kind: PacketKind::Message,
                size: u16::try_from(scene.message.len()).unwrap(),
                expires: scene.message.expires(),
            }],
            more: false,
        })),
        Response::List(Err(Refusal::BadSignature)),
        Response::Retrieve(Ok(scene.message.clone())),
        Response::Retrieve(Err(Refusal::NotHeld)),
        Response::Delete(vec![Deleted::Accepted, Deleted::Already]),
        Response::Subscribe(Ok(300)),
        Response::Deliver(Ok(receipt)),
        Response::Offer(OfferAnswer {
            wanted: 0b01,
            update: 0b10,
            tombstones: vec![recall],
        }),
        Response::GetRecord(Ok(record())),
    ]
}

pub(super) fn wire() -> Value {
    let scene = scene();
    let key = SharedKey::new(&scene.client.secret, &scene.node.public).unwrap();
    let datagram =
        |id: EnvelopeId, sender: &DhtKeyPair, receiver: &DhtKeyPair, what: String, plain: Plain| {
            let head = Head {
                id,
                sender: sender.public,
                token: scene.token,
                nonce: [id as u8; 24],
            };
            let datagram = seal(&head, &key, &plain).unwrap();
            assert_eq!(open(&key, &datagram).as_ref(), Ok(&plain));
            json!({
                "what": what,
                "id": id as u8,
                "sender_key": sender.public.to_string(),
                "receiver_secret": hex(receiver.secret.expose()),
                "token": hex(head.token.as_bytes()),
                "nonce": hex(head.nonce),
                "request_id": plain.request_id,
                "command": plain.command as u8,
                "body": hex(&plain.body),
                "datagram": hex(&datagram),
            })
        };
    let requests = requests(&scene).into_iter().map(|request| {
        let id = match request {
            Request::Hello(_) => EnvelopeId::HelloRequest,
            _ => EnvelopeId::Request,
        };
        let (command, body) = (request.command(), request.encode());
        assert_eq!(Request::decode(command, &body).as_ref(), Ok(&request));
        let plain = Plain {
            request_id: REQUEST_ID,
            command,
            body,
        };
        datagram(
            id,
            &scene.client,
            &scene.node,
            format!("{command:?} request"),
            plain,
        )
    });
    let responses = responses(&scene).into_iter().map(|response| {
        let id = match response {
            Response::Hello(_) => EnvelopeId::HelloResponse,
            _ => EnvelopeId::Response,
        };
        let (command, body) = (response.command(), response.encode());
        assert_eq!(Response::decode(command, &body).as_ref(), Ok(&response));
        let what = match &response {
            Response::Store(StoreStatus::Refused(refusal)) => {
                format!("Store response: refused, {}", refusal.code())
            }
            _ => format!("{command:?} response"),
        };
        let plain = Plain {
            request_id: REQUEST_ID,
            command,
            body,
        };
        datagram(id, &scene.node, &scene.client, what, plain)
    });
    json!({
        "datagrams": requests.chain(responses).collect::<Vec<_>>(),
        "signed": signed_texts(&scene).map(|(_, _, value)| value),
    })
}
