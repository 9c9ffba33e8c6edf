//! Why a key is refused, X25519 or Ed25519.
//!
//! What is done about it is the reader's business.

use thiserror::Error;

/// A key that is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The sign bit is set: the key would share its X25519 image with another.
    #[error("the key's sign bit is set")]
    SignBit,
    /// The bytes are no point of the curve, or not its one canonical encoding.
    #[error("the bytes are not a point of the curve")]
    NotAPoint,
    /// The point has a small order: everybody could compute its shared secrets.
    #[error("the key has a small order")]
    LowOrder,
    /// The signature does not belong to the key and the text.
    #[error("the signature is wrong")]
    Signature,
}
