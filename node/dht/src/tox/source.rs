//! Whom an onion packet came from: a UDP address, or a client of our TCP relay.
//!
//! Written into the way back, which nobody but us can read.

use std::net::SocketAddr;

use toxdrop_proto::codec::{Reader, Writer};
use toxdrop_proto::tox::{IP_PORT_LEN, read_ip_port, write_ip_port};

use super::tcp_relay::TcpClient;

/// Stands where an address has its family.
const TCP: u8 = 11;

/// Where an onion packet came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Udp(SocketAddr),
    Tcp(TcpClient),
}

impl Source {
    /// 19 bytes: an address as Tox writes it, or 11 ‖ number of the client 8 ‖ zeros.
    pub(super) fn encode(self, writer: &mut Writer) {
        match self {
            Self::Udp(addr) => write_ip_port(writer, addr),
            Self::Tcp(client) => {
                let number = client.as_u64().to_be_bytes();
                writer.u8(TCP).bytes(&number);
                writer.zeros(IP_PORT_LEN - 1 - number.len());
            }
        }
    }

    pub(super) fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        if reader.clone().u8().ok()? != TCP {
            return read_ip_port(reader).ok().map(Self::Udp);
        }
        let bytes: [u8; IP_PORT_LEN] = reader.take_array().ok()?;
        let (_, number) = bytes.split_first()?;
        let number = u64::from_be_bytes(*number.first_chunk()?);
        Some(Self::Tcp(TcpClient::from_u64(number)))
    }
}
