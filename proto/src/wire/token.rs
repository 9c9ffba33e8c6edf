//! The token field: 16 bytes that are judged before any cryptography.
//!
//! Whether a token is good its issuer knows alone (`mint.rs`); what everybody can compute stands here.

use super::limits::TOKEN_LEN;
use crate::domain;
use crate::hash::hash;
use crate::keys::{DhtPublicKey, NONCE_LEN};

/// What stands in the token field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Token([u8; TOKEN_LEN]);

impl Token {
    /// Length in bytes.
    pub const LEN: usize = TOKEN_LEN;

    /// Takes the bytes as they are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; TOKEN_LEN]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; TOKEN_LEN] {
        &self.0
    }
}

/// What stands there before a token is known: hash16(domain ‖ addressee's key 32).
///
/// In the onion a datagram with neither this nor a good token is Tox's own, and costs its addressee no X25519.
#[must_use]
pub fn first_token(addressee: &DhtPublicKey) -> Token {
    Token(hash(domain::FIRST_TOKEN, &[addressee.as_bytes()]))
}

/// What stands there in every response: the first 16 bytes of its request's nonce.
///
/// So a response is matched with one request before any cryptography, and who did not see the request cannot guess it.
#[must_use]
pub(super) fn echo_of(request_nonce: &[u8; NONCE_LEN]) -> Token {
    Token(std::array::from_fn(|i| request_nonce[i]))
}
