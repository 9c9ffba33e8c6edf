//! Ed25519 identities of inboxes, whose X25519 image decrypts (libsodium's `crypto_sign_ed25519_*_to_curve25519`).
//!
//! What is signed stands in [`crate::signature`]; how a key is written for people in [`crate::address`].

use std::fmt;

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use super::dht::{DhtPublicKey, DhtSecretKey};
use super::error::KeyError;
use crate::ids::{ParseHexError, parse_hex, write_hex};

/// Bytes of a signature.
pub const SIGNATURE_LEN: usize = 64;

/// The public key of an inbox, or of one packet: a canonical Ed25519 point, not of small order, with its sign bit clear.
#[derive(Clone, Copy)]
pub struct InboxPublicKey(VerifyingKey);

impl InboxPublicKey {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// Checks the bytes.
    ///
    /// # Errors
    /// [`KeyError`] if the sign bit is set, or the bytes are no usable point.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, KeyError> {
        if bytes[31] & 0x80 != 0 {
            return Err(KeyError::SignBit);
        }
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::NotAPoint)?;
        if key.is_weak() {
            return Err(KeyError::LowOrder);
        }
        // The same point may have a second encoding (y + p), which would be a second name for one key.
        if key.to_edwards().compress().to_bytes() != bytes {
            return Err(KeyError::NotAPoint);
        }
        Ok(Self(key))
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The X25519 key that messages to this inbox are encrypted for.
    #[must_use]
    pub fn to_dht(&self) -> DhtPublicKey {
        DhtPublicKey::from_bytes(self.0.to_montgomery().to_bytes())
    }

    /// Strict verification of a signature over `text` (RFC 8032, with small-order keys refused).
    pub(crate) fn verify(&self, text: &[u8], signature: &Signature) -> Result<(), KeyError> {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        self.0
            .verify_strict(text, &signature)
            .map_err(|_| KeyError::Signature)
    }
}

impl PartialEq for InboxPublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for InboxPublicKey {}

impl PartialOrd for InboxPublicKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for InboxPublicKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl std::hash::Hash for InboxPublicKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl fmt::Display for InboxPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(self.as_bytes(), f)
    }
}

impl fmt::Debug for InboxPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InboxPublicKey({self})")
    }
}

/// The secret of an inbox: an Ed25519 seed.
#[derive(Clone)]
pub struct InboxSecret(SigningKey);

impl InboxSecret {
    /// A fresh secret whose public key has its sign bit clear.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRngCore) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        loop {
            rng.fill_bytes(seed.as_mut());
            // Half of all seeds are refused for the sign bit; try the next.
            if let Ok(secret) = Self::from_seed(&seed) {
                return secret;
            }
        }
    }

    /// The secret with this seed.
    ///
    /// # Errors
    /// [`KeyError::SignBit`] if its public key has the sign bit set.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, KeyError> {
        let key = SigningKey::from_bytes(seed);
        InboxPublicKey::from_bytes(key.verifying_key().to_bytes())?;
        Ok(Self(key))
    }

    /// The secret seed, for a key file.
    #[must_use]
    pub fn expose_seed(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> InboxPublicKey {
        InboxPublicKey(self.0.verifying_key())
    }

    /// The X25519 secret that decrypts what is encrypted for [`InboxPublicKey::to_dht`].
    #[must_use]
    pub fn to_dht(&self) -> DhtSecretKey {
        let scalar = Zeroizing::new(self.0.to_scalar_bytes());
        DhtSecretKey::from_bytes(*scalar)
    }

    pub(crate) fn sign(&self, text: &[u8]) -> Signature {
        Signature(self.0.sign(text).to_bytes())
    }
}

impl fmt::Debug for InboxSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InboxSecret(of {})", self.public())
    }
}

/// An Ed25519 signature.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature([u8; SIGNATURE_LEN]);

impl Signature {
    /// Takes the bytes as they are; [`crate::signature::verify`] judges them.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; SIGNATURE_LEN]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; SIGNATURE_LEN] {
        &self.0
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({self})")
    }
}

impl std::str::FromStr for Signature {
    type Err = ParseHexError;

    fn from_str(text: &str) -> Result<Self, ParseHexError> {
        parse_hex(text).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::super::SharedKey;
    use super::*;

    #[test]
    fn generated_keys_have_a_clear_sign_bit() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        for _ in 0..32 {
            let secret = InboxSecret::generate(&mut rng);
            assert_eq!(secret.public().as_bytes()[31] & 0x80, 0);
            assert_eq!(
                InboxPublicKey::from_bytes(*secret.public().as_bytes()),
                Ok(secret.public())
            );
        }
    }

    #[test]
    fn the_x25519_images_of_a_pair_are_a_pair() {
        let secret = InboxSecret::generate(&mut ChaCha20Rng::seed_from_u64(2));
        assert_eq!(secret.to_dht().public(), secret.public().to_dht());
        assert!(SharedKey::new(&secret.to_dht(), &secret.public().to_dht()).is_ok());
    }

    #[test]
    fn unusable_public_keys_are_refused_with_the_reason() {
        let mut with_sign = *InboxSecret::generate(&mut ChaCha20Rng::seed_from_u64(3))
            .public()
            .as_bytes();
        with_sign[31] |= 0x80;
        let mut identity = [0; 32];
        identity[0] = 1;
        // y = p + 1 is a second encoding of the identity's y = 1; y = p + 3 one of y = 3.
        let mut not_canonical = [0xff; 32];
        not_canonical[0] = 0xed + 3;
        not_canonical[31] = 0x7f;
        let mut not_a_point = [0; 32];
        not_a_point[0] = 2;
        for (bytes, error) in [
            (with_sign, KeyError::SignBit),
            ([0; 32], KeyError::LowOrder),
            (identity, KeyError::LowOrder),
            (not_canonical, KeyError::NotAPoint),
            (not_a_point, KeyError::NotAPoint),
        ] {
            assert_eq!(
                InboxPublicKey::from_bytes(bytes),
                Err(error),
                "{bytes:02x?}"
            );
        }
    }
}
