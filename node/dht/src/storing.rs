//! Requests to the store that wait to be carried out.
//!
//! Knows tickets only: who asked, and why, is known to whoever keeps the ticket.

use std::collections::VecDeque;

use crate::storage::StorageRequest;

/// Names a storage request between engine and driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(u64);

/// The queue.
#[derive(Debug, Default)]
pub(crate) struct Storing {
    queue: VecDeque<(Ticket, StorageRequest)>,
    next: u64,
}

impl Storing {
    /// Queues a request. The answer comes back with this ticket.
    pub(crate) fn request(&mut self, request: StorageRequest) -> Ticket {
        let ticket = Ticket(self.next);
        self.next += 1;
        self.queue.push_back((ticket, request));
        ticket
    }

    pub(crate) fn pop(&mut self) -> Option<(Ticket, StorageRequest)> {
        self.queue.pop_front()
    }
}
