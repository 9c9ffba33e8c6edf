//! Tox profiles that are encrypted with a passphrase (c-toxcore's `toxencryptsave`), opened, never made.
//!
//! What is inside is read in `profile.rs`.
//!
//! ```text
//! "toxEsave" 8 ‖ salt 32 ‖ nonce 24 ‖ secretbox(profile)
//! key = scrypt(SHA-256(passphrase), salt, N = 2^14, r = 8, p = 2)
//! ```
//!
//! libsodium derives N, r and p from an opslimit of 2^20 and a memlimit of 16 MiB (scryptsalsa208sha256, twice the
//! interactive opslimit). It takes some tenths of a second and 16 MiB.

use crypto_secretbox::aead::Aead;
use crypto_secretbox::{KeyInit, XSalsa20Poly1305};
use scrypt::{Params, scrypt};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::profile::{ENCRYPTED_HEAD, ProfileError, ToxProfile};
use crate::keys::{MAC_LEN, NONCE_LEN};

const SALT_LEN: usize = 32;

/// How many bytes longer an encrypted profile is.
pub const ENCRYPTED_OVERHEAD: usize = ENCRYPTED_HEAD.len() + SALT_LEN + NONCE_LEN + MAC_LEN;

/// Reads a profile, plain or encrypted. A passphrase that is not needed is not used.
///
/// # Errors
/// [`ProfileError`]; [`ProfileError::Encrypted`] if a passphrase is needed.
pub fn open_profile(bytes: &[u8], passphrase: Option<&[u8]>) -> Result<ToxProfile, ProfileError> {
    match passphrase {
        Some(passphrase) if ToxProfile::is_encrypted(bytes) => {
            ToxProfile::parse(&decrypt_profile(bytes, passphrase)?)
        }
        _ => ToxProfile::parse(bytes),
    }
}

/// Decrypts an encrypted profile: the bytes of a plain one.
///
/// # Errors
/// [`ProfileError::NotAProfile`] if it is not an encrypted profile, [`ProfileError::CutShort`],
/// [`ProfileError::Passphrase`].
pub fn decrypt_profile(
    bytes: &[u8],
    passphrase: &[u8],
) -> Result<Zeroizing<Vec<u8>>, ProfileError> {
    let rest = bytes
        .strip_prefix(&ENCRYPTED_HEAD)
        .ok_or(ProfileError::NotAProfile)?;
    let cut = ProfileError::CutShort(bytes.len());
    let (salt, rest) = rest.split_first_chunk::<SALT_LEN>().ok_or(cut)?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE_LEN>().ok_or(cut)?;
    if sealed.len() < MAC_LEN {
        return Err(cut);
    }
    let digest = Zeroizing::new(<[u8; 32]>::from(Sha256::digest(passphrase)));
    let mut key = Zeroizing::new([0; 32]);
    // These parameters are within scrypt's bounds, so that neither call fails.
    let params = Params::new(14, 8, 2, key.len()).map_err(|_| ProfileError::Passphrase)?;
    scrypt(&*digest, salt, &params, &mut *key).map_err(|_| ProfileError::Passphrase)?;
    XSalsa20Poly1305::new((&*key).into())
        .decrypt(&(*nonce).into(), sealed)
        .map(Zeroizing::new)
        .map_err(|_| ProfileError::Passphrase)
}
