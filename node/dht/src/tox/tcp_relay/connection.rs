//! One connection to the relay: how far it has got, what came and is not whole, what waits to be written.
//!
//! Knows nothing of the other ones.

use std::net::IpAddr;
use std::time::Duration;

use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_proto::tox::{TcpFrames, TcpPacket, TcpSession};

use super::links::Links;
use crate::limits::Bucket;

/// A connection must have its first good frame sent within so long.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How often a client is asked whether it is there (c-toxcore, `TCP_PING_FREQUENCY`).
const PING_EVERY: Duration = Duration::from_secs(30);
/// How long it has to answer (c-toxcore, `TCP_PING_TIMEOUT`).
const PING_PATIENCE: Duration = Duration::from_secs(10);
/// Bytes that may wait to be written to a client before data for it is dropped.
const DATA_WAITING: usize = 32 << 10;
/// Bytes that may wait before the client counts as one that does not read.
const ALL_WAITING: usize = 64 << 10;

/// How far a connection has got.
pub(super) enum Stage {
    /// Its hello has not come in full.
    Greeting,
    /// Its hello was answered; no frame has opened yet, so the hello may be somebody else's, recorded.
    Answered(DhtPublicKey, TcpSession),
    /// A client.
    Confirmed(Client),
}

/// A client that has proved its key.
pub(super) struct Client {
    pub(super) key: DhtPublicKey,
    pub(super) links: Links,
    session: TcpSession,
    pinged: Duration,
    /// The id of a ping that was not answered yet.
    awaited: Option<u64>,
}

/// What is due for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    Ping,
    End,
}

/// A connection.
pub(super) struct Connection {
    pub(super) source: IpAddr,
    pub(super) stage: Stage,
    pub(super) frames: TcpFrames,
    /// Bytes that may be read from it.
    pub(super) budget: Bucket,
    /// It is to be closed; nothing more is read from it.
    pub(super) doomed: bool,
    since: Duration,
    outgoing: Vec<u8>,
    under_way: usize,
}

impl Connection {
    pub(super) fn new(source: IpAddr, bytes_per_second: u32, mono: Duration) -> Self {
        Self {
            source,
            stage: Stage::Greeting,
            frames: TcpFrames::default(),
            budget: Bucket::new(bytes_per_second, mono),
            doomed: false,
            since: mono,
            outgoing: Vec::new(),
            under_way: 0,
        }
    }

    pub(super) fn client(&self) -> Option<&Client> {
        match &self.stage {
            Stage::Confirmed(client) => Some(client),
            _ => None,
        }
    }

    pub(super) fn client_mut(&mut self) -> Option<&mut Client> {
        match &mut self.stage {
            Stage::Confirmed(client) => Some(client),
            _ => None,
        }
    }

    /// The next packet, once it is there in full. `Err`: what came makes no sense, and what follows cannot either.
    pub(super) fn next_packet(&mut self) -> Result<Option<Vec<u8>>, ()> {
        let session = match &mut self.stage {
            Stage::Greeting => return Ok(None),
            Stage::Answered(_, session) => session,
            Stage::Confirmed(client) => &mut client.session,
        };
        let sealed = self.frames.take_box().map_err(drop)?;
        let packet = sealed.map(|sealed| session.open(&sealed)).transpose();
        packet.map_err(drop)
    }

    /// A frame opened: who sent it has the key that it named. Returns that key the first time.
    pub(super) fn confirm(&mut self, mono: Duration) -> Option<DhtPublicKey> {
        match std::mem::replace(&mut self.stage, Stage::Greeting) {
            Stage::Answered(key, session) => {
                self.stage = Stage::Confirmed(Client {
                    key,
                    links: Links::default(),
                    session,
                    pinged: mono,
                    awaited: None,
                });
                Some(key)
            }
            stage => {
                self.stage = stage;
                None
            }
        }
    }

    /// What is due by the clock.
    pub(super) fn due(&self, mono: Duration) -> Due {
        let Some(client) = self.client() else {
            return match mono.saturating_sub(self.since) >= HANDSHAKE {
                true => Due::End,
                false => Due::Nothing,
            };
        };
        let passed = mono.saturating_sub(client.pinged);
        if client.awaited.is_some() && passed >= PING_PATIENCE {
            Due::End
        } else if passed >= PING_EVERY {
            Due::Ping
        } else {
            Due::Nothing
        }
    }

    /// Bytes that were made for it and not written yet.
    pub(super) fn waiting(&self) -> usize {
        self.outgoing.len() + self.under_way
    }

    /// Whether data for it finds room. What is not data is never dropped, but not kept without end either: see
    /// [`Connection::is_choked`].
    pub(super) fn has_room(&self) -> bool {
        self.waiting() < DATA_WAITING
    }

    /// Whether so much waits that it does not seem to read.
    pub(super) fn is_choked(&self) -> bool {
        self.waiting() > ALL_WAITING
    }

    /// Seals a packet behind those that wait. Returns how many bytes that makes; 0 if it is no client.
    pub(super) fn queue(&mut self, packet: &TcpPacket<'_>) -> usize {
        let Some(client) = self.client_mut() else {
            return 0;
        };
        let Ok(frame) = client.session.seal(&packet.encode()) else {
            return 0;
        };
        self.queue_bytes(&frame)
    }

    /// Puts bytes behind those that wait. Returns how many.
    pub(super) fn queue_bytes(&mut self, bytes: &[u8]) -> usize {
        self.outgoing.extend_from_slice(bytes);
        bytes.len()
    }

    /// Whether nothing waited to be taken before these bytes.
    pub(super) fn is_first(&self, bytes: usize) -> bool {
        bytes > 0 && self.outgoing.len() == bytes
    }

    /// What is to be written now.
    pub(super) fn take_outgoing(&mut self) -> Vec<u8> {
        self.under_way += self.outgoing.len();
        std::mem::take(&mut self.outgoing)
    }

    /// So much was written. Returns how much of it we had given out.
    pub(super) fn written(&mut self, bytes: usize) -> usize {
        let bytes = bytes.min(self.under_way);
        self.under_way -= bytes;
        bytes
    }
}

impl Client {
    /// A ping with this id, which is not zero, goes out.
    pub(super) fn ping(&mut self, mono: Duration, id: u64) {
        self.pinged = mono;
        self.awaited = Some(id);
    }

    /// It says that it got a ping.
    pub(super) fn pong(&mut self, id: u64) {
        if self.awaited == Some(id) {
            self.awaited = None;
        }
    }
}
