//! A UDP socket through quinn-udp: batches, GRO and GSO where the platform has them, ECN.
//!
//! Knows no packets; sends and receives bytes.

use std::io::{self, IoSliceMut};
use std::net::SocketAddr;

use quinn_udp::{BATCH_SIZE, RecvMeta, UdpSockRef, UdpSocketState};
use tokio::io::Interest;
use tokio::net::UdpSocket;

use toxdrop_dht::Transmit;

/// Room for one received datagram, or several that GRO joined.
const RECEIVE_LEN: usize = 65_536;

/// Kernel buffers, in bytes: a burst of answers must not be lost while a commit runs.
const BUFFER: usize = 2 << 20;

/// The socket.
pub(super) struct Udp {
    socket: UdpSocket,
    state: UdpSocketState,
    local: SocketAddr,
    buffers: Vec<Vec<u8>>,
}

impl Udp {
    pub(super) fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = std::net::UdpSocket::bind(address)?;
        let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
        // Smaller buffers than asked for only cost datagrams, which UDP may lose anyway.
        let _ = state.set_recv_buffer_size(UdpSockRef::from(&socket), BUFFER);
        let _ = state.set_send_buffer_size(UdpSockRef::from(&socket), BUFFER);
        if address.is_ipv4() {
            socket.set_broadcast(true)?;
        }
        let local = socket.local_addr()?;
        Ok(Self {
            socket: UdpSocket::from_std(socket)?,
            state,
            local,
            buffers: (0..BATCH_SIZE).map(|_| vec![0; RECEIVE_LEN]).collect(),
        })
    }

    pub(super) fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Waits for datagrams and hands each to `take`, without those that GRO joined being taken apart twice.
    pub(super) async fn receive(
        &mut self,
        mut take: impl FnMut(SocketAddr, &[u8]),
    ) -> io::Result<()> {
        let Self {
            socket,
            state,
            buffers,
            ..
        } = self;
        let mut metas = [RecvMeta::default(); BATCH_SIZE];
        let mut slices: Vec<IoSliceMut<'_>> =
            buffers.iter_mut().map(|b| IoSliceMut::new(b)).collect();
        let count = socket
            .async_io(Interest::READABLE, || {
                state.recv(UdpSockRef::from(&*socket), &mut slices, &mut metas)
            })
            .await?;
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
                destination: first.to,
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
