//! A packet in its form: what its fields say, what it is called, what its stamp is worth.
//!
//! Judges nothing: work, times, keys and signatures are `policy.rs`'s matter.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::layout::{
    DEPOSIT_SIZE, EXPIRES, HEADER_LEN, LAST, LOCATION, MAX_DEPOSIT, MAX_PACKET, MESSAGE_EPHEMERAL,
    NONCE, PLACE_KEY, PREPAID_EPHEMERAL, PacketKind, RECORD_TERMS, RECORD_VERSION, VERSION,
    VERSION_AT,
};
use super::standing::Standing;
use super::terms::{RecordHead, Terms, record_week};
use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};
use crate::day::Day;
use crate::domain;
use crate::hash::hash;
use crate::ids::{Location, NetworkId, PacketId, UncheckedKey, UnixSeconds};
use crate::keys::{PlaceSigner, SIGNATURE_LEN, Signature};
use crate::pow::{self, Difficulty, InitialHash};
use crate::signature::{SignedCommand, SignedText};

/// A packet that is well-formed. Cheap to make and to clone; nothing about it was proved yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Packet {
    bytes: Arc<[u8]>,
    kind: PacketKind,
}

impl Packet {
    /// Reads a packet. Costs no hash and no point of a curve.
    ///
    /// # Errors
    /// [`DecodeError`] with the offset of what is wrong: length, version, kind, a figure out of range.
    pub fn parse(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > MAX_PACKET {
            return Err(DecodeError {
                offset: MAX_PACKET,
                kind: DecodeErrorKind::TooLong {
                    len: bytes.len(),
                    max: MAX_PACKET,
                },
            });
        }
        let mut reader = Reader::new(bytes);
        reader.take(EXPIRES.end)?;
        let version_at = reader.clone();
        let version = reader.u8()?;
        if version != VERSION {
            return Err(version_at.error(DecodeErrorKind::UnknownVersion(version)));
        }
        let kind_at = reader.clone();
        let code = reader.u8()?;
        let kind = PacketKind::from_code(code).ok_or_else(|| {
            kind_at.error(DecodeErrorKind::UnknownValue {
                what: "packet kind",
                value: code,
            })
        })?;
        check_length(kind, bytes.len())?;
        let packet = Self {
            bytes: bytes.into(),
            kind,
        };
        packet.check_figures()?;
        Ok(packet)
    }

    fn check_figures(&self) -> Result<(), DecodeError> {
        match self.kind {
            PacketKind::Record => {
                let last = self.last();
                if record_week(last).is_none() {
                    return Err(DecodeError {
                        offset: LAST.start,
                        kind: DecodeErrorKind::NotAWeeksLastDay(last.number()),
                    });
                }
                let terms = &self.bytes[RECORD_TERMS];
                Terms::decode(&mut Reader::at(terms, RECORD_TERMS.start)).map(drop)
            }
            PacketKind::Deposit => {
                let size = u32::from_be_bytes(self.array(DEPOSIT_SIZE));
                if (1..=MAX_DEPOSIT).contains(&size) {
                    return Ok(());
                }
                Err(DecodeError {
                    offset: DEPOSIT_SIZE.start,
                    kind: DecodeErrorKind::OutOfRange {
                        what: "size of the deposit",
                        value: u64::from(size),
                        min: 1,
                        max: u64::from(MAX_DEPOSIT),
                    },
                })
            }
            PacketKind::Message | PacketKind::Prepaid => Ok(()),
        }
    }

    /// Lays out an unstamped packet (nonce 0) and reads it back, so that nothing malformed can be made.
    pub(crate) fn unstamped(
        kind: PacketKind,
        last: Day,
        location: Location,
        expires: UnixSeconds,
        body: &[u8],
    ) -> Result<Self, DecodeError> {
        let mut writer = Writer::with_capacity(HEADER_LEN + body.len());
        writer
            .u64(0)
            .u64(expires.0)
            .u8(VERSION)
            .u8(kind as u8)
            .u16(last.number())
            .bytes(location.as_bytes())
            .bytes(body);
        Self::parse(&writer.finish())
    }

    /// The same packet with another stamp. Its id stays.
    #[must_use]
    pub fn with_stamp(&self, nonce: u64, expires: UnixSeconds) -> Self {
        let mut bytes = self.bytes.to_vec();
        bytes[NONCE].copy_from_slice(&nonce.to_be_bytes());
        bytes[EXPIRES].copy_from_slice(&expires.0.to_be_bytes());
        Self {
            bytes: bytes.into(),
            kind: self.kind,
        }
    }

    /// The same packet with the signature of its place at its end; a message stays as it is.
    pub(crate) fn sign(&self, signer: &PlaceSigner, network: NetworkId) -> Self {
        let Some((text, _)) = self.signed(network) else {
            return self.clone();
        };
        let mut bytes = self.bytes.to_vec();
        let at = bytes.len() - SIGNATURE_LEN;
        bytes[at..].copy_from_slice(signer.sign(&text).as_bytes());
        Self {
            bytes: bytes.into(),
            kind: self.kind,
        }
    }

    /// The whole packet.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Length of the whole packet in bytes.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "no packet is empty")]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The packet's name: the first 32 bytes of SHA-512(domain ‖ everything after the expiry).
    #[must_use]
    pub fn id(&self) -> PacketId {
        PacketId::from_bytes(hash(domain::PACKET_ID, &[&self.bytes[VERSION_AT..]]))
    }

    /// The proof-of-work nonce; of no meaning in a prepaid part.
    #[must_use]
    pub fn nonce(&self) -> u64 {
        u64::from_be_bytes(self.array(NONCE))
    }

    /// When the packet stops to be worth keeping.
    #[must_use]
    pub fn expires(&self) -> UnixSeconds {
        UnixSeconds(u64::from_be_bytes(self.array(EXPIRES)))
    }

    /// What the packet holds.
    #[must_use]
    pub fn kind(&self) -> PacketKind {
        self.kind
    }

    /// The day after which the packet cannot live, whatever stamp it gets.
    #[must_use]
    pub fn last(&self) -> Day {
        Day::from_number(u16::from_be_bytes(self.array(LAST)))
    }

    /// Where the packet is to be kept.
    #[must_use]
    pub fn location(&self) -> Location {
        Location::from_bytes(self.array(LOCATION))
    }

    /// Everything after the header.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.bytes[HEADER_LEN..]
    }

    /// The key that a message's part was sealed with and that can recall it; `None` for other kinds.
    #[must_use]
    pub fn ephemeral_key(&self) -> Option<UncheckedKey> {
        let range = match self.kind {
            PacketKind::Message => MESSAGE_EPHEMERAL,
            PacketKind::Prepaid => PREPAID_EPHEMERAL,
            PacketKind::Record | PacketKind::Deposit => return None,
        };
        Some(UncheckedKey::from_bytes(self.array(range)))
    }

    /// The outer box of a message's part; `None` for other kinds.
    pub(crate) fn outer_box(&self) -> Option<&[u8]> {
        let end = self.bytes.len() - SIGNATURE_LEN;
        match self.kind {
            PacketKind::Message => self.bytes.get(MESSAGE_EPHEMERAL.end..),
            PacketKind::Prepaid => self.bytes.get(PREPAID_EPHEMERAL.end..end),
            PacketKind::Record | PacketKind::Deposit => None,
        }
    }

    /// The key of the packet's place, which signed the packet; `None` for a message.
    #[must_use]
    pub fn place_key(&self) -> Option<UncheckedKey> {
        let key = || UncheckedKey::from_bytes(self.array(PLACE_KEY));
        self.kind.is_signed().then(key)
    }

    /// What a record says in clear; `None` for other kinds.
    #[must_use]
    pub fn record_head(&self) -> Option<RecordHead> {
        if self.kind != PacketKind::Record {
            return None;
        }
        Some(RecordHead {
            version: u64::from_be_bytes(self.array(RECORD_VERSION)),
            week: record_week(self.last())?,
            terms: Terms::decode(&mut Reader::new(&self.bytes[RECORD_TERMS])).ok()?,
        })
    }

    /// How many bytes of prepaid parts a deposit pays for; `None` for other kinds.
    #[must_use]
    pub fn deposit_size(&self) -> Option<u32> {
        let size = || u32::from_be_bytes(self.array(DEPOSIT_SIZE));
        (self.kind == PacketKind::Deposit).then(size)
    }

    /// The text that the place's key signed, everything from the version on but the signature, and the signature; `None`
    /// for a message.
    pub(crate) fn signed(&self, network: NetworkId) -> Option<(SignedText, Signature)> {
        let command = match self.kind {
            PacketKind::Message => return None,
            PacketKind::Record => SignedCommand::Record,
            PacketKind::Prepaid => SignedCommand::Prepaid,
            PacketKind::Deposit => SignedCommand::Deposit,
        };
        let end = self.bytes.len() - SIGNATURE_LEN;
        let text = SignedText::new(network, command, &[&self.bytes[VERSION_AT..end]]);
        let signature = Signature::from_bytes(self.array(end..self.bytes.len()));
        Some((text, signature))
    }

    /// The hash that a solver works on.
    #[must_use]
    pub fn initial_hash(&self) -> InitialHash {
        pow::initial_hash(&self.bytes[NONCE.end..])
    }

    /// The value that the stamp reaches: the smaller, the more work was shown.
    #[must_use]
    pub fn value(&self) -> u64 {
        pow::trial_value(self.nonce(), &self.initial_hash())
    }

    /// How many bytes work is charged for: the packet's own, and in a deposit those that it pays for.
    #[must_use]
    pub fn charged_len(&self) -> u64 {
        self.bytes.len() as u64 + self.deposit_size().map_or(0, u64::from)
    }

    /// The largest value that pays for the time from `now` to the expiry.
    #[must_use]
    pub fn target(&self, difficulty: Difficulty, now: UnixSeconds) -> u64 {
        difficulty.target(self.charged_len(), self.expires().since(now))
    }

    /// The standing that its stamp gives it; `None` for a prepaid part, which has its deposit's.
    #[must_use]
    pub fn standing(&self) -> Option<Standing> {
        let own = || Standing::of(self.value(), self.charged_len());
        (self.kind != PacketKind::Prepaid).then(own)
    }

    /// Bytes of a field whose place the kind's length has made sure of.
    fn array<const N: usize>(&self, range: Range<usize>) -> [u8; N] {
        let mut array = [0; N];
        array.copy_from_slice(&self.bytes[range]);
        array
    }
}

impl fmt::Debug for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packet")
            .field("id", &self.id())
            .field("kind", &self.kind())
            .field("location", &self.location())
            .field("expires", &self.expires())
            .field("last", &self.last())
            .field("len", &self.len())
            .finish()
    }
}

/// Every kind has a few lengths, so that lengths say little.
fn check_length(kind: PacketKind, len: usize) -> Result<(), DecodeError> {
    let lengths = kind.lengths();
    if lengths.contains(&len) {
        return Ok(());
    }
    Err(match lengths.iter().find(|length| **length > len) {
        Some(needed) => DecodeError {
            offset: len,
            kind: DecodeErrorKind::TooShort {
                needed: needed - len,
                left: 0,
            },
        },
        None => {
            let longest = lengths.last().copied().unwrap_or_default();
            DecodeError {
                offset: longest,
                kind: DecodeErrorKind::TrailingBytes(len - longest),
            }
        }
    })
}
