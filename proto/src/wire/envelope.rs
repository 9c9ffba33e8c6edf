//! The envelope: who sends, with which token, and a box.
//!
//! The 16 bytes of the token field: in a request the token that the addressee issued; in a Hello request random bytes;
//! in every response the field of its request again. So a response can be matched before any cryptography.

use thiserror::Error;

use super::command::Command;
use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};
use crate::keys::{BoxError, DhtPublicKey, MAC_LEN, NONCE_LEN, SharedKey};

/// The largest datagram: IPv6's minimum MTU of 1280 less 48 bytes of IPv6 and UDP header.
pub const MAX_DATAGRAM: usize = 1232;
/// Bytes that a datagram is longer than the command's body.
pub const OVERHEAD: usize = 1 + DhtPublicKey::LEN + Token::LEN + NONCE_LEN + MAC_LEN + 1 + 8 + 1;
/// The longest body of a command.
pub const BODY_MAX: usize = MAX_DATAGRAM - OVERHEAD;

/// What a node gave a sender so that the sender can prove to hold its address and key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Token([u8; 16]);

impl Token {
    /// Length in bytes.
    pub const LEN: usize = 16;

    /// Takes the bytes as they are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// The first byte of a datagram of offline messaging; free in c-toxcore, which drops ids that it does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum EnvelopeId {
    /// Hello: answered without a token.
    HelloRequest = 0xa0,
    /// Its answer.
    HelloResponse = 0xa1,
    /// Any other request.
    Request = 0xa2,
    /// Its answer.
    Response = 0xa3,
}

impl EnvelopeId {
    /// The id with this code.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            0xa0 => Some(Self::HelloRequest),
            0xa1 => Some(Self::HelloResponse),
            0xa2 => Some(Self::Request),
            0xa3 => Some(Self::Response),
            _ => None,
        }
    }
}

/// What can be read without a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Head {
    /// Request or response, with or without a token.
    pub id: EnvelopeId,
    /// Who says that he sent it; proved when the box opens.
    pub sender: DhtPublicKey,
    /// See the module.
    pub token: Token,
    /// The box's nonce.
    pub nonce: [u8; NONCE_LEN],
}

/// What was in the box.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Plain {
    /// Chosen by whoever asks; the answer repeats it.
    pub request_id: u64,
    /// What is asked, or answered.
    pub command: Command,
    /// Its fields.
    pub body: Vec<u8>,
}

/// Why a datagram does not open.
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
}

/// Reads the head; opens nothing.
///
/// # Errors
/// [`DecodeError`] if the datagram is too short, too long, or has another id.
pub fn peek(datagram: &[u8]) -> Result<Head, DecodeError> {
    split(datagram).map(|(head, _)| head)
}

fn split(datagram: &[u8]) -> Result<(Head, &[u8]), DecodeError> {
    if datagram.len() > MAX_DATAGRAM {
        return Err(DecodeError {
            offset: MAX_DATAGRAM,
            kind: DecodeErrorKind::TooLong {
                len: datagram.len(),
                max: MAX_DATAGRAM,
            },
        });
    }
    let mut reader = Reader::new(datagram);
    let code = reader.u8()?;
    let id = EnvelopeId::from_code(code).ok_or(DecodeError {
        offset: 0,
        kind: DecodeErrorKind::UnknownValue {
            what: "packet id",
            value: code,
        },
    })?;
    let head = Head {
        id,
        sender: DhtPublicKey::from_bytes(reader.take_array()?),
        token: Token(reader.take_array()?),
        nonce: reader.take_array()?,
    };
    reader.clone().take(MAC_LEN + 10)?;
    Ok((head, reader.rest()))
}

/// Opens a datagram.
///
/// # Errors
/// [`OpenError`] if anything about it is wrong.
pub fn open(key: &SharedKey, datagram: &[u8]) -> Result<Plain, OpenError> {
    let (head, sealed) = split(datagram)?;
    let plain = key.open(&head.nonce, sealed)?;
    let mut reader = Reader::new(&plain);
    if reader.u8()? != head.id as u8 {
        return Err(OpenError::Relabelled);
    }
    let request_id = reader.u64()?;
    let code_at = reader.clone();
    let code = reader.u8()?;
    let command = Command::from_code(code).ok_or_else(|| {
        code_at.error(DecodeErrorKind::UnknownValue {
            what: "command",
            value: code,
        })
    })?;
    Ok(Plain {
        request_id,
        command,
        body: reader.rest().to_vec(),
    })
}

/// Makes a datagram.
///
/// # Errors
/// [`BoxError`] if the cipher refuses the text.
pub fn seal(head: &Head, key: &SharedKey, plain: &Plain) -> Result<Vec<u8>, BoxError> {
    let mut inner = Writer::with_capacity(10 + plain.body.len());
    inner
        .u8(head.id as u8)
        .u64(plain.request_id)
        .u8(plain.command as u8)
        .bytes(&plain.body);
    let mut writer = Writer::with_capacity(OVERHEAD + plain.body.len());
    writer
        .u8(head.id as u8)
        .bytes(head.sender.as_bytes())
        .bytes(head.token.as_bytes())
        .bytes(&head.nonce)
        .bytes(&key.seal(&head.nonce, &inner.finish())?);
    Ok(writer.finish())
}
