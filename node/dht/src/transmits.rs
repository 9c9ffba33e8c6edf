//! Datagrams that wait to be sent.
//!
//! Sends nothing: the driver polls.

use std::collections::VecDeque;
use std::net::SocketAddr;

/// Datagrams that wait; more are dropped, as a full socket would.
const MOST: usize = 16_384;

/// A datagram to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transmit {
    /// Where to.
    pub to: SocketAddr,
    /// What.
    pub bytes: Vec<u8>,
}

/// The queue.
#[derive(Debug, Default)]
pub(crate) struct Transmits(VecDeque<Transmit>);

impl Transmits {
    pub(crate) fn push(&mut self, to: SocketAddr, bytes: Vec<u8>) {
        if self.0.len() < MOST {
            self.0.push_back(Transmit { to, bytes });
        }
    }

    pub(crate) fn pop(&mut self) -> Option<Transmit> {
        self.0.pop_front()
    }
}
