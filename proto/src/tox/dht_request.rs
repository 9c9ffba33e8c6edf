//! DHT request (0x20): for one node, passed on as it is by those that know where it is.
//!
//! What is in the box (NAT ping, a friend's DHT key, a friend request) concerns friends only.
//!
//! ```text
//! 0x20 ‖ receiver's key 32 ‖ sender's key 32 ‖ nonce 24 ‖ box
//! ```

use super::ids::DHT_REQUEST;
use crate::codec::{DecodeError, DecodeErrorKind, Reader};
use crate::keys::{DhtPublicKey, MAC_LEN, NONCE_LEN};

/// The longest DHT request (c-toxcore, `MAX_CRYPTO_REQUEST_SIZE` and its head).
pub const DHT_REQUEST_MAX: usize = 1040;
/// The shortest: a byte in the box.
pub const DHT_REQUEST_MIN: usize = 1 + 2 * DhtPublicKey::LEN + NONCE_LEN + MAC_LEN + 1;

const _: () = assert!(DHT_REQUEST_MIN == 106);

/// The head of a DHT request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DhtRequest {
    /// Whom it is for.
    pub to: DhtPublicKey,
    /// Who says that he sent it.
    pub sender: DhtPublicKey,
}

impl DhtRequest {
    /// Reads the head; opens nothing.
    ///
    /// # Errors
    /// [`DecodeError`] for another first byte or a wrong length.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        if bytes.len() > DHT_REQUEST_MAX {
            return Err(reader.error(DecodeErrorKind::TooLong {
                len: bytes.len(),
                max: DHT_REQUEST_MAX,
            }));
        }
        reader.clone().take(DHT_REQUEST_MIN)?;
        let id_at = reader.clone();
        let value = reader.u8()?;
        if value != DHT_REQUEST {
            return Err(id_at.error(DecodeErrorKind::UnknownValue {
                what: "packet id",
                value,
            }));
        }
        Ok(Self {
            to: DhtPublicKey::from_bytes(reader.take_array()?),
            sender: DhtPublicKey::from_bytes(reader.take_array()?),
        })
    }
}
