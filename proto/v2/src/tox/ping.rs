//! Ping (0x00, 0x01): type 1 ‖ ping id 8 in the box, 82 bytes in all.

use super::envelope::ENVELOPE_OVERHEAD;
use super::ids::{PING_REQUEST, PING_RESPONSE};
use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};

/// Bytes of a ping packet, request or response.
pub const PING_LEN: usize = ENVELOPE_OVERHEAD + 9;

/// The plaintext of a ping packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ping {
    /// Are you there?
    Request(u64),
    /// Yes: the request's id again.
    Response(u64),
}

impl Ping {
    /// The packet id that goes with it; it stands again inside the box.
    #[must_use]
    pub const fn packet_id(self) -> u8 {
        match self {
            Self::Request(_) => PING_REQUEST,
            Self::Response(_) => PING_RESPONSE,
        }
    }

    /// The plaintext.
    #[must_use]
    pub fn encode(self) -> Vec<u8> {
        let (Self::Request(id) | Self::Response(id)) = self;
        let mut writer = Writer::with_capacity(9);
        writer.u8(self.packet_id()).u64(id);
        writer.finish()
    }

    /// Reads the plaintext.
    ///
    /// # Errors
    /// [`DecodeError`] for another length or type, or for id 0, which c-toxcore never uses.
    pub fn decode(plain: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(plain);
        let kind = reader.u8()?;
        let id_at = reader.clone();
        let id = reader.u64()?;
        reader.finish()?;
        if id == 0 {
            return Err(id_at.error(DecodeErrorKind::OutOfRange {
                what: "ping id",
                value: 0,
                min: 1,
                max: u64::MAX,
            }));
        }
        match kind {
            PING_REQUEST => Ok(Self::Request(id)),
            PING_RESPONSE => Ok(Self::Response(id)),
            value => Err(Reader::new(plain).error(DecodeErrorKind::UnknownValue {
                what: "ping type",
                value,
            })),
        }
    }
}
