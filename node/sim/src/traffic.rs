//! Counts of what went over the simulated network.
//!
//! Says nothing of who sent it.

use std::ops::Sub;

/// What was sent, and what became of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Datagrams sent.
    pub sent: u64,
    /// Bytes of UDP payload sent.
    pub sent_bytes: u64,
    /// Datagrams that were lost on the way.
    pub lost: u64,
    /// Datagrams that reached a node that was switched on.
    pub received: u64,
}

impl Sub for Traffic {
    type Output = Self;

    /// What came since `earlier`.
    fn sub(self, earlier: Self) -> Self {
        Self {
            sent: self.sent - earlier.sent,
            sent_bytes: self.sent_bytes - earlier.sent_bytes,
            lost: self.lost - earlier.lost,
            received: self.received - earlier.received,
        }
    }
}
