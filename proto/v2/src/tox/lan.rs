//! LAN discovery (0x21), unencrypted: a node calls its key out into the local network.

use super::ids::LAN_DISCOVERY;
use crate::codec::{DecodeError, DecodeErrorKind, Reader};
use crate::keys::DhtPublicKey;

/// Bytes of the packet.
pub const LAN_DISCOVERY_LEN: usize = 33;

/// The packet: 0x21 ‖ DHT key 32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LanDiscovery {
    /// Who is there.
    pub key: DhtPublicKey,
}

impl LanDiscovery {
    /// The packet.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        [&[LAN_DISCOVERY], &self.key.as_bytes()[..]].concat()
    }

    /// Reads the packet.
    ///
    /// # Errors
    /// [`DecodeError`] for another id or length.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let id = reader.u8()?;
        if id != LAN_DISCOVERY {
            return Err(Reader::new(bytes).error(DecodeErrorKind::UnknownValue {
                what: "packet id",
                value: id,
            }));
        }
        let key = DhtPublicKey::from_bytes(reader.take_array()?);
        reader.finish()?;
        Ok(Self { key })
    }
}
