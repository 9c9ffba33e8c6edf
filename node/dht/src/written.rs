//! Addresses that we wrote to lately: to whom a translator or a firewall before us may let answers in.
//!
//! Knows nothing of what was written.

use std::net::SocketAddr;
use std::time::Duration;

use crate::bounded::Bounded;

/// For how long an address counts as written to: translators let answers in for 2 to 5 minutes, which is what RFC 4787
/// asks for at least and by default.
const LATELY: Duration = Duration::from_secs(330);
/// Addresses that are remembered.
const ADDRESSES: usize = 8_192;

/// The addresses.
pub(crate) struct Written {
    at: Bounded<SocketAddr, Duration>,
    /// When the last of those was written to that had to be forgotten for others.
    forgotten: Option<Duration>,
}

impl Written {
    pub(crate) fn new() -> Self {
        Self {
            at: Bounded::new(ADDRESSES),
            forgotten: None,
        }
    }

    /// Something goes there.
    pub(crate) fn note(&mut self, mono: Duration, to: &SocketAddr) {
        let pushed_out = self.at.put(host(to), mono);
        self.forgotten = self.forgotten.max(pushed_out.map(|(_, at)| at));
    }

    /// Whether something went there lately, or may have: what had to be forgotten counts as anybody's.
    pub(crate) fn lately(&mut self, mono: Duration, to: &SocketAddr) -> bool {
        let recent = |at: &Duration| mono.saturating_sub(*at) < LATELY;
        self.at.get(&host(to)).is_some_and(recent) || self.forgotten.as_ref().is_some_and(recent)
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
    fn a_host_is_written_to_for_some_minutes_whatever_the_port() {
        let mut written = Written::new();
        let at = Duration::from_secs;
        written.note(at(5), &addr(1 << 24, 1));
        assert!(written.lately(at(334), &addr(1 << 24, 2)));
        assert!(!written.lately(at(335), &addr(1 << 24, 1)));
        assert!(!written.lately(at(6), &addr(2 << 24, 1)));
        // But on loopback every port is a node.
        written.note(at(5), &addr(0x7f00_0001, 1));
        assert!(written.lately(at(6), &addr(0x7f00_0001, 1)));
        assert!(!written.lately(at(6), &addr(0x7f00_0001, 2)));
    }

    #[test]
    fn who_was_forgotten_for_want_of_room_is_not_taken_for_a_stranger() {
        let mut written = Written::new();
        let at = Duration::from_secs;
        written.note(at(0), &addr(7, 1));
        for host in 0..ADDRESSES {
            written.note(at(1), &addr(u32::try_from(host).unwrap() + 1_000, 1));
        }
        assert!(written.lately(at(329), &addr(7, 1)));
        assert!(written.lately(at(329), &addr(8, 1)));
        assert!(!written.lately(at(331), &addr(7, 1)));
    }
}
