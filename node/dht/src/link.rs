//! Our end of the wire: the keys that we speak under, the tokens that we give out, and what is to be sent.
//!
//! Asks and answers nothing by itself.

use std::net::SocketAddr;

use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use sha2::{Digest, Sha512};
use toxdrop_proto::keys::{DhtKeyPair, DhtPublicKey, DhtSecretKey, NONCE_LEN};
use toxdrop_proto::wire::{Mint, Token, first_token};

use crate::config::DhtConfig;
use crate::families::Families;
use crate::onion_link::OnionLink;
use crate::own_addresses::OwnAddresses;
use crate::peer::Peer;
use crate::sessions::{SessionId, Sessions};
use crate::transmits::Transmits;

/// Keys, tokens, randomness and the way out.
pub(crate) struct Link {
    /// The node's DHT key.
    pub(crate) public: DhtPublicKey,
    pub(crate) rng: ChaCha20Rng,
    pub(crate) sessions: Sessions,
    pub(crate) mint: Mint,
    /// What who has no token yet puts in its place.
    pub(crate) first_token: Token,
    pub(crate) transmits: Transmits,
    /// For who speaks through the onion.
    pub(crate) onion: OnionLink,
    /// Whether we store for others: what the settings say, as long as others can reach us.
    pub(crate) stores: bool,
    /// Where we are.
    pub(crate) own: OwnAddresses,
    /// What the socket can send to.
    pub(crate) families: Families,
}

impl Link {
    pub(crate) fn new(keys: DhtKeyPair, seed: [u8; 32], config: &DhtConfig) -> Self {
        Self {
            public: keys.public,
            rng: ChaCha20Rng::from_seed(seed),
            mint: Mint::new(token_secret(&keys.secret)),
            first_token: first_token(&keys.public),
            sessions: Sessions::new(keys),
            transmits: Transmits::new(),
            onion: OnionLink::new(config.onion_bytes_per_second),
            stores: false,
            own: OwnAddresses::default(),
            families: Families::ALL,
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

/// The secret of the tokens: from the node's key, so that it is the same after a restart, and what was issued before stays good.
fn token_secret(node: &DhtSecretKey) -> [u8; 16] {
    let hash = Sha512::new()
        .chain_update(b"toxdrop token secret")
        .chain_update(node.expose())
        .finalize();
    let mut secret = [0; 16];
    secret.copy_from_slice(&hash[..16]);
    secret
}
