//! Inbox records: what an owner tells senders, signed.
//!
//! A record is the body of a packet of its own kind, kept at four points derived from the public key and at the
//! inbox location. Says nothing about how it is stored or found.

use std::cmp::Ordering;

use sha2::{Digest, Sha512};
use thiserror::Error;

use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};
use crate::ids::{Location, NetworkId, Salt, UnixMillis, UnixSeconds};
use crate::keys::{InboxPublicKey, InboxSecret, KeyError, SIGNATURE_LEN, Signature};
use crate::location::{RECORD_POINTS, inbox_location, record_points};
use crate::pow::{Difficulty, DifficultyError, MAX_EXTRA_BYTES, MAX_NONCE_TRIALS_PER_BYTE};
use crate::signature::{SignedCommand, sign, verify};

/// Bytes of a record: key 32 ‖ salt 16 ‖ sequence 8 ‖ nonce trials per byte 8 ‖ extra bytes 8 ‖ greatest TTL 8 ‖
/// expiry 8 ‖ seal key 32 ‖ signature 64.
pub const RECORD_BODY_LEN: usize = 184;

/// The largest TTL, in seconds, that a record may allow: 28 days.
pub const MAX_RECORD_TTL: u64 = 28 * 86_400;

/// What an owner says about the inbox, before it is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordFields {
    /// Where the inbox lies, together with the key.
    pub salt: Salt,
    /// When this record was made: a greater one replaces a lesser one.
    pub sequence: UnixMillis,
    /// The work that the owner asks of senders.
    pub difficulty: Difficulty,
    /// Greatest time to live, in seconds, that the owner lets packets have.
    pub max_ttl: u64,
    /// When the record stops to bind.
    pub expires: UnixSeconds,
    /// Reserved for a rotating key to seal with; zero today.
    pub seal_key: [u8; 32],
}

/// A record with its signature, which [`InboxRecord::verify`] judges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxRecord {
    /// Whose record this is.
    pub key: InboxPublicKey,
    /// What it says.
    pub fields: RecordFields,
    /// The owner's signature over all that stands before it.
    pub signature: Signature,
}

/// A record that cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RecordError {
    /// The difficulty is out of range.
    #[error(transparent)]
    Difficulty(#[from] DifficultyError),
    /// The greatest TTL is zero or above [`MAX_RECORD_TTL`].
    #[error("the greatest TTL is {0} seconds, but must lie between 1 and {MAX_RECORD_TTL}")]
    MaxTtl(u64),
}

impl std::ops::Deref for InboxRecord {
    type Target = RecordFields;

    fn deref(&self) -> &RecordFields {
        &self.fields
    }
}

impl InboxRecord {
    /// Signs a record.
    ///
    /// # Errors
    /// [`RecordError`] if a figure is out of range.
    pub fn sign(
        secret: &InboxSecret,
        network: NetworkId,
        fields: RecordFields,
    ) -> Result<Self, RecordError> {
        fields.difficulty.check()?;
        if !(1..=MAX_RECORD_TTL).contains(&fields.max_ttl) {
            return Err(RecordError::MaxTtl(fields.max_ttl));
        }
        let key = secret.public();
        let signature = sign(
            secret,
            network,
            SignedCommand::Record,
            &[&signed_part(&key, &fields)],
        );
        Ok(Self {
            key,
            fields,
            signature,
        })
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// [`KeyError::Signature`] if the owner did not sign this for this network.
    pub fn verify(&self, network: NetworkId) -> Result<(), KeyError> {
        verify(
            &self.key,
            network,
            SignedCommand::Record,
            &[&signed_part(&self.key, &self.fields)],
            &self.signature,
        )
    }

    /// Whether this record replaces `other` of the same inbox: a greater sequence does; on a tie the larger hash.
    #[must_use]
    pub fn supersedes(&self, other: &Self) -> bool {
        let by_hash = || Sha512::digest(self.encode()).cmp(&Sha512::digest(other.encode()));
        let order = self.sequence.cmp(&other.sequence).then_with(by_hash);
        self.key == other.key && order == Ordering::Greater
    }

    /// Where senders store: the inbox location of key and salt.
    #[must_use]
    pub fn inbox_location(&self) -> Location {
        inbox_location(&self.key, self.salt)
    }

    /// All places where the record belongs: its four points, then the inbox location.
    #[must_use]
    pub fn locations(&self) -> [Location; RECORD_POINTS + 1] {
        let [a, b, c, d] = record_points(&self.key);
        [a, b, c, d, self.inbox_location()]
    }

    /// The record's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = signed_part(&self.key, &self.fields);
        bytes.extend_from_slice(self.signature.as_bytes());
        bytes
    }

    /// Reads a record; its signature is not judged.
    ///
    /// # Errors
    /// [`DecodeError`] if it is too short, or a key or figure is refused.
    pub fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let at = reader.clone();
        let key = InboxPublicKey::from_bytes(reader.take_array()?).map_err(|error| {
            at.error(DecodeErrorKind::Key {
                what: "inbox key",
                error,
            })
        })?;
        let salt = Salt::from_bytes(reader.take_array()?);
        let sequence = UnixMillis(reader.u64()?);
        let nonce_trials_per_byte = ranged(
            reader,
            "nonce trials per byte",
            1,
            MAX_NONCE_TRIALS_PER_BYTE,
        )?;
        let extra_bytes = ranged(reader, "extra bytes", 0, MAX_EXTRA_BYTES)?;
        let max_ttl = ranged(reader, "greatest TTL", 1, MAX_RECORD_TTL)?;
        let expires = UnixSeconds(reader.u64()?);
        let seal_key = reader.take_array()?;
        let signature = Signature::from_bytes(reader.take_array::<SIGNATURE_LEN>()?);
        Ok(Self {
            key,
            fields: RecordFields {
                salt,
                sequence,
                difficulty: Difficulty {
                    nonce_trials_per_byte,
                    extra_bytes,
                },
                max_ttl,
                expires,
                seal_key,
            },
            signature,
        })
    }
}

fn ranged(
    reader: &mut Reader<'_>,
    what: &'static str,
    min: u64,
    max: u64,
) -> Result<u64, DecodeError> {
    let at = reader.clone();
    let value = reader.u64()?;
    if (min..=max).contains(&value) {
        Ok(value)
    } else {
        Err(at.error(DecodeErrorKind::OutOfRange {
            what,
            value,
            min,
            max,
        }))
    }
}

fn signed_part(key: &InboxPublicKey, fields: &RecordFields) -> Vec<u8> {
    let mut writer = Writer::with_capacity(RECORD_BODY_LEN);
    writer
        .bytes(key.as_bytes())
        .bytes(fields.salt.as_bytes())
        .u64(fields.sequence.0)
        .u64(fields.difficulty.nonce_trials_per_byte)
        .u64(fields.difficulty.extra_bytes)
        .u64(fields.max_ttl)
        .u64(fields.expires.0)
        .bytes(&fields.seal_key);
    writer.finish()
}
