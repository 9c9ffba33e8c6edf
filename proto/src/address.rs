//! Addresses: an inbox's public key as people copy it, with a checksum that catches typing errors.
//!
//! bech32m (BIP-350), human-readable part `toxdrop`, over version 1 ‖ public key 32.

use std::fmt;
use std::str::FromStr;

use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Bech32m, Hrp};
use thiserror::Error;

use crate::keys::{InboxPublicKey, KeyError};

/// The part before the separator `1`.
pub const HRP: &str = "toxdrop";
/// The first byte under the checksum.
pub const VERSION: u8 = 1;

/// An inbox's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The inbox's public key.
    pub key: InboxPublicKey,
}

/// Text that is no address.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AddressError {
    /// Another human-readable part.
    #[error("this is not a toxdrop address: it should start with \"{HRP}1\"")]
    Prefix,
    /// Mistyped, cut or not bech32m.
    #[error("the address has a typing error or was cut: its checksum does not fit; copy it again")]
    Checksum,
    /// A version from the future.
    #[error("the address has version {0}, which this program does not know; a newer one may")]
    Version(u8),
    /// The right checksum over the wrong number of bytes.
    #[error("the address holds {0} bytes of key instead of 32")]
    Length(usize),
    /// A key that cannot receive.
    #[error("the address holds an unusable key: {0}")]
    Key(#[from] KeyError),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut data = [VERSION; 33];
        data[1..].copy_from_slice(self.key.as_bytes());
        bech32::encode_lower_to_fmt::<Bech32m, _>(f, Hrp::parse_unchecked(HRP), &data)
            .map_err(|_| fmt::Error)
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        let starts_right = text
            .get(..HRP.len() + 1)
            .is_some_and(|head| head.eq_ignore_ascii_case("toxdrop1"));
        if !starts_right {
            return Err(AddressError::Prefix);
        }
        let checked = CheckedHrpstring::new::<Bech32m>(text).map_err(|_| AddressError::Checksum)?;
        let data: Vec<u8> = checked.byte_iter().collect();
        // The padding bits of the last character must be zero: one address a key.
        match data.split_first() {
            None => Err(AddressError::Length(0)),
            Some((&VERSION, key)) => {
                let key: [u8; 32] = key
                    .try_into()
                    .map_err(|_| AddressError::Length(key.len()))?;
                let address = Self {
                    key: InboxPublicKey::from_bytes(key)?,
                };
                if address.to_string().eq_ignore_ascii_case(text) {
                    Ok(address)
                } else {
                    Err(AddressError::Checksum)
                }
            }
            Some((&version, _)) => Err(AddressError::Version(version)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::InboxSecret;

    fn address() -> Address {
        let secret = (0..=255)
            .find_map(|n| InboxSecret::from_seed(&[n; 32]).ok())
            .unwrap();
        Address {
            key: secret.public(),
        }
    }

    #[test]
    fn an_address_is_read_back_in_either_case_and_with_blanks_around() {
        let text = address().to_string();
        assert!(text.starts_with("toxdrop1"));
        for text in [text.clone(), text.to_uppercase(), format!(" {text}\n")] {
            assert_eq!(text.parse(), Ok(address()));
        }
    }

    #[test]
    fn every_single_typing_error_is_noticed() {
        let text = address().to_string();
        for i in HRP.len() + 1..text.len() {
            for c in ['q', 'p', 'z', 'b', '1', 'é'] {
                let changed: String = text
                    .chars()
                    .enumerate()
                    .map(|(at, old)| if at == i { c } else { old })
                    .collect();
                if changed != text {
                    assert_eq!(changed.parse::<Address>(), Err(AddressError::Checksum));
                }
            }
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_reason() {
        let encode = |hrp: &str, data: &[u8]| {
            bech32::encode::<Bech32m>(Hrp::parse(hrp).unwrap(), data).unwrap()
        };
        let key = *address().key.as_bytes();
        let with = |version: u8, key: &[u8]| [&[version], key].concat();
        for (text, error) in [
            (String::new(), AddressError::Prefix),
            ("toxdrop".into(), AddressError::Prefix),
            (encode("bitcoin", &with(1, &key)), AddressError::Prefix),
            (
                bech32::encode::<bech32::Bech32>(Hrp::parse(HRP).unwrap(), &with(1, &key)).unwrap(),
                AddressError::Checksum,
            ),
            (encode(HRP, &with(2, &key)), AddressError::Version(2)),
            (encode(HRP, &with(1, &key[1..])), AddressError::Length(31)),
            (encode(HRP, &with(1, &[0; 32])), KeyError::LowOrder.into()),
        ] {
            assert_eq!(text.parse::<Address>(), Err(error), "{text}");
        }
    }
}
