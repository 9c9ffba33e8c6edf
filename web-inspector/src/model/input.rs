//! Bytes from what a person gives: a file, or hexadecimal text as it comes out of other tools.
//!
//! Says exactly where text stops being hexadecimal; knows nothing of packets, and of addresses only their text.

use std::ops::Range;

use toxdrop_proto::address::{Address, AddressError, HRP, VERSION};
use toxdrop_proto::packet::MAX_PACKET;

/// The largest input that is looked at. A packet is far smaller, but a wrong file should be named as such.
pub const MAX_INPUT: usize = 1 << 18;

/// Why an input is no sequence of bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// Nothing but spaces.
    #[error("there is nothing to inspect: paste a packet or an address, or choose a file")]
    Empty,
    /// A character that hexadecimal does not have.
    #[error("character {} is `{found}`, which is not a hexadecimal digit", at + 1)]
    NotHex {
        /// Which character, from zero, of the text.
        at: usize,
        /// The character.
        found: char,
    },
    /// The last byte has one digit.
    #[error("the last byte has one digit only (character {}): something is missing at the end", at + 1)]
    HalfByte {
        /// Which character, from zero.
        at: usize,
    },
    /// More than [`MAX_INPUT`].
    #[error(
        "this is {0} bytes long; a stored packet has at most {MAX_PACKET}, so it is some other file"
    )]
    TooLong(usize),
    /// An address that is none.
    #[error(transparent)]
    Address(#[from] AddressError),
}

impl InputError {
    /// The offending characters of the text, where there are any.
    #[must_use]
    pub fn place(&self) -> Option<usize> {
        match self {
            Self::NotHex { at, .. } | Self::HalfByte { at } => Some(*at),
            Self::Empty | Self::TooLong(_) | Self::Address(_) => None,
        }
    }
}

/// Bytes of a text in hexadecimal. Spaces, line ends, `:`, `,`, `-`, `_` and a leading `0x` are passed over.
///
/// # Errors
/// [`InputError`] names the character.
pub fn from_hex(text: &str) -> Result<Vec<u8>, InputError> {
    if text.len() > MAX_INPUT * 3 {
        return Err(InputError::TooLong(text.len() / 2));
    }
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut high: Option<(usize, u32)> = None;
    let mut characters = text.chars().enumerate().peekable();
    while let Some((at, found)) = characters.next() {
        if found.is_whitespace() || matches!(found, ':' | ',' | '-' | '_' | '\u{feff}') {
            continue;
        }
        if found == '0' && high.is_none() && matches!(characters.peek(), Some((_, 'x' | 'X'))) {
            characters.next();
            continue;
        }
        let digit = found.to_digit(16).ok_or(InputError::NotHex { at, found })?;
        high = match high {
            None => Some((at, digit)),
            Some((_, first)) => {
                bytes.push(u8::try_from(first * 16 + digit).unwrap_or_default());
                None
            }
        };
    }
    if let Some((at, _)) = high {
        return Err(InputError::HalfByte { at });
    }
    if bytes.is_empty() {
        return Err(InputError::Empty);
    }
    Ok(bytes)
}

/// Bytes of a text: an address of any form gives what is under its checksum, or its digits; everything else is read as
/// hexadecimal.
///
/// # Errors
/// [`InputError`] names the character, or what is wrong with the address.
pub fn from_text(text: &str) -> Result<Vec<u8>, InputError> {
    let trimmed = text.trim();
    let is_bech32m = trimmed
        .get(..=HRP.len())
        .is_some_and(|head| head.eq_ignore_ascii_case("toxdrop1"));
    if is_bech32m {
        let address: Address = trimmed.parse()?;
        return Ok([&[VERSION], &address.key.as_bytes()[..]].concat());
    }
    let digits = trimmed.bytes().all(|c| c.is_ascii_hexdigit());
    if digits && matches!(trimmed.len(), 63 | 65 | 75 | 77) {
        return Err(AddressError::Digits(trimmed.len()).into());
    }
    from_hex(text)
}

/// Bytes of a file: as they are, unless the file is hexadecimal text.
///
/// # Errors
/// [`InputError::Empty`] and [`InputError::TooLong`].
pub fn from_file(content: Vec<u8>) -> Result<Vec<u8>, InputError> {
    if content.is_empty() {
        return Err(InputError::Empty);
    }
    if content.len() > MAX_INPUT * 3 {
        return Err(InputError::TooLong(content.len()));
    }
    match std::str::from_utf8(&content).map(from_text) {
        Ok(Ok(bytes)) => Ok(bytes),
        _ if content.len() > MAX_INPUT => Err(InputError::TooLong(content.len())),
        _ => Ok(content),
    }
}

/// What to print around an error in a text: before, the offending character, after.
#[must_use]
pub fn excerpt(text: &str, at: usize) -> (String, String, String) {
    const AROUND: usize = 24;
    let take = |range: Range<usize>| -> String {
        text.chars()
            .skip(range.start)
            .take(range.len())
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect()
    };
    (
        take(at.saturating_sub(AROUND)..at),
        take(at..at + 1),
        take(at + 1..at + 1 + AROUND),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_of_other_tools_is_understood() {
        for text in [
            "00ffA1",
            "0x00FFa1",
            "00:ff:a1",
            " 00 ff\n a1 ",
            "0x00, 0xff, 0xa1",
        ] {
            assert_eq!(from_hex(text).unwrap(), [0, 255, 161], "{text}");
        }
    }

    #[test]
    fn wrong_character_is_named_with_its_place() {
        assert_eq!(
            from_hex("00 fg"),
            Err(InputError::NotHex { at: 4, found: 'g' })
        );
        assert_eq!(from_hex("00 f"), Err(InputError::HalfByte { at: 3 }));
        assert_eq!(from_hex(" \n"), Err(InputError::Empty));
        assert_eq!(
            from_hex("00é").unwrap_err().to_string(),
            "character 3 is `é`, which is not a hexadecimal digit"
        );
    }

    #[test]
    fn file_of_hex_text_is_text_and_any_other_is_bytes() {
        assert_eq!(from_file(b"00ff\n".to_vec()).unwrap(), [0, 255]);
        assert_eq!(from_file(vec![0, 255]).unwrap(), [0, 255]);
        assert_eq!(from_file(b"hello".to_vec()).unwrap(), b"hello");
        assert_eq!(from_file(vec![]), Err(InputError::Empty));
        assert!(from_file(vec![7; MAX_INPUT + 1]).is_err());
    }

    #[test]
    fn excerpt_marks_the_character() {
        let (before, mark, after) = excerpt("00 fg 11", 4);
        assert_eq!(
            (before.as_str(), mark.as_str(), after.as_str()),
            ("00 f", "g", " 11")
        );
    }
}
