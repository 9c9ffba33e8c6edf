//! Vectors of envelopes: every command, directly and through the onion.

use serde_json::{Value, json};
use toxdrop_proto::keys::{DhtKeyPair, SharedKey};
use toxdrop_proto::tox::{ONION_REQUEST_OVERHEAD, ReturnPath};
use toxdrop_proto::wire::{
    CARRIED_PACKET_MAX, Carriage, Command, Head, OVERHEAD, Plain, Request, Response, Token,
    first_token, open, seal,
};

use super::wire_examples::{Scene, requests, responses};
use super::{hash_of, hex, wire_parts};

const REQUEST_ID: u64 = 0x0102_0304_0506_0708;

fn return_path() -> ReturnPath {
    let bytes = (0..6u8).map(|n| hash_of(&[n])).collect::<Vec<_>>().concat();
    ReturnPath::from_bytes(std::array::from_fn(|i| bytes[i]))
}

/// An envelope by each carrier that takes it.
fn carried(
    what: &str,
    from: &DhtKeyPair,
    to: &DhtKeyPair,
    token: Token,
    plain: &Plain,
    fields: &Value,
) -> Vec<Value> {
    let key = SharedKey::new(&from.secret, &to.public).unwrap();
    [
        Carriage::Direct(plain.id),
        Carriage::OnionOut,
        Carriage::OnionBack,
    ]
    .into_iter()
    .filter_map(|carriage| {
        let head = Head {
            carriage,
            sender: from.public,
            token,
            nonce: std::array::from_fn(|i| hash_of(&[carriage.code(), plain.command as u8])[i]),
        };
        let envelope = seal(&head, &key, plain).ok()?;
        assert_eq!(open(&key, &envelope).as_ref(), Ok(plain));
        // What its addressee gets from the last relay, or sends to it.
        let datagram = match carriage {
            Carriage::Direct(_) => envelope.clone(),
            Carriage::OnionOut => [&envelope[..], return_path().as_bytes()].concat(),
            Carriage::OnionBack => return_path().carry_back(&envelope),
        };
        Some(json!({
            "what": what,
            "first_byte": carriage.code(),
            "id": plain.id as u8,
            "sender_secret": hex(from.secret.expose()),
            "receiver_secret": hex(to.secret.expose()),
            "token": hex(token.as_bytes()),
            "nonce": hex(head.nonce),
            "echo": hex(head.echo().as_bytes()),
            "request_id": plain.request_id,
            "command": plain.command as u8,
            "fields": fields,
            "body": hex(&plain.body),
            "datagram": hex(datagram),
        }))
    })
    .collect()
}

fn envelopes(scene: &Scene) -> Vec<Value> {
    let mut made = Vec::new();
    for (request, fields) in requests(scene) {
        let (command, body) = (request.command(), request.encode());
        assert_eq!(Request::decode(command, &body).as_ref(), Ok(&request));
        // A Deliver goes from a node to a subscriber.
        let (from, to, token) = match command {
            Command::Deliver => (&scene.node, &scene.client, scene.subscriber_token),
            Command::Hello | Command::Find => {
                (&scene.client, &scene.node, first_token(&scene.node.public))
            }
            _ => (&scene.client, &scene.node, scene.token),
        };
        let plain = Plain::request(REQUEST_ID, command, body);
        let what = format!("{command:?} request");
        made.extend(carried(&what, from, to, token, &plain, &fields));
    }
    for (response, fields) in responses(scene) {
        let (command, body) = (response.command(), response.encode());
        assert_eq!(Response::decode(command, &body).as_ref(), Ok(&response));
        let (from, to) = match command {
            Command::Deliver => (&scene.client, &scene.node),
            _ => (&scene.node, &scene.client),
        };
        let echo = Token::from_bytes([0x64; 16]);
        let plain = Plain::response(REQUEST_ID, command, body);
        let what = format!("{command:?} response");
        made.extend(carried(&what, from, to, echo, &plain, &fields));
    }
    made
}

/// A Hello that a node under load demanded something for, by each carrier.
fn hellos(scene: &Scene) -> Vec<Value> {
    let [(hello, fields), ..] = &requests(scene)[..] else {
        return Vec::new();
    };
    let plain = Plain::request(REQUEST_ID, hello.command(), hello.encode());
    wire_parts::demands(scene)
        .into_iter()
        .map(|(carriage, token, mut case)| {
            let what = "Hello that was demanded something for";
            let envelopes = carried(what, &scene.client, &scene.node, token, &plain, fields);
            let own = |case: &&Value| case["first_byte"] == carriage.code();
            case["envelope"] = envelopes.iter().find(own).unwrap().clone();
            case
        })
        .collect()
}

pub(super) fn wire() -> Value {
    let scene = Scene::new();
    let answer = return_path().carry_back(&vec![0; OVERHEAD + 1 + CARRIED_PACKET_MAX]);
    json!({
        "first_token": {
            "key": scene.node.public.to_string(),
            "token": hex(first_token(&scene.node.public).as_bytes()),
        },
        "minted": wire_parts::minted(),
        "puzzles": wire_parts::puzzles(),
        "challenges": wire_parts::challenges(),
        "dialled": wire_parts::dialled(),
        "signed": wire_parts::signed(&scene),
        "return_path": hex(return_path().as_bytes()),
        "onion_sizes": {
            "packet": CARRIED_PACKET_MAX,
            "store_request": OVERHEAD + CARRIED_PACKET_MAX + ONION_REQUEST_OVERHEAD,
            "retrieve_answer": answer.len(),
        },
        "hellos": hellos(&scene),
        "envelopes": envelopes(&scene),
    })
}
