//! Bootstrap info (0xf0), unencrypted: which version, and a message of the day.

use super::ids::BOOTSTRAP_INFO;
use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};

/// Bytes of a request; the longest response is not much larger.
pub const BOOTSTRAP_INFO_REQUEST_LEN: usize = 78;
/// The longest message of the day, in bytes.
pub const MAX_MOTD: usize = 256;

/// A request: 0xf0 and 77 zero bytes.
#[must_use]
pub fn bootstrap_info_request() -> Vec<u8> {
    let mut writer = Writer::with_capacity(BOOTSTRAP_INFO_REQUEST_LEN);
    writer
        .u8(BOOTSTRAP_INFO)
        .zeros(BOOTSTRAP_INFO_REQUEST_LEN - 1);
    writer.finish()
}

/// Whether this is a request: only its first byte and its length count.
#[must_use]
pub fn is_bootstrap_info_request(bytes: &[u8]) -> bool {
    bytes.first() == Some(&BOOTSTRAP_INFO) && bytes.len() == BOOTSTRAP_INFO_REQUEST_LEN
}

/// A response: 0xf0 ‖ version 4 ‖ message of the day.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BootstrapInfo {
    /// The program's version.
    pub version: u32,
    /// Message of the day, at most [`MAX_MOTD`] bytes.
    pub motd: Vec<u8>,
}

impl BootstrapInfo {
    /// The packet; a message of the day that is too long is cut.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(5 + MAX_MOTD);
        writer
            .u8(BOOTSTRAP_INFO)
            .u32(self.version)
            .bytes(&self.motd[..self.motd.len().min(MAX_MOTD)]);
        writer.finish()
    }

    /// Reads a response.
    ///
    /// # Errors
    /// [`DecodeError`] for another id or length.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let id = reader.u8()?;
        if id != BOOTSTRAP_INFO {
            return Err(Reader::new(bytes).error(DecodeErrorKind::UnknownValue {
                what: "packet id",
                value: id,
            }));
        }
        let version = reader.u32()?;
        if reader.left() > MAX_MOTD {
            return Err(reader.error(DecodeErrorKind::TooLong {
                len: reader.left(),
                max: MAX_MOTD,
            }));
        }
        Ok(Self {
            version,
            motd: reader.rest().to_vec(),
        })
    }
}
