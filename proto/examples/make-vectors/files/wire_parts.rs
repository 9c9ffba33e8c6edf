//! Vectors of what stands in token fields and outside of boxes, and of what owners sign.

use serde_json::{Value, json};
use toxdrop_proto::ids::UnixSeconds;
use toxdrop_proto::keys::{DhtPublicKey, Signature};
use toxdrop_proto::wire::{
    Bearer, Carriage, Challenge, Demand, DialCookie, Dialled, EnvelopeId, Mint, Puzzle, Token,
};

use super::wire_examples::{NETWORK, Scene};
use super::{hash_of, hex, inboxes, kind};

const SECRET: [u8; 16] = [0x71; 16];
const NOW: UnixSeconds = UnixSeconds(1_800_000_030);

fn key(name: &str) -> DhtPublicKey {
    DhtPublicKey::from_bytes(hash_of(name.as_bytes()))
}

fn bearers() -> [Bearer; 2] {
    ["192.0.2.1:33445", "[2001:db8::7]:33446"].map(|addr| Bearer {
        own: key("node"),
        addr: addr.parse().unwrap(),
        sender: key("asker"),
    })
}

pub(super) fn minted() -> Value {
    let mint = Mint::new(SECRET);
    bearers()
        .iter()
        .map(|bearer| {
            json!({
                "secret": hex(SECRET),
                "now": NOW.0,
                "own": bearer.own.to_string(),
                "address": bearer.addr.ip().to_string(),
                "port": bearer.addr.port(),
                "sender": bearer.sender.to_string(),
                "token": hex(mint.token(NOW, bearer).as_bytes()),
                "delivery_token": hex(mint.delivery_token(bearer).as_bytes()),
                "cookie": hex(mint.cookie(NOW, bearer).as_bytes()),
                "puzzle_seed": hex(mint.puzzle(NOW, bearer, 11).seed),
            })
        })
        .collect()
}

pub(super) fn puzzles() -> Value {
    let mint = Mint::new(SECRET);
    [1u8, 8, 11, 16]
        .into_iter()
        .map(|bits| {
            let [bearer, _] = bearers();
            let puzzle = mint.puzzle(NOW, &bearer, bits);
            let (node, asker) = (&bearer.own, &bearer.sender);
            let solution = puzzle.solve(node, asker, 0..1 << 24).unwrap();
            let field = Puzzle::solution_field(node, solution);
            assert!(mint.is_solution(NOW, &bearer, bits, &field));
            json!({
                "seed": hex(puzzle.seed),
                "bits": bits,
                "node": node.to_string(),
                "asker": asker.to_string(),
                "least_solution": solution,
                "value": puzzle.value(node, asker, solution),
                "token_field": hex(field.as_bytes()),
            })
        })
        .collect()
}

pub(super) fn challenges() -> Value {
    let (node, nonce, value) = (key("node"), [0x72; 24], [0x73; 16]);
    let puzzle = Puzzle {
        seed: value,
        bits: 11,
    };
    [
        ("cookie", Demand::Cookie(Token::from_bytes(value))),
        ("puzzle", Demand::Puzzle(puzzle)),
    ]
    .into_iter()
    .map(|(what, demand)| {
        let challenge = Challenge {
            node,
            nonce,
            demand,
        };
        json!({
            "what": what,
            "node": node.to_string(),
            "nonce": hex(nonce),
            "value": hex(value),
            "bits": puzzle.bits,
            "bytes": hex(challenge.encode()),
        })
    })
    .collect()
}

/// What a node under load demands of the scene's client, and the token field that meets it.
pub(super) fn demands(scene: &Scene) -> [(Carriage, Token, Value); 2] {
    let (mint, bits, nonce) = (Mint::new(SECRET), 11, [0x75; 24]);
    let bearer = Bearer {
        own: scene.node.public,
        addr: "192.0.2.1:33445".parse().unwrap(),
        sender: scene.client.public,
    };
    let cookie = mint.cookie(NOW, &bearer);
    let puzzle = mint.puzzle(NOW, &bearer, bits);
    let solution = puzzle
        .solve(&bearer.own, &bearer.sender, 0..1 << 24)
        .unwrap();
    let solved = Puzzle::solution_field(&bearer.own, solution);
    assert!(mint.is_cookie(NOW, &bearer, &cookie));
    assert!(mint.is_solution(NOW, &bearer, bits, &solved));
    let case = |demand| {
        let challenge = Challenge {
            node: bearer.own,
            nonce,
            demand,
        };
        json!({
            "secret": hex(SECRET),
            "now": NOW.0,
            "own": bearer.own.to_string(),
            "address": bearer.addr.ip().to_string(),
            "port": bearer.addr.port(),
            "sender": bearer.sender.to_string(),
            "bits": bits,
            "nonce": hex(nonce),
            "challenge": hex(challenge.encode()),
        })
    };
    let greeting = Carriage::Direct(EnvelopeId::TokenlessRequest);
    [
        (greeting, cookie, case(Demand::Cookie(cookie))),
        (Carriage::OnionOut, solved, case(Demand::Puzzle(puzzle))),
    ]
}

pub(super) fn dialled() -> Value {
    let cookie = [0x74; 16];
    let (dialer, asker) = (key("dialer"), key("asker"));
    let dialled = Dialled::new(dialer, &asker, &DialCookie::from_bytes(cookie));
    json!({
        "dialer": dialer.to_string(),
        "asker": asker.to_string(),
        "cookie": hex(cookie),
        "datagram": hex(dialled.encode()),
    })
}

pub(super) fn signed(scene: &Scene) -> Value {
    let signer = &scene.signer;
    let inbox = &inboxes()[5];
    let list = scene.list().sign(signer, NETWORK);
    let retrieve = scene.retrieve().sign(signer, NETWORK);
    let subscribe = scene.subscribe().sign(signer, NETWORK);
    let text = |command: u8, own_fields: Value, signature: Signature| {
        json!({
            "command": command,
            "network_id": NETWORK.0,
            "kind": kind(inbox),
            "inbox_secret": hex(inbox.expose()),
            "class": scene.place.class().code(),
            "period": scene.place.period().number(),
            "place_secret": hex(scene.place.secret().expose()),
            "key": signer.public().to_string(),
            "node": scene.node.public.to_string(),
            "token": hex(scene.token.as_bytes()),
            "own_fields": own_fields,
            "signature": signature.to_string(),
        })
    };
    json!([
        text(4, json!({ "after": "00".repeat(32) }), list),
        text(5, json!({ "id": scene.id().to_string() }), retrieve),
        text(
            6,
            json!({
                "subscriber": scene.client.public.to_string(),
                "subscriber_token": hex(scene.subscriber_token.as_bytes()),
                "lifetime": 300,
            }),
            subscribe,
        ),
    ])
}
