//! Secrets under a passphrase: XSalsa20-Poly1305 under a key that Argon2id makes of it.
//!
//! Knows nothing of what is sealed; that is `keyfile`.

use argon2::{Algorithm, Argon2, Params, Version};
use crypto_secretbox::XSalsa20Poly1305;
use crypto_secretbox::aead::{Aead, KeyInit};
use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::error::MailError;

/// Argon2id: 64 MiB, 3 passes, 1 lane (RFC 9106's second choice, on one lane).
const MEMORY_KIB: u32 = 65_536;
const PASSES: u32 = 3;
/// The most that a file from elsewhere may make us spend.
const MAX_MEMORY_KIB: u32 = 1 << 20;
const MAX_PASSES: u32 = 16;

/// Bytes under a passphrase, as they stand in a key file.
#[derive(Serialize, Deserialize)]
pub(crate) struct Sealed {
    kdf: String,
    memory_kib: u32,
    passes: u32,
    salt: String,
    nonce: String,
    #[serde(rename = "box")]
    sealed: String,
}

impl Sealed {
    pub(crate) fn seal(
        plain: &[u8],
        passphrase: &[u8],
        rng: &mut impl CryptoRngCore,
    ) -> Result<Self, MailError> {
        let (mut salt, mut nonce) = ([0; 16], [0; 24]);
        rng.fill_bytes(&mut salt);
        rng.fill_bytes(&mut nonce);
        let key = derive(passphrase, &salt, MEMORY_KIB, PASSES)?;
        let sealed = XSalsa20Poly1305::new((&*key).into())
            .encrypt(&nonce.into(), plain)
            .map_err(|_| bad("it is too long to be sealed"))?;
        Ok(Self {
            kdf: "argon2id".to_owned(),
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            salt: hex::encode(salt),
            nonce: hex::encode(nonce),
            sealed: hex::encode(sealed),
        })
    }

    pub(crate) fn open(&self, passphrase: &[u8]) -> Result<Zeroizing<Vec<u8>>, MailError> {
        if self.kdf != "argon2id" || self.memory_kib > MAX_MEMORY_KIB || self.passes > MAX_PASSES {
            return Err(bad(
                "its passphrase hash is of an unknown kind or absurdly dear",
            ));
        }
        let salt = hex::decode(&self.salt).map_err(|_| bad("its salt is not hexadecimal"))?;
        let mut nonce = [0; 24];
        hex::decode_to_slice(&self.nonce, &mut nonce)
            .map_err(|_| bad("its nonce is not 48 hexadecimal digits"))?;
        let sealed = hex::decode(&self.sealed).map_err(|_| bad("its box is not hexadecimal"))?;
        let key = derive(passphrase, &salt, self.memory_kib, self.passes)?;
        XSalsa20Poly1305::new((&*key).into())
            .decrypt(&nonce.into(), sealed.as_slice())
            .map(Zeroizing::new)
            .map_err(|_| MailError::Passphrase("key file"))
    }
}

fn bad(what: &str) -> MailError {
    MailError::KeyFile(what.to_owned())
}

fn derive(
    passphrase: &[u8],
    salt: &[u8],
    memory_kib: u32,
    passes: u32,
) -> Result<Zeroizing<[u8; 32]>, MailError> {
    let params = Params::new(memory_kib, passes, 1, Some(32)).map_err(|e| bad(&e.to_string()))?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase, salt, key.as_mut())
        .map_err(|error| bad(&error.to_string()))?;
    Ok(key)
}
