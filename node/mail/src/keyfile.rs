//! Key files: an inbox's secret as text, in the data directory and for export, optionally under a passphrase.
//!
//! JSON. With a passphrase the seed is sealed by XSalsa20-Poly1305 under a key that Argon2id makes of it.

use argon2::{Algorithm, Argon2, Params, Version};
use crypto_secretbox::XSalsa20Poly1305;
use crypto_secretbox::aead::{Aead, KeyInit};
use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};
use toxdrop_proto::ids::{Salt, UnixSeconds};
use toxdrop_proto::keys::InboxSecret;
use zeroize::Zeroizing;

use crate::error::MailError;

const FORMAT: &str = "toxdrop inbox key";
const VERSION: u32 = 1;
/// Argon2id: 64 MiB, 3 passes, 1 lane (RFC 9106's second choice, on one lane).
const MEMORY_KIB: u32 = 65_536;
const PASSES: u32 = 3;
/// The most that a file from elsewhere may make us spend.
const MAX_MEMORY_KIB: u32 = 1 << 20;
const MAX_PASSES: u32 = 16;

/// A former location, read until what may lie there has expired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Former {
    pub(crate) salt: String,
    pub(crate) until_unix: u64,
}

/// Text that is wiped from memory when dropped.
#[derive(Clone)]
struct SecretText(Zeroizing<String>);

impl SecretText {
    fn of(secret: &InboxSecret) -> Self {
        Self(Zeroizing::new(hex::encode(secret.expose_seed())))
    }
}

impl Serialize for SecretText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}

/// What a key file of any format begins with.
#[derive(Deserialize)]
struct Head {
    format: String,
    version: u32,
}

/// The file's content.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct KeyFile {
    format: String,
    version: u32,
    pub(crate) name: String,
    pub(crate) created_unix: u64,
    /// When it came to the node that wrote this.
    #[serde(default)]
    pub(crate) added_unix_ms: u64,
    /// The seed in hex, or
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<SecretText>,
    /// the seed under a passphrase.
    #[serde(skip_serializing_if = "Option::is_none")]
    sealed: Option<Sealed>,
    /// The salt of the location in use.
    pub(crate) salt: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) former: Vec<Former>,
    /// The newest own record, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) record: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Sealed {
    kdf: String,
    memory_kib: u32,
    passes: u32,
    salt: String,
    nonce: String,
    seed: String,
}

impl KeyFile {
    pub(crate) fn new(name: &str, secret: &InboxSecret, created: UnixSeconds) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            name: name.to_owned(),
            created_unix: created.0,
            added_unix_ms: 0,
            seed: Some(SecretText::of(secret)),
            sealed: None,
            salt: Salt::DEFAULT.to_string(),
            former: Vec::new(),
            record: None,
        }
    }

    /// The file's text.
    pub(crate) fn to_text(&self) -> Result<Zeroizing<String>, MailError> {
        serde_json::to_string_pretty(self)
            .map(|text| Zeroizing::new(text + "\n"))
            .map_err(|error| MailError::KeyFile(error.to_string()))
    }

    /// Reads a file's text.
    pub(crate) fn parse(text: &str) -> Result<Self, MailError> {
        let bad = |error: serde_json::Error| MailError::KeyFile(error.to_string());
        // First of all: what stands in a file of another version nobody here knows.
        let head: Head = serde_json::from_str(text).map_err(bad)?;
        if head.format != FORMAT {
            let what = format!("its format is {:?}", head.format);
            return Err(MailError::KeyFile(what));
        }
        if head.version != VERSION {
            return Err(MailError::KeyFileVersion(head.version));
        }
        serde_json::from_str(text).map_err(bad)
    }

    /// The same, with the seed under a passphrase.
    pub(crate) fn sealed(
        mut self,
        passphrase: &str,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Self, MailError> {
        let Some(seed) = self.seed.take() else {
            return Err(MailError::Passphrase);
        };
        let (mut salt, mut nonce) = ([0; 16], [0; 24]);
        rng.fill_bytes(&mut salt);
        rng.fill_bytes(&mut nonce);
        let key = derive(passphrase, &salt, MEMORY_KIB, PASSES)?;
        let ciphertext = XSalsa20Poly1305::new((&*key).into())
            .encrypt(&nonce.into(), seed.0.as_bytes())
            .map_err(|_| MailError::Passphrase)?;
        self.sealed = Some(Sealed {
            kdf: "argon2id".to_owned(),
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            salt: hex::encode(salt),
            nonce: hex::encode(nonce),
            seed: hex::encode(ciphertext),
        });
        Ok(self)
    }

    /// The secret. `passphrase` is needed where the seed is sealed.
    pub(crate) fn secret(&self, passphrase: Option<&str>) -> Result<InboxSecret, MailError> {
        let bad = |what: &str| MailError::KeyFile(what.to_owned());
        let seed = match (&self.seed, &self.sealed) {
            (Some(seed), None) => seed.0.clone(),
            (None, Some(sealed)) => sealed.open(passphrase.ok_or(MailError::Passphrase)?)?,
            _ => return Err(bad("it holds no seed, or two")),
        };
        let mut bytes = Zeroizing::new([0; 32]);
        hex::decode_to_slice(seed.as_str(), bytes.as_mut())
            .map_err(|_| bad("its seed is not 64 hexadecimal digits"))?;
        InboxSecret::from_seed(&bytes).map_err(|error| MailError::KeyFile(error.to_string()))
    }

    /// Puts the opened seed in the place of the sealed one.
    pub(crate) fn unsealed(mut self, secret: &InboxSecret) -> Self {
        self.seed = Some(SecretText::of(secret));
        self.sealed = None;
        self
    }
}

impl Sealed {
    fn open(&self, passphrase: &str) -> Result<Zeroizing<String>, MailError> {
        let bad = |what: &str| MailError::KeyFile(what.to_owned());
        if self.kdf != "argon2id" || self.memory_kib > MAX_MEMORY_KIB || self.passes > MAX_PASSES {
            return Err(bad(
                "its passphrase hash is of an unknown kind or absurdly dear",
            ));
        }
        let salt = hex::decode(&self.salt).map_err(|_| bad("its salt is not hexadecimal"))?;
        let mut nonce = [0; 24];
        hex::decode_to_slice(&self.nonce, &mut nonce)
            .map_err(|_| bad("its nonce is not 48 hexadecimal digits"))?;
        let sealed = hex::decode(&self.seed).map_err(|_| bad("its seed is not hexadecimal"))?;
        let key = derive(passphrase, &salt, self.memory_kib, self.passes)?;
        let seed = XSalsa20Poly1305::new((&*key).into())
            .decrypt(&nonce.into(), sealed.as_slice())
            .map_err(|_| MailError::Passphrase)?;
        String::from_utf8(seed)
            .map(Zeroizing::new)
            .map_err(|_| bad("its seed is not text"))
    }
}

fn derive(
    passphrase: &str,
    salt: &[u8],
    memory_kib: u32,
    passes: u32,
) -> Result<Zeroizing<[u8; 32]>, MailError> {
    let params = Params::new(memory_kib, passes, 1, Some(32))
        .map_err(|error| MailError::KeyFile(error.to_string()))?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, key.as_mut())
        .map_err(|error| MailError::KeyFile(error.to_string()))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::*;

    #[test]
    fn a_key_file_opens_with_its_passphrase_and_no_other() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let secret = InboxSecret::generate(&mut rng);
        let plain = KeyFile::new("bob", &secret, UnixSeconds(1));
        let text = plain
            .clone()
            .sealed("correct horse", &mut rng)
            .unwrap()
            .to_text()
            .unwrap();
        assert!(!text.contains(&hex::encode(secret.expose_seed())));
        let read = KeyFile::parse(&text).unwrap();
        let opened = read.secret(Some("correct horse")).unwrap();
        assert_eq!(opened.public(), secret.public());
        for wrong in [None, Some("wrong")] {
            assert!(matches!(read.secret(wrong), Err(MailError::Passphrase)));
        }
        let text = plain.to_text().unwrap();
        let read = KeyFile::parse(&text).unwrap();
        assert_eq!(read.secret(None).unwrap().public(), secret.public());
    }

    #[test]
    fn a_key_file_of_another_version_is_refused_whatever_stands_in_it() {
        for version in [0, 2, u32::MAX] {
            let head = format!(r#"{{"format":"{FORMAT}","version":{version}"#);
            for rest in ["}", r#","name":7,"secret":"of another kind"}"#] {
                let error = KeyFile::parse(&(head.clone() + rest)).err().unwrap();
                assert!(
                    matches!(error, MailError::KeyFileVersion(found) if found == version),
                    "{error}"
                );
                assert!(error.to_string().contains("version of toxdrop"), "{error}");
            }
        }
    }

    #[test]
    fn a_key_file_that_was_cut_short_anywhere_is_refused() {
        let secret = InboxSecret::generate(&mut ChaCha20Rng::seed_from_u64(2));
        let text = KeyFile::new("bob", &secret, UnixSeconds(1))
            .to_text()
            .unwrap();
        for end in 0..text.trim_end().len() {
            let cut = KeyFile::parse(&text[..end]);
            assert!(matches!(cut, Err(MailError::KeyFile(_))), "{end}");
        }
    }

    #[test]
    fn what_is_no_key_file_is_refused() {
        for text in [
            "",
            "{}",
            "[]",
            r#"{"format":"x","version":1,"name":"","created_unix":0,"salt":""}"#,
        ] {
            assert!(
                matches!(KeyFile::parse(text), Err(MailError::KeyFile(_))),
                "{text}"
            );
        }
    }
}
