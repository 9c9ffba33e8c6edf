//! Tox IDs: what Tox users give each other to become friends (Tox spec, "Tox ID").
//!
//! Bytes and their checksum only; whether the public key is usable is the inbox key's word.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::ids::{parse_hex, write_hex};

/// Bytes of a Tox ID: public key 32 ‖ nospam 4 ‖ checksum 2.
pub const TOX_ID_LEN: usize = 38;

/// A number that a Tox ID's owner can change, so that former IDs no longer work for friend requests.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nospam(pub [u8; 4]);

impl fmt::Display for Nospam {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for Nospam {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Nospam({self})")
    }
}

/// A Tox ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ToxId {
    /// The Tox public key.
    pub public_key: [u8; 32],
    /// See [`Nospam`].
    pub nospam: Nospam,
}

/// Text or bytes that are no Tox ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ToxIdError {
    /// Not 76 hexadecimal digits.
    #[error("a Tox ID has {} hexadecimal digits", 2 * TOX_ID_LEN)]
    Form,
    /// The checksum is that of another ID.
    #[error("the Tox ID has a typing error: its checksum does not fit; copy it again")]
    Checksum,
}

impl ToxId {
    /// Reads the bytes.
    ///
    /// # Errors
    /// [`ToxIdError::Checksum`].
    pub fn from_bytes(bytes: &[u8; TOX_ID_LEN]) -> Result<Self, ToxIdError> {
        let mut id = Self {
            public_key: [0; 32],
            nospam: Nospam([0; 4]),
        };
        id.public_key.copy_from_slice(&bytes[..32]);
        id.nospam.0.copy_from_slice(&bytes[32..36]);
        if id.checksum() == bytes[36..] {
            Ok(id)
        } else {
            Err(ToxIdError::Checksum)
        }
    }

    /// The bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; TOX_ID_LEN] {
        let mut bytes = [0; TOX_ID_LEN];
        bytes[..32].copy_from_slice(&self.public_key);
        bytes[32..36].copy_from_slice(&self.nospam.0);
        bytes[36..].copy_from_slice(&self.checksum());
        bytes
    }

    /// All bytes before the checksum, XORed in pairs.
    fn checksum(&self) -> [u8; 2] {
        let mut sum = [0; 2];
        let bytes = self.public_key.iter().chain(&self.nospam.0);
        for (i, byte) in bytes.enumerate() {
            sum[i % 2] ^= byte;
        }
        sum
    }
}

impl fmt::Display for ToxId {
    /// In upper case, as Tox clients write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_bytes()
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl FromStr for ToxId {
    type Err = ToxIdError;

    fn from_str(text: &str) -> Result<Self, ToxIdError> {
        let bytes = parse_hex(text).map_err(|_| ToxIdError::Form)?;
        Self::from_bytes(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_example_of_the_tox_wiki_is_a_tox_id() {
        let text = "56A1ADE4B65B86BCD51CC73E2CD4E542179F47959FE3E0E21B4B0ACDADE51855D34D34D37CB5";
        let id: ToxId = text.parse().unwrap();
        assert_eq!(id.nospam.to_string(), "d34d34d3");
        assert_eq!(id.to_string(), text);
    }

    proptest! {
        #[test]
        fn a_tox_id_is_read_back_in_either_case(public_key: [u8; 32], nospam: [u8; 4]) {
            let id = ToxId { public_key, nospam: Nospam(nospam) };
            prop_assert_eq!(ToxId::from_bytes(&id.to_bytes()), Ok(id));
            prop_assert_eq!(id.to_string().parse(), Ok(id));
            prop_assert_eq!(id.to_string().to_lowercase().parse(), Ok(id));
        }

        #[test]
        fn a_changed_byte_is_noticed(public_key: [u8; 32], nospam: [u8; 4], at in 0..TOX_ID_LEN, flip in 1u8..) {
            let mut bytes = ToxId { public_key, nospam: Nospam(nospam) }.to_bytes();
            bytes[at] ^= flip;
            prop_assert_eq!(ToxId::from_bytes(&bytes), Err(ToxIdError::Checksum));
        }

        #[test]
        fn arbitrary_text_is_refused_without_a_panic(text in "\\PC{0,80}") {
            let _ = text.parse::<ToxId>();
        }
    }
}
