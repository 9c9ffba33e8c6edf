//! Vectors of Tox's onion and announcements: a path of three relays, from the client's datagram to what arrives.

use serde_json::{Value, json};
use toxdrop_proto::keys::{DhtKeyPair, DhtPublicKey, SharedKey};
use toxdrop_proto::tox::{
    AnnounceLayout, AnnounceRequest, AnnounceResponse, Announced, OnionHop, OnionPath, PackedNode,
};

use super::hex;

const NONCE: [u8; 24] = [0x60; 24];

pub(super) fn onion() -> Value {
    let relays = [0x71, 0x72, 0x73].map(|byte| DhtKeyPair::from_secret_bytes([byte; 32]));
    let owns = [0x61, 0x62, 0x63].map(|byte| DhtKeyPair::from_secret_bytes([byte; 32]));
    let addresses = ["192.0.2.1:33445", "[2001:db8::2]:33446", "192.0.2.3:33447"];
    let hop = |at: usize| OnionHop {
        addr: addresses[at].parse().unwrap(),
        own: owns[at].public,
        shared: SharedKey::new(&owns[at].secret, &relays[at].public).unwrap(),
    };
    let path = OnionPath {
        hops: [hop(0), hop(1), hop(2)],
    };
    let target = "198.51.100.9:33448";
    let payload = [&[0x85], &[0xaa; 40][..]].concat();
    let to = target.parse().unwrap();
    let relay = |at: usize| {
        json!({
            "address": addresses[at],
            "secret": hex(relays[at].secret.expose()),
            "own_secret": hex(owns[at].secret.expose()),
        })
    };
    json!({
        "relays": [relay(0), relay(1), relay(2)],
        "nonce": hex(NONCE),
        "to": target,
        "payload": hex(&payload),
        "datagram": hex(path.wrap(&NONCE, to, &payload).unwrap()),
        "tcp_body": hex(path.wrap_for_tcp(&NONCE, to, &payload).unwrap()),
        "announcements": [
            announcement("old", AnnounceLayout::Old),
            announcement("new", AnnounceLayout::New),
        ],
    })
}

fn announcement(name: &str, layout: AnnounceLayout) -> Value {
    let [node, asker] = [0x74, 0x75].map(|byte| DhtKeyPair::from_secret_bytes([byte; 32]));
    let key = SharedKey::new(&asker.secret, &node.public).unwrap();
    let request = AnnounceRequest {
        ping_id: [1; 32],
        search: DhtPublicKey::from_bytes([2; 32]),
        data_key: DhtPublicKey::from_bytes([3; 32]),
        sendback: [4; 8],
    };
    let named = PackedNode::udp("192.0.2.1:33445".parse().unwrap(), node.public);
    let states = [
        Announced::Not([5; 32]),
        Announced::Other(DhtPublicKey::from_bytes([6; 32])),
        Announced::Sender([7; 32]),
    ];
    let responses = states.map(|announced| {
        let response = AnnounceResponse {
            announced,
            nodes: vec![named],
        };
        hex(response
            .seal(layout, &request.sendback, &key, &NONCE)
            .unwrap())
    });
    json!({
        "layout": name,
        "node_secret": hex(node.secret.expose()),
        "asker_secret": hex(asker.secret.expose()),
        "nonce": hex(NONCE),
        "ping_id": hex(request.ping_id),
        "search": request.search.to_string(),
        "data_key": request.data_key.to_string(),
        "sendback": hex(request.sendback),
        "request": hex(request.seal(layout, &asker.public, &key, &NONCE).unwrap()),
        "named": { "address": "192.0.2.1", "port": 33445, "key": node.public.to_string() },
        "states": [hex([5; 32]), hex([6; 32]), hex([7; 32])],
        "responses": responses,
    })
}
