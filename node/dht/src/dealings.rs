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
/// Hosts that are remembered.
const HOSTS: usize = 8_192;

/// The hosts.
pub(crate) struct Dealings {
    at: Bounded<SocketAddr, Duration>,
    /// When we last had dealings with one that had to be forgotten for others.
    forgotten: Option<Duration>,
}

impl Dealings {
    pub(crate) fn new() -> Self {
        Self {
            at: Bounded::new(HOSTS),
            forgotten: None,
        }
    }

    /// Something goes there, or comes from there.
    pub(crate) fn note(&mut self, mono: Duration, addr: &SocketAddr) {
        let pushed_out = self.at.put(host(addr), mono);
        self.forgotten = self.forgotten.max(pushed_out.map(|(_, at)| at));
    }

    /// Whether there were any lately, or may have been: what had to be forgotten counts as anybody's.
    pub(crate) fn lately(&mut self, mono: Duration, addr: &SocketAddr) -> bool {
        let recent = |at: &Duration| mono.saturating_sub(*at) < LATELY;
        self.at.get(&host(addr)).is_some_and(recent) || self.forgotten.as_ref().is_some_and(recent)
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
        dealings.note(at(5), &addr(1 << 24, 1));
        assert!(dealings.lately(at(334), &addr(1 << 24, 2)));
        assert!(!dealings.lately(at(335), &addr(1 << 24, 1)));
        assert!(!dealings.lately(at(6), &addr(2 << 24, 1)));
        // But on loopback every port is a node.
        dealings.note(at(5), &addr(0x7f00_0001, 1));
        assert!(dealings.lately(at(6), &addr(0x7f00_0001, 1)));
        assert!(!dealings.lately(at(6), &addr(0x7f00_0001, 2)));
    }

    #[test]
    fn who_was_forgotten_for_want_of_room_is_not_taken_for_a_stranger() {
        let mut dealings = Dealings::new();
        let at = Duration::from_secs;
        dealings.note(at(0), &addr(7, 1));
        for host in 0..HOSTS {
            dealings.note(at(1), &addr(u32::try_from(host).unwrap() + 1_000, 1));
        }
        assert!(dealings.lately(at(329), &addr(7, 1)));
        assert!(dealings.lately(at(329), &addr(8, 1)));
        assert!(!dealings.lately(at(331), &addr(7, 1)));
    }
}
