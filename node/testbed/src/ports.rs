//! Ports that nobody uses yet.
//!
//! Whoever is quicker may still take one: starting is tried again elsewhere.

use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};

use crate::error::Error;

/// A port that is free on this address for UDP and for TCP.
pub(crate) fn free_port(ip: IpAddr) -> Result<u16, Error> {
    const ATTEMPTS: usize = 50;
    let mut outcome = Ok(0);
    for _ in 0..ATTEMPTS {
        outcome = free_for_both(ip);
        if outcome.is_ok() {
            break;
        }
    }
    outcome.map_err(Error::system(format!("find a free port on {ip}")))
}

fn free_for_both(ip: IpAddr) -> std::io::Result<u16> {
    let udp = UdpSocket::bind((ip, 0))?;
    let port = udp.local_addr()?.port();
    TcpListener::bind(SocketAddr::new(ip, port))?;
    Ok(port)
}
