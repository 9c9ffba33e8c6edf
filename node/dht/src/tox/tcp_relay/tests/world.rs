//! A relay and its clients, joined in memory; a second passes when a test says so.
//!
//! Clients answer pings unless told not to read.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use toxdrop_proto::keys::{DhtKeyPair, DhtPublicKey};
use toxdrop_proto::tox::{TcpClientHandshake, TcpConnectionId, TcpFrames, TcpPacket, TcpSession};

use crate::config::DhtConfig;
use crate::link::Link;
use crate::tox::tcp_relay::{TcpClient, TcpOutput, TcpRelay};

/// Where clients come from unless told otherwise.
pub(super) const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 5));

/// The other end of a connection.
struct End {
    handshake: Option<TcpClientHandshake>,
    session: Option<TcpSession>,
    frames: TcpFrames,
    heard: Vec<Vec<u8>>,
    unread: usize,
    reads: bool,
}

pub(super) struct World {
    pub(super) relay: TcpRelay,
    pub(super) link: Link,
    pub(super) rng: ChaCha20Rng,
    pub(super) mono: Duration,
    ends: BTreeMap<TcpClient, End>,
    closed: Vec<TcpClient>,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(&DhtConfig::default())
    }

    pub(super) fn with(config: &DhtConfig) -> Self {
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        let keys = DhtKeyPair::generate(&mut rng);
        Self {
            relay: TcpRelay::new(config, Duration::ZERO),
            link: Link::new(keys, [2; 32], config),
            rng,
            mono: Duration::ZERO,
            ends: BTreeMap::new(),
            closed: Vec::new(),
        }
    }

    pub(super) fn keys(&mut self) -> DhtKeyPair {
        DhtKeyPair::generate(&mut self.rng)
    }

    /// A connection over which nothing came yet.
    pub(super) fn accepted(&mut self, from: IpAddr) -> Option<TcpClient> {
        let client = self.relay.accepted(self.mono, from)?;
        let end = End {
            handshake: None,
            session: None,
            frames: TcpFrames::default(),
            heard: Vec::new(),
            unread: 0,
            reads: true,
        };
        self.ends.insert(client, end);
        self.work_off();
        Some(client)
    }

    /// A hello of these keys.
    pub(super) fn hello(&mut self, client: TcpClient, keys: &DhtKeyPair) -> Vec<u8> {
        let (hello, handshake) =
            TcpClientHandshake::hello(keys, &self.link.public, &mut self.rng).unwrap();
        self.end(client).handshake = Some(handshake);
        hello
    }

    /// A connection whose hello was answered.
    pub(super) fn greeted(&mut self, keys: &DhtKeyPair) -> TcpClient {
        let client = self.accepted(HOME).unwrap();
        let hello = self.hello(client, keys);
        self.bytes(client, &hello);
        client
    }

    /// A client that has proved its key.
    pub(super) fn client(&mut self, keys: &DhtKeyPair) -> TcpClient {
        let client = self.greeted(keys);
        self.say(client, &TcpPacket::Ping(1));
        assert_eq!(self.heard(client), [TcpPacket::Pong(1).encode()]);
        client
    }

    /// Two clients that are connected to each other, and by what ids.
    pub(super) fn two(&mut self) -> [(TcpClient, DhtPublicKey, TcpConnectionId); 2] {
        let keys = [self.keys(), self.keys()];
        let clients = [self.client(&keys[0]), self.client(&keys[1])];
        self.say(clients[0], &TcpPacket::RoutingRequest(keys[1].public));
        self.say(clients[1], &TcpPacket::RoutingRequest(keys[0].public));
        let id = TcpConnectionId::from_index(0).unwrap();
        for client in clients {
            let heard = self.heard(client);
            assert_eq!(heard.last(), Some(&TcpPacket::Connected(id).encode()));
        }
        [0, 1].map(|i| (clients[i], keys[i].public, id))
    }

    /// Sends a packet, sealed as it must be.
    pub(super) fn say(&mut self, client: TcpClient, packet: &TcpPacket<'_>) -> Duration {
        self.say_bytes(client, &packet.encode())
    }

    /// The same for bytes that may be no packet.
    pub(super) fn say_bytes(&mut self, client: TcpClient, packet: &[u8]) -> Duration {
        let frame = self.frame(client, packet);
        self.bytes(client, &frame)
    }

    /// The frame of a packet, not sent.
    pub(super) fn frame(&mut self, client: TcpClient, packet: &[u8]) -> Vec<u8> {
        let session = self.end(client).session.as_mut().unwrap();
        session.seal(packet).unwrap()
    }

    /// Sends bytes as they are. Returns how long the relay reads nothing more.
    pub(super) fn bytes(&mut self, client: TcpClient, bytes: &[u8]) -> Duration {
        let pause = self
            .relay
            .received(&mut self.link, self.mono, client, bytes);
        self.work_off();
        pause
    }

    /// The packets that came since the last call.
    pub(super) fn heard(&mut self, client: TcpClient) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.end(client).heard)
    }

    /// From now on what is sent to it waits.
    pub(super) fn stop_reading(&mut self, client: TcpClient) {
        self.end(client).reads = false;
    }

    /// Bytes that wait because it does not read.
    pub(super) fn unread(&mut self, client: TcpClient) -> usize {
        self.end(client).unread
    }

    /// Whether the relay has closed it.
    pub(super) fn is_closed(&self, client: TcpClient) -> bool {
        self.closed.contains(&client)
    }

    /// The client closes its connection.
    pub(super) fn hang_up(&mut self, client: TcpClient) {
        self.relay.closed(client);
        self.work_off();
    }

    /// Lets so many seconds pass.
    pub(super) fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.mono += Duration::from_secs(1);
            self.relay.tick(&mut self.link, self.mono);
            self.work_off();
        }
    }

    pub(super) fn work_off(&mut self) {
        while let Some(output) = self.relay.poll() {
            match output {
                TcpOutput::Close(client) => self.closed.push(client),
                TcpOutput::Send { client, bytes } => self.arrive(client, &bytes),
            }
        }
    }

    fn arrive(&mut self, client: TcpClient, bytes: &[u8]) {
        let end = self.end(client);
        if !end.reads {
            end.unread += bytes.len();
            return;
        }
        end.frames.push(bytes);
        if let Some(handshake) = end.handshake.take() {
            let answer: [u8; 96] = end.frames.take_handshake().unwrap();
            end.session = Some(handshake.finish(&answer).unwrap());
        }
        let mut pongs = Vec::new();
        while let Some(sealed) = end.frames.take_box().unwrap() {
            let packet = end.session.as_mut().unwrap().open(&sealed).unwrap();
            match TcpPacket::decode(&packet).unwrap() {
                TcpPacket::Ping(id) => pongs.push(id),
                _ => end.heard.push(packet),
            }
        }
        self.relay.sent(client, bytes.len());
        for id in pongs {
            let frame = self.frame(client, &TcpPacket::Pong(id).encode());
            self.relay
                .received(&mut self.link, self.mono, client, &frame);
        }
    }

    fn end(&mut self, client: TcpClient) -> &mut End {
        self.ends.get_mut(&client).unwrap()
    }
}
