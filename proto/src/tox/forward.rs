//! Forwarding (0x90–0x92): a node sends something on for somebody to a node that it knows, and the answer back.
//!
//! What is forwarded, and what a sendback is made of, is not known here.
//!
//! ```text
//! request     0x90 ‖ key 32 ‖ data                    to the forwarder: for the node of that key
//! forwarding  0x91 ‖ length 1 ‖ sendback ‖ data       to that node; with length 0, back to who asked
//! reply       0x92 ‖ length 1 ‖ sendback ‖ data       to the forwarder
//! ```

use super::ids::MAX_UDP_PACKET;
use super::ids::{FORWARD_REPLY, FORWARD_REQUEST, FORWARDING};
use crate::codec::{DecodeError, DecodeErrorKind, Reader};
use crate::keys::DhtPublicKey;

/// The longest sendback, in bytes (c-toxcore, `MAX_SENDBACK_SIZE`).
pub const MAX_FORWARD_SENDBACK: usize = 254;
/// The most data, in bytes (c-toxcore, `MAX_FORWARD_DATA_SIZE`).
pub const MAX_FORWARD_DATA: usize = MAX_UDP_PACKET - (1 + 1 + MAX_FORWARD_SENDBACK);

/// A request to forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForwardRequest<'a> {
    /// The node that it is for.
    pub to: DhtPublicKey,
    /// What.
    pub data: &'a [u8],
}

impl<'a> ForwardRequest<'a> {
    /// Reads a request.
    ///
    /// # Errors
    /// [`DecodeError`] for another first byte, or a wrong length.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        first_byte(&mut reader, FORWARD_REQUEST)?;
        let to = DhtPublicKey::from_bytes(reader.take_array()?);
        let data = data(&mut reader)?;
        Ok(Self { to, data })
    }

    /// The packet.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        [&[FORWARD_REQUEST], &self.to.as_bytes()[..], self.data].concat()
    }
}

/// What was forwarded: to a node with a sendback, back to who asked without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forwarding<'a> {
    /// Comes back in the reply; empty in what comes back.
    pub sendback: &'a [u8],
    /// What.
    pub data: &'a [u8],
}

/// The reply to what was forwarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForwardReply<'a> {
    /// The sendback, byte for byte.
    pub sendback: &'a [u8],
    /// What.
    pub data: &'a [u8],
}

impl<'a> Forwarding<'a> {
    /// Reads a forwarding.
    ///
    /// # Errors
    /// [`DecodeError`] for another first byte, or a wrong length.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let (sendback, data) = decode(FORWARDING, bytes)?;
        Ok(Self { sendback, data })
    }

    /// The packet; `None` if the sendback is too long.
    #[must_use]
    pub fn encode(&self) -> Option<Vec<u8>> {
        encode(FORWARDING, self.sendback, self.data)
    }
}

impl<'a> ForwardReply<'a> {
    /// Reads a reply.
    ///
    /// # Errors
    /// [`DecodeError`] for another first byte, or a wrong length.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let (sendback, data) = decode(FORWARD_REPLY, bytes)?;
        Ok(Self { sendback, data })
    }

    /// The packet; `None` if the sendback is too long.
    #[must_use]
    pub fn encode(&self) -> Option<Vec<u8>> {
        encode(FORWARD_REPLY, self.sendback, self.data)
    }
}

fn encode(id: u8, sendback: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    let len = u8::try_from(sendback.len()).ok()?;
    (usize::from(len) <= MAX_FORWARD_SENDBACK).then(|| [&[id, len], sendback, data].concat())
}

fn decode(id: u8, bytes: &[u8]) -> Result<(&[u8], &[u8]), DecodeError> {
    let mut reader = Reader::new(bytes);
    first_byte(&mut reader, id)?;
    let len_at = reader.clone();
    let len = usize::from(reader.u8()?);
    if len > MAX_FORWARD_SENDBACK {
        return Err(len_at.error(DecodeErrorKind::TooLong {
            len,
            max: MAX_FORWARD_SENDBACK,
        }));
    }
    Ok((reader.take(len)?, data(&mut reader)?))
}

fn first_byte(reader: &mut Reader<'_>, id: u8) -> Result<(), DecodeError> {
    let at = reader.clone();
    let value = reader.u8()?;
    if value == id {
        return Ok(());
    }
    Err(at.error(DecodeErrorKind::UnknownValue {
        what: "packet id",
        value,
    }))
}

/// All that is left: at least a byte, and not too much.
fn data<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], DecodeError> {
    reader.clone().take(1)?;
    let len = reader.left();
    if len > MAX_FORWARD_DATA {
        return Err(reader.error(DecodeErrorKind::TooLong {
            len,
            max: MAX_FORWARD_DATA,
        }));
    }
    Ok(reader.rest())
}
