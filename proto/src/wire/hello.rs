//! Hello: are you a node of this network, what can you do, what time is it, and what is my token?
//!
//! Needs no token, so its answer is no larger than its request.

use std::net::SocketAddr;

use super::token::Token;
use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};
use crate::ids::{NetworkId, UnixSeconds};
use crate::tox::{IP_PORT_LEN, read_ip_port, write_ip_port};

/// Version of the protocol that this program speaks; the only one that its decoders read.
pub const PROTOCOL_VERSION: u8 = 2;
/// Capability bit 0: the node can be reached by who never heard of it, and stores packets for others.
pub const CAP_STORES: u32 = 1;
/// Bytes of the body, of the request (with its padding) and of the answer alike.
pub const HELLO_BODY_LEN: usize = FIELDS_LEN + Token::LEN + 8 + IP_PORT_LEN;

const FIELDS_LEN: usize = 1 + 4 + 4;

/// The request: version 1 ‖ network id 4 ‖ capabilities 4 ‖ zero padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hello {
    /// Which network.
    pub network: NetworkId,
    /// What the sender can do, as bits. Bits that have no meaning are written as 0 and ignored.
    pub capabilities: u32,
}

/// The answer: version 1 ‖ network id 4 ‖ capabilities 4 ‖ token 16 ‖ clock 8 ‖ the asker's address as seen 19.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HelloAnswer {
    /// The answerer's network and capabilities.
    pub hello: Hello,
    /// For the asker's requests from this address and key.
    pub token: Token,
    /// The answerer's clock ([`crate::clock::agreed`]).
    pub clock: UnixSeconds,
    /// Where the request came from: through the onion, the exit's address.
    pub seen: SocketAddr,
}

impl Hello {
    fn write(&self, writer: &mut Writer) {
        writer
            .u8(PROTOCOL_VERSION)
            .u32(self.network.0)
            .u32(self.capabilities);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let version_at = reader.clone();
        let version = reader.u8()?;
        if version != PROTOCOL_VERSION {
            return Err(version_at.error(DecodeErrorKind::UnknownVersion(version)));
        }
        Ok(Self {
            network: NetworkId(reader.u32()?),
            capabilities: reader.u32()?,
        })
    }

    pub(super) fn encode(&self, writer: &mut Writer) {
        self.write(writer);
        writer.zeros(HELLO_BODY_LEN - FIELDS_LEN);
    }

    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let hello = Self::read(reader)?;
        let padding_at = reader.clone();
        if reader.take_array()? != [0; HELLO_BODY_LEN - FIELDS_LEN] {
            return Err(padding_at.error(DecodeErrorKind::NotZero("padding")));
        }
        Ok(hello)
    }
}

impl HelloAnswer {
    pub(super) fn encode(&self, writer: &mut Writer) {
        self.hello.write(writer);
        writer.bytes(self.token.as_bytes()).u64(self.clock.0);
        write_ip_port(writer, self.seen);
    }

    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            hello: Hello::read(reader)?,
            token: Token::from_bytes(reader.take_array()?),
            clock: UnixSeconds(reader.u64()?),
            seen: read_ip_port(reader)?,
        })
    }
}
