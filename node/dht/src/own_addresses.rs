//! Where we ourselves are: our machine's addresses, the port of our socket, and what lies around us.
//!
//! Asks no system: whoever drives the engine knows.

use std::net::{IpAddr, SocketAddr};

use crate::peer::is_local;

/// Our addresses.
#[derive(Debug, Default)]
pub(crate) struct OwnAddresses {
    ips: Vec<IpAddr>,
    port: Option<u16>,
}

impl OwnAddresses {
    pub(crate) fn set(&mut self, ips: impl Iterator<Item = IpAddr>) {
        self.ips = ips.map(|ip| ip.to_canonical()).collect();
    }

    pub(crate) fn set_port(&mut self, port: u16) {
        self.port = Some(port);
    }

    /// Whether this is our own socket.
    pub(crate) fn is_ours(&self, addr: &SocketAddr) -> bool {
        self.port == Some(addr.port()) && self.ips.contains(&addr.ip().to_canonical())
    }

    /// Whether this is in our own house: a local network, this machine by whatever address, or an IPv6 /64 of ours. What
    /// is there may stand behind a firewall that lets nobody in but us.
    pub(crate) fn in_our_house(&self, addr: &SocketAddr) -> bool {
        let ip = addr.ip().to_canonical();
        let around = |own: &IpAddr| match (own, ip) {
            (IpAddr::V6(own), IpAddr::V6(ip)) => own.segments()[..4] == ip.segments()[..4],
            (own, ip) => *own == ip,
        };
        is_local(addr) || self.ips.iter().any(around)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_house_is_this_machine_and_what_is_around_it() {
        let mut own = OwnAddresses::default();
        let ips = ["192.0.2.7", "2001:db8:1:2::7"];
        own.set(ips.iter().map(|ip| ip.parse().unwrap()));
        own.set_port(33_445);
        for (addr, house, ours) in [
            ("192.0.2.7:33445", true, true),
            ("[::ffff:192.0.2.7]:53", true, false),
            ("192.0.2.8:33445", false, false),
            ("[2001:db8:1:2::7]:33445", true, true),
            ("[2001:db8:1:2:ffff::9]:80", true, false),
            ("[2001:db8:1:3::7]:33445", false, false),
            ("127.0.0.1:33445", true, false),
            ("10.0.0.1:1", true, false),
        ] {
            let addr = addr.parse().unwrap();
            assert_eq!(own.in_our_house(&addr), house, "{addr}");
            assert_eq!(own.is_ours(&addr), ours, "{addr}");
        }
    }
}
