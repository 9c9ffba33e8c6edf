//! The relay: connections come and go, bytes come in and are cut into packets, what they lead to goes out.
//!
//! What a packet does stands in `packets.rs`; who may connect, in `admission.rs`.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use rand_core::RngCore;
use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_proto::tox::{TCP_HELLO_LEN, TcpHello, TcpPacket};

use super::admission::Admission;
use super::connection::{Connection, Due, Stage};
use super::outputs::{TcpClient, TcpOnionRequest, TcpOutput};
use crate::config::DhtConfig;
use crate::limits::PerSource;
use crate::link::Link;

/// Bytes that may wait to be written to all clients together before data is dropped.
const WAITING: usize = 64 << 20;
/// How many clients' worth of bytes one source may send.
const CLIENTS_WORTH: u32 = 8;

/// All connections, and what is to be done with them.
pub(crate) struct TcpRelay {
    pub(super) connections: BTreeMap<TcpClient, Connection>,
    /// The confirmed ones.
    pub(super) by_key: HashMap<DhtPublicKey, TcpClient>,
    pub(super) onion_requests: VecDeque<TcpOnionRequest>,
    admission: Admission,
    bytes_per_second: u32,
    sources: PerSource,
    /// Connections for which bytes wait.
    outgoing: VecDeque<TcpClient>,
    closing: VecDeque<TcpClient>,
    doomed: Vec<TcpClient>,
    pub(super) waiting: usize,
}

impl TcpRelay {
    pub(crate) fn new(config: &DhtConfig, mono: Duration) -> Self {
        let bytes_per_second = config.relay_bytes_per_client_per_second;
        let most_per_source = config.relay_clients_per_source;
        Self {
            connections: BTreeMap::new(),
            by_key: HashMap::new(),
            onion_requests: VecDeque::new(),
            admission: Admission::new(config.relay_clients, most_per_source, mono),
            bytes_per_second,
            sources: PerSource::new(bytes_per_second.saturating_mul(CLIENTS_WORTH)),
            outgoing: VecDeque::new(),
            closing: VecDeque::new(),
            doomed: Vec::new(),
            waiting: 0,
        }
    }

    /// How many clients are here that have proved their keys.
    pub(crate) fn clients(&self) -> usize {
        self.by_key.len()
    }

    /// Somebody has connected. `None`: one too many, to be closed at once.
    pub(crate) fn accepted(&mut self, mono: Duration, source: IpAddr) -> Option<TcpClient> {
        let (client, pushed_out) = self.admission.admit(mono, source)?;
        let connection = Connection::new(source, self.bytes_per_second, mono);
        self.connections.insert(client, connection);
        if let Some(oldest) = pushed_out {
            self.end(oldest);
        }
        Some(client)
    }

    /// Bytes came. Returns how long nothing more is to be read from there.
    pub(crate) fn received(
        &mut self,
        link: &mut Link,
        mono: Duration,
        client: TcpClient,
        bytes: &[u8],
    ) -> Duration {
        let Some(connection) = self.connections.get_mut(&client) else {
            return Duration::ZERO;
        };
        let own = connection.budget.charge(mono, bytes.len());
        let shared = self.sources.charge(mono, connection.source, bytes.len());
        connection.frames.push(bytes);
        while self.step(link, mono, client) {}
        self.end_doomed();
        own.max(shared)
    }

    /// Takes in the next handshake or packet. Whether there may be one more.
    fn step(&mut self, link: &mut Link, mono: Duration, client: TcpClient) -> bool {
        let Some(connection) = self.connections.get_mut(&client) else {
            return false;
        };
        if connection.doomed {
            return false;
        }
        if matches!(connection.stage, Stage::Greeting) {
            let Some(hello) = connection.frames.take_handshake::<TCP_HELLO_LEN>() else {
                return false;
            };
            if self.greet(link, mono, client, &hello).is_none() {
                self.doom(client);
            }
            return true;
        }
        match connection.next_packet() {
            Ok(None) => return false,
            Ok(Some(packet)) => {
                if let Some(key) = connection.confirm(mono) {
                    self.confirmed(client, key);
                }
                let packet = TcpPacket::decode(&packet).ok();
                if packet
                    .and_then(|packet| self.handle(client, packet))
                    .is_none()
                {
                    self.doom(client);
                }
            }
            Err(()) => self.doom(client),
        }
        true
    }

    /// Answers a hello. `None`: it is not for us, or there are too many.
    fn greet(
        &mut self,
        link: &mut Link,
        mono: Duration,
        client: TcpClient,
        hello: &[u8],
    ) -> Option<()> {
        let hello = TcpHello::decode(hello).ok()?;
        if !self.admission.may_greet(mono) {
            return None;
        }
        let key = link.sessions.shared_with_stranger(&hello.client).ok()?;
        let (answer, session) = hello.answer(&key, &mut link.rng).ok()?;
        let connection = self.connections.get_mut(&client)?;
        connection.stage = Stage::Answered(hello.client, session);
        let bytes = connection.queue_bytes(&answer);
        self.queued(client, bytes);
        Some(())
    }

    /// A client has proved its key: an older connection of it is over.
    fn confirmed(&mut self, client: TcpClient, key: DhtPublicKey) {
        self.admission.confirmed(client);
        if let Some(older) = self.by_key.get(&key).copied() {
            self.end(older);
        }
        self.by_key.insert(key, client);
    }

    /// So many of the bytes of [`TcpOutput::Send`] were written.
    pub(crate) fn sent(&mut self, client: TcpClient, bytes: usize) {
        if let Some(connection) = self.connections.get_mut(&client) {
            self.waiting -= connection.written(bytes);
        }
    }

    /// The connection was closed from the other side, or broke.
    pub(crate) fn closed(&mut self, client: TcpClient) {
        self.forget(client);
        self.end_doomed();
    }

    /// Once a second.
    pub(crate) fn tick(&mut self, link: &mut Link, mono: Duration) {
        let due: Vec<(TcpClient, Due)> = self
            .connections
            .iter()
            .map(|(client, connection)| (*client, connection.due(mono)))
            .filter(|(_, due)| *due != Due::Nothing)
            .collect();
        for (client, due) in due {
            match due {
                Due::Nothing => {}
                Due::Ping => {
                    let id = link.rng.next_u64().max(1);
                    let connection = self.connections.get_mut(&client);
                    if let Some(client) = connection.and_then(Connection::client_mut) {
                        client.ping(mono, id);
                    }
                    self.send(client, &TcpPacket::Ping(id));
                }
                Due::End => self.doom(client),
            }
        }
        self.end_doomed();
    }

    /// The next thing to be done.
    pub(crate) fn poll(&mut self) -> Option<TcpOutput> {
        if let Some(client) = self.closing.pop_front() {
            return Some(TcpOutput::Close(client));
        }
        while let Some(client) = self.outgoing.pop_front() {
            if let Some(connection) = self.connections.get_mut(&client) {
                let bytes = connection.take_outgoing();
                if !bytes.is_empty() {
                    return Some(TcpOutput::Send { client, bytes });
                }
            }
        }
        None
    }

    /// Sends what a client must get. One that lets too much of it wait does not read, and goes.
    pub(super) fn send(&mut self, to: TcpClient, packet: &TcpPacket<'_>) {
        let Some(connection) = self.connections.get_mut(&to) else {
            return;
        };
        let bytes = connection.queue(packet);
        if connection.is_choked() {
            self.doom(to);
        }
        self.queued(to, bytes);
    }

    /// Sends what may get lost, unless too much waits already.
    pub(super) fn send_data(&mut self, to: TcpClient, packet: &TcpPacket<'_>) {
        let has_room = |connection: &Connection| connection.has_room();
        if self.waiting < WAITING && self.connections.get(&to).is_some_and(has_room) {
            self.send(to, packet);
        }
    }

    fn queued(&mut self, client: TcpClient, bytes: usize) {
        self.waiting += bytes;
        let connection = self.connections.get(&client);
        // What waits already has put it into the queue.
        if connection.is_some_and(|connection| connection.is_first(bytes)) {
            self.outgoing.push_back(client);
        }
    }

    /// It is to be closed, as soon as what is under way is through.
    fn doom(&mut self, client: TcpClient) {
        if let Some(connection) = self.connections.get_mut(&client)
            && !connection.doomed
        {
            connection.doomed = true;
            self.doomed.push(client);
        }
    }

    /// Closing one tells others, who may thereby turn out not to read.
    fn end_doomed(&mut self) {
        while let Some(client) = self.doomed.pop() {
            self.end(client);
        }
    }

    fn end(&mut self, client: TcpClient) {
        if self.forget(client) {
            self.closing.push_back(client);
        }
    }

    /// Forgets a connection, and tells those who were connected to its client. Whether it was there.
    fn forget(&mut self, client: TcpClient) -> bool {
        let Some(connection) = self.connections.remove(&client) else {
            return false;
        };
        self.waiting -= connection.waiting();
        self.admission.left(client, connection.source);
        if let Some(gone) = connection.client() {
            self.by_key.remove(&gone.key);
            for other in gone.links.others() {
                self.part(other);
            }
        }
        true
    }
}
