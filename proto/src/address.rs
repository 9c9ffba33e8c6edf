//! Addresses: an inbox's public key as people copy it.
//!
//! Three forms, told apart by how they look: bech32m (BIP-350), human-readable part `toxdrop`, over version 2 ‖ public
//! key 32; a Tox ID, 76 hexadecimal digits; a Tox public key, 64 of them.

use std::fmt;
use std::str::FromStr;

use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Bech32m, Hrp};
use thiserror::Error;

use crate::ids::parse_hex;
use crate::keys::{InboxPublicKey, KeyError};
use crate::tox::{Nospam, TOX_ID_LEN, ToxId, ToxIdError};

/// The part before the separator `1`.
pub const HRP: &str = "toxdrop";
/// The first byte under the checksum.
pub const VERSION: u8 = 2;

/// An inbox's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The inbox's public key.
    pub key: InboxPublicKey,
    /// The nospam of the Tox ID that the address was read from, which a stranger shows to the owner.
    pub nospam: Option<Nospam>,
}

/// Text that is no address.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AddressError {
    /// It looks like none of the three forms.
    #[error(
        "this is not an address: it should start with \"{HRP}1\", or be a Tox ID or a Tox public key"
    )]
    Form,
    /// Hexadecimal digits, but not as many as a Tox ID or a Tox public key has.
    #[error(
        "a Tox ID has 76 hexadecimal digits and a Tox public key 64, but this has {0}; copy it again"
    )]
    Digits(usize),
    /// A Tox ID with a typing error.
    #[error("the Tox ID has a typing error: its checksum does not fit; copy it again")]
    ToxChecksum,
    /// bech32m that is mistyped or cut.
    #[error("the address has a typing error or was cut: its checksum does not fit; copy it again")]
    Checksum,
    /// A version that is not this one.
    #[error("the address has version {0}, but this program knows version {VERSION} only")]
    Version(u8),
    /// The right checksum over the wrong number of bytes.
    #[error("the address holds {0} bytes of key instead of 32; ask its owner for a new one")]
    Length(usize),
    /// A key that cannot receive.
    #[error("the address holds an unusable key: {0}")]
    Key(#[from] KeyError),
}

impl Address {
    /// The Tox ID, where the nospam is known.
    #[must_use]
    pub fn tox_id(&self) -> Option<ToxId> {
        self.nospam.map(|nospam| ToxId {
            public_key: self.key.to_tox(),
            nospam,
        })
    }
}

impl From<InboxPublicKey> for Address {
    fn from(key: InboxPublicKey) -> Self {
        Self { key, nospam: None }
    }
}

impl TryFrom<ToxId> for Address {
    type Error = KeyError;

    fn try_from(id: ToxId) -> Result<Self, KeyError> {
        Ok(Self {
            key: InboxPublicKey::from_tox(&id.public_key)?,
            nospam: Some(id.nospam),
        })
    }
}

impl fmt::Display for Address {
    /// The bech32m form, which has no nospam.
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
        if starts_right {
            parse_bech32m(text)
        } else if !text.is_empty() && text.bytes().all(|c| c.is_ascii_hexdigit()) {
            parse_tox(text)
        } else {
            Err(AddressError::Form)
        }
    }
}

fn parse_tox(digits: &str) -> Result<Address, AddressError> {
    if digits.len() == 2 * TOX_ID_LEN {
        let id: ToxId = digits.parse().map_err(|error| match error {
            ToxIdError::Form => AddressError::Form,
            ToxIdError::Checksum => AddressError::ToxChecksum,
        })?;
        return Ok(Address::try_from(id)?);
    }
    let key = parse_hex(digits).map_err(|_| AddressError::Digits(digits.len()))?;
    Ok(InboxPublicKey::from_tox(&key)?.into())
}

fn parse_bech32m(text: &str) -> Result<Address, AddressError> {
    let checked = CheckedHrpstring::new::<Bech32m>(text).map_err(|_| AddressError::Checksum)?;
    let data: Vec<u8> = checked.byte_iter().collect();
    match data.split_first() {
        None => Err(AddressError::Length(0)),
        Some((&VERSION, key)) => {
            let key: [u8; 32] = key
                .try_into()
                .map_err(|_| AddressError::Length(key.len()))?;
            let address = Address::from(InboxPublicKey::from_bytes(key)?);
            // The padding bits of the last character must be zero: one address a key.
            if address.to_string().eq_ignore_ascii_case(text) {
                Ok(address)
            } else {
                Err(AddressError::Checksum)
            }
        }
        Some((&version, _)) => Err(AddressError::Version(version)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::keys::InboxSecret;

    fn address() -> Address {
        InboxSecret::from_seed(&[1; 32]).public().into()
    }

    fn with_nospam() -> Address {
        Address {
            nospam: Some(Nospam([1, 2, 3, 4])),
            ..address()
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
    fn a_tox_id_and_a_tox_public_key_are_addresses_of_the_same_inbox() {
        let id = with_nospam().tox_id().unwrap();
        let digits = id.to_string();
        for text in [&digits, &digits.to_lowercase(), &format!("\t{digits} ")] {
            assert_eq!(text.parse(), Ok(with_nospam()));
        }
        for text in [&digits[..64], &digits[..64].to_lowercase()] {
            assert_eq!(text.parse(), Ok(address()));
        }
        assert_eq!(with_nospam().to_string(), address().to_string());
        assert_eq!(address().tox_id(), None);
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
        let digits = with_nospam().tox_id().unwrap().to_string();
        let off_curve = ToxId {
            public_key: [2; 32],
            nospam: Nospam([0; 4]),
        };
        assert_eq!(
            InboxPublicKey::from_tox(&[2; 32]),
            Err(KeyError::NotAPoint),
            "the example lies on the twist"
        );
        for (text, error) in [
            (String::new(), AddressError::Form),
            ("toxdrop".into(), AddressError::Form),
            (encode("bitcoin", &with(2, &key)), AddressError::Form),
            (digits.replace('0', "O"), AddressError::Form),
            (
                bech32::encode::<bech32::Bech32>(Hrp::parse(HRP).unwrap(), &with(2, &key)).unwrap(),
                AddressError::Checksum,
            ),
            (encode(HRP, &with(1, &key)), AddressError::Version(1)),
            (encode(HRP, &with(3, &key)), AddressError::Version(3)),
            (encode(HRP, &[]), AddressError::Length(0)),
            (encode(HRP, &with(2, &key[1..])), AddressError::Length(31)),
            (encode(HRP, &with(2, &[0; 32])), KeyError::LowOrder.into()),
            (digits[..75].into(), AddressError::Digits(75)),
            (digits[..63].into(), AddressError::Digits(63)),
            (format!("{digits}00"), AddressError::Digits(78)),
            (format!("{}00", &digits[..74]), AddressError::ToxChecksum),
            (off_curve.to_string(), KeyError::NotAPoint.into()),
            ("02".repeat(32), KeyError::NotAPoint.into()),
            ("00".repeat(32), KeyError::LowOrder.into()),
        ] {
            assert_eq!(text.parse::<Address>(), Err(error), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_form_of_an_address_is_read_back(bytes: [u8; 32], nospam: [u8; 4]) {
            let plain = Address::from(InboxSecret::from_tox(&bytes).public());
            let named = Address { nospam: Some(Nospam(nospam)), ..plain };
            prop_assert_eq!(plain.to_string().parse(), Ok(plain));
            prop_assert_eq!(named.tox_id().unwrap().to_string().parse(), Ok(named));
            prop_assert_eq!(Address::try_from(named.tox_id().unwrap()), Ok(named));
        }

        #[test]
        fn arbitrary_text_panics_nowhere(text in "(toxdrop1|TOXDROP1)?\\PC{0,90}", hex in "[0-9a-fA-F]{0,90}") {
            for text in [text, hex] {
                if let Ok(address) = text.parse::<Address>() {
                    prop_assert_eq!(address.to_string().parse::<Address>().map(|a| a.key), Ok(address.key));
                }
            }
        }
    }
}
