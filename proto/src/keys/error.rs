//! Why a key or a signature is refused.
//!
//! Decides nothing: the checks stand with each key.

use thiserror::Error;

/// A key that is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The sign bit is set: the key would share its X25519 image with another.
    #[error("the key's sign bit is set, which no inbox key's is; check that it was copied whole")]
    SignBit,
    /// The bytes are no point of the curve.
    #[error("the bytes are not a point of the curve; check that the key was copied whole")]
    NotAPoint,
    /// The bytes are a second encoding of a point: there would be two names for one key.
    #[error("the key is not in its one canonical form; check that it was copied whole")]
    NonCanonical,
    /// The point has a small order: everybody could compute its shared secrets.
    #[error("the key has a small order, so that it would keep no secret; do not use it")]
    LowOrder,
    /// The point has a component of small order beside its proper one.
    #[error(
        "the key is outside the prime-order group; check that it was copied whole, as no program makes such keys"
    )]
    Torsion,
    /// The signature does not belong to the key and the text.
    #[error("the signature is wrong")]
    Signature,
}
