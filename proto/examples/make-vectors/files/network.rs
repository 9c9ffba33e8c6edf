//! Vectors of Tox's packets.

use serde_json::{Value, json};
use toxdrop_proto::keys::{DhtKeyPair, DhtPublicKey, SharedKey};
use toxdrop_proto::tox::{
    BootstrapInfo, Envelope, LanDiscovery, NODES_REQUEST, NODES_RESPONSE, NodesRequest,
    NodesResponse, PackedNode, Ping, bootstrap_info_request,
};

use super::hex;

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
