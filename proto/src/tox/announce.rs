//! Announcements: who can be reached through which onion path, kept by the nodes close to its key
//! (0x83/0x84 as clients send them today, 0x87/0x88 in the newer layout).
//!
//! Who is stored, for how long, and what a ping id is made of, is the node's business.
//!
//! ```text
//! request   0x83, 0x87 ‖ nonce 24 ‖ key 32 ‖ box(ping id 32 ‖ key searched for 32 ‖ data key 32 ‖ sendback 8)
//! response  0x84, 0x88 ‖ sendback 8 ‖ nonce 24 ‖ box(state 1 ‖ ping id or data key 32 ‖ [0x88: count 1] ‖ ≤ 4 packed nodes)
//! ```

use super::ids::{
    ANNOUNCE_REQUEST, ANNOUNCE_REQUEST_OLD, ANNOUNCE_RESPONSE, ANNOUNCE_RESPONSE_OLD,
};
use super::nodes::MAX_NODES;
use super::packed_node::PackedNode;
use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};
use crate::keys::{BoxError, DhtPublicKey, MAC_LEN, NONCE_LEN, SharedKey};

/// Bytes of a ping id.
pub const PING_ID_LEN: usize = 32;
/// Bytes of the sendback.
pub const ANNOUNCE_SENDBACK_LEN: usize = 8;
/// Bytes of a request, without the way back.
pub const ANNOUNCE_REQUEST_LEN: usize =
    1 + NONCE_LEN + DhtPublicKey::LEN + MAC_LEN + REQUEST_PLAIN_LEN;

const REQUEST_PLAIN_LEN: usize = PING_ID_LEN + 2 * DhtPublicKey::LEN + ANNOUNCE_SENDBACK_LEN;

/// Which of the two layouts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AnnounceLayout {
    /// 0x83 and 0x84.
    Old,
    /// 0x87 and 0x88: a response says how many nodes it names, and more may follow in either.
    New,
}

impl AnnounceLayout {
    fn request_id(self) -> u8 {
        match self {
            Self::Old => ANNOUNCE_REQUEST_OLD,
            Self::New => ANNOUNCE_REQUEST,
        }
    }

    fn response_id(self) -> u8 {
        match self {
            Self::Old => ANNOUNCE_RESPONSE_OLD,
            Self::New => ANNOUNCE_RESPONSE,
        }
    }

    fn of(reader: &mut Reader<'_>, id: fn(Self) -> u8) -> Result<Self, DecodeError> {
        let at = reader.clone();
        let value = reader.u8()?;
        [Self::Old, Self::New]
            .into_iter()
            .find(|layout| id(*layout) == value)
            .ok_or_else(|| {
                at.error(DecodeErrorKind::UnknownValue {
                    what: "first byte of an announcement",
                    value,
                })
            })
    }
}

/// A request whose box was not opened yet; the way back is cut off already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedAnnounce<'a> {
    /// The layout.
    pub layout: AnnounceLayout,
    nonce: [u8; NONCE_LEN],
    /// Who asks: to be announced, or to search; its long-term key or one made for this.
    pub sender: DhtPublicKey,
    sealed: &'a [u8],
}

impl<'a> SealedAnnounce<'a> {
    /// Takes a request apart.
    ///
    /// # Errors
    /// [`DecodeError`] for another first byte or a wrong length.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let layout = AnnounceLayout::of(&mut reader, AnnounceLayout::request_id)?;
        if layout == AnnounceLayout::Old && bytes.len() > ANNOUNCE_REQUEST_LEN {
            let more = bytes.len() - ANNOUNCE_REQUEST_LEN;
            return Err(reader.error(DecodeErrorKind::TrailingBytes(more)));
        }
        let nonce = reader.take_array()?;
        let sender = DhtPublicKey::from_bytes(reader.take_array()?);
        reader.clone().take(MAC_LEN + REQUEST_PLAIN_LEN)?;
        Ok(Self {
            layout,
            nonce,
            sender,
            sealed: reader.rest(),
        })
    }

    /// Opens the box with the key that the node and the sender share.
    ///
    /// # Errors
    /// [`BoxError`] if it was not made by the sender for this node.
    pub fn open(&self, key: &SharedKey) -> Result<AnnounceRequest, BoxError> {
        let plain = key.open(&self.nonce, self.sealed)?;
        // The length was checked with the packet's.
        AnnounceRequest::read(&mut Reader::new(&plain)).map_err(|_| BoxError)
    }
}

/// What is in a request's box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AnnounceRequest {
    /// What an earlier response gave; zeros in a search.
    pub ping_id: [u8; PING_ID_LEN],
    /// Whose announcement is looked for, if the sender is not to be announced.
    pub search: DhtPublicKey,
    /// The key that data for the sender is to be sealed for.
    pub data_key: DhtPublicKey,
    /// Opaque; comes back in the response.
    pub sendback: [u8; ANNOUNCE_SENDBACK_LEN],
}

impl AnnounceRequest {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            ping_id: reader.take_array()?,
            search: DhtPublicKey::from_bytes(reader.take_array()?),
            data_key: DhtPublicKey::from_bytes(reader.take_array()?),
            sendback: reader.take_array()?,
        })
    }

    /// The packet, as the payload of an onion request.
    ///
    /// # Errors
    /// [`BoxError`] if the cipher refuses the text.
    pub fn seal(
        &self,
        layout: AnnounceLayout,
        sender: &DhtPublicKey,
        key: &SharedKey,
        nonce: &[u8; NONCE_LEN],
    ) -> Result<Vec<u8>, BoxError> {
        let plain = [
            &self.ping_id,
            self.search.as_bytes(),
            self.data_key.as_bytes(),
            &self.sendback[..],
        ]
        .concat();
        let mut writer = Writer::with_capacity(ANNOUNCE_REQUEST_LEN);
        writer.u8(layout.request_id()).bytes(nonce);
        writer.bytes(sender.as_bytes());
        writer.bytes(&key.seal(nonce, &plain)?);
        Ok(writer.finish())
    }
}

/// What a node knows of the key that it was asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Announced {
    /// 0: nothing; with this ping id the sender may announce itself.
    Not([u8; PING_ID_LEN]),
    /// 1: it is announced here; data for it is to be sealed for this key.
    Other(DhtPublicKey),
    /// 2: it is the sender, who is announced here; the ping id renews that.
    Sender([u8; PING_ID_LEN]),
}

/// What is in a response's box.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AnnounceResponse {
    /// What the node knows.
    pub announced: Announced,
    /// Nodes closer to the key, at most four.
    pub nodes: Vec<PackedNode>,
}

impl AnnounceResponse {
    /// The packet, as the payload of an onion response. Nodes after the fourth are left out.
    ///
    /// # Errors
    /// [`BoxError`] if the cipher refuses the text.
    pub fn seal(
        &self,
        layout: AnnounceLayout,
        sendback: &[u8; ANNOUNCE_SENDBACK_LEN],
        key: &SharedKey,
        nonce: &[u8; NONCE_LEN],
    ) -> Result<Vec<u8>, BoxError> {
        let (state, bytes) = match &self.announced {
            Announced::Not(ping_id) => (0, ping_id),
            Announced::Other(data_key) => (1, data_key.as_bytes()),
            Announced::Sender(ping_id) => (2, ping_id),
        };
        let nodes = &self.nodes[..self.nodes.len().min(MAX_NODES)];
        let mut plain = Writer::default();
        plain.u8(state).bytes(bytes);
        if layout == AnnounceLayout::New {
            plain.u8(u8::try_from(nodes.len()).unwrap_or(0));
        }
        nodes.iter().for_each(|node| node.encode(&mut plain));
        let mut writer = Writer::default();
        writer.u8(layout.response_id()).bytes(sendback).bytes(nonce);
        writer.bytes(&key.seal(nonce, &plain.finish())?);
        Ok(writer.finish())
    }
}

/// A response whose box was not opened yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedAnnounceResponse<'a> {
    layout: AnnounceLayout,
    /// The request's, byte for byte.
    pub sendback: [u8; ANNOUNCE_SENDBACK_LEN],
    nonce: [u8; NONCE_LEN],
    sealed: &'a [u8],
}

/// Why a response cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnnounceError {
    /// It was not made by that node for this key.
    #[error(transparent)]
    Box(#[from] BoxError),
    /// What is in it makes no sense.
    #[error(transparent)]
    Layout(#[from] DecodeError),
}

impl<'a> SealedAnnounceResponse<'a> {
    /// Takes a response apart.
    ///
    /// # Errors
    /// [`DecodeError`] for another first byte, or if it is too short.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let layout = AnnounceLayout::of(&mut reader, AnnounceLayout::response_id)?;
        let sendback = reader.take_array()?;
        let nonce = reader.take_array()?;
        reader.clone().take(MAC_LEN + 1 + PING_ID_LEN)?;
        Ok(Self {
            layout,
            sendback,
            nonce,
            sealed: reader.rest(),
        })
    }

    /// Opens the box with the key that the request's sender and the node share.
    ///
    /// # Errors
    /// [`AnnounceError`] if it does not open, or holds nonsense.
    pub fn open(&self, key: &SharedKey) -> Result<AnnounceResponse, AnnounceError> {
        let plain = key.open(&self.nonce, self.sealed)?;
        let mut reader = Reader::new(&plain);
        let state_at = reader.clone();
        let state = reader.u8()?;
        let bytes = reader.take_array()?;
        let announced = match state {
            0 => Announced::Not(bytes),
            1 => Announced::Other(DhtPublicKey::from_bytes(bytes)),
            2 => Announced::Sender(bytes),
            value => {
                let what = "state of an announcement";
                let error = DecodeErrorKind::UnknownValue { what, value };
                return Err(state_at.error(error).into());
            }
        };
        let count_at = reader.clone();
        let count = match self.layout {
            AnnounceLayout::New => Some(usize::from(reader.u8()?)),
            AnnounceLayout::Old => None,
        };
        let mut nodes = Vec::new();
        while count.map_or(reader.left() > 0, |count| nodes.len() < count) {
            if nodes.len() == MAX_NODES {
                let error = DecodeErrorKind::TooLong {
                    len: count.unwrap_or(MAX_NODES + 1),
                    max: MAX_NODES,
                };
                return Err(count_at.error(error).into());
            }
            nodes.push(PackedNode::decode(&mut reader)?);
        }
        Ok(AnnounceResponse { announced, nodes })
    }
}
