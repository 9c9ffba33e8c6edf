//! The store's writer: a thread of its own, which commits all changes that have gathered in one transaction.
//!
//! So throughput does not pay for durability, and the disk never holds up the network.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{broadcast, mpsc};

use crate::clock::Clock;
use toxdrop_dht::Ticket;
use toxdrop_dht::storage::{StorageReply, StorageRequest};
use toxdrop_store::Store;
use toxdrop_store::StoreEvent;

/// Changes that wait for a commit; more are refused as "busy".
const QUEUE: usize = 4_096;
/// Changes in one commit.
const GROUP: usize = 512;
/// Pause between looks for what has expired.
const SWEEP: Duration = Duration::from_secs(30);

/// The way to the writer. Dropping it ends the thread once all changes are written.
pub(super) struct Writer {
    changes: mpsc::Sender<(Ticket, StorageRequest)>,
}

impl Writer {
    /// Starts the thread; answers come out of the receiver.
    pub(super) fn start(
        store: Arc<Store>,
        clock: Clock,
        events: broadcast::Sender<StoreEvent>,
    ) -> (Self, mpsc::UnboundedReceiver<(Ticket, StorageReply)>) {
        let (changes, mut queue) = mpsc::channel(QUEUE);
        let (answers, receiver) = mpsc::unbounded_channel();
        tokio::task::spawn_blocking(move || {
            let mut group = Vec::new();
            let runtime = tokio::runtime::Handle::current();
            let mut swept = clock.now().mono;
            loop {
                let next = runtime.block_on(async {
                    tokio::time::timeout(SWEEP, queue.recv_many(&mut group, GROUP)).await
                });
                match next {
                    Ok(0) => return,
                    Ok(_) => write(&store, &clock, &events, &answers, &mut group),
                    Err(_) => {}
                }
                if clock.now().mono.saturating_sub(swept) >= SWEEP {
                    swept = clock.now().mono;
                    sweep(&store, &clock, &events);
                }
            }
        });
        (Self { changes }, receiver)
    }

    /// Queues a change; gives it back if the queue is full or the writer gone.
    pub(super) fn queue(&self, ticket: Ticket, request: StorageRequest) -> Result<(), Ticket> {
        self.changes.try_send((ticket, request)).map_err(|_| ticket)
    }
}

fn write(
    store: &Store,
    clock: &Clock,
    events: &broadcast::Sender<StoreEvent>,
    answers: &mpsc::UnboundedSender<(Ticket, StorageReply)>,
    group: &mut Vec<(Ticket, StorageRequest)>,
) {
    let (tickets, requests): (Vec<Ticket>, Vec<StorageRequest>) = group.drain(..).unzip();
    let batch = store.write(clock.now().unix, &requests);
    for answer in tickets.into_iter().zip(batch.replies) {
        // Nobody is there to hear it while the node shuts down.
        let _ = answers.send(answer);
    }
    for event in batch.events {
        // Nobody may be watching.
        let _ = events.send(event);
    }
}

fn sweep(store: &Store, clock: &Clock, events: &broadcast::Sender<StoreEvent>) {
    loop {
        match store.sweep(clock.now().unix) {
            Ok((more, happened)) => {
                for event in happened {
                    let _ = events.send(event);
                }
                if !more {
                    return;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "could not drop expired packets");
                return;
            }
        }
    }
}
