//! Domain-separated hashes: SHA-512 over a domain string and fields of fixed length, cut to size.
//!
//! Holds no domain; they stand in [`crate::domain`].

use sha2::{Digest, Sha512};

/// The first `N` (at most 64) bytes of SHA-512(domain ‖ fields).
pub(crate) fn hash<const N: usize>(domain: &[u8], fields: &[&[u8]]) -> [u8; N] {
    const { assert!(N <= 64) };
    let mut sha = Sha512::new_with_prefix(domain);
    fields.iter().for_each(|field| sha.update(field));
    let full: [u8; 64] = sha.finalize().into();
    std::array::from_fn(|i| full[i])
}
