//! A UDP socket through quinn-udp: batches, GRO and GSO where the platform has them, ECN.
//!
//! Knows no packets; sends and receives bytes.

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr};

use quinn_udp::{BATCH_SIZE, RecvMeta, UdpSockRef, UdpSocketState};
use socket2::{Domain, Socket, Type};
use tokio::io::Interest;
use tokio::net::UdpSocket;

use toxdrop_dht::{Families, Reach, Transmit};

/// Room for one received datagram, or several that GRO joined.
const RECEIVE_LEN: usize = 65_536;

/// Kernel buffers, in bytes: a burst of answers must not be lost while a commit runs.
const BUFFER: usize = 2 << 20;

/// Batches that are read at once, so that a flood cannot stop everything else.
const AT_ONCE: usize = 16;

/// The socket.
pub(super) struct Udp {
    socket: UdpSocket,
    state: UdpSocketState,
    local: SocketAddr,
    families: Families,
    buffers: Vec<Vec<u8>>,
}

impl Udp {
    /// Opens a socket at this address; at `[::]` it is one for both families, where the system can do that.
    pub(super) fn bind(address: SocketAddr) -> io::Result<Self> {
        // An IPv4 address written as IPv6 is one of IPv4, and so is its socket.
        let address = SocketAddr::new(address.ip().to_canonical(), address.port());
        let socket = Socket::new(Domain::for_address(address), Type::DGRAM, None)?;
        let both = address.is_ipv6()
            && address.ip().is_unspecified()
            && socket.set_only_v6(false).is_ok()
            && !socket.only_v6()?;
        socket.bind(&address.into())?;
        let socket = std::net::UdpSocket::from(socket);
        let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
        // Smaller buffers than asked for only cost datagrams, which UDP may lose anyway.
        let _ = state.set_recv_buffer_size(UdpSockRef::from(&socket), BUFFER);
        let _ = state.set_send_buffer_size(UdpSockRef::from(&socket), BUFFER);
        // Without it only calls into the local network are lost.
        if address.is_ipv4() || both {
            let _ = socket.set_broadcast(true);
        }
        let local = socket.local_addr()?;
        Ok(Self {
            socket: UdpSocket::from_std(socket)?,
            state,
            local,
            families: families(address, both),
            buffers: (0..BATCH_SIZE).map(|_| vec![0; RECEIVE_LEN]).collect(),
        })
    }

    pub(super) fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// What the socket can send to, if the machine has ways everywhere.
    pub(super) fn families(&self) -> Families {
        self.families
    }

    /// Waits for datagrams and hands each to `take`, without those that GRO joined being taken apart twice.
    pub(super) async fn receive(
        &mut self,
        mut take: impl FnMut(SocketAddr, &[u8]),
    ) -> io::Result<()> {
        let (socket, state, buffers) = (&self.socket, &self.state, &mut self.buffers);
        let read = || read(socket, state, buffers, &mut take);
        socket.async_io(Interest::READABLE, read).await
    }

    /// Hands what has arrived to `take` and waits for nothing; [`AT_ONCE`] batches at most.
    pub(super) fn receive_waiting(&mut self, mut take: impl FnMut(SocketAddr, &[u8])) {
        for _ in 0..AT_ONCE {
            // Not through tokio, which may not have heard of it yet.
            let result = read(&self.socket, &self.state, &mut self.buffers, &mut take);
            match result {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) => tracing::debug!(%error, "could not receive"),
            }
        }
    }

    /// An IPv6 socket takes IPv4 addresses in IPv6's manner only.
    fn destination(&self, to: SocketAddr) -> SocketAddr {
        match to.ip() {
            IpAddr::V4(ip) if self.local.is_ipv6() => (ip.to_ipv6_mapped(), to.port()).into(),
            _ => to,
        }
    }

    /// Sends what was polled. Datagrams of one size to one address go out as one, where GSO is there.
    /// Returns how many datagrams the system took.
    pub(super) async fn send(&self, transmits: &[Transmit]) -> usize {
        let most = self.state.max_gso_segments().max(1);
        let mut sent = 0;
        let mut rest = transmits;
        while let Some(first) = rest.first() {
            let alike = rest
                .iter()
                .take(most)
                .take_while(|t| t.to == first.to && t.bytes.len() == first.bytes.len())
                .count()
                .max(1);
            let (group, after) = rest.split_at(alike);
            rest = after;
            let contents: Vec<u8> = group.iter().flat_map(|t| t.bytes.iter().copied()).collect();
            let transmit = quinn_udp::Transmit {
                destination: self.destination(first.to),
                ecn: None,
                contents: &contents,
                segment_size: (group.len() > 1).then_some(first.bytes.len()),
                src_ip: None,
            };
            let result = self
                .socket
                .async_io(Interest::WRITABLE, || {
                    self.state
                        .try_send(UdpSockRef::from(&self.socket), &transmit)
                })
                .await;
            match result {
                Ok(()) => sent += group.len(),
                // An address that cannot be reached is the sender's to notice: no answer comes.
                Err(error) => tracing::debug!(to = %first.to, %error, "datagram not sent"),
            }
        }
        sent
    }
}

/// Reads one batch, if there is one.
fn read(
    socket: &UdpSocket,
    state: &UdpSocketState,
    buffers: &mut [Vec<u8>],
    take: &mut impl FnMut(SocketAddr, &[u8]),
) -> io::Result<()> {
    let mut metas = [RecvMeta::default(); BATCH_SIZE];
    let mut slices: Vec<IoSliceMut<'_>> = buffers.iter_mut().map(|b| IoSliceMut::new(b)).collect();
    let count = state.recv(UdpSockRef::from(socket), &mut slices, &mut metas)?;
    for (meta, buffer) in metas.iter().zip(&slices).take(count) {
        let joined = buffer.get(..meta.len).unwrap_or_default();
        if meta.stride == 0 {
            continue;
        }
        for datagram in joined.chunks(meta.stride) {
            take(meta.addr, datagram);
        }
    }
    Ok(())
}

/// What a socket at this address can send to.
fn families(address: SocketAddr, both: bool) -> Families {
    let reach = if address.ip().is_loopback() {
        Reach::Local
    } else {
        Reach::Everywhere
    };
    let of = |family: bool| if family { reach } else { Reach::None };
    Families {
        v4: of(address.is_ipv4() || both),
        v6: of(address.is_ipv6()),
    }
}

#[cfg(test)]
mod tests;
