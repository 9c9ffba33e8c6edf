//! Key pairs: X25519 for the DHT and for boxes, inbox identities, and the Ed25519 keys that sign.
//!
//! Secrets are wiped from memory when dropped and never printed. Randomness comes from the caller.

mod blinded;
mod dht;
mod ephemeral;
mod error;
mod inbox;
mod message_key;
mod pair;
mod place_key;
mod point;
mod secretbox;
mod signature;

pub(crate) use blinded::SALT_LEN;
pub use dht::{BoxError, DhtKeyPair, DhtPublicKey, DhtSecretKey, MAC_LEN, NONCE_LEN, SharedKey};
pub use ephemeral::{EphemeralPublicKey, EphemeralSecret};
pub use error::KeyError;
pub use inbox::{InboxPublicKey, InboxSecret, SecretKind};
pub use pair::PairRole;
pub use place_key::{PlacePublicKey, PlaceSigner};
pub use secretbox::SecretBoxKey;
pub use signature::{SIGNATURE_LEN, Signature};
