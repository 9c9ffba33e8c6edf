//! The key of one packet: it seals the outer box, and can recall the packet.
//!
//! How its seed is derived stands in [`crate::message`].

use std::fmt;

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use super::dht::{DhtPublicKey, DhtSecretKey};
use super::error::KeyError;
use super::point::{by_its_bytes, checked};
use super::signature::Signature;
use crate::ids::UncheckedKey;
use crate::signature::SignedText;

/// The public key of one packet: a canonical Ed25519 key, not of small order; its sign bit may be set.
///
/// Two keys that differ in the sign bit have one X25519 image, but the nonce of the box is derived from the key's bytes.
/// A component of small order does no harm: X25519 does away with it, and strict verification accepts the same
/// signatures in every implementation.
#[derive(Clone, Copy)]
pub struct EphemeralPublicKey(VerifyingKey);

by_its_bytes!(EphemeralPublicKey);

impl EphemeralPublicKey {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// Checks the bytes.
    ///
    /// # Errors
    /// [`KeyError`] if they are no canonical encoding of a point, or the point has a small order.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, KeyError> {
        checked(&bytes).map(Self)
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The key as it travels.
    #[must_use]
    pub fn unchecked(&self) -> UncheckedKey {
        UncheckedKey::from_bytes(*self.as_bytes())
    }

    /// The X25519 key that the outer box is made with.
    #[must_use]
    pub fn to_dht(&self) -> DhtPublicKey {
        DhtPublicKey::from_bytes(self.0.to_montgomery().to_bytes())
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

impl TryFrom<UncheckedKey> for EphemeralPublicKey {
    type Error = KeyError;

    fn try_from(key: UncheckedKey) -> Result<Self, KeyError> {
        Self::from_bytes(*key.as_bytes())
    }
}

/// The secret of one packet's key: an Ed25519 seed. Wiped from memory when dropped, never printed.
#[derive(Clone)]
pub struct EphemeralSecret(SigningKey);

impl EphemeralSecret {
    /// A fresh secret.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRngCore) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut());
        Self::from_seed(&seed)
    }

    /// The secret with this seed.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The seed.
    #[must_use]
    pub fn expose_seed(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> EphemeralPublicKey {
        EphemeralPublicKey(self.0.verifying_key())
    }

    /// The X25519 secret that belongs to [`EphemeralPublicKey::to_dht`].
    #[must_use]
    pub fn to_dht(&self) -> DhtSecretKey {
        let scalar = Zeroizing::new(self.0.to_scalar_bytes());
        DhtSecretKey::from_bytes(*scalar)
    }

    /// Signs (RFC 8032).
    #[must_use]
    pub fn sign(&self, text: &SignedText) -> Signature {
        Signature::from_bytes(self.0.sign(text.as_bytes()).to_bytes())
    }
}

impl fmt::Debug for EphemeralSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EphemeralSecret(of {})", self.public())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ids::NetworkId;
    use crate::signature::SignedCommand;

    #[test]
    fn a_secret_is_not_printed() {
        let secret = EphemeralSecret::from_seed(&[0x42; 32]);
        assert!(!format!("{secret:?}").contains("4242"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn one_seed_gives_a_pair_to_sign_and_a_pair_to_seal(seed: [u8; 32]) {
            let secret = EphemeralSecret::from_seed(&seed);
            prop_assert_eq!(secret.to_dht().public(), secret.public().to_dht());
            prop_assert_eq!(EphemeralPublicKey::from_bytes(*secret.public().as_bytes()), Ok(secret.public()));
            let text = SignedText::new(NetworkId::MAIN, SignedCommand::RecallTombstone, &[&[1; 64]]);
            prop_assert_eq!(secret.public().verify(&text, &secret.sign(&text)), Ok(()));
        }

        #[test]
        fn arbitrary_bytes_are_refused_or_read_back(bytes: [u8; 32]) {
            if let Ok(key) = EphemeralPublicKey::from_bytes(bytes) {
                prop_assert_eq!(key.as_bytes(), &bytes);
            }
        }
    }
}
