//! Key pairs: X25519 for the DHT, Ed25519 for inboxes.
//!
//! Secrets are wiped from memory when dropped and never printed. Randomness comes from the caller.

mod dht;
mod error;
mod inbox;

pub use dht::{BoxError, DhtKeyPair, DhtPublicKey, DhtSecretKey, MAC_LEN, NONCE_LEN, SharedKey};
pub use error::KeyError;
pub use inbox::{InboxPublicKey, InboxSecret, SIGNATURE_LEN, Signature};
