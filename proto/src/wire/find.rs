//! Find: the capable nodes closest to a key, in full.
//!
//! A request is padded to the length of its longest answer, so it needs no token. Whom a node names is its business.

use super::body::{flag, read_count, write_count};
use super::limits::REQUEST_BODY_MAX;
use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};
use crate::ids::Location;
use crate::tox::{PackedNode, Transport};

/// The most nodes that a request can make room for, at an IPv6 node's length each.
pub const MAX_FIND_ROOM: u8 = 20;
/// The most nodes in an answer: as many with IPv4 addresses fit into the room.
pub const MAX_FOUND: usize = MAX_FIND_ROOM as usize * PackedNode::LEN_IPV6 / PackedNode::LEN_IPV4;

/// Before the nodes: stores 1 ‖ count 1.
const ANSWER_HEAD_LEN: usize = 2;

const _: () = {
    assert!(find_body_len(MAX_FIND_ROOM) <= REQUEST_BODY_MAX);
    assert!(find_body_len(MAX_FIND_ROOM) == 1022);
    // The target and the least room fit.
    assert!(find_body_len(1) >= Location::LEN);
    assert!(MAX_FOUND == 26);
};

/// Bytes of a request's body, and the most of its answer's, with room for so many IPv6 nodes.
#[must_use]
pub const fn find_body_len(room: u8) -> usize {
    ANSWER_HEAD_LEN + room as usize * PackedNode::LEN_IPV6
}

/// The request: target 32 ‖ zero padding, [`find_body_len`] bytes in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Find {
    /// What the nodes are to be close to.
    pub target: Location,
    /// How many IPv6 nodes the answer has room for: 1 to [`MAX_FIND_ROOM`].
    pub room: u8,
}

/// The answer: stores 1 ‖ count 1 ‖ packed nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindAnswer {
    /// Whether the answerer itself stores for others: then it is one of the capable nodes.
    pub stores: bool,
    /// Capable nodes, closest first, without asker and answerer.
    pub nodes: Vec<PackedNode>,
}

impl Find {
    pub(super) fn encode(&self, writer: &mut Writer) {
        let len = find_body_len(self.room.clamp(1, MAX_FIND_ROOM));
        writer
            .bytes(self.target.as_bytes())
            .zeros(len - Location::LEN);
    }

    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let len = reader.left();
        let target = Location::from_bytes(reader.take_array()?);
        let padding_at = reader.clone();
        // Between two lengths, what the shorter one does not take is reported as left over.
        let room = (len.saturating_sub(ANSWER_HEAD_LEN) / PackedNode::LEN_IPV6)
            .clamp(1, MAX_FIND_ROOM.into());
        let room = u8::try_from(room).unwrap_or(MAX_FIND_ROOM);
        let padding = reader.take(find_body_len(room) - Location::LEN)?;
        if padding.iter().any(|byte| *byte != 0) {
            return Err(padding_at.error(DecodeErrorKind::NotZero("padding")));
        }
        Ok(Self { target, room })
    }
}

impl FindAnswer {
    /// The answer with as many of `closest` as the request has room for.
    #[must_use]
    pub fn fitting(
        find: &Find,
        stores: bool,
        closest: impl IntoIterator<Item = PackedNode>,
    ) -> Self {
        let mut left = find_body_len(find.room.clamp(1, MAX_FIND_ROOM)) - ANSWER_HEAD_LEN;
        let nodes = closest
            .into_iter()
            .map_while(|node| {
                left = left.checked_sub(node.packed_len())?;
                Some(node)
            })
            .collect();
        Self { stores, nodes }
    }

    /// Nodes that do not fit the longest answer are left out.
    pub(super) fn encode(&self, writer: &mut Writer) {
        let room = find_body_len(MAX_FIND_ROOM) - ANSWER_HEAD_LEN;
        let lens = self.nodes.iter().map(PackedNode::packed_len);
        let fitting = super::body::fitting(lens, room);
        writer.u8(self.stores.into());
        write_count(writer, fitting);
        self.nodes[..fitting]
            .iter()
            .for_each(|node| node.encode(writer));
    }

    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let begin = reader.left();
        let stores = flag(reader)?;
        let count = read_count(reader, "number of nodes", MAX_FOUND)?;
        let mut nodes = Vec::with_capacity(count);
        for _ in 0..count {
            let node_at = reader.clone();
            let node = PackedNode::decode(reader)?;
            if node.transport != Transport::Udp {
                return Err(node_at.error(DecodeErrorKind::UnknownValue {
                    what: "node type",
                    value: node.type_code(),
                }));
            }
            let (len, max) = (begin - reader.left(), find_body_len(MAX_FIND_ROOM));
            if len > max {
                return Err(node_at.error(DecodeErrorKind::TooLong { len, max }));
            }
            nodes.push(node);
        }
        Ok(Self { stores, nodes })
    }
}
