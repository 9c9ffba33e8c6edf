//! Nodes request (0x02) and response (0x04): who is close to this key?

use super::envelope::ENVELOPE_OVERHEAD;
use super::packed_node::PackedNode;
use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};
use crate::keys::DhtPublicKey;

/// Bytes of a nodes request packet.
pub const NODES_REQUEST_LEN: usize = ENVELOPE_OVERHEAD + 40;
/// Bytes of the longest nodes response packet.
pub const NODES_RESPONSE_MAX: usize = ENVELOPE_OVERHEAD + 1 + MAX_NODES * PackedNode::LEN_IPV6 + 8;
/// The most nodes in a response.
pub const MAX_NODES: usize = 4;

/// The plaintext of a nodes request: target key 32 ‖ sendback 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NodesRequest {
    /// The key that nodes are wanted close to.
    pub target: DhtPublicKey,
    /// Opaque; comes back in the response.
    pub sendback: [u8; 8],
}

impl NodesRequest {
    /// The plaintext.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        [&self.target.as_bytes()[..], &self.sendback].concat()
    }

    /// Reads the plaintext.
    ///
    /// # Errors
    /// [`DecodeError`] for another length.
    pub fn decode(plain: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(plain);
        let request = Self {
            target: DhtPublicKey::from_bytes(reader.take_array()?),
            sendback: reader.take_array()?,
        };
        reader.finish()?;
        Ok(request)
    }
}

/// The plaintext of a nodes response: count 1 ‖ packed nodes ‖ sendback 8.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NodesResponse {
    /// One to four nodes; c-toxcore rejects a response without any.
    pub nodes: Vec<PackedNode>,
    /// The request's sendback, byte for byte.
    pub sendback: [u8; 8],
}

impl NodesResponse {
    /// The plaintext; nodes after the fourth are left out.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let nodes = &self.nodes[..self.nodes.len().min(MAX_NODES)];
        let mut writer = Writer::with_capacity(9 + nodes.len() * PackedNode::LEN_IPV6);
        writer.u8(u8::try_from(nodes.len()).unwrap_or(0));
        nodes.iter().for_each(|node| node.encode(&mut writer));
        writer.bytes(&self.sendback);
        writer.finish()
    }

    /// Reads the plaintext.
    ///
    /// # Errors
    /// [`DecodeError`] for a wrong count or length, or a node of unknown type.
    pub fn decode(plain: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(plain);
        let count_at = reader.clone();
        let count = reader.u8()?;
        if count == 0 || usize::from(count) > MAX_NODES {
            return Err(count_at.error(DecodeErrorKind::OutOfRange {
                what: "number of nodes",
                value: u64::from(count),
                min: 1,
                max: MAX_NODES as u64,
            }));
        }
        let nodes = (0..count)
            .map(|_| PackedNode::decode(&mut reader))
            .collect::<Result<_, _>>()?;
        let sendback = reader.take_array()?;
        reader.finish()?;
        Ok(Self { nodes, sendback })
    }
}
