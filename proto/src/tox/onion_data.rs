//! Data for somebody who is announced (0x85 out, 0x86 on): the node that keeps the announcement cuts the key off and
//! sends the rest along the announced path.
//!
//! What is in the box is between sender and receiver.
//!
//! ```text
//! 0x85 ‖ announced key 32 ‖ nonce 24 ‖ temporary key 32 ‖ box
//! 0x86 ‖                    nonce 24 ‖ temporary key 32 ‖ box
//! ```

use super::ids::{ONION_DATA_REQUEST, ONION_DATA_RESPONSE};
use crate::codec::{DecodeError, DecodeErrorKind, Reader};
use crate::keys::{DhtPublicKey, MAC_LEN, NONCE_LEN};

/// A data request; the way back is cut off already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnionData<'a> {
    /// Whom it is for.
    pub to: DhtPublicKey,
    /// nonce 24 ‖ temporary key 32 ‖ box.
    rest: &'a [u8],
}

impl<'a> OnionData<'a> {
    /// Takes a request apart.
    ///
    /// # Errors
    /// [`DecodeError`] for another first byte, or without room for a byte in the box.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let id_at = reader.clone();
        let value = reader.u8()?;
        if value != ONION_DATA_REQUEST {
            return Err(id_at.error(DecodeErrorKind::UnknownValue {
                what: "packet id",
                value,
            }));
        }
        let to = DhtPublicKey::from_bytes(reader.take_array()?);
        reader
            .clone()
            .take(NONCE_LEN + DhtPublicKey::LEN + MAC_LEN + 1)?;
        Ok(Self {
            to,
            rest: reader.rest(),
        })
    }

    /// The packet as it goes on to the receiver.
    #[must_use]
    pub fn response(&self) -> Vec<u8> {
        [&[ONION_DATA_RESPONSE], self.rest].concat()
    }
}
