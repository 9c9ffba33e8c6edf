//! Lines of lists: what a holder says it has, what a node offers.
//!
//! Whether any of it is true shows when the packets come.

use super::body::read_code;
use crate::codec::{DecodeError, Reader, Writer};
use crate::ids::{Location, PacketId, UnixSeconds};
use crate::packet::PacketKind;

/// Bytes of an [`Entry`].
pub const ENTRY_LEN: usize = 43;
/// Bytes of an [`Offer`].
pub const OFFER_LEN: usize = 72;

/// A packet at the asker's place: id 32 ‖ kind 1 ‖ size 2 ‖ expires 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// Its id.
    pub id: PacketId,
    /// What it holds.
    pub kind: PacketKind,
    /// Bytes of the whole packet.
    pub size: u16,
    /// When it ends.
    pub expires: UnixSeconds,
}

impl Entry {
    pub(super) fn encode(&self, writer: &mut Writer) {
        writer
            .bytes(self.id.as_bytes())
            .u8(self.kind as u8)
            .u16(self.size)
            .u64(self.expires.0);
    }

    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            id: PacketId::from_bytes(reader.take_array()?),
            kind: read_code(reader, "packet kind", PacketKind::from_code)?,
            size: reader.u16()?,
            expires: UnixSeconds(reader.u64()?),
        })
    }
}

/// A packet that the addressee should hold: location 32 ‖ id 32 ‖ expires 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Offer {
    /// Where it belongs.
    pub location: Location,
    /// Its id.
    pub id: PacketId,
    /// When the offerer's copy ends.
    pub expires: UnixSeconds,
}

impl Offer {
    pub(super) fn encode(&self, writer: &mut Writer) {
        writer
            .bytes(self.location.as_bytes())
            .bytes(self.id.as_bytes())
            .u64(self.expires.0);
    }

    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            location: Location::from_bytes(reader.take_array()?),
            id: PacketId::from_bytes(reader.take_array()?),
            expires: UnixSeconds(reader.u64()?),
        })
    }
}
