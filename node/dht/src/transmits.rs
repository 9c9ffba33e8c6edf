//! Datagrams that wait to be sent.
//!
//! Sends nothing: the driver polls.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use crate::dealings::Dealings;

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

/// The queue, and whom we had dealings with.
pub(crate) struct Transmits {
    queue: VecDeque<Transmit>,
    /// Whom we wrote to lately, or heard from.
    pub(crate) dealings: Dealings,
    /// What time it is, as well as we were told.
    mono: Duration,
}

impl Transmits {
    pub(crate) fn new() -> Self {
        Self {
            queue: VecDeque::new(),
            dealings: Dealings::new(),
            mono: Duration::ZERO,
        }
    }

    /// Time has passed. To be told now and then; what goes out is noted to the second.
    pub(crate) fn pass(&mut self, mono: Duration) {
        self.mono = mono;
    }

    /// What time it was when we were last told.
    pub(crate) fn mono(&self) -> Duration {
        self.mono
    }

    pub(crate) fn push(&mut self, to: SocketAddr, bytes: Vec<u8>) {
        if self.queue.len() < MOST {
            self.dealings.wrote(self.mono, &to);
            self.queue.push_back(Transmit { to, bytes });
        }
    }

    pub(crate) fn pop(&mut self) -> Option<Transmit> {
        self.queue.pop_front()
    }
}
