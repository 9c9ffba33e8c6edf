//! Where an inbox lies in the DHT's keyspace.
//!
//! Every location is derived from a public key: nobody can claim another's, and until its owner
//! speaks a node that stores for it does not learn the key.

use crate::hash::{self, hash};
use crate::ids::{Location, Salt};
use crate::keys::InboxPublicKey;

/// How many points, derived from the public key alone, keep an inbox record.
pub const RECORD_POINTS: usize = 4;

/// Where the inbox with this key and salt lies: the first 32 bytes of SHA-512(domain ‖ key ‖ salt).
#[must_use]
pub fn inbox_location(key: &InboxPublicKey, salt: Salt) -> Location {
    Location::from_bytes(hash(hash::LOCATION, &[key.as_bytes(), salt.as_bytes()]))
}

/// The points at which the inbox's record can be read by anybody who has the key:
/// the first 32 bytes of SHA-512(domain ‖ key ‖ index), index from 0.
#[must_use]
pub fn record_points(key: &InboxPublicKey) -> [Location; RECORD_POINTS] {
    let mut index = 0u8;
    [(); RECORD_POINTS].map(|()| {
        let point = hash(hash::RECORD_POINT, &[key.as_bytes(), &[index]]);
        index += 1;
        Location::from_bytes(point)
    })
}
