//! A well-formed packet: a head, and a body of the kind that the head names.
//!
//! Judges neither work nor signatures; [`super::policy`] does.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::head::{EXPIRES, HEADER_LEN, LOCATION, MAX_PACKET, NONCE, PacketKind, VERSION};
use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};
use crate::hash::{self, hash};
use crate::ids::{Location, PacketId, UnixSeconds};
use crate::keys::InboxPublicKey;
use crate::message::layout::MESSAGE_BODY_LENS;
use crate::pow::{self, Difficulty, InitialHash};
use crate::record::{InboxRecord, RECORD_BODY_LEN};

/// A well-formed packet, whose work and signatures were not judged yet. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Packet {
    bytes: Arc<[u8]>,
    /// The body of a packet of that kind; `None` for a message.
    record: Option<Box<InboxRecord>>,
}

impl Packet {
    /// Reads a packet.
    ///
    /// Of a message only the form is judged. Whether its ephemeral key is a usable one (PROTOCOL.md, 2.2) costs more than all
    /// the rest, so it is asked where that matters, with the same error: by [`Packet::verify`] of whatever comes from
    /// others, by [`Packet::ephemeral_key`] of whoever opens the message. What comes back from a store has been
    /// through `verify`.
    ///
    /// # Errors
    /// [`DecodeError`] with the offset of what is wrong: length, version, kind, the key or a figure of a record.
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
        let _nonce = reader.u64()?;
        let _expires = reader.u64()?;
        let version_error = reader.clone();
        let version = reader.u8()?;
        if version != VERSION {
            return Err(version_error.error(DecodeErrorKind::UnknownVersion(version)));
        }
        let kind_error = reader.clone();
        let kind = reader.u8()?;
        reader.take(Location::LEN)?;
        let record = match kind {
            1 => {
                skip_message_body(&mut reader)?;
                None
            }
            2 => Some(Box::new(InboxRecord::decode(&mut reader)?)),
            value => {
                return Err(kind_error.error(DecodeErrorKind::UnknownValue {
                    what: "packet kind",
                    value,
                }));
            }
        };
        reader.finish()?;
        Ok(Self {
            bytes: bytes.into(),
            record,
        })
    }

    /// Lays out an unstamped packet (nonce 0) and reads it back, so that nothing malformed can be made.
    pub(crate) fn unstamped(
        kind: PacketKind,
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
            record: self.record.clone(),
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
        PacketId::from_bytes(hash(hash::PACKET_ID, &[&self.bytes[EXPIRES.end..]]))
    }

    /// The proof-of-work nonce.
    #[must_use]
    pub fn nonce(&self) -> u64 {
        self.u64_at(NONCE)
    }

    /// When the packet stops to be worth keeping.
    #[must_use]
    pub fn expires(&self) -> UnixSeconds {
        UnixSeconds(self.u64_at(EXPIRES))
    }

    /// What the packet holds.
    #[must_use]
    pub fn kind(&self) -> PacketKind {
        match self.record {
            None => PacketKind::Message,
            Some(_) => PacketKind::Record,
        }
    }

    /// Where the packet is to be kept.
    #[must_use]
    pub fn location(&self) -> Location {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(&self.bytes[LOCATION]);
        Location::from_bytes(bytes)
    }

    /// Everything after the header.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.bytes[HEADER_LEN..]
    }

    /// The key that a message was sealed with and that can recall it; `None` for a record.
    ///
    /// Decompresses a point at each call, which takes as long as hashing the largest packet three times.
    ///
    /// # Errors
    /// [`DecodeError`] at the key's offset if it is not a usable one.
    pub fn ephemeral_key(&self) -> Result<Option<InboxPublicKey>, DecodeError> {
        let Some(bytes) = self.ephemeral_bytes() else {
            return Ok(None);
        };
        InboxPublicKey::from_bytes(*bytes)
            .map(Some)
            .map_err(|error| DecodeError {
                offset: HEADER_LEN,
                kind: DecodeErrorKind::Key {
                    what: "ephemeral key",
                    error,
                },
            })
    }

    /// Whether this is a message that was sealed with `key`. Costs a comparison.
    #[must_use]
    pub fn is_sealed_with(&self, key: &InboxPublicKey) -> bool {
        self.ephemeral_bytes() == Some(key.as_bytes())
    }

    fn ephemeral_bytes(&self) -> Option<&[u8; InboxPublicKey::LEN]> {
        match self.kind() {
            PacketKind::Message => self.body().first_chunk(),
            PacketKind::Record => None,
        }
    }

    /// The record in a packet of that kind, its signature not checked yet; `None` for a message.
    #[must_use]
    pub fn record(&self) -> Option<&InboxRecord> {
        self.record.as_deref()
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

    /// The largest value that pays for the time from `now` to the expiry.
    #[must_use]
    pub fn target(&self, difficulty: Difficulty, now: UnixSeconds) -> u64 {
        difficulty.target(self.bytes.len() as u64, self.expires().since(now))
    }

    fn u64_at(&self, range: Range<usize>) -> u64 {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.bytes[range]);
        u64::from_be_bytes(bytes)
    }
}

impl InboxRecord {
    /// The record as an unstamped packet for one of its places.
    ///
    /// # Errors
    /// [`DecodeError`] if a figure is out of range, which [`InboxRecord::sign`] does not let pass.
    pub fn to_packet(
        &self,
        location: Location,
        expires: UnixSeconds,
    ) -> Result<Packet, DecodeError> {
        Packet::unstamped(PacketKind::Record, location, expires, &self.encode())
    }
}

impl fmt::Debug for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packet")
            .field("id", &self.id())
            .field("kind", &self.kind())
            .field("location", &self.location())
            .field("expires", &self.expires())
            .field("len", &self.len())
            .finish()
    }
}

/// Checks the length of a message's body: padding has a few fixed sizes.
fn skip_message_body(reader: &mut Reader<'_>) -> Result<(), DecodeError> {
    let left = reader.left();
    if !MESSAGE_BODY_LENS.contains(&left) {
        let next = MESSAGE_BODY_LENS.into_iter().find(|len| *len > left);
        return Err(match next {
            Some(needed) => DecodeError {
                offset: reader.offset() + left,
                kind: DecodeErrorKind::TooShort {
                    needed: needed - left,
                    left: 0,
                },
            },
            None => reader.error(DecodeErrorKind::TooLong {
                len: left,
                max: MAX_PACKET - HEADER_LEN,
            }),
        });
    }
    let _sealed = reader.rest();
    Ok(())
}

const _: () = {
    assert!(HEADER_LEN + RECORD_BODY_LEN <= MAX_PACKET);
    assert!(HEADER_LEN + MESSAGE_BODY_LENS[MESSAGE_BODY_LENS.len() - 1] == MAX_PACKET);
};
