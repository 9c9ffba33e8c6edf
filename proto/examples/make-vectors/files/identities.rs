//! Vectors of keys, addresses, locations and plain proof of work.

use serde_json::{Value, json};
use toxdrop_proto::address::Address;
use toxdrop_proto::ids::Salt;
use toxdrop_proto::location::{inbox_location, record_points};
use toxdrop_proto::pow::{self, Difficulty};

use super::{hex, person};

pub(super) fn addresses() -> Value {
    let valid: Vec<_> = (1..=4)
        .map(|seed| {
            let secret = person(seed);
            let address = Address {
                key: secret.public(),
            };
            json!({
                "seed": hex(secret.expose_seed()),
                "public_key": secret.public().to_string(),
                "x25519_secret": hex(secret.to_dht().expose()),
                "x25519_public": secret.public().to_dht().to_string(),
                "address": address.to_string(),
            })
        })
        .collect();
    let good = valid[0]["address"].as_str().unwrap().to_owned();
    let invalid: Vec<_> = [
        ("two characters swapped", swapped(&good)),
        ("cut", good[..good.len() - 1].to_owned()),
        ("another prefix", good.replace("toxdrop1", "toxdrap1")),
        ("mixed case", good.replace("toxdrop1", "Toxdrop1")),
        ("empty", String::new()),
    ]
    .into_iter()
    .map(|(why, text)| {
        assert!(text.parse::<Address>().is_err(), "{why}: {text}");
        json!({ "why": why, "text": text })
    })
    .collect();
    json!({
        "valid": valid,
        "invalid": invalid,
        "refused_keys": [
            { "why": "low order (identity)", "key": format!("01{}", "00".repeat(31)) },
            { "why": "low order (order 4)", "key": "00".repeat(32) },
            { "why": "low order (order 2)", "key": format!("ec{}7f", "ff".repeat(30)) },
            { "why": "low order (order 8)", "key": "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05" },
            { "why": "not canonical (p + 3)", "key": format!("f0{}7f", "ff".repeat(30)) },
            { "why": "not on the curve", "key": format!("02{}", "00".repeat(31)) },
            { "why": "sign bit set", "key": sign_bit_set() },
        ],
    })
}

/// The address with its last two characters that differ swapped.
fn swapped(address: &str) -> String {
    let mut bytes = address.as_bytes().to_vec();
    let at = (1..bytes.len())
        .rev()
        .find(|at| bytes[at - 1] != bytes[*at])
        .unwrap();
    bytes.swap(at - 1, at);
    String::from_utf8(bytes).unwrap()
}

fn sign_bit_set() -> String {
    let mut bytes = *person(1).public().as_bytes();
    bytes[31] |= 0x80;
    hex(bytes)
}

pub(super) fn locations() -> Value {
    let cases = [
        (1, Salt::DEFAULT),
        (1, Salt::from_bytes([7; 16])),
        (2, Salt::DEFAULT),
    ];
    cases
        .into_iter()
        .map(|(seed, salt)| {
            let key = person(seed).public();
            json!({
                "public_key": key.to_string(),
                "salt": salt.to_string(),
                "location": inbox_location(&key, salt).to_string(),
                "record_points": record_points(&key).map(|point| point.to_string()),
            })
        })
        .collect()
}

pub(super) fn proof_of_work() -> Value {
    let targets: Vec<_> = [
        (1000, 1000, 27, 86_400),
        (1000, 1000, 27, 28 * 86_400),
        (1000, 1000, 1104, 7 * 86_400 + 900),
        (1000, 1000, 303, 0),
        (1000, 1000, 303, 299),
        (1000, 1000, 303, 301),
        (1, 0, 303, 604_800),
        (1 << 32, 1 << 20, 1104, 28 * 86_400),
        (1, 0, 0, 300),
    ]
    .into_iter()
    .map(|(nonce_trials_per_byte, extra_bytes, len, ttl)| {
        let difficulty = Difficulty {
            nonce_trials_per_byte,
            extra_bytes,
        };
        json!({
            "nonce_trials_per_byte": nonce_trials_per_byte,
            "extra_bytes": extra_bytes,
            "len": len,
            "ttl": ttl,
            "target": difficulty.target(len, ttl),
        })
    })
    .collect();
    // From BitMessage's own tests.
    let object = "00000000001be7fc00000000660f307f0000002a010248454c4c4f";
    let initial_hash = "3758f55b5a8d902fd3597e4ce6a2d3f23daff735f65d9698c270987f4e67ad590b93f3ffeba0ef2fd08a8dc2f87b68ae5a0dc819ab57f22ad2c4c9c8618a43b3";
    let mut hash = [0; 64];
    hash.copy_from_slice(&hex::decode(initial_hash).unwrap());
    let values: Vec<_> = [0, 1, 0x1234_5678_9abc_def0, u64::MAX]
        .map(|nonce| json!({ "initial_hash": initial_hash, "nonce": nonce, "value": pow::trial_value(nonce, &hash) }))
        .to_vec();
    json!({
        "targets": targets,
        "values": values,
        "objects": [{
            "source": "BitMessage's own tests: holds for a TTL of 86,400 s at 1000/1000, not for 28 days",
            "object": object,
            "value": pow::object_value(&hex::decode(object).unwrap()).unwrap(),
        }],
    })
}
