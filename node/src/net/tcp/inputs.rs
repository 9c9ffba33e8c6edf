//! What listeners and connections tell the driver.
//!
//! Decides nothing.

use std::net::IpAddr;

use tokio::net::TcpStream;
use toxdrop_dht::TcpClient;

/// Inputs that wait for the driver; more make listeners and connections wait. A connection has at most one read of
/// bytes among them.
pub(super) const INPUT_QUEUE: usize = 64;

/// What happened.
pub(in crate::net) enum TcpInput {
    /// Somebody has connected.
    Accepted(TcpStream, IpAddr),
    /// Bytes came.
    Received(TcpClient, Vec<u8>),
    /// So many bytes were written.
    Sent(TcpClient, usize),
    /// The other side has closed the connection, or it broke.
    Closed(TcpClient),
}
