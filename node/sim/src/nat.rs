//! Network address translators: who is behind one has no address of its own, and is reached only by whom it wrote to.
//!
//! Kinds are RFC 4787's, by what depends on a peer's address or on its port as well. A mapping lives as long as it is used, and a little longer.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::addresses::PORT;

/// What a translator does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NatKind {
    /// One port for all peers, open to everybody while it lasts ("full cone").
    EndpointIndependent,
    /// One port for all peers, open to the addresses that were written to ("restricted cone").
    AddressFiltering,
    /// One port for all peers, open to the addresses and ports that were written to ("port restricted cone").
    AddressAndPortFiltering,
    /// A port for each peer, open to that peer only ("symmetric").
    AddressAndPortMapping,
    /// A translator whose owner forwards Tox's first port to the node, for good.
    Forwarded,
    /// No translator, but a firewall: open to the addresses and ports that were written to.
    Firewall,
}

impl NatKind {
    /// Whether the node's own address is another one than others see.
    pub(crate) fn translates(self) -> bool {
        self != Self::Firewall
    }
}

/// How long an unused mapping lasts: RFC 4787 asks for two minutes at least.
const LIFETIME: Duration = Duration::from_secs(120);

/// The first port that is given out.
const FIRST_PORT: u16 = 1024;

#[derive(Debug)]
struct Mapping {
    port: u16,
    used: Duration,
    /// Whom the inner side wrote to, and when last.
    peers: HashMap<SocketAddr, Duration>,
}

/// One translator, with one node behind it.
#[derive(Debug)]
pub(crate) struct Nat {
    pub(crate) kind: NatKind,
    public: IpAddr,
    /// By peer where each has a port of its own, else one for all.
    mappings: HashMap<Option<SocketAddr>, Mapping>,
    next_port: u16,
}

impl Nat {
    pub(crate) fn new(kind: NatKind, public: IpAddr) -> Self {
        Self {
            kind,
            public,
            mappings: HashMap::new(),
            next_port: FIRST_PORT,
        }
    }

    /// The address that a peer sees.
    pub(crate) fn outbound(&mut self, mono: Duration, to: SocketAddr) -> SocketAddr {
        let key = (self.kind == NatKind::AddressAndPortMapping).then_some(to);
        let alive = |mapping: &Mapping| mono.saturating_sub(mapping.used) < LIFETIME;
        if !self.mappings.get(&key).is_some_and(alive) {
            self.mappings.retain(|_, mapping| alive(mapping));
            let mapping = Mapping {
                port: self.port(),
                used: mono,
                peers: HashMap::new(),
            };
            self.mappings.insert(key, mapping);
        }
        let port = self.mappings.get_mut(&key).map_or(0, |mapping| {
            mapping.used = mono;
            let fresh = |at: &Duration| mono.saturating_sub(*at) < LIFETIME;
            mapping.peers.retain(|_, at| fresh(at));
            mapping.peers.insert(to, mono);
            mapping.port
        });
        SocketAddr::new(self.public, port)
    }

    /// The port of a new mapping.
    fn port(&mut self) -> u16 {
        if matches!(self.kind, NatKind::Forwarded | NatKind::Firewall) {
            return PORT;
        }
        let port = self.next_port;
        self.next_port = port.checked_add(1).unwrap_or(FIRST_PORT);
        port
    }

    /// Whether a datagram to one of our ports comes through.
    pub(crate) fn admits(&self, mono: Duration, from: SocketAddr, port: u16) -> bool {
        let fresh = |at: &Duration| mono.saturating_sub(*at) < LIFETIME;
        if self.kind == NatKind::Forwarded {
            return port == PORT;
        }
        self.mappings
            .values()
            .filter(|mapping| mapping.port == port && fresh(&mapping.used))
            .any(|mapping| match self.kind {
                NatKind::EndpointIndependent | NatKind::Forwarded => true,
                NatKind::AddressFiltering => mapping
                    .peers
                    .iter()
                    .any(|(peer, at)| peer.ip() == from.ip() && fresh(at)),
                NatKind::AddressAndPortFiltering
                | NatKind::AddressAndPortMapping
                | NatKind::Firewall => mapping.peers.get(&from).is_some_and(fresh),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addr(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn each_kind_admits_whom_it_should() {
        let (friend, same_host, stranger) = (
            addr("192.0.2.1:1"),
            addr("192.0.2.1:2"),
            addr("192.0.2.2:1"),
        );
        for (kind, admitted) in [
            (NatKind::EndpointIndependent, [true, true, true]),
            (NatKind::AddressFiltering, [true, true, false]),
            (NatKind::AddressAndPortFiltering, [true, false, false]),
            (NatKind::AddressAndPortMapping, [true, false, false]),
        ] {
            let mut nat = Nat::new(kind, addr("198.51.100.1:0").ip());
            let seen = nat.outbound(Duration::ZERO, friend);
            let port = seen.port();
            for (from, admitted) in [friend, same_host, stranger].into_iter().zip(admitted) {
                let soon = Duration::from_secs(119);
                assert_eq!(nat.admits(soon, from, port), admitted, "{kind:?} {from}");
                assert!(!nat.admits(Duration::from_secs(121), from, port));
            }
            let other = nat.outbound(Duration::ZERO, stranger);
            let symmetric = kind == NatKind::AddressAndPortMapping;
            assert_eq!(other == seen, !symmetric, "{kind:?}");
        }
    }

    #[test]
    fn use_keeps_a_mapping_alive() {
        let mut nat = Nat::new(
            NatKind::AddressAndPortFiltering,
            addr("198.51.100.1:0").ip(),
        );
        let peer = addr("192.0.2.1:1");
        let first = nat.outbound(Duration::ZERO, peer);
        assert_eq!(nat.outbound(Duration::from_secs(100), peer), first);
        assert!(nat.admits(Duration::from_secs(200), peer, first.port()));
        assert_ne!(nat.outbound(Duration::from_secs(900), peer), first);
    }
}
