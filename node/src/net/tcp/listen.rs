//! Opens the relay's ports.
//!
//! Accepts nobody.

use std::io;
use std::net::{IpAddr, SocketAddr};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;

/// Connections that the system keeps until they are accepted.
const BACKLOG: i32 = 256;
/// The system's buffer for what goes to a client, in bytes. A ping waits behind what is in it, and it counts against no
/// limit of ours: no more than a client needs at the rate it is kept to.
const SEND_BUFFER: usize = 64 << 10;

/// Opens each port on each address: those of the UDP sockets. One for all IPv6 addresses takes IPv4 in as well, unless
/// that has a socket of its own.
///
/// # Errors
/// Which address cannot be had, and what the system said.
pub(in crate::net) fn listen(
    ips: &[IpAddr],
    ports: &[u16],
) -> Result<Vec<TcpListener>, (SocketAddr, io::Error)> {
    let only_v6 = ips.iter().any(IpAddr::is_ipv4);
    let addresses = ports
        .iter()
        .flat_map(|port| ips.iter().map(|ip| SocketAddr::new(*ip, *port)));
    addresses
        .map(|address| open(address, only_v6).map_err(|error| (address, error)))
        .collect()
}

fn open(address: SocketAddr, only_v6: bool) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if address.is_ipv6() {
        socket.set_only_v6(only_v6)?;
    }
    // Elsewhere than on Windows, where it means something else: a restarted node gets its port back at once.
    #[cfg(not(windows))]
    socket.set_reuse_address(true)?;
    // A buffer of another size costs memory, or speed; accepted sockets inherit it.
    let _ = socket.set_send_buffer_size(SEND_BUFFER);
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn a_port_that_is_taken_is_told_by_its_address() {
        let ip = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let taken = listen(&[ip], &[0]).unwrap();
        let address = taken[0].local_addr().unwrap();
        let (refused, error) = listen(&[ip], &[0, address.port()]).unwrap_err();
        assert_eq!(refused, address);
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    }

    #[tokio::test]
    async fn all_ipv6_addresses_take_ipv4_in_as_well() {
        let Ok(listeners) = listen(&[Ipv6Addr::UNSPECIFIED.into()], &[0]) else {
            println!("skipped: no IPv6 here");
            return;
        };
        let port = listeners[0].local_addr().unwrap().port();
        let _stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))
            .await
            .unwrap();
        let (_, from) = listeners[0].accept().await.unwrap();
        assert_eq!(from.ip().to_canonical(), Ipv4Addr::LOCALHOST);
    }
}
