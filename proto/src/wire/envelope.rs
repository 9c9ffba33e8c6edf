//! The envelope: who sends, with which token, and a box; the same by whichever carrier it goes.
//!
//! Opens and seals. Whether a token field is good, and whom an answer is for, are the node's business.
//!
//! ```text
//! id 1 ‖ sender's key 32 ‖ token 16 ‖ nonce 24 ‖ crypto_box(id 1 ‖ request id 8 ‖ command 1 ‖ body)
//! ```
//!
//! Directly, the id outside is the one inside. Through the onion it is 0x85 on the way out and 0x86 on the way back.

use thiserror::Error;

use super::carriage::{Carriage, EnvelopeId};
use super::command::Command;
use super::limits::{INNER_HEAD_LEN, OVERHEAD};
use super::token::{Token, echo_of};
use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};
use crate::keys::{BoxError, DhtPublicKey, MAC_LEN, NONCE_LEN, SharedKey};

/// What can be read without a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Head {
    /// How it travels.
    pub carriage: Carriage,
    /// Who says that he sent it; proved when the box opens.
    pub sender: DhtPublicKey,
    /// In a request a token, or what stands in its place; in a response [`Head::echo`] of its request.
    pub token: Token,
    /// The box's nonce.
    pub nonce: [u8; NONCE_LEN],
}

impl Head {
    /// What stands in the token field of every response to a request with this head.
    #[must_use]
    pub fn echo(&self) -> Token {
        echo_of(&self.nonce)
    }
}

/// What was in the box.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Plain {
    /// What it is.
    pub id: EnvelopeId,
    /// Chosen by whoever asks; the answer repeats it.
    pub request_id: u64,
    /// What is asked, or answered.
    pub command: Command,
    /// Its fields.
    pub body: Vec<u8>,
}

impl Plain {
    /// A request.
    #[must_use]
    pub const fn request(request_id: u64, command: Command, body: Vec<u8>) -> Self {
        Self {
            id: EnvelopeId::of_request(command),
            request_id,
            command,
            body,
        }
    }

    /// A response.
    #[must_use]
    pub const fn response(request_id: u64, command: Command, body: Vec<u8>) -> Self {
        Self {
            id: EnvelopeId::of_response(command),
            request_id,
            command,
            body,
        }
    }
}

/// Why an envelope does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OpenError {
    /// Its form is wrong.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// Its box was not made by the sender for this key.
    #[error(transparent)]
    Box(#[from] BoxError),
    /// The id inside the box is another than outside: somebody relabelled it.
    #[error("the id inside the box differs from the one outside")]
    Relabelled,
    /// A command that does not travel so.
    #[error("{0:?} does not travel in this way")]
    Misplaced(Command),
}

/// Why an envelope is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SealError {
    /// It would be too long to be carried.
    #[error("an envelope of {len} bytes is too long: at most {max} are carried")]
    TooLong {
        /// Bytes that it would have.
        len: usize,
        /// Bytes that it may have.
        max: usize,
    },
    /// A command that does not travel so.
    #[error("{0:?} does not travel in this way")]
    Misplaced(Command),
    /// The cipher refuses.
    #[error(transparent)]
    Box(#[from] BoxError),
}

/// Reads the head; opens nothing. Through the onion, without the way back that follows ([`crate::tox::split_return_path`]).
///
/// # Errors
/// [`DecodeError`] if the envelope is too short, too long, or has another id.
pub fn peek(envelope: &[u8]) -> Result<Head, DecodeError> {
    split(envelope).map(|(head, _)| head)
}

fn split(envelope: &[u8]) -> Result<(Head, &[u8]), DecodeError> {
    let mut reader = Reader::new(envelope);
    let code = reader.u8()?;
    let carriage = Carriage::from_code(code).ok_or(DecodeError {
        offset: 0,
        kind: DecodeErrorKind::UnknownValue {
            what: "packet id",
            value: code,
        },
    })?;
    check_len(envelope.len(), carriage.max_len())?;
    let head = Head {
        carriage,
        sender: DhtPublicKey::from_bytes(reader.take_array()?),
        token: Token::from_bytes(reader.take_array()?),
        nonce: reader.take_array()?,
    };
    reader.clone().take(MAC_LEN + INNER_HEAD_LEN)?;
    Ok((head, reader.rest()))
}

fn check_len(len: usize, max: usize) -> Result<(), DecodeError> {
    if len <= max {
        return Ok(());
    }
    Err(DecodeError {
        offset: max,
        kind: DecodeErrorKind::TooLong { len, max },
    })
}

/// Opens an envelope.
///
/// # Errors
/// [`OpenError`] if anything about it is wrong.
pub fn open(key: &SharedKey, envelope: &[u8]) -> Result<Plain, OpenError> {
    let (head, sealed) = split(envelope)?;
    let inner = key.open(&head.nonce, sealed)?;
    let mut reader = Reader::new(&inner);
    let id = EnvelopeId::from_code(reader.u8()?).ok_or(OpenError::Relabelled)?;
    if matches!(head.carriage, Carriage::Direct(outside) if outside != id) {
        return Err(OpenError::Relabelled);
    }
    // Counted from the envelope's beginning, so that an offset means one thing.
    check_len(envelope.len(), id.max_len())?;
    let request_id = reader.u64()?;
    let code_at = reader.clone();
    let code = reader.u8()?;
    let command = Command::from_code(code).ok_or_else(|| {
        code_at.error(DecodeErrorKind::UnknownValue {
            what: "command",
            value: code,
        })
    })?;
    if !head.carriage.admits(id, command) {
        return Err(OpenError::Misplaced(command));
    }
    Ok(Plain {
        id,
        request_id,
        command,
        body: reader.rest().to_vec(),
    })
}

/// Makes an envelope.
///
/// # Errors
/// [`SealError`] if it may not travel like this.
pub fn seal(head: &Head, key: &SharedKey, plain: &Plain) -> Result<Vec<u8>, SealError> {
    let (len, max) = (OVERHEAD + plain.body.len(), plain.id.max_len());
    if len > max {
        return Err(SealError::TooLong { len, max });
    }
    let relabelled = matches!(head.carriage, Carriage::Direct(outside) if outside != plain.id);
    if relabelled || !head.carriage.admits(plain.id, plain.command) {
        return Err(SealError::Misplaced(plain.command));
    }
    let mut inner = Writer::with_capacity(INNER_HEAD_LEN + plain.body.len());
    inner
        .u8(plain.id as u8)
        .u64(plain.request_id)
        .u8(plain.command as u8)
        .bytes(&plain.body);
    let mut writer = Writer::with_capacity(len);
    writer
        .u8(head.carriage.code())
        .bytes(head.sender.as_bytes())
        .bytes(head.token.as_bytes())
        .bytes(&head.nonce)
        .bytes(&key.seal(&head.nonce, &inner.finish())?);
    Ok(writer.finish())
}
