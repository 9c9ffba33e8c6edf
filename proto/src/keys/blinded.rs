//! Blinded keys: K′ = h·K, by which an inbox is known in one place and one period only.
//!
//! Who knows K and the salt computes K′; from K′ nobody learns K, and nobody else can tell that two K′ belong to one
//! inbox. What a salt is made of stands in [`crate::place`].

use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use ed25519_dalek::VerifyingKey;
use ed25519_dalek::hazmat::ExpandedSecretKey;
use zeroize::Zeroizing;

use super::inbox::{InboxPublicKey, InboxSecret};
use super::place_key::{PlacePublicKey, PlaceSigner};
use crate::domain;
use crate::hash::hash;

/// Bytes of a salt: class 1 ‖ period 8 ‖ secret 16.
pub(crate) const SALT_LEN: usize = 25;

/// The factor h: SHA-512(domain ‖ K ‖ salt), little-endian, modulo the group order l; 0 counts as 1.
///
/// 512 bits reduced to 253 are as good as uniform. Nobody will ever meet the 0: it comes once in 2^252 hashes; the rule
/// makes the function total, so that blinding cannot fail.
fn factor(key: &InboxPublicKey, salt: &[u8; SALT_LEN]) -> Scalar {
    let wide: Zeroizing<[u8; 64]> = Zeroizing::new(hash(domain::BLINDING, &[key.as_bytes(), salt]));
    never_zero(Scalar::from_bytes_mod_order_wide(&wide))
}

fn never_zero(h: Scalar) -> Scalar {
    if h == Scalar::ZERO { Scalar::ONE } else { h }
}

impl InboxPublicKey {
    /// K′ = h·K.
    pub(crate) fn blind(&self, salt: &[u8; SALT_LEN]) -> PlacePublicKey {
        // Neither factor is 0 in a group of prime order, so K′ is no point of small order.
        let blinded: EdwardsPoint = self.point() * factor(self, salt);
        PlacePublicKey::new(VerifyingKey::from(blinded))
    }
}

impl InboxSecret {
    /// The secret of K′: scalar h·a, and a nonce prefix that serves this K′ alone.
    ///
    /// Ed25519 takes its nonce from hash(prefix ‖ text). One prefix under two keys would give the same nonce to the same
    /// text, and two such signatures give the scalar away; therefore K′ is hashed into the prefix.
    pub(crate) fn blind(&self, salt: &[u8; SALT_LEN]) -> PlaceSigner {
        let scalar = self.scalar() * factor(&self.public(), salt);
        let blinded = self.public().blind(salt);
        let own = Zeroizing::new(hash::<32>(
            domain::NONCE_PREFIX,
            &[self.scalar().as_bytes()],
        ));
        let hash_prefix = hash(
            domain::BLINDED_PREFIX,
            &[own.as_slice(), blinded.as_bytes()],
        );
        PlaceSigner::new(ExpandedSecretKey {
            scalar,
            hash_prefix,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::ids::NetworkId;
    use crate::signature::{SignedCommand, SignedText};

    fn secret(tox: bool, bytes: &[u8; 32]) -> InboxSecret {
        if tox {
            InboxSecret::from_tox(bytes)
        } else {
            InboxSecret::from_seed(bytes)
        }
    }

    fn text() -> SignedText {
        SignedText::new(NetworkId::MAIN, SignedCommand::List, &[&[7; 32]])
    }

    #[test]
    fn a_factor_of_zero_is_replaced() {
        assert_eq!(never_zero(Scalar::ZERO), Scalar::ONE);
        assert_eq!(never_zero(Scalar::from(5u8)), Scalar::from(5u8));
    }

    #[test]
    fn a_nonce_prefix_never_serves_two_keys() {
        // The same 32 bytes as a seed and as a Tox secret key are two inboxes; each with many places.
        let mut prefixes = HashSet::new();
        let mut keys = HashSet::new();
        for bytes in [[1; 32], [2; 32], [3; 32]] {
            for tox in [false, true] {
                for n in 0..64 {
                    let signer = secret(tox, &bytes).blind(&[n; SALT_LEN]);
                    keys.insert(signer.public());
                    prefixes.insert(signer.nonce_prefix());
                }
            }
        }
        assert_eq!((keys.len(), prefixes.len()), (3 * 2 * 64, 3 * 2 * 64));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn blinding_the_public_and_the_secret_key_agree(tox: bool, bytes: [u8; 32], salt: [u8; SALT_LEN]) {
            let secret = secret(tox, &bytes);
            let signer = secret.blind(&salt);
            prop_assert_eq!(signer.public(), secret.public().blind(&salt));
            prop_assert_ne!(*signer.public().as_bytes(), *secret.public().as_bytes());
            prop_assert_eq!(PlacePublicKey::from_bytes(*signer.public().as_bytes()), Ok(signer.public()));
        }

        #[test]
        fn blinded_signatures_verify_with_plain_ed25519(tox: bool, bytes: [u8; 32], salt: [u8; SALT_LEN]) {
            let signer = secret(tox, &bytes).blind(&salt);
            let signature = signer.sign(&text());
            let plain = VerifyingKey::from_bytes(signer.public().as_bytes()).unwrap();
            let theirs = ed25519_dalek::Signature::from_bytes(signature.as_bytes());
            prop_assert!(plain.verify_strict(text().as_bytes(), &theirs).is_ok());
            prop_assert_eq!(signer.public().verify(&text(), &signature), Ok(()));
        }

        #[test]
        fn one_text_under_two_places_of_an_inbox_is_signed_with_two_nonces(tox: bool, bytes: [u8; 32], one: [u8; SALT_LEN], other: [u8; SALT_LEN]) {
            prop_assume!(one != other);
            let secret = secret(tox, &bytes);
            let (a, b) = (secret.blind(&one), secret.blind(&other));
            prop_assert_ne!(a.nonce_prefix(), b.nonce_prefix());
            // R, the first half of a signature, is the nonce times the base point.
            let (a, b) = (a.sign(&text()), b.sign(&text()));
            prop_assert_ne!(&a.as_bytes()[..32], &b.as_bytes()[..32]);
        }
    }
}
