//! Our end of the wire: the keys that we speak under, the tokens that we give out, and what is to be sent.
//!
//! Asks and answers nothing by itself.

use std::net::SocketAddr;

use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use toxdrop_proto::keys::{DhtKeyPair, DhtPublicKey, NONCE_LEN};

use crate::peer::Peer;
use crate::sessions::{SessionId, Sessions};
use crate::tokens::TokenMint;
use crate::transmits::Transmits;

/// Keys, tokens, randomness and the way out.
pub(crate) struct Link {
    /// The node's DHT key.
    pub(crate) public: DhtPublicKey,
    pub(crate) rng: ChaCha20Rng,
    pub(crate) sessions: Sessions,
    pub(crate) mint: TokenMint,
    pub(crate) transmits: Transmits,
}

impl Link {
    pub(crate) fn new(keys: DhtKeyPair, seed: [u8; 32]) -> Self {
        let mut rng = ChaCha20Rng::from_seed(seed);
        let mut secret = [0; 16];
        rng.fill_bytes(&mut secret);
        Self {
            public: keys.public,
            rng,
            sessions: Sessions::new(keys),
            mint: TokenMint::new(secret),
            transmits: Transmits::default(),
        }
    }

    /// Ourselves, as a node among others: what we ask of ourselves does not go over the network.
    pub(crate) fn ourselves(&self) -> Peer {
        Peer {
            key: self.public,
            addr: SocketAddr::from(([127, 0, 0, 1], 0)),
        }
    }

    pub(crate) fn nonce(&mut self) -> [u8; NONCE_LEN] {
        let mut nonce = [0; NONCE_LEN];
        self.rng.fill_bytes(&mut nonce);
        nonce
    }

    /// A session of its own, until it is ended.
    pub(crate) fn fresh_session(&mut self) -> SessionId {
        self.sessions.fresh(&mut self.rng)
    }
}
