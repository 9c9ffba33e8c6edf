//! X25519 keys of nodes and sessions, and `crypto_box` between two of them (NaCl; Tox spec, "Crypto").
//!
//! A public key is kept as bytes: whether it is usable shows when a shared key is made.

use std::fmt;
use std::str::FromStr;

use crypto_secretbox::aead::Aead;
use crypto_secretbox::{Kdf, Key, KeyInit, XSalsa20Poly1305};
use curve25519_dalek::montgomery::MontgomeryPoint;
use rand_core::CryptoRngCore;
use salsa20::Salsa20;
use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::Zeroizing;

use super::error::KeyError;
use crate::ids::{ParseHexError, parse_hex, write_hex};

/// Bytes of a `crypto_box` nonce.
pub const NONCE_LEN: usize = 24;
/// Bytes that a `crypto_box` is longer than its plaintext (Poly1305).
pub const MAC_LEN: usize = 16;

/// u-coordinates of small order, in every encoding with the top bit clear (RFC 7748, section 6.1; curve25519's paper).
const LOW_ORDER: [[u8; 32]; 7] = {
    let mut one = [0; 32];
    one[0] = 1;
    let mut minus_one = [0xff; 32];
    minus_one[0] = 0xec;
    minus_one[31] = 0x7f;
    let mut p = minus_one;
    p[0] = 0xed;
    let mut p_plus_one = minus_one;
    p_plus_one[0] = 0xee;
    [
        [0; 32],
        one,
        [
            0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f,
            0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16,
            0x5f, 0x49, 0xb8, 0x00,
        ],
        [
            0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83,
            0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd,
            0xd0, 0x9f, 0x11, 0x57,
        ],
        minus_one,
        p,
        p_plus_one,
    ]
};

/// An X25519 public key: the name and place of a DHT node, or of one session of a client.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DhtPublicKey([u8; 32]);

impl DhtPublicKey {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// Takes the bytes as they are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether the point has a small order, so that its shared secrets would be zero.
    #[must_use]
    pub fn is_low_order(&self) -> bool {
        let mut u = self.0;
        // X25519 ignores the top bit.
        u[31] &= 0x7f;
        LOW_ORDER.contains(&u)
    }
}

impl fmt::Display for DhtPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for DhtPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DhtPublicKey({self})")
    }
}

impl FromStr for DhtPublicKey {
    type Err = ParseHexError;

    fn from_str(text: &str) -> Result<Self, ParseHexError> {
        parse_hex(text).map(Self)
    }
}

/// An X25519 secret key.
#[derive(Clone)]
pub struct DhtSecretKey(Zeroizing<[u8; 32]>);

impl DhtSecretKey {
    /// Takes the bytes; clamping happens where they are used.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The secret bytes, for a key file.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The public key that belongs to it.
    #[must_use]
    pub fn public(&self) -> DhtPublicKey {
        DhtPublicKey(MontgomeryPoint::mul_base_clamped(*self.0).to_bytes())
    }
}

impl fmt::Debug for DhtSecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DhtSecretKey(…)")
    }
}

/// An X25519 key pair.
#[derive(Clone, Debug)]
pub struct DhtKeyPair {
    /// The half that others know.
    pub public: DhtPublicKey,
    /// The half that nobody else knows.
    pub secret: DhtSecretKey,
}

impl DhtKeyPair {
    /// A fresh pair.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRngCore) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        rng.fill_bytes(bytes.as_mut());
        Self::from_secret_bytes(*bytes)
    }

    /// The pair of a known secret.
    #[must_use]
    pub fn from_secret_bytes(bytes: [u8; 32]) -> Self {
        let secret = DhtSecretKey::from_bytes(bytes);
        Self {
            public: secret.public(),
            secret,
        }
    }
}

/// A box that does not open: the key, the nonce or a byte of it is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the box does not open with this key")]
pub struct BoxError;

/// X25519 of one's own secret and another's public key: the raw shared secret, for key derivations only.
///
/// It is done here, not by the `crypto_box` crate: that reduces the clamped scalar modulo the group order, which is not
/// X25519 for a public key with a small-order component and betrays three bits of the secret to its maker.
///
/// # Errors
/// [`KeyError::LowOrder`] if the shared secret would be zero.
pub(super) fn agree(
    secret: &DhtSecretKey,
    public: &DhtPublicKey,
) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    if public.is_low_order() {
        return Err(KeyError::LowOrder);
    }
    let agreed = Zeroizing::new(MontgomeryPoint(public.0).mul_clamped(*secret.0).to_bytes());
    if agreed.ct_eq(&[0; 32]).into() {
        return Err(KeyError::LowOrder);
    }
    Ok(agreed)
}

/// The key that two parties share (`crypto_box_beforenm`).
#[derive(Clone)]
pub struct SharedKey(XSalsa20Poly1305);

impl SharedKey {
    /// Computes the shared key of one's own secret and another's public key.
    ///
    /// # Errors
    /// [`KeyError::LowOrder`] if the public key would make the shared secret zero.
    pub fn new(secret: &DhtSecretKey, public: &DhtPublicKey) -> Result<Self, KeyError> {
        let agreed = agree(secret, public)?;
        let key = Zeroizing::new(<Salsa20 as Kdf>::kdf(
            Key::from_slice(agreed.as_slice()),
            &Default::default(),
        ));
        Ok(Self(XSalsa20Poly1305::new(&key)))
    }

    /// A key that was derived otherwise, for boxes of its own domain.
    #[must_use]
    pub(crate) fn from_derived(key: &[u8; 32]) -> Self {
        Self(XSalsa20Poly1305::new(key.into()))
    }

    /// Encrypts and authenticates: MAC 16 ‖ ciphertext. A nonce must not be used twice with one key.
    ///
    /// # Errors
    /// [`BoxError`] if the text is larger than the cipher can take (2^38 bytes).
    pub fn seal(&self, nonce: &[u8; NONCE_LEN], plain: &[u8]) -> Result<Vec<u8>, BoxError> {
        self.0
            .encrypt(&(*nonce).into(), plain)
            .map_err(|_| BoxError)
    }

    /// Checks and decrypts what [`SharedKey::seal`] made.
    ///
    /// # Errors
    /// [`BoxError`] if anything about it is wrong.
    pub fn open(&self, nonce: &[u8; NONCE_LEN], sealed: &[u8]) -> Result<Vec<u8>, BoxError> {
        self.0
            .decrypt(&(*nonce).into(), sealed)
            .map_err(|_| BoxError)
    }
}

impl fmt::Debug for SharedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::montgomery::MontgomeryPoint;

    use super::*;

    #[test]
    fn every_low_order_point_is_refused_and_indeed_gives_a_zero_secret() {
        let secret = DhtSecretKey::from_bytes([7; 32]);
        for mut u in LOW_ORDER {
            for top in [0, 0x80] {
                u[31] = u[31] & 0x7f | top;
                assert_eq!(MontgomeryPoint(u).mul_clamped([7; 32]).to_bytes(), [0; 32]);
                assert_eq!(
                    SharedKey::new(&secret, &DhtPublicKey::from_bytes(u)).map(drop),
                    Err(KeyError::LowOrder)
                );
            }
        }
    }

    #[test]
    fn boxes_are_those_of_the_crypto_box_crate() {
        let a = DhtKeyPair::from_secret_bytes([1; 32]);
        let b = DhtKeyPair::from_secret_bytes([2; 32]);
        let theirs = crypto_box::SalsaBox::new(
            &crypto_box::PublicKey::from_bytes(*b.public.as_bytes()),
            &crypto_box::SecretKey::from_bytes(*a.secret.expose()),
        )
        .encrypt(&[3; 24].into(), &b"hello"[..])
        .unwrap();
        let ours = SharedKey::new(&a.secret, &b.public)
            .unwrap()
            .seal(&[3; 24], b"hello")
            .unwrap();
        assert_eq!(ours, theirs);
    }

    #[test]
    fn a_small_order_component_of_a_public_key_changes_nothing() {
        use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
        use curve25519_dalek::edwards::EdwardsPoint;
        use curve25519_dalek::scalar::Scalar;
        let secret = DhtSecretKey::from_bytes([7; 32]);
        let point = ED25519_BASEPOINT_POINT * Scalar::from(1234u64);
        let with = |torsion: EdwardsPoint| {
            let public = DhtPublicKey::from_bytes((point + torsion).to_montgomery().to_bytes());
            SharedKey::new(&secret, &public)
                .unwrap()
                .seal(&[0; 24], b"hello")
                .unwrap()
        };
        let expected = with(EIGHT_TORSION[0]);
        for torsion in EIGHT_TORSION {
            assert_eq!(with(torsion), expected);
        }
    }

    #[test]
    fn both_sides_share_one_key_and_a_changed_byte_is_noticed() {
        let a = DhtKeyPair::from_secret_bytes([1; 32]);
        let b = DhtKeyPair::from_secret_bytes([2; 32]);
        let sealed = SharedKey::new(&a.secret, &b.public)
            .unwrap()
            .seal(&[3; 24], b"hello")
            .unwrap();
        assert_eq!(sealed.len(), 5 + MAC_LEN);
        let other = SharedKey::new(&b.secret, &a.public).unwrap();
        assert_eq!(other.open(&[3; 24], &sealed).unwrap(), b"hello");
        for i in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[i] ^= 1;
            assert_eq!(other.open(&[3; 24], &changed), Err(BoxError));
        }
        assert_eq!(other.open(&[4; 24], &sealed), Err(BoxError));
        assert_eq!(other.open(&[3; 24], &[]), Err(BoxError));
    }

    #[test]
    fn secrets_are_not_printed() {
        let pair = DhtKeyPair::from_secret_bytes([0x42; 32]);
        assert!(!format!("{pair:?}").contains("4242"));
        assert!(!format!("{:?}", pair.secret).contains("66"));
    }
}
