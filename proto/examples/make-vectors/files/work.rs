//! Vectors of plain proof of work.

use serde_json::{Value, json};
use toxdrop_proto::pow::{self, Difficulty};

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
