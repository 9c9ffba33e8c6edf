//! What surrounds ping and nodes packets: id 1 ‖ sender's DHT key 32 ‖ nonce 24 ‖ box.

use crate::codec::{DecodeError, Reader, Writer};
use crate::keys::{BoxError, DhtPublicKey, MAC_LEN, NONCE_LEN, SharedKey};

/// Bytes that a packet is longer than its plaintext.
pub const ENVELOPE_OVERHEAD: usize = 1 + DhtPublicKey::LEN + NONCE_LEN + MAC_LEN;

/// A packet whose box was not opened yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// The packet's id, its first byte.
    pub id: u8,
    /// Who says that he sent it; proved when the box opens.
    pub sender: DhtPublicKey,
    /// The box's nonce.
    pub nonce: [u8; NONCE_LEN],
    /// MAC 16 ‖ ciphertext.
    pub sealed: &'a [u8],
}

impl<'a> Envelope<'a> {
    /// Reads the head; opens nothing.
    ///
    /// # Errors
    /// [`DecodeError`] if there is no room for head and MAC.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let id = reader.u8()?;
        let sender = DhtPublicKey::from_bytes(reader.take_array()?);
        let nonce = reader.take_array()?;
        reader.clone().take(MAC_LEN)?;
        Ok(Self {
            id,
            sender,
            nonce,
            sealed: reader.rest(),
        })
    }

    /// Opens the box.
    ///
    /// # Errors
    /// [`BoxError`] if it was not made by the sender for the owner of `key`.
    pub fn open(&self, key: &SharedKey) -> Result<Vec<u8>, BoxError> {
        key.open(&self.nonce, self.sealed)
    }

    /// Makes a whole packet.
    ///
    /// # Errors
    /// [`BoxError`] if the cipher refuses the text.
    pub fn seal(
        id: u8,
        sender: &DhtPublicKey,
        key: &SharedKey,
        nonce: &[u8; NONCE_LEN],
        plain: &[u8],
    ) -> Result<Vec<u8>, BoxError> {
        let mut writer = Writer::with_capacity(ENVELOPE_OVERHEAD + plain.len());
        writer
            .u8(id)
            .bytes(sender.as_bytes())
            .bytes(nonce)
            .bytes(&key.seal(nonce, plain)?);
        Ok(writer.finish())
    }
}
