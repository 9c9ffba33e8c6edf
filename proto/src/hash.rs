//! Domain-separated hashes: SHA-512 over a domain string and fields of fixed length, cut to size.

use sha2::{Digest, Sha512};

/// Domain of [`crate::location::inbox_location`].
pub(crate) const LOCATION: &[u8] = b"toxdrop v1 location";
/// Domain of [`crate::location::record_points`].
pub(crate) const RECORD_POINT: &[u8] = b"toxdrop v1 record point";
/// Domain of [`crate::packet::Packet::id`].
pub(crate) const PACKET_ID: &[u8] = b"toxdrop v1 packet id";
/// Domain of a message's outer nonce.
pub(crate) const OUTER_NONCE: &[u8] = b"toxdrop v1 outer nonce";
/// Domain of a packet's ephemeral seed.
pub(crate) const EPHEMERAL_SEED: &[u8] = b"toxdrop v1 ephemeral seed";

/// The first `N` (at most 64) bytes of SHA-512(domain ‖ fields).
pub(crate) fn hash<const N: usize>(domain: &[u8], fields: &[&[u8]]) -> [u8; N] {
    const { assert!(N <= 64) };
    let mut sha = Sha512::new_with_prefix(domain);
    fields.iter().for_each(|field| sha.update(field));
    let full: [u8; 64] = sha.finalize().into();
    std::array::from_fn(|i| full[i])
}
