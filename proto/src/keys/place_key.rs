//! The keys under which mail lies: a place's location is the hash of its key, and its signatures rule there.
//!
//! Whether such a key is a blinded inbox key or a pair key shows nowhere in it; how each is derived stands in
//! `blinded.rs` and `pair.rs`.

use std::fmt;

use ed25519_dalek::VerifyingKey;
use ed25519_dalek::hazmat::{ExpandedSecretKey, raw_sign};
use sha2::Sha512;

use super::error::KeyError;
use super::point::{by_its_bytes, checked};
use super::signature::Signature;
use crate::domain;
use crate::hash::hash;
use crate::ids::{Location, UncheckedKey};
use crate::signature::SignedText;

/// The public key of a place: a blinded inbox key K′, or a pair key. A canonical Ed25519 key, not of small order.
///
/// A component of small order is not looked for: it would lead to another location, where nobody looks, and strict
/// verification accepts the same signatures in every implementation.
#[derive(Clone, Copy)]
pub struct PlacePublicKey(VerifyingKey);

by_its_bytes!(PlacePublicKey);

impl PlacePublicKey {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// Checks the bytes.
    ///
    /// # Errors
    /// [`KeyError`] if they are no canonical encoding of a point, or the point has a small order.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, KeyError> {
        checked(&bytes).map(Self)
    }

    pub(super) fn new(key: VerifyingKey) -> Self {
        Self(key)
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Where the place lies: hash32(domain ‖ key).
    #[must_use]
    pub fn location(&self) -> Location {
        self.unchecked().location()
    }

    /// The key as it travels.
    #[must_use]
    pub fn unchecked(&self) -> UncheckedKey {
        UncheckedKey::from_bytes(*self.as_bytes())
    }

    /// Strict verification (RFC 8032, without cofactor, small-order keys refused).
    ///
    /// # Errors
    /// [`KeyError::Signature`] if it does not hold.
    pub fn verify(&self, text: &SignedText, signature: &Signature) -> Result<(), KeyError> {
        let signature = ed25519_dalek::Signature::from_bytes(signature.as_bytes());
        self.0
            .verify_strict(text.as_bytes(), &signature)
            .map_err(|_| KeyError::Signature)
    }
}

impl UncheckedKey {
    /// Where the place with this key lies, if it is one: hash32(domain ‖ key). Costs one hash.
    #[must_use]
    pub fn location(&self) -> Location {
        Location::from_bytes(hash(domain::LOCATION, &[self.as_bytes()]))
    }
}

impl TryFrom<UncheckedKey> for PlacePublicKey {
    type Error = KeyError;

    fn try_from(key: UncheckedKey) -> Result<Self, KeyError> {
        Self::from_bytes(*key.as_bytes())
    }
}

/// What signs for a place. Wiped from memory when dropped, never printed.
pub struct PlaceSigner {
    secret: ExpandedSecretKey,
    public: PlacePublicKey,
}

impl PlaceSigner {
    /// From a scalar and a nonce prefix that serve this one key.
    ///
    /// The public key is computed here: a signature under another one would give the scalar away.
    pub(super) fn new(secret: ExpandedSecretKey) -> Self {
        let public = PlacePublicKey(VerifyingKey::from(&secret));
        Self { secret, public }
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> PlacePublicKey {
        self.public
    }

    /// Signs (RFC 8032).
    #[must_use]
    pub fn sign(&self, text: &SignedText) -> Signature {
        let signature = raw_sign::<Sha512>(&self.secret, text.as_bytes(), &self.public.0);
        Signature::from_bytes(signature.to_bytes())
    }

    #[cfg(test)]
    pub(super) fn nonce_prefix(&self) -> [u8; 32] {
        self.secret.hash_prefix
    }
}

impl fmt::Debug for PlaceSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PlaceSigner(of {})", self.public)
    }
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::constants::EIGHT_TORSION;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_of_small_order_are_refused() {
        for point in EIGHT_TORSION {
            let refused = PlacePublicKey::from_bytes(point.compress().to_bytes());
            assert_eq!(refused, Err(KeyError::LowOrder));
        }
    }

    #[test]
    fn the_location_is_the_hash_of_the_key_and_of_nothing_else() {
        let key = PlaceSigner::new(ExpandedSecretKey::from_bytes(&[7; 64])).public();
        let expected: [u8; 32] = hash(domain::LOCATION, &[key.as_bytes()]);
        assert_eq!(key.location(), Location::from_bytes(expected));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_refused_or_read_back(bytes: [u8; 32]) {
            if let Ok(key) = PlacePublicKey::from_bytes(bytes) {
                prop_assert_eq!(key.as_bytes(), &bytes);
            }
        }
    }
}
