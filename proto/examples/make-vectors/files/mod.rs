//! The vector files: their names and contents. Shared with the test that compares them with those in the repository.
//!
//! Every entry holds all that another implementation needs to compute the rest of it.

#![allow(
    clippy::unwrap_used,
    reason = "a build-time tool over fixed input: failing loudly is its only report"
)]

mod identities;
mod network;
mod stored;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::Value;
use toxdrop_proto::keys::InboxSecret;

/// All files: name and text.
pub(crate) fn all() -> Vec<(&'static str, String)> {
    [
        ("addresses.json", identities::addresses()),
        ("locations.json", identities::locations()),
        ("pow.json", identities::proof_of_work()),
        ("packets.json", stored::packets()),
        ("records.json", stored::records()),
        ("tombstones.json", stored::tombstones()),
        ("messages.json", stored::messages()),
        ("tox.json", network::tox()),
        ("wire.json", network::wire()),
    ]
    .into_iter()
    .map(|(name, value)| (name, text(&value)))
    .collect()
}

fn text(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap();
    text.push('\n');
    text
}

/// One of a few fixed identities.
fn person(seed: u64) -> InboxSecret {
    InboxSecret::generate(&mut ChaCha20Rng::seed_from_u64(seed))
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    hex::encode(bytes)
}
