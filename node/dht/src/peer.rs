//! Nodes as we speak of them: a key and where it is reached, and what may be said of an address to whom.
//!
//! Keeps no nodes; the routing table does.

use std::net::{IpAddr, SocketAddr};

use toxdrop_proto::keys::DhtPublicKey;

use crate::report::Holder;

/// A node that we can ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Peer {
    /// Its DHT key.
    pub key: DhtPublicKey,
    /// Its address.
    pub addr: SocketAddr,
}

impl Peer {
    /// The node as reports name it.
    pub(crate) fn holder(&self) -> Holder {
        Holder {
            key: self.key,
            address: self.addr,
        }
    }
}

/// Whether an address says something to whoever is at `to`: one of our local network means nothing outside of it,
/// and what a stranger says of it is not to be believed.
pub(crate) fn may_tell(to: &SocketAddr, addr: &SocketAddr) -> bool {
    subnet(addr).is_some() || subnet(to).is_none()
}

/// An address by its one name: what stands in a packet may be an IPv4 address in IPv6's clothes.
pub(crate) fn canonical(addr: SocketAddr) -> SocketAddr {
    SocketAddr::new(addr.ip().to_canonical(), addr.port())
}

/// Whether a datagram to this address could reach one host, and only one.
pub(crate) fn can_be_sent_to(addr: &SocketAddr) -> bool {
    let broadcast = matches!(addr.ip(), IpAddr::V4(ip) if ip.is_broadcast());
    addr.port() != 0 && !addr.ip().is_unspecified() && !addr.ip().is_multicast() && !broadcast
}

/// Whether an address is one of a local network or of this machine.
pub(crate) fn is_local(addr: &SocketAddr) -> bool {
    match addr.ip() {
        IpAddr::V4(ip) => {
            // 100.64.0.0/10 lies behind a provider's translator (RFC 6598).
            let [a, b, ..] = ip.octets();
            let shared = a == 100 && (64..128).contains(&b);
            ip.is_private() || ip.is_loopback() || ip.is_link_local() || shared
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// The network that an address counts as part of: IPv4 /24 or IPv6 /48; `None` for loopback and private addresses,
/// which are exempt from limits per network.
pub(crate) fn subnet(addr: &SocketAddr) -> Option<[u8; 7]> {
    if is_local(addr) {
        return None;
    }
    Some(match addr.ip() {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            [4, a, b, c, 0, 0, 0]
        }
        IpAddr::V6(ip) => {
            let [a, b, c, d, e, f, ..] = ip.octets();
            [6, a, b, c, d, e, f]
        }
    })
}
