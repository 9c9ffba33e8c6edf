//! What a message says about its sender beside the content: a display name, the way to the contacts' place, a nospam.
//!
//! Sealed with the content, in the first part. Whether any of it is believed or shown is the receiver's business.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};
use crate::place::PlaceSecret;
use crate::tox::Nospam;

/// The longest display name, in bytes of UTF-8: Tox's own limit.
pub const MAX_NAME: usize = 128;
/// The most bytes that all of it takes: name length 1 ‖ name ‖ contacts' secret 16 ‖ nospam 4.
pub const MAX_INTRO_LEN: usize = 1 + MAX_NAME + PlaceSecret::LEN + 4;

const HAS_NAME: u8 = 1;
const HAS_CONTACTS: u8 = 2;
const HAS_NOSPAM: u8 = 4;

/// A display name: 1 to 128 bytes of UTF-8 without control characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DisplayName(String);

/// Text that is no display name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a display name must have 1 to {MAX_NAME} bytes and no control characters")]
pub struct NameError;

impl DisplayName {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DisplayName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let fits = (1..=MAX_NAME).contains(&text.len()) && !text.chars().any(char::is_control);
        fits.then(|| Self(text.into())).ok_or(NameError)
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a sender says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Intro {
    /// What the sender calls itself.
    pub name: Option<DisplayName>,
    /// The secret of the sender's own contacts' place: answers go there.
    pub contacts: Option<PlaceSecret>,
    /// The nospam of the Tox ID that the sender wrote to, for receivers who ask strangers for it.
    pub nospam: Option<Nospam>,
}

impl Intro {
    /// Which of it there is: bit 0 the name, bit 1 the contacts' secret, bit 2 the nospam.
    pub(super) fn flags(&self) -> u8 {
        let flag = |there: bool, flag: u8| if there { flag } else { 0 };
        flag(self.name.is_some(), HAS_NAME)
            | flag(self.contacts.is_some(), HAS_CONTACTS)
            | flag(self.nospam.is_some(), HAS_NOSPAM)
    }

    /// Appends what there is, in the order of the flags.
    pub(super) fn encode(&self, writer: &mut Writer) {
        if let Some(name) = &self.name {
            let len = u8::try_from(name.0.len()).unwrap_or(u8::MAX);
            writer.u8(len).bytes(name.0.as_bytes());
        }
        if let Some(contacts) = &self.contacts {
            writer.bytes(contacts.expose());
        }
        if let Some(nospam) = &self.nospam {
            writer.bytes(&nospam.0);
        }
    }

    /// Reads what the flags say is there. `flags` stands at `flags_at`.
    pub(super) fn decode(
        flags: u8,
        flags_at: &Reader<'_>,
        reader: &mut Reader<'_>,
    ) -> Result<Self, DecodeError> {
        if flags & !(HAS_NAME | HAS_CONTACTS | HAS_NOSPAM) != 0 {
            return Err(flags_at.error(DecodeErrorKind::UnknownValue {
                what: "flags",
                value: flags,
            }));
        }
        let has = |flag: u8| flags & flag != 0;
        Ok(Self {
            name: has(HAS_NAME).then(|| read_name(reader)).transpose()?,
            contacts: has(HAS_CONTACTS)
                .then(|| reader.take_array().map(PlaceSecret::from_bytes))
                .transpose()?,
            nospam: has(HAS_NOSPAM)
                .then(|| reader.take_array().map(Nospam))
                .transpose()?,
        })
    }
}

fn read_name(reader: &mut Reader<'_>) -> Result<DisplayName, DecodeError> {
    const WHAT: &str = "display name";
    let len_at = reader.clone();
    let len = usize::from(reader.u8()?);
    if !(1..=MAX_NAME).contains(&len) {
        return Err(len_at.error(DecodeErrorKind::OutOfRange {
            what: "length of the display name",
            value: len as u64,
            min: 1,
            max: MAX_NAME as u64,
        }));
    }
    let at = reader.clone();
    let text = std::str::from_utf8(reader.take(len)?)
        .map_err(|_| at.error(DecodeErrorKind::NotUtf8(WHAT)))?;
    text.parse()
        .map_err(|_| at.error(DecodeErrorKind::ControlCharacter(WHAT)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_that_would_spoil_a_list_are_refused() {
        for text in ["", "a\nb", "\u{1b}[2J", &"x".repeat(129)] {
            assert_eq!(text.parse::<DisplayName>(), Err(NameError), "{text:?}");
        }
        let longest = "é".repeat(64);
        assert_eq!(longest.parse::<DisplayName>().unwrap().to_string(), longest);
    }

    fn recode(flags: u8, bytes: &[u8]) -> Result<(u8, Vec<u8>), DecodeError> {
        let at = Reader::new(&[]);
        let mut reader = Reader::new(bytes);
        let intro = Intro::decode(flags, &at, &mut reader)?;
        reader.finish()?;
        let mut writer = Writer::default();
        intro.encode(&mut writer);
        Ok((intro.flags(), writer.finish()))
    }

    proptest! {
        #[test]
        fn an_intro_is_read_back(name in prop::option::of("\\PC{1,30}"), contacts: Option<[u8; 16]>, nospam: Option<[u8; 4]>) {
            let intro = Intro {
                name: name.and_then(|name| name.parse().ok()),
                contacts: contacts.map(PlaceSecret::from_bytes),
                nospam: nospam.map(Nospam),
            };
            let mut writer = Writer::default();
            intro.encode(&mut writer);
            let bytes = writer.finish();
            prop_assert!(bytes.len() <= MAX_INTRO_LEN);
            let at = Reader::new(&[]);
            prop_assert_eq!(Intro::decode(intro.flags(), &at, &mut Reader::new(&bytes)), Ok(intro));
        }

        #[test]
        fn arbitrary_bytes_are_refused_or_read_back(flags in 0u8..16, bytes in prop::collection::vec(any::<u8>(), 0..160)) {
            if let Ok(again) = recode(flags, &bytes) {
                prop_assert_eq!(again, (flags, bytes));
            }
        }
    }
}
