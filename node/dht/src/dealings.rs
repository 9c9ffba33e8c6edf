//! Hosts that we had dealings with lately, either way: a translator or a firewall before us may let them in, and keep letting
//! them in as long as they write.
//!
//! Knows nothing of what was written.

use std::net::SocketAddr;
use std::time::Duration;

use crate::bounded::Bounded;

/// For how long a host is remembered: translators let it in for 2 to 5 minutes, which is what RFC 4787 asks for at least
/// and by default.
const LATELY: Duration = Duration::from_secs(330);
/// Hosts of either kind that are remembered.
const HOSTS: usize = 8_192;

/// The hosts.
pub(crate) struct Dealings {
    wrote: Bounded<SocketAddr, Duration>,
    heard: Bounded<SocketAddr, Duration>,
    /// When we last wrote to one that had to be forgotten for others.
    forgotten: Option<Duration>,
}

impl Dealings {
    pub(crate) fn new() -> Self {
        Self {
            wrote: Bounded::new(HOSTS),
            heard: Bounded::new(HOSTS),
            forgotten: None,
        }
    }

    /// Something goes there.
    pub(crate) fn wrote(&mut self, mono: Duration, addr: &SocketAddr) {
        let pushed_out = self.wrote.put(host(addr), mono);
        self.forgotten = self.forgotten.max(pushed_out.map(|(_, at)| at));
    }

    /// Something comes from there. Who is forgotten for others here may be anybody's invention: where a translator lets so
    /// many in, it lets everybody in.
    pub(crate) fn heard(&mut self, mono: Duration, addr: &SocketAddr) {
        self.heard.put(host(addr), mono);
    }

    /// Whether there were any lately, or may have been: a host that we wrote to and had to forget may be anybody.
    pub(crate) fn lately(&mut self, mono: Duration, addr: &SocketAddr) -> bool {
        let recent = |at: &Duration| mono.saturating_sub(*at) < LATELY;
        let host = host(addr);
        self.wrote.get(&host).is_some_and(recent)
            || self.heard.get(&host).is_some_and(recent)
            || self.forgotten.as_ref().is_some_and(recent)
    }
}

/// What a filter may know an address by: many look at the host alone. The nodes of this machine differ by their ports.
pub(crate) fn host(addr: &SocketAddr) -> SocketAddr {
    let port = if addr.ip().is_loopback() {
        addr.port()
    } else {
        0
    };
    SocketAddr::new(addr.ip(), port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addr(host: u32, port: u16) -> SocketAddr {
        SocketAddr::new(std::net::Ipv4Addr::from(host).into(), port)
    }

    #[test]
    fn a_host_is_known_for_some_minutes_whatever_the_port() {
        let mut dealings = Dealings::new();
        let at = Duration::from_secs;
        dealings.wrote(at(5), &addr(1 << 24, 1));
        assert!(dealings.lately(at(334), &addr(1 << 24, 2)));
        assert!(!dealings.lately(at(335), &addr(1 << 24, 1)));
        assert!(!dealings.lately(at(6), &addr(2 << 24, 1)));
        // But on loopback every port is a node.
        dealings.heard(at(5), &addr(0x7f00_0001, 1));
        assert!(dealings.lately(at(6), &addr(0x7f00_0001, 1)));
        assert!(!dealings.lately(at(6), &addr(0x7f00_0001, 2)));
    }

    #[test]
    fn who_was_forgotten_for_want_of_room_is_not_taken_for_a_stranger() {
        let mut dealings = Dealings::new();
        let at = Duration::from_secs;
        dealings.wrote(at(0), &addr(7, 1));
        for host in 0..HOSTS {
            dealings.wrote(at(1), &addr(u32::try_from(host).unwrap() + 1_000, 1));
        }
        assert!(dealings.lately(at(329), &addr(7, 1)));
        assert!(dealings.lately(at(329), &addr(8, 1)));
        assert!(!dealings.lately(at(331), &addr(7, 1)));
    }

    #[test]
    fn a_flood_from_many_hosts_makes_nobody_known() {
        let mut dealings = Dealings::new();
        let at = Duration::from_secs;
        for host in 0..2 * HOSTS {
            dealings.heard(at(1), &addr(u32::try_from(host).unwrap() + 1_000, 1));
        }
        assert!(!dealings.lately(at(2), &addr(7, 1)));
    }
}
