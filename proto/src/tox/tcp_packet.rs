//! What a Tox client and a TCP relay say to each other, inside of frames.
//!
//! Layouts only: which side may say what, and what comes of it, is the relay's and the client's business.
//!
//! | id | packet | from | layout after the id |
//! | --- | --- | --- | --- |
//! | 0 | routing request | client | key 32 |
//! | 1 | routing response | relay | connection id 1, or 0: refused ‖ key 32 |
//! | 2 | connect notification | relay | connection id 1 |
//! | 3 | disconnect notification | both | connection id 1 |
//! | 4, 5 | ping, pong | both | ping id 8 |
//! | 6 | out-of-band send | client | key 32 ‖ data, 1 to 1,024 |
//! | 7 | out-of-band receive | relay | sender's key 32 ‖ data, 1 to 1,024 |
//! | 8 | onion request | client | nonce 24 ‖ address of the second node 19 ‖ key 32 ‖ box … |
//! | 9 | onion response | relay | the packet that a node without a relay gets over UDP |
//! | 16 … 255 | data | both | data; the id of the packet is the connection id |
//!
//! (c-toxcore, `TCP_common.h`; 10 and 11, forwarding, are of versions after 0.2.18.)

use super::ip_port::IP_PORT_LEN;
use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};
use crate::keys::{DhtPublicKey, MAC_LEN, NONCE_LEN};

const ROUTING_REQUEST: u8 = 0;
const ROUTING_RESPONSE: u8 = 1;
const CONNECTED: u8 = 2;
const DISCONNECTED: u8 = 3;
const PING: u8 = 4;
const PONG: u8 = 5;
const OOB_SEND: u8 = 6;
const OOB_RECEIVE: u8 = 7;
const ONION_REQUEST: u8 = 8;
const ONION_RESPONSE: u8 = 9;
/// The first connection id; below are the packets that are no data.
const FIRST_CONNECTION: u8 = 16;

/// How many other clients one client can be connected to.
pub const TCP_CONNECTIONS: usize = 256 - FIRST_CONNECTION as usize;
/// The most bytes of an out-of-band packet.
pub const TCP_MAX_OOB: usize = 1024;
/// An onion request's part after the nonce is longer than two layers of the onion (c-toxcore, `ONION_SEND_BASE`).
const TWO_LAYERS: usize = 2 * (DhtPublicKey::LEN + IP_PORT_LEN + MAC_LEN);

/// By what name a client and the relay call the client's connection to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TcpConnectionId(u8);

impl TcpConnectionId {
    /// The connection with this number, counted from 0; `None` from [`TCP_CONNECTIONS`] on.
    #[must_use]
    pub fn from_index(index: usize) -> Option<Self> {
        let index = u8::try_from(index).ok()?;
        index.checked_add(FIRST_CONNECTION).map(Self)
    }

    /// Its number, counted from 0; below [`TCP_CONNECTIONS`].
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0 - FIRST_CONNECTION)
    }

    /// The byte that stands for it: 16 to 255.
    #[must_use]
    pub const fn as_byte(self) -> u8 {
        self.0
    }

    fn from_byte(byte: u8) -> Option<Self> {
        (byte >= FIRST_CONNECTION).then_some(Self(byte))
    }
}

/// A packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TcpPacket<'a> {
    /// A client wants to be connected to the client with this key.
    RoutingRequest(DhtPublicKey),
    /// The name of the connection that was asked for.
    RoutingResponse {
        /// The name; `None` if it is refused: one's own key, or no name is free.
        id: Option<TcpConnectionId>,
        /// Whom the connection is to.
        key: DhtPublicKey,
    },
    /// The other client is there and has asked for this one: data goes through from now on.
    Connected(TcpConnectionId),
    /// From a relay: the other client is gone. From a client: the connection is given up.
    Disconnected(TcpConnectionId),
    /// Are you there?
    Ping(u64),
    /// Yes: the ping's id again.
    Pong(u64),
    /// Data for the client with this key, connected or not.
    OobSend {
        /// For whom.
        to: DhtPublicKey,
        /// 1 to [`TCP_MAX_OOB`] bytes.
        data: &'a [u8],
    },
    /// Data that the client with this key sent.
    OobReceive {
        /// From whom.
        from: DhtPublicKey,
        /// 1 to [`TCP_MAX_OOB`] bytes.
        data: &'a [u8],
    },
    /// The relay is to be the first node of an onion path.
    OnionRequest {
        /// The nonce of all layers.
        nonce: [u8; NONCE_LEN],
        /// Address of the second node 19 ‖ key 32 ‖ box …, not opened.
        rest: &'a [u8],
    },
    /// What came back along an onion path.
    OnionResponse(&'a [u8]),
    /// Data over a connection.
    Data {
        /// Over which.
        id: TcpConnectionId,
        /// The data.
        data: &'a [u8],
    },
}

impl<'a> TcpPacket<'a> {
    /// Reads a packet.
    ///
    /// # Errors
    /// [`DecodeError`] for an id that means nothing, or another length than the packet may have.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let kind = reader.u8()?;
        let packet = match kind {
            ROUTING_REQUEST => Self::RoutingRequest(key(&mut reader)?),
            ROUTING_RESPONSE => {
                let id = match reader.clone().u8()? {
                    0 => {
                        reader.u8()?;
                        None
                    }
                    _ => Some(connection(&mut reader)?),
                };
                let key = key(&mut reader)?;
                Self::RoutingResponse { id, key }
            }
            CONNECTED => Self::Connected(connection(&mut reader)?),
            DISCONNECTED => Self::Disconnected(connection(&mut reader)?),
            PING => Self::Ping(reader.u64()?),
            PONG => Self::Pong(reader.u64()?),
            OOB_SEND => Self::OobSend {
                to: key(&mut reader)?,
                data: oob(&mut reader)?,
            },
            OOB_RECEIVE => Self::OobReceive {
                from: key(&mut reader)?,
                data: oob(&mut reader)?,
            },
            ONION_REQUEST => {
                let nonce = reader.take_array()?;
                reader.clone().take(TWO_LAYERS + 1)?;
                let rest = reader.rest();
                Self::OnionRequest { nonce, rest }
            }
            ONION_RESPONSE => {
                reader.clone().u8()?;
                Self::OnionResponse(reader.rest())
            }
            _ => {
                let id = connection(&mut Reader::new(bytes))?;
                let data = reader.rest();
                Self::Data { id, data }
            }
        };
        reader.finish()?;
        Ok(packet)
    }

    /// The packet. Out-of-band data and data that are longer than they may be make a packet that nobody reads.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        match *self {
            Self::RoutingRequest(key) => writer.u8(ROUTING_REQUEST).bytes(key.as_bytes()),
            Self::RoutingResponse { id, key } => writer
                .u8(ROUTING_RESPONSE)
                .u8(id.map_or(0, TcpConnectionId::as_byte))
                .bytes(key.as_bytes()),
            Self::Connected(id) => writer.u8(CONNECTED).u8(id.0),
            Self::Disconnected(id) => writer.u8(DISCONNECTED).u8(id.0),
            Self::Ping(id) => writer.u8(PING).u64(id),
            Self::Pong(id) => writer.u8(PONG).u64(id),
            Self::OobSend { to, data } => writer.u8(OOB_SEND).bytes(to.as_bytes()).bytes(data),
            Self::OobReceive { from, data } => {
                writer.u8(OOB_RECEIVE).bytes(from.as_bytes()).bytes(data)
            }
            Self::OnionRequest { nonce, rest } => {
                writer.u8(ONION_REQUEST).bytes(&nonce).bytes(rest)
            }
            Self::OnionResponse(inner) => writer.u8(ONION_RESPONSE).bytes(inner),
            Self::Data { id, data } => writer.u8(id.0).bytes(data),
        };
        writer.finish()
    }
}

fn key(reader: &mut Reader<'_>) -> Result<DhtPublicKey, DecodeError> {
    reader.take_array().map(DhtPublicKey::from_bytes)
}

fn connection(reader: &mut Reader<'_>) -> Result<TcpConnectionId, DecodeError> {
    let at = reader.clone();
    let value = reader.u8()?;
    TcpConnectionId::from_byte(value).ok_or_else(|| {
        at.error(DecodeErrorKind::UnknownValue {
            what: "connection id or packet id",
            value,
        })
    })
}

fn oob<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], DecodeError> {
    reader.clone().u8()?;
    let at = reader.clone();
    let data = reader.rest();
    if data.len() > TCP_MAX_OOB {
        return Err(at.error(DecodeErrorKind::TooLong {
            len: data.len(),
            max: TCP_MAX_OOB,
        }));
    }
    Ok(data)
}
