//! The task that owns the engine: feeds it datagrams, time and the store's answers, and carries out what it wants.
//!
//! One loop, five inputs: datagrams, connections of the TCP relay, store, commands, timer.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use metrics::{counter, gauge};
use tokio::sync::{broadcast, mpsc, watch};

use super::command::{Command, Delivered, Reply};
use super::error::DhtError;
use super::reachable::{own_addresses, sentence};
use super::socket::Udp;
use super::status::DhtStatus;
use super::tcp::{TcpEdge, TcpInput};
use super::writer::Writer;
use crate::clock::Clock;
use toxdrop_dht::Now;
use toxdrop_dht::storage::{StorageReply, StoreErrorKind};
use toxdrop_dht::{Engine, Event, OpId, OpResult, Reachability, Ticket, Transmit};
use toxdrop_store::Store;
use toxdrop_store::StoreEvent;

/// Datagrams sent between two looks at the inputs.
const SEND_BATCH: usize = 64;
/// How often the machine's own addresses are looked at.
const OWN_ADDRESSES: Duration = Duration::from_secs(60);

/// What a driver is made of.
pub(super) struct Parts {
    pub(super) engine: Engine,
    pub(super) udp: Udp,
    pub(super) tcp: TcpEdge,
    pub(super) store: Arc<Store>,
    pub(super) clock: Clock,
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) events: broadcast::Sender<StoreEvent>,
    pub(super) addresses: Arc<[SocketAddr]>,
    pub(super) clock_offsets: watch::Sender<(Now, Vec<i64>)>,
    pub(super) tox_nodes: watch::Sender<usize>,
}

pub(super) struct Driver {
    parts: Parts,
    writer: Writer,
    answers: mpsc::UnboundedReceiver<(Ticket, StorageReply)>,
    waiting: HashMap<OpId, Reply<OpResult>>,
    subscriptions: HashMap<OpId, mpsc::Sender<Delivered>>,
    transmits: Vec<Transmit>,
    /// When to look at the machine's own addresses again.
    look_at_addresses: Duration,
}

/// What made the loop turn.
enum Input {
    Datagrams,
    Tcp(TcpInput),
    Stored(Ticket, StorageReply),
    Command(Command),
    Timer,
    /// Every handle is gone.
    Abandoned,
}

impl Driver {
    pub(super) fn new(parts: Parts) -> Self {
        let (writer, answers) =
            Writer::start(Arc::clone(&parts.store), parts.clock, parts.events.clone());
        Self {
            parts,
            writer,
            answers,
            waiting: HashMap::new(),
            subscriptions: HashMap::new(),
            transmits: Vec::new(),
            look_at_addresses: Duration::ZERO,
        }
    }

    pub(super) async fn run(mut self) {
        loop {
            self.tell_own_addresses();
            self.work_off().await;
            match self.next_input().await {
                Input::Datagrams => {}
                Input::Tcp(input) => {
                    let Parts {
                        tcp, engine, clock, ..
                    } = &mut self.parts;
                    tcp.take(engine, clock.now(), input);
                }
                Input::Stored(ticket, reply) => {
                    let now = self.parts.clock.now();
                    self.parts.engine.handle_storage(now, ticket, reply);
                }
                Input::Command(Command::Shutdown(done)) => {
                    return self.shut_down(Some(done)).await;
                }
                Input::Command(command) => self.command(command),
                Input::Timer => {
                    self.receive_waiting();
                    let now = self.parts.clock.now();
                    self.parts.engine.handle_timeout(now);
                    let (tox, capable) = self.parts.engine.counts();
                    gauge!("toxdrop_dht_nodes", "kind" => "tox").set(as_f64(tox));
                    gauge!("toxdrop_dht_nodes", "kind" => "capable").set(as_f64(capable));
                    self.tell_clock_offsets();
                    (self.parts.tox_nodes)
                        .send_if_modified(|known| std::mem::replace(known, tox) != tox);
                }
                Input::Abandoned => return self.shut_down(None).await,
            }
            let Parts {
                tcp, engine, clock, ..
            } = &mut self.parts;
            tcp.take_waiting(engine, clock.now());
        }
    }

    async fn next_input(&mut self) -> Input {
        let due = self.parts.clock.instant(self.parts.engine.poll_timeout());
        let Parts {
            engine,
            udp,
            tcp,
            clock,
            commands,
            ..
        } = &mut self.parts;
        let receive = udp.receive(|from, bytes| arrival(engine, clock, from, bytes));
        tokio::select! {
            biased;
            command = commands.recv() => command.map_or(Input::Abandoned, Input::Command),
            Some((ticket, reply)) = self.answers.recv() => Input::Stored(ticket, reply),
            () = tokio::time::sleep_until(due.into()) => Input::Timer,
            result = receive => {
                if let Err(error) = result {
                    // An ICMP error of a peer that is gone comes up here too.
                    tracing::debug!(%error, "could not receive");
                }
                Input::Datagrams
            }
            Some(input) = tcp.next() => Input::Tcp(input),
        }
    }

    /// Where this loop was held up, answers lie in the socket already: they are not late.
    fn receive_waiting(&mut self) {
        let Parts {
            engine, udp, clock, ..
        } = &mut self.parts;
        udp.receive_waiting(|from, bytes| arrival(engine, clock, from, bytes));
    }

    /// Carries out what the engine wants, until it wants nothing more.
    async fn work_off(&mut self) {
        loop {
            let mut busy = false;
            while let Some((ticket, request)) = self.parts.engine.poll_storage() {
                busy = true;
                let now = self.parts.clock.now();
                if request.is_change() {
                    if let Err(ticket) = self.writer.queue(ticket, request) {
                        let reply = StorageReply::Failed(StoreErrorKind::Busy);
                        self.parts.engine.handle_storage(now, ticket, reply);
                    }
                } else if let Some(reply) = self.parts.store.read(now.unix, &request) {
                    self.parts.engine.handle_storage(now, ticket, reply);
                }
            }
            while let Some(event) = self.parts.engine.poll_event() {
                busy = true;
                self.event(event);
            }
            busy |= self.parts.tcp.carry_out(&mut self.parts.engine);
            while self.transmits.len() < SEND_BATCH {
                let Some(transmit) = self.parts.engine.poll_transmit() else {
                    break;
                };
                self.transmits.push(transmit);
            }
            if !self.transmits.is_empty() {
                busy = true;
                let bytes: usize = self.transmits.iter().map(|t| t.bytes.len()).sum();
                let sent = self.parts.udp.send(&self.transmits).await;
                counter!("toxdrop_udp_datagrams_total", "direction" => "out")
                    .increment(sent as u64);
                counter!("toxdrop_udp_bytes_total", "direction" => "out").increment(bytes as u64);
                self.transmits.clear();
            }
            if !busy {
                return;
            }
        }
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Done(op, result) => {
                if let Some(reply) = self.waiting.remove(&op) {
                    // Whoever asked may have gone away.
                    let _ = reply.send(Ok(result));
                }
            }
            Event::Delivered {
                op,
                delivery,
                packet,
            } => {
                let Some(sender) = self.subscriptions.get(&op) else {
                    return;
                };
                counter!("toxdrop_live_deliveries_total").increment(1);
                // A full queue leaves the packet at its holders, where the next fetch finds it.
                let _ = sender.try_send((delivery, packet));
            }
            Event::Reachability(reachability) => self.reachability(reachability),
            Event::CapableNodeFound(peer) => {
                tracing::debug!(key = %peer.key, address = %peer.addr, "node speaks offline messages");
            }
        }
    }

    fn command(&mut self, command: Command) {
        let now = self.parts.clock.now();
        let engine = &mut self.parts.engine;
        match command {
            Command::Operate { operation, reply } => match engine.start(now, operation) {
                Ok(op) => {
                    counter!("toxdrop_dht_operations_total").increment(1);
                    self.waiting.insert(op, reply);
                }
                Err(error) => drop(reply.send(Err(error.into()))),
            },
            Command::Subscribe {
                operation,
                deliveries,
                reply,
            } => {
                let result = engine.start(now, operation);
                if let Ok(op) = result {
                    self.subscriptions.insert(op, deliveries);
                }
                if reply.send(result.map_err(Into::into)).is_err()
                    && let Ok(op) = result
                {
                    self.unsubscribe(op);
                }
            }
            Command::Unsubscribe(op) => self.unsubscribe(op),
            Command::Acknowledge {
                delivery,
                tombstone,
            } => engine.acknowledge(now, delivery, tombstone),
            Command::SetFamilies(families) => engine.set_families(families),
            Command::TryBootstrap(peers) => engine.try_bootstrap(now, &peers),
            Command::TryKnown(peers) => engine.try_known(now, &peers),
            Command::Status(reply) => {
                let status = self.status();
                let _ = reply.send(status);
            }
            Command::RoutingTable(reply) => {
                let _ = reply.send(Ok(engine.known_nodes(now)));
            }
            // Handled by the loop, which it ends.
            Command::Shutdown(done) => drop(done),
        }
    }

    /// Interfaces come and go.
    fn tell_own_addresses(&mut self) {
        let now = self.parts.clock.now();
        if now.mono < self.look_at_addresses {
            return;
        }
        self.look_at_addresses = now.mono + OWN_ADDRESSES;
        let own = own_addresses(self.parts.udp.local_addr());
        self.parts.engine.set_own_addresses(now, own);
    }

    fn reachability(&self, reachability: Reachability) {
        let stores = self.parts.engine.stores_for_others();
        self.parts.store.set_store_for_others(stores);
        let port = self.parts.udp.local_addr().port();
        tracing::info!("reachable: {}", sentence(reachability, port));
    }

    /// Lets the handles see what other nodes' clocks say.
    fn tell_clock_offsets(&self) {
        let now = self.parts.clock.now();
        let offsets = self.parts.engine.clock_offsets(now);
        // Nobody waits for them.
        self.parts.clock_offsets.send_replace((now, offsets));
    }

    fn unsubscribe(&mut self, op: OpId) {
        self.subscriptions.remove(&op);
        self.parts.engine.cancel(op);
    }

    fn status(&self) -> Result<DhtStatus, DhtError> {
        let (tox_nodes, capable_nodes) = self.parts.engine.counts();
        Ok(DhtStatus {
            key: self.parts.engine.public_key(),
            addresses: self.parts.addresses.to_vec(),
            tox_nodes,
            capable_nodes,
            uptime_seconds: self.parts.clock.now().mono.as_secs(),
            store: self.parts.store.stats()?,
            relay_ports: self.relay_ports(),
            relay_clients: self.parts.engine.tcp_clients(),
            reachability: self.parts.engine.reachability(),
            store_for_others: self.parts.engine.stores_for_others(),
        })
    }

    /// Those of several addresses are the same.
    fn relay_ports(&self) -> Vec<u16> {
        let addresses = self.parts.tcp.addresses().iter();
        let mut ports: Vec<u16> = addresses.map(SocketAddr::port).collect();
        ports.dedup();
        ports
    }

    /// Writes what was accepted and tells those who wait that there will be no answer.
    async fn shut_down(self, done: Option<tokio::sync::oneshot::Sender<()>>) {
        let Self {
            writer,
            mut answers,
            waiting,
            ..
        } = self;
        drop(writer);
        // The writer ends, and with it this channel, when everything queued is on disk.
        while answers.recv().await.is_some() {}
        for reply in waiting.into_values() {
            let _ = reply.send(Err(DhtError::Stopped));
        }
        if let Some(done) = done {
            let _ = done.send(());
        }
    }
}

fn arrival(engine: &mut Engine, clock: &Clock, from: SocketAddr, bytes: &[u8]) {
    counter!("toxdrop_udp_datagrams_total", "direction" => "in").increment(1);
    counter!("toxdrop_udp_bytes_total", "direction" => "in").increment(bytes.len() as u64);
    engine.handle_datagram(clock.now(), from, bytes);
}

#[allow(
    clippy::cast_precision_loss,
    reason = "a gauge of a few thousand nodes"
)]
fn as_f64(count: usize) -> f64 {
    count as f64
}
