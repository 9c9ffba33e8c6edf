//! Hello: are you a node of this network, what can you do, and what is my token?
//!
//! The one exchange that needs no token, so its answer is no larger than its request.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use super::envelope::Token;
use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};
use crate::ids::NetworkId;

/// Version of the protocol that this program speaks.
pub const HELLO_VERSION: u8 = 1;
/// Capability bit 0: the node stores packets for others.
pub const CAP_STORES: u32 = 1;
/// Bytes of the body, of the request (with its padding) and of the answer alike.
pub const HELLO_BODY_LEN: usize = 9 + Token::LEN + SEEN_LEN;

const SEEN_LEN: usize = 19;
const SEEN_IPV4: u8 = 2;
const SEEN_IPV6: u8 = 10;

/// The request: version 1 ‖ network id 4 ‖ capabilities 4 ‖ zero padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hello {
    /// Version of the protocol.
    pub version: u8,
    /// Which network.
    pub network: NetworkId,
    /// What the sender can do, as bits.
    pub capabilities: u32,
}

/// The answer: version 1 ‖ network id 4 ‖ capabilities 4 ‖ token 16 ‖ the asker's address as seen 19.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HelloAnswer {
    /// The answerer's version, network and capabilities.
    pub hello: Hello,
    /// For the asker's requests from this address and key.
    pub token: Token,
    /// Where the request came from: family 1 (2 or 10) ‖ address 16 (IPv4 as ::ffff:a.b.c.d) ‖ port 2.
    pub seen: SocketAddr,
}

impl Hello {
    fn write(&self, writer: &mut Writer) {
        writer
            .u8(self.version)
            .u32(self.network.0)
            .u32(self.capabilities);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            version: reader.u8()?,
            network: NetworkId(reader.u32()?),
            capabilities: reader.u32()?,
        })
    }

    pub(super) fn encode(&self, writer: &mut Writer) {
        self.write(writer);
        writer.zeros(HELLO_BODY_LEN - 9);
    }

    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let hello = Self::read(reader)?;
        let padding_at = reader.clone();
        if reader
            .take(HELLO_BODY_LEN - 9)?
            .iter()
            .any(|byte| *byte != 0)
        {
            return Err(padding_at.error(DecodeErrorKind::NotZero("padding")));
        }
        Ok(hello)
    }
}

impl HelloAnswer {
    pub(super) fn encode(&self, writer: &mut Writer) {
        self.hello.write(writer);
        let (family, ip) = match self.seen.ip() {
            IpAddr::V4(ip) => (SEEN_IPV4, ip.to_ipv6_mapped()),
            IpAddr::V6(ip) => (SEEN_IPV6, ip),
        };
        writer
            .bytes(self.token.as_bytes())
            .u8(family)
            .bytes(&ip.octets())
            .u16(self.seen.port());
    }

    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let hello = Hello::read(reader)?;
        let token = Token::from_bytes(reader.take_array()?);
        let family_at = reader.clone();
        let family = reader.u8()?;
        let ip = Ipv6Addr::from(reader.take_array::<16>()?);
        let ip: IpAddr = match (family, ip.to_ipv4_mapped()) {
            (SEEN_IPV4, Some(v4)) => v4.into(),
            (SEEN_IPV6, _) => ip.into(),
            (value, _) => {
                return Err(family_at.error(DecodeErrorKind::UnknownValue {
                    what: "address family",
                    value,
                }));
            }
        };
        Ok(Self {
            hello,
            token,
            seen: SocketAddr::new(ip, reader.u16()?),
        })
    }
}
