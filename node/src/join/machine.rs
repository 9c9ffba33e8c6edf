//! What joining asks of the machine: addresses of names, ways to addresses, the time of day.
//!
//! Sends nothing to the nodes themselves.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long a name may take to be found.
const LOOKUP: Duration = Duration::from_secs(20);

/// The machine, or what a test puts in its place.
pub(crate) trait Machine: Send + Sync + 'static {
    /// All addresses of a host, looked up anew.
    fn look_up(
        &self,
        host: &str,
        port: u16,
    ) -> impl Future<Output = io::Result<Vec<SocketAddr>>> + Send;

    /// Whether the system knows a way to an address. Nothing is sent.
    fn has_way_to(&self, addr: SocketAddr) -> bool;

    /// Seconds since 1970.
    fn unix_time(&self) -> u64;
}

/// The machine that we run on.
pub(crate) struct System;

impl Machine for System {
    async fn look_up(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let found = tokio::time::timeout(LOOKUP, tokio::net::lookup_host((host, port)));
        Ok(found.await??.collect())
    }

    fn has_way_to(&self, addr: SocketAddr) -> bool {
        // Connecting a UDP socket asks for the route only.
        let any: SocketAddr = if addr.is_ipv4() {
            ([0, 0, 0, 0], 0).into()
        } else {
            ([0; 16], 0).into()
        };
        UdpSocket::bind(any).is_ok_and(|socket| socket.connect(addr).is_ok())
    }

    fn unix_time(&self) -> u64 {
        (SystemTime::now().duration_since(UNIX_EPOCH)).map_or(0, |since| since.as_secs())
    }
}
