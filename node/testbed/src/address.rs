//! Where a node is to be found: its address and its key.
//!
//! Knows nothing of processes.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// IPv4 or IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// Loopback's address.
    pub const fn loopback(self) -> IpAddr {
        match self {
            Self::V4 => IpAddr::V4(Ipv4Addr::LOCALHOST),
            Self::V6 => IpAddr::V6(Ipv6Addr::LOCALHOST),
        }
    }

    /// Which one an address is of.
    pub const fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::V4,
            IpAddr::V6(_) => Self::V6,
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        })
    }
}

/// A node's address and DHT key: as `toxdrop node --bootstrap` takes it when displayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeAddress {
    /// Its UDP address, or the TCP address of its relay.
    pub address: SocketAddr,
    /// Its key, 64 hexadecimal digits.
    pub key: String,
}

impl NodeAddress {
    /// The same node at another port of the same IP address: its TCP relay.
    #[must_use]
    pub fn at_port(&self, port: u16) -> Self {
        Self {
            address: SocketAddr::new(self.address.ip(), port),
            key: self.key.clone(),
        }
    }
}

impl fmt::Display for NodeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.address, self.key)
    }
}
