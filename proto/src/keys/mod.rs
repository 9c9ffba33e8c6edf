//! Key pairs: X25519 for the DHT, Ed25519 for inboxes.
//!
//! Secrets are wiped from memory when dropped and never printed. Randomness comes from the caller.

mod dht;
mod inbox;

pub use dht::{BoxError, DhtKeyPair, DhtPublicKey, DhtSecretKey, MAC_LEN, NONCE_LEN, SharedKey};
pub use inbox::{InboxPublicKey, InboxSecret, SIGNATURE_LEN, Signature};

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
