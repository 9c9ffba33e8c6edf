//! The vector files: their names and contents. Shared with the test that compares them with those in the repository.
//!
//! Every entry holds all that another implementation needs to compute the rest of it.

#![allow(
    clippy::unwrap_used,
    reason = "a build-time tool over fixed input: failing loudly is its only report"
)]

mod identities;
mod messages;
mod network;
mod onion;
mod packets;
mod places;
mod records;
mod seal_keys;
mod stored;
mod wire;
mod wire_examples;
mod wire_parts;
mod work;

use serde_json::Value;
use sha2::{Digest, Sha256};
use toxdrop_proto::keys::{InboxSecret, SecretKind};

/// All files: name and text.
pub(crate) fn all() -> Vec<(&'static str, String)> {
    [
        ("addresses.json", identities::addresses()),
        ("places.json", places::places()),
        ("times.json", places::times()),
        ("pairs.json", places::pairs()),
        ("seal-keys.json", seal_keys::seal_keys()),
        ("pow.json", work::proof_of_work()),
        ("packets.json", packets::packets()),
        ("standings.json", packets::standings()),
        ("lives.json", packets::lives()),
        ("records.json", records::records()),
        ("tombstones.json", records::tombstones()),
        ("messages.json", messages::messages()),
        ("deposits.json", messages::deposits()),
        ("tox.json", network::tox()),
        ("onion.json", onion::onion()),
        ("wire.json", wire::wire()),
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

/// A few fixed inboxes: from seeds, and from Tox secret keys.
fn inboxes() -> Vec<InboxSecret> {
    let secret = |n: u8| hash_of(&[n]);
    let seeds = (1..=4).map(|n| InboxSecret::from_seed(&secret(n)));
    let tox = (5..=8).map(|n| InboxSecret::from_tox(&secret(n)));
    seeds.chain(tox).collect()
}

fn kind(secret: &InboxSecret) -> &'static str {
    match secret.kind() {
        SecretKind::Seed => "seed",
        SecretKind::Tox => "tox",
    }
}

/// 32 bytes that look random.
fn hash_of(name: &[u8]) -> [u8; 32] {
    Sha256::digest(name).into()
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    hex::encode(bytes)
}
