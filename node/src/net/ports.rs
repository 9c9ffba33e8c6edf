//! The first Tox port that is free: for both address families, for IPv4 alone where the system has nothing else.
//!
//! Opens nothing itself.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use toxdrop_proto::tox::{FIRST_PORT, LAST_PORT};

/// Tries port after port. `bind` opens a socket, and `speaks_ipv4` says whether one that is bound to `[::]` does so.
pub(super) fn first_free<S>(
    bind: impl Fn(SocketAddr) -> io::Result<S>,
    speaks_ipv4: impl Fn(&S) -> bool,
) -> Option<S> {
    let open = |port| match bind((Ipv6Addr::UNSPECIFIED, port).into()) {
        Ok(socket) if speaks_ipv4(&socket) => Some(socket),
        // For IPv4 it may be free: then others would find two nodes at one port.
        Err(error) if error.kind() == ErrorKind::AddrInUse => None,
        _ => bind((Ipv4Addr::UNSPECIFIED, port).into()).ok(),
    };
    (FIRST_PORT..=LAST_PORT).find_map(open)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addr(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_first_free_port_is_taken_for_both_families() {
        let taken = |addr: SocketAddr| match addr.port() {
            33445 | 33446 => Err(ErrorKind::AddrInUse.into()),
            _ => Ok(addr),
        };
        assert_eq!(first_free(taken, |_| true), Some(addr("[::]:33447")));
        let none = |_| Err::<SocketAddr, _>(ErrorKind::AddrInUse.into());
        assert_eq!(first_free(none, |_| true), None);
    }

    #[test]
    fn without_ipv6_it_is_taken_for_ipv4() {
        let no_ipv6 = |addr: SocketAddr| {
            if addr.is_ipv6() {
                // As a kernel without IPv6 says it: address family not supported.
                return Err(io::Error::from_raw_os_error(97));
            }
            match addr.port() {
                33445 => Err(ErrorKind::AddrInUse.into()),
                _ => Ok(addr),
            }
        };
        assert_eq!(first_free(no_ipv6, |_| true), Some(addr("0.0.0.0:33446")));
        // A system whose IPv6 sockets speak nothing else.
        let all = first_free(Ok, SocketAddr::is_ipv4);
        assert_eq!(all, Some(addr("0.0.0.0:33445")));
    }
}
