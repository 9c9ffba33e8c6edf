//! The protocol's vectors, for the tests beside this file.
//!
//! Reads them only.

use serde_json::Value;

/// The vectors of one file.
pub(super) fn read(name: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../proto/vectors");
    let json = std::fs::read_to_string(format!("{folder}/{name}.json")).unwrap();
    serde_json::from_str(&json).unwrap()
}

/// A text among them.
pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Bytes among them, which are in hexadecimal.
pub(super) fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(text(value)).unwrap()
}

/// Every stored packet that the vectors hold.
pub(super) fn packets() -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for name in ["packets", "messages", "records", "deposits", "tombstones"] {
        collect(&read(name), &mut found);
    }
    found.push(bytes(&read("deposits")["deposit"]));
    found
}

fn collect(value: &Value, found: &mut Vec<Vec<u8>>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if name == "packet" {
                    found.push(bytes(value));
                }
                collect(value, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
        _ => {}
    }
}
