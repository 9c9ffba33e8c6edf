//! A symmetric key of one's own (NaCl, `crypto_secretbox`): for what only its maker is to open again.
//!
//! Makes no nonces.

use std::fmt;

use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use super::dht::{BoxError, NONCE_LEN, SharedKey};

/// A secret key of 32 bytes, XSalsa20-Poly1305.
pub struct SecretBoxKey(SharedKey);

impl SecretBoxKey {
    /// A random key.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRngCore) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        rng.fill_bytes(bytes.as_mut());
        Self::from_bytes(&bytes)
    }

    /// Takes the bytes as they are.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(SharedKey::from_derived(bytes))
    }

    /// MAC 16 ‖ ciphertext. A nonce must serve once only.
    ///
    /// # Errors
    /// [`BoxError`] if the text is larger than the cipher can take (2^38 bytes).
    pub fn seal(&self, nonce: &[u8; NONCE_LEN], plain: &[u8]) -> Result<Vec<u8>, BoxError> {
        self.0.seal(nonce, plain)
    }

    /// Checks and decrypts what [`SecretBoxKey::seal`] made.
    ///
    /// # Errors
    /// [`BoxError`] if anything about it is wrong.
    pub fn open(&self, nonce: &[u8; NONCE_LEN], sealed: &[u8]) -> Result<Vec<u8>, BoxError> {
        self.0.open(nonce, sealed)
    }
}

impl fmt::Debug for SecretBoxKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBoxKey(…)")
    }
}
