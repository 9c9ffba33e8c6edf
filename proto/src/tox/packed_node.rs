//! Packed nodes: type 1 ‖ address 4 or 16 ‖ port 2 ‖ DHT key 32 (Tox spec, "Packed node format").

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};
use crate::keys::DhtPublicKey;

/// How a node is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// UDP: a DHT node.
    Udp,
    /// TCP: a relay, of no use to the DHT.
    Tcp,
}

const UDP_IPV4: u8 = 2;
const UDP_IPV6: u8 = 10;
const TCP_IPV4: u8 = 130;
const TCP_IPV6: u8 = 138;

/// A node's address and key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PackedNode {
    /// How it is reached.
    pub transport: Transport,
    /// Where it is. The IPv6 scope and flow label are not carried and always zero.
    pub addr: SocketAddr,
    /// Its DHT key.
    pub key: DhtPublicKey,
}

impl PackedNode {
    /// Bytes of a node with an IPv4 address.
    pub const LEN_IPV4: usize = 39;
    /// Bytes of a node with an IPv6 address.
    pub const LEN_IPV6: usize = 51;

    /// A node reached over UDP.
    #[must_use]
    pub fn udp(addr: SocketAddr, key: DhtPublicKey) -> Self {
        Self {
            transport: Transport::Udp,
            addr: SocketAddr::new(addr.ip(), addr.port()),
            key,
        }
    }

    /// Bytes of this node.
    #[must_use]
    pub fn packed_len(&self) -> usize {
        if self.addr.is_ipv4() {
            Self::LEN_IPV4
        } else {
            Self::LEN_IPV6
        }
    }

    /// The first byte: transport and address family.
    #[must_use]
    pub fn type_code(&self) -> u8 {
        match (self.transport, self.addr.is_ipv4()) {
            (Transport::Udp, true) => UDP_IPV4,
            (Transport::Tcp, true) => TCP_IPV4,
            (Transport::Udp, false) => UDP_IPV6,
            (Transport::Tcp, false) => TCP_IPV6,
        }
    }

    /// Appends the node.
    pub fn encode(&self, writer: &mut Writer) {
        writer.u8(self.type_code());
        match self.addr.ip() {
            IpAddr::V4(ip) => writer.bytes(&ip.octets()),
            IpAddr::V6(ip) => writer.bytes(&ip.octets()),
        };
        writer.u16(self.addr.port()).bytes(self.key.as_bytes());
    }

    /// Reads a node.
    ///
    /// # Errors
    /// [`DecodeError`] if it is cut or of an unknown type.
    pub fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let type_at = reader.clone();
        let (transport, v6) = match reader.u8()? {
            UDP_IPV4 => (Transport::Udp, false),
            UDP_IPV6 => (Transport::Udp, true),
            TCP_IPV4 => (Transport::Tcp, false),
            TCP_IPV6 => (Transport::Tcp, true),
            value => {
                return Err(type_at.error(DecodeErrorKind::UnknownValue {
                    what: "node type",
                    value,
                }));
            }
        };
        let ip: IpAddr = if v6 {
            Ipv6Addr::from(reader.take_array::<16>()?).into()
        } else {
            Ipv4Addr::from(reader.take_array::<4>()?).into()
        };
        let addr = SocketAddr::new(ip, reader.u16()?);
        let key = DhtPublicKey::from_bytes(reader.take_array()?);
        Ok(Self {
            transport,
            addr,
            key,
        })
    }
}
