//! Inbox identities: a point K of the Ed25519 curve whose X25519 image is a Tox public key, and the secret behind it.
//!
//! K never signs; what signs for an inbox is a [blinded key](super::PlaceSigner). How K is written for people stands
//! in [`crate::address`].

use std::fmt;

use curve25519_dalek::constants::ED25519_BASEPOINT_TABLE;
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::montgomery::MontgomeryPoint;
use curve25519_dalek::scalar::{Scalar, clamp_integer};
use curve25519_dalek::traits::IsIdentity;
use rand_core::CryptoRngCore;
use sha2::{Digest, Sha512};
use subtle::{Choice, ConditionallyNegatable, ConstantTimeEq};
use zeroize::Zeroizing;

use super::dht::{DhtPublicKey, DhtSecretKey};
use super::error::KeyError;
use super::point::{by_its_bytes, is_canonical};

/// An inbox's public key K: a point of the prime-order group in its canonical encoding, its sign bit clear.
///
/// These are exactly the Edwards images of the Tox public keys that a Tox program can make: see
/// [`InboxPublicKey::from_tox`].
#[derive(Clone, Copy)]
pub struct InboxPublicKey {
    bytes: [u8; 32],
    point: EdwardsPoint,
}

by_its_bytes!(InboxPublicKey);

impl InboxPublicKey {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// Checks the bytes.
    ///
    /// # Errors
    /// [`KeyError`] if the sign bit is set, the bytes are no canonical encoding of a point, or the point is outside the
    /// prime-order group.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, KeyError> {
        if bytes[31] & 0x80 != 0 {
            return Err(KeyError::SignBit);
        }
        if !is_canonical(&bytes) {
            return Err(KeyError::NonCanonical);
        }
        let point = CompressedEdwardsY(bytes)
            .decompress()
            .ok_or(KeyError::NotAPoint)?;
        Self::from_point(point)
    }

    /// The inbox key whose X25519 image is this Tox public key: y = (u − 1)/(u + 1), sign bit clear.
    ///
    /// # Errors
    /// [`KeyError`] if u is not canonical (top bit clear and less than p), belongs to the curve's twist, or to a point
    /// outside the prime-order group. Tox programs make none of these.
    pub fn from_tox(tox_public_key: &[u8; 32]) -> Result<Self, KeyError> {
        // X25519 ignores the top bit and reduces modulo p; a second name for one key is refused here.
        if tox_public_key[31] & 0x80 != 0 || !is_canonical(tox_public_key) {
            return Err(KeyError::NonCanonical);
        }
        if DhtPublicKey::from_bytes(*tox_public_key).is_low_order() {
            return Err(KeyError::LowOrder);
        }
        let point = MontgomeryPoint(*tox_public_key)
            .to_edwards(0)
            .ok_or(KeyError::NotAPoint)?;
        Self::from_point(point)
    }

    fn from_point(point: EdwardsPoint) -> Result<Self, KeyError> {
        if point.is_small_order() {
            return Err(KeyError::LowOrder);
        }
        if !point.is_torsion_free() {
            return Err(KeyError::Torsion);
        }
        let bytes = point.compress().to_bytes();
        Ok(Self { bytes, point })
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// The Tox public key of the same owner; [`InboxPublicKey::from_tox`] takes it back.
    #[must_use]
    pub fn to_tox(&self) -> [u8; 32] {
        self.point.to_montgomery().to_bytes()
    }

    /// The Tox public key as a key that boxes are made for.
    #[must_use]
    pub fn to_dht(&self) -> DhtPublicKey {
        DhtPublicKey::from_bytes(self.to_tox())
    }

    /// The point, for blinding.
    pub(super) fn point(&self) -> &EdwardsPoint {
        &self.point
    }
}

/// What an inbox's secret was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecretKind {
    /// A seed of 32 bytes, as Ed25519 has it: the scalar is the first half of its SHA-512.
    Seed,
    /// A Tox secret key: the scalar is the key itself.
    Tox,
}

/// The secret of an inbox. Wiped from memory when dropped, never printed.
#[derive(Clone)]
pub struct InboxSecret {
    kind: SecretKind,
    bytes: Zeroizing<[u8; 32]>,
    clamped: Zeroizing<[u8; 32]>,
    scalar: Zeroizing<Scalar>,
    public: InboxPublicKey,
}

impl InboxSecret {
    /// A fresh secret, from a random seed.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRngCore) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut());
        Self::from_seed(&seed)
    }

    /// The secret with this seed. Its public key is that of Ed25519, with the sign bit cleared.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let expanded = Zeroizing::new(<[u8; 64]>::from(Sha512::digest(seed)));
        let mut half = Zeroizing::new([0; 32]);
        half.copy_from_slice(&expanded[..32]);
        Self::new(SecretKind::Seed, seed, &half)
    }

    /// The secret of the inbox that a Tox secret key owns.
    #[must_use]
    pub fn from_tox(tox_secret_key: &[u8; 32]) -> Self {
        Self::new(SecretKind::Tox, tox_secret_key, tox_secret_key)
    }

    fn new(kind: SecretKind, bytes: &[u8; 32], scalar: &[u8; 32]) -> Self {
        let clamped = Zeroizing::new(clamp_integer(*scalar));
        let mut scalar = Zeroizing::new(Scalar::from_bytes_mod_order(*clamped));
        let mut point = &*scalar * ED25519_BASEPOINT_TABLE;
        // −P has the X25519 image of P and the other sign bit.
        let sign = Choice::from(point.compress().as_bytes()[31] >> 7);
        scalar.conditional_negate(sign);
        point.conditional_negate(sign);
        debug_assert!(!point.is_identity(), "no multiple of l is a clamped scalar");
        Self {
            kind,
            bytes: Zeroizing::new(*bytes),
            clamped,
            scalar,
            public: InboxPublicKey {
                bytes: point.compress().to_bytes(),
                point,
            },
        }
    }

    /// What [`InboxSecret::expose`] gives: a seed or a Tox secret key.
    #[must_use]
    pub fn kind(&self) -> SecretKind {
        self.kind
    }

    /// The seed or the Tox secret key, for a key file.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> InboxPublicKey {
        self.public
    }

    /// The X25519 secret that opens boxes made for [`InboxPublicKey::to_dht`].
    ///
    /// It is the clamped scalar as it was before it was reduced or negated: X25519 proper, which a small-order component
    /// of the other's key tells nothing, and whose result is the same for a and −a.
    #[must_use]
    pub fn to_dht(&self) -> DhtSecretKey {
        DhtSecretKey::from_bytes(*self.clamped)
    }

    /// The scalar a, with K = a·B.
    pub(super) fn scalar(&self) -> &Scalar {
        &self.scalar
    }
}

impl ConstantTimeEq for InboxSecret {
    /// Whether both have one scalar, and so one public key.
    fn ct_eq(&self, other: &Self) -> Choice {
        self.scalar.ct_eq(&other.scalar)
    }
}

impl fmt::Debug for InboxSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InboxSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::constants::EIGHT_TORSION;
    use proptest::prelude::*;

    use super::super::dht::{DhtKeyPair, SharedKey};
    use super::*;

    fn of(tox: bool, bytes: &[u8; 32]) -> InboxSecret {
        if tox {
            InboxSecret::from_tox(bytes)
        } else {
            InboxSecret::from_seed(bytes)
        }
    }

    #[test]
    fn unusable_public_keys_are_refused_with_the_reason() {
        let mut with_sign = *InboxSecret::from_seed(&[3; 32]).public().as_bytes();
        with_sign[31] |= 0x80;
        let mut identity = [0; 32];
        identity[0] = 1;
        // y = p + 3 is a second encoding of y = 3.
        let mut not_canonical = [0xff; 32];
        not_canonical[0] = 0xed + 3;
        not_canonical[31] = 0x7f;
        let mut not_a_point = [0; 32];
        not_a_point[0] = 2;
        for (bytes, error) in [
            (with_sign, KeyError::SignBit),
            ([0; 32], KeyError::LowOrder),
            (identity, KeyError::LowOrder),
            (not_canonical, KeyError::NonCanonical),
            (not_a_point, KeyError::NotAPoint),
        ] {
            assert_eq!(
                InboxPublicKey::from_bytes(bytes),
                Err(error),
                "{bytes:02x?}"
            );
        }
    }

    #[test]
    fn unusable_tox_keys_are_refused_with_the_reason() {
        let good = InboxSecret::from_tox(&[5; 32]).public().to_tox();
        let mut top_bit = good;
        top_bit[31] |= 0x80;
        let mut p_plus_nine = [0xff; 32];
        p_plus_nine[0] = 0xed + 9;
        p_plus_nine[31] = 0x7f;
        let mut minus_one = p_plus_nine;
        minus_one[0] = 0xec;
        let mut twist = [0; 32];
        twist[0] = 2;
        for (bytes, error) in [
            (top_bit, KeyError::NonCanonical),
            (p_plus_nine, KeyError::NonCanonical),
            ([0; 32], KeyError::LowOrder),
            (minus_one, KeyError::LowOrder),
            (twist, KeyError::NotAPoint),
        ] {
            assert_eq!(InboxPublicKey::from_tox(&bytes), Err(error), "{bytes:02x?}");
        }
        assert!(InboxPublicKey::from_tox(&good).is_ok());
    }

    #[test]
    fn a_secret_is_not_printed() {
        let text = format!("{:?}", InboxSecret::from_tox(&[0x42; 32]));
        assert_eq!(text, "InboxSecret(…)");
    }

    #[test]
    fn a_seed_gives_the_public_key_of_ed25519_with_the_sign_bit_clear() {
        let mut signs = 0;
        for n in 0..32 {
            let mut theirs = ed25519_dalek::SigningKey::from_bytes(&[n; 32])
                .verifying_key()
                .to_bytes();
            signs += u32::from(theirs[31] >> 7);
            theirs[31] &= 0x7f;
            let ours = InboxSecret::from_seed(&[n; 32]).public();
            assert_eq!(ours.as_bytes(), &theirs);
        }
        assert!((1..32).contains(&signs), "both cases are met");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_tox_key_pair_is_an_inbox_and_maps_back(bytes: [u8; 32]) {
            let tox = DhtKeyPair::from_secret_bytes(bytes);
            let inbox = InboxSecret::from_tox(&bytes);
            prop_assert_eq!(inbox.public().to_tox(), *tox.public.as_bytes());
            prop_assert_eq!(InboxPublicKey::from_tox(tox.public.as_bytes()), Ok(inbox.public()));
            prop_assert_eq!(inbox.expose(), &bytes);
        }

        #[test]
        fn a_public_key_is_a_times_the_base_point_with_its_sign_bit_clear(tox: bool, bytes: [u8; 32]) {
            let secret = of(tox, &bytes);
            let public = secret.public();
            prop_assert_eq!(public.as_bytes()[31] & 0x80, 0);
            prop_assert_eq!((secret.scalar() * ED25519_BASEPOINT_TABLE).compress().to_bytes(), *public.as_bytes());
            prop_assert_eq!(InboxPublicKey::from_bytes(*public.as_bytes()), Ok(public));
            prop_assert_eq!(secret.to_dht().public(), public.to_dht());
        }

        #[test]
        fn boxes_open_between_all_kinds_of_secrets_and_are_those_of_crypto_box(a: ([u8; 32], bool), b: ([u8; 32], bool)) {
            let (a, b) = (of(a.1, &a.0), of(b.1, &b.0));
            let theirs = crypto_box::SalsaBox::new(
                &crypto_box::PublicKey::from_bytes(b.public().to_tox()),
                &crypto_box::SecretKey::from_bytes(*a.to_dht().expose()),
            );
            let sealed = SharedKey::new(&a.to_dht(), &b.public().to_dht()).unwrap().seal(&[3; 24], b"hello").unwrap();
            prop_assert_eq!(&crypto_box::aead::Aead::encrypt(&theirs, &[3; 24].into(), &b"hello"[..]).unwrap(), &sealed);
            let opened = SharedKey::new(&b.to_dht(), &a.public().to_dht()).unwrap().open(&[3; 24], &sealed);
            prop_assert_eq!(opened.unwrap(), b"hello");
        }

        #[test]
        fn keys_with_a_torsion_component_are_refused(tox: bool, bytes: [u8; 32], which in 1usize..8) {
            let point = of(tox, &bytes).public().point + EIGHT_TORSION[which];
            let mut encoded = point.compress().to_bytes();
            let mapped = InboxPublicKey::from_tox(&point.to_montgomery().to_bytes());
            prop_assert_eq!(mapped, Err(KeyError::Torsion));
            encoded[31] &= 0x7f;
            prop_assert_eq!(InboxPublicKey::from_bytes(encoded), Err(KeyError::Torsion));
        }

        #[test]
        fn arbitrary_bytes_are_refused_or_read_back(bytes: [u8; 32]) {
            if let Ok(key) = InboxPublicKey::from_bytes(bytes) {
                prop_assert_eq!(key.as_bytes(), &bytes);
                prop_assert_eq!(InboxPublicKey::from_tox(&key.to_tox()), Ok(key));
            }
            if let Ok(key) = InboxPublicKey::from_tox(&bytes) {
                prop_assert_eq!(key.to_tox(), bytes);
                prop_assert_eq!(InboxPublicKey::from_bytes(*key.as_bytes()), Ok(key));
            }
        }
    }
}
