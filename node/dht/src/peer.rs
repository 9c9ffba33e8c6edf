//! Nodes as we speak of them: a key and where it is reached, and what may be said of an address to whom.
//!
//! Keeps no nodes; the routing table does.

use std::net::{IpAddr, SocketAddr};

use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_proto::tox::PackedNode;

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
    /// A node that somebody named, at an address by its one name.
    pub(crate) fn named(node: &PackedNode) -> Self {
        Self {
            key: node.key,
            addr: canonical(node.addr),
        }
    }

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
    let ip = addr.ip().to_canonical();
    let broadcast = matches!(ip, IpAddr::V4(ip) if ip.is_broadcast());
    addr.port() != 0 && !ip.is_unspecified() && !ip.is_multicast() && !broadcast
}

/// Whether an address is one of a local network or of this machine.
pub(crate) fn is_local(addr: &SocketAddr) -> bool {
    match addr.ip().to_canonical() {
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
    Some(match addr.ip().to_canonical() {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv4_address_in_ipv6s_clothes_is_what_it_is() {
        let public = SocketAddr::from(([192, 0, 2, 1], 1));
        for (text, local) in [
            ("[::ffff:127.0.0.1]:1", true),
            ("[::ffff:192.168.1.1]:1", true),
            ("[::ffff:100.64.0.1]:1", true),
            ("[::ffff:192.0.2.2]:1", false),
        ] {
            let addr: SocketAddr = text.parse().unwrap();
            assert_eq!(is_local(&addr), local, "{text}");
            assert_eq!(may_tell(&public, &addr), !local, "{text}");
            let named = PackedNode::udp(addr, DhtPublicKey::from_bytes([1; 32]));
            assert!(Peer::named(&named).addr.is_ipv4(), "{text}");
        }
        let everybody = "[::ffff:255.255.255.255]:1".parse().unwrap();
        assert!(!can_be_sent_to(&everybody));
    }
}
