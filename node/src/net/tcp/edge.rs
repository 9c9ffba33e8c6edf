//! The driver's side of the relay: brings what connections say to the engine, and to them what it wants done.
//!
//! Reads and writes nothing itself.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use metrics::counter;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use toxdrop_dht::{Engine, Now, TcpClient, TcpOutput};

use super::accept::accept;
use super::connection::{Ends, connection};
use super::inputs::{INPUT_QUEUE, TcpInput};

/// Inputs taken in between two looks at UDP.
const BATCH: usize = 64;

/// Listeners and connections.
pub(in crate::net) struct TcpEdge {
    addresses: Arc<[SocketAddr]>,
    sender: mpsc::Sender<TcpInput>,
    inputs: mpsc::Receiver<TcpInput>,
    open: HashMap<TcpClient, (Ends, AbortHandle)>,
    /// Ended when this is dropped.
    tasks: JoinSet<()>,
}

impl TcpEdge {
    /// Begins to accept.
    ///
    /// # Errors
    /// What the system says where it does not know a listener's address.
    pub(in crate::net) fn start(listeners: Vec<TcpListener>) -> io::Result<Self> {
        let addresses: Result<Arc<[_]>, _> =
            listeners.iter().map(TcpListener::local_addr).collect();
        let (sender, inputs) = mpsc::channel(INPUT_QUEUE);
        let mut tasks = JoinSet::new();
        for listener in listeners {
            tasks.spawn(accept(listener, sender.clone()));
        }
        Ok(Self {
            addresses: addresses?,
            sender,
            inputs,
            open: HashMap::new(),
            tasks,
        })
    }

    /// Where it listens.
    pub(in crate::net) fn addresses(&self) -> &Arc<[SocketAddr]> {
        &self.addresses
    }

    /// Waits for the next input. Cancelled, it has taken none.
    pub(in crate::net) async fn next(&mut self) -> Option<TcpInput> {
        self.inputs.recv().await
    }

    /// Takes in what has come already, so that a flood over UDP does not keep connections waiting.
    pub(in crate::net) fn take_waiting(&mut self, engine: &mut Engine, now: Now) {
        for _ in 0..BATCH {
            let Ok(input) = self.inputs.try_recv() else {
                return;
            };
            self.take(engine, now, input);
        }
    }

    /// Takes one input in.
    pub(in crate::net) fn take(&mut self, engine: &mut Engine, now: Now, input: TcpInput) {
        match input {
            TcpInput::Accepted(stream, ip) => {
                while self.tasks.try_join_next().is_some() {}
                let Some(client) = engine.tcp_accepted(now, ip) else {
                    counter!("toxdrop_tcp_connections_total", "outcome" => "refused").increment(1);
                    return;
                };
                counter!("toxdrop_tcp_connections_total", "outcome" => "taken").increment(1);
                let (ends, task) = connection(client, stream, self.sender.clone());
                let task = self.tasks.spawn(task);
                self.open.insert(client, (ends, task));
            }
            TcpInput::Received(client, bytes) => {
                counter!("toxdrop_tcp_bytes_total", "direction" => "in")
                    .increment(bytes.len() as u64);
                let pause = engine.tcp_received(now, client, &bytes);
                if let Some((ends, _)) = self.open.get(&client) {
                    // It waits for this, or has ended.
                    let _ = ends.read_on.try_send(pause);
                }
            }
            TcpInput::Sent(client, bytes) => {
                counter!("toxdrop_tcp_bytes_total", "direction" => "out").increment(bytes as u64);
                engine.tcp_sent(client, bytes);
            }
            TcpInput::Closed(client) => {
                self.open.remove(&client);
                engine.tcp_closed(client);
            }
        }
    }

    /// Carries out what the engine wants done with connections. Whether that was anything.
    pub(in crate::net) fn carry_out(&mut self, engine: &mut Engine) -> bool {
        let mut busy = false;
        while let Some(output) = engine.poll_tcp() {
            busy = true;
            match output {
                TcpOutput::Send { client, bytes } => {
                    let Some((ends, task)) = self.open.get(&client) else {
                        continue;
                    };
                    // It has ended; and were its queue full, no frame after these bytes would open.
                    if ends.write.try_send(bytes).is_err() {
                        task.abort();
                        self.open.remove(&client);
                        engine.tcp_closed(client);
                    }
                }
                TcpOutput::Close(client) => {
                    if let Some((_, task)) = self.open.remove(&client) {
                        task.abort();
                    }
                }
            }
        }
        busy
    }
}
