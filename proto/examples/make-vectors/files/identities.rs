//! Vectors of inbox keys and addresses.

use curve25519_dalek::constants::EIGHT_TORSION;
use curve25519_dalek::edwards::CompressedEdwardsY;
use serde_json::{Value, json};
use toxdrop_proto::address::Address;
use toxdrop_proto::keys::InboxPublicKey;
use toxdrop_proto::tox::Nospam;

use super::{hash_of, hex, inboxes, kind};

pub(super) fn addresses() -> Value {
    let valid: Vec<_> = inboxes()
        .iter()
        .enumerate()
        .map(|(n, secret)| {
            let key = secret.public();
            let nospam = Nospam(std::array::from_fn(|i| hash_of(&[n as u8, 4])[i]));
            let address = Address {
                key,
                nospam: Some(nospam),
            };
            json!({
                "kind": kind(secret),
                "secret": hex(secret.expose()),
                "public_key": key.to_string(),
                "tox_public_key": hex(key.to_tox()),
                "nospam": nospam.to_string(),
                "address": address.to_string(),
                "tox_id": address.tox_id().unwrap().to_string(),
            })
        })
        .collect();
    json!({
        "valid": valid,
        "invalid": invalid(&valid[0]),
        "refused_keys": refused_keys(),
        "refused_tox_keys": refused_tox_keys(),
    })
}

fn invalid(good: &Value) -> Vec<Value> {
    let [address, tox_id, tox_key] =
        ["address", "tox_id", "tox_public_key"].map(|name| good[name].as_str().unwrap().to_owned());
    [
        ("two characters swapped", swapped(&address)),
        ("cut", address[..address.len() - 1].to_owned()),
        ("another prefix", address.replace("toxdrop1", "toxdrap1")),
        ("mixed case", address.replace("toxdrop1", "Toxdrop1")),
        (
            "version 1",
            "toxdrop1q9rchrjs0c9m9vvvp70qsfrkn6zk95gdlx479em539hc9d95gpfxvw8mam9".into(),
        ),
        ("empty", String::new()),
        ("Tox ID, two digits swapped across a pair", swapped(&tox_id)),
        ("Tox ID, cut", tox_id[..75].to_owned()),
        ("Tox ID, two digits more", format!("{tox_id}00")),
        ("Tox ID of a key on the twist", tox_id_of_twist()),
        ("Tox key, cut", tox_key[..63].to_owned()),
        ("Tox key on the twist", format!("02{}", "00".repeat(31))),
        ("not hexadecimal", format!("g{}", &tox_key[1..])),
    ]
    .into_iter()
    .map(|(why, text)| {
        let error = text.parse::<Address>().unwrap_err();
        json!({ "why": why, "text": text, "sentence": error.to_string() })
    })
    .collect()
}

fn tox_id_of_twist() -> String {
    // Nospam 0: the checksum is the key's bytes XORed in pairs.
    format!("02{}{}0200", "00".repeat(31), "00".repeat(4))
}

/// The text with its last two characters that differ swapped.
fn swapped(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let at = (1..bytes.len())
        .rev()
        .find(|at| bytes[at - 1] != bytes[*at])
        .unwrap();
    bytes.swap(at - 1, at);
    String::from_utf8(bytes).unwrap()
}

/// A good key plus a point of order 8.
fn with_torsion() -> ([u8; 32], [u8; 32]) {
    let good = *inboxes()[0].public().as_bytes();
    let point = CompressedEdwardsY(good).decompress().unwrap() + EIGHT_TORSION[1];
    let mut bytes = point.compress().to_bytes();
    bytes[31] &= 0x7f;
    (bytes, point.to_montgomery().to_bytes())
}

fn refused_keys() -> Vec<Value> {
    let mut sign_bit_set = *inboxes()[0].public().as_bytes();
    sign_bit_set[31] |= 0x80;
    [
        ("low order (identity)", format!("01{}", "00".repeat(31))),
        ("low order (order 4)", "00".repeat(32)),
        ("low order (order 2)", format!("ec{}7f", "ff".repeat(30))),
        (
            "low order (order 8)",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05".into(),
        ),
        ("torsion component", hex(with_torsion().0)),
        ("not canonical (p + 3)", format!("f0{}7f", "ff".repeat(30))),
        ("not on the curve", format!("02{}", "00".repeat(31))),
        ("sign bit set", hex(sign_bit_set)),
    ]
    .into_iter()
    .map(|(why, key)| refused(why, &key, InboxPublicKey::from_bytes(array(&key))))
    .collect()
}

fn refused_tox_keys() -> Vec<Value> {
    let mut top_bit_set = inboxes()[0].public().to_tox();
    top_bit_set[31] |= 0x80;
    [
        ("low order (0)", "00".repeat(32)),
        ("low order (1)", format!("01{}", "00".repeat(31))),
        ("low order (p - 1)", format!("ec{}7f", "ff".repeat(30))),
        (
            "low order (order 8)",
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800".into(),
        ),
        ("torsion component", hex(with_torsion().1)),
        ("not canonical (p + 9)", format!("f6{}7f", "ff".repeat(30))),
        ("top bit set", hex(top_bit_set)),
        ("on the twist", format!("02{}", "00".repeat(31))),
    ]
    .into_iter()
    .map(|(why, key)| refused(why, &key, InboxPublicKey::from_tox(&array(&key))))
    .collect()
}

fn array(digits: &str) -> [u8; 32] {
    hex::decode(digits).unwrap().try_into().unwrap()
}

fn refused(
    why: &str,
    key: &str,
    outcome: Result<InboxPublicKey, toxdrop_proto::keys::KeyError>,
) -> Value {
    json!({ "why": why, "key": key, "error": format!("{:?}", outcome.unwrap_err()) })
}
