//! Frames between a Tox client and a TCP relay: sealed and opened in order, each with the nonce after the last one's.
//!
//! Where a frame ends in the stream is in `tcp_frames.rs`; what is in it, in `tcp_packet.rs`.
//!
//! ```text
//! length of the box 2 ‖ box(packet)
//! ```
//!
//! Each side counts its nonce up by one a frame, as a big-endian number, beginning with the base nonce of its
//! handshake. So a frame that is left out, repeated or moved does not open, and the connection is over.

use thiserror::Error;

use crate::codec::Writer;
use crate::keys::{BoxError, MAC_LEN, NONCE_LEN, SharedKey};

/// Bytes of a frame's length field.
pub const TCP_LENGTH_LEN: usize = 2;
/// The longest box of a frame; the length field is not counted (c-toxcore, `MAX_PACKET_SIZE`).
pub const TCP_MAX_BOX: usize = 2048;
/// The longest packet in a frame.
pub const TCP_MAX_PACKET: usize = TCP_MAX_BOX - MAC_LEN;
/// The shortest box of a frame: a packet is at least one byte.
pub const TCP_MIN_BOX: usize = MAC_LEN + 1;

/// Why a frame cannot be sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TcpFrameError {
    /// There is nothing in it.
    #[error("a frame holds a packet of at least one byte")]
    Empty,
    /// The packet is too long.
    #[error("a packet of {0} bytes does not fit into a frame: at most {TCP_MAX_PACKET} do")]
    TooLong(usize),
    /// The box does not open: it was changed, repeated, or is not the next one.
    #[error("the frame is not the next one of this connection: {0}")]
    Box(#[from] BoxError),
}

/// The secrets of a connection, of either side.
#[derive(Clone, Debug)]
pub struct TcpSession {
    key: SharedKey,
    sending: [u8; NONCE_LEN],
    receiving: [u8; NONCE_LEN],
}

impl TcpSession {
    pub(super) fn new(
        key: SharedKey,
        sending: [u8; NONCE_LEN],
        receiving: [u8; NONCE_LEN],
    ) -> Self {
        Self {
            key,
            sending,
            receiving,
        }
    }

    /// Makes the next frame, length field included.
    ///
    /// # Errors
    /// [`TcpFrameError`] if the packet has no byte or more than [`TCP_MAX_PACKET`]; the frame's nonce is then not used.
    pub fn seal(&mut self, packet: &[u8]) -> Result<Vec<u8>, TcpFrameError> {
        if packet.is_empty() {
            return Err(TcpFrameError::Empty);
        }
        let len = packet.len() + MAC_LEN;
        let (Ok(field), true) = (u16::try_from(len), len <= TCP_MAX_BOX) else {
            return Err(TcpFrameError::TooLong(packet.len()));
        };
        let sealed = self.key.seal(&self.sending, packet)?;
        count_up(&mut self.sending);
        let mut writer = Writer::with_capacity(TCP_LENGTH_LEN + len);
        writer.u16(field).bytes(&sealed);
        Ok(writer.finish())
    }

    /// Opens the box of the next frame. After an error the connection is of no more use.
    ///
    /// # Errors
    /// [`TcpFrameError`] if it does not open, or there is nothing in it.
    pub fn open(&mut self, sealed: &[u8]) -> Result<Vec<u8>, TcpFrameError> {
        let packet = self.key.open(&self.receiving, sealed)?;
        if packet.is_empty() {
            return Err(TcpFrameError::Empty);
        }
        count_up(&mut self.receiving);
        Ok(packet)
    }
}

/// Adds one to a big-endian number; after the greatest comes zero.
fn count_up(nonce: &mut [u8; NONCE_LEN]) {
    for byte in nonce.iter_mut().rev() {
        *byte = byte.wrapping_add(1);
        if *byte != 0 {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_counts_up_as_a_big_endian_number() {
        let mut nonce = [0; NONCE_LEN];
        nonce[22..].copy_from_slice(&[1, 0xff]);
        count_up(&mut nonce);
        assert_eq!(nonce[21..], [0, 2, 0]);
        let mut nonce = [0xff; NONCE_LEN];
        count_up(&mut nonce);
        assert_eq!(nonce, [0; NONCE_LEN]);
    }
}
