//! Paths through three nodes, as a Tox client builds them.
//!
//! Knows nothing of what goes along them.

use std::net::SocketAddr;

use rand::RngCore;
use rand::rngs::OsRng;
use toxdrop_proto::keys::{DhtKeyPair, DhtPublicKey, SharedKey};
use toxdrop_proto::tox::{OnionHop, OnionPath};

/// A node, ours or c-toxcore's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Relay {
    pub(crate) addr: SocketAddr,
    pub(crate) key: DhtPublicKey,
}

pub(crate) fn nonce() -> [u8; 24] {
    let mut nonce = [0; 24];
    OsRng.fill_bytes(&mut nonce);
    nonce
}

/// A path, with a key made for each node.
pub(crate) fn onion_path(path: [Relay; 3]) -> OnionPath {
    let hops = path.map(|node| {
        let own = DhtKeyPair::generate(&mut OsRng);
        OnionHop {
            addr: node.addr,
            own: own.public,
            shared: SharedKey::new(&own.secret, &node.key).unwrap(),
        }
    });
    OnionPath { hops }
}

/// Wraps a payload for three nodes. The first one's address, and the packet for it.
pub(crate) fn wrap(path: [Relay; 3], to: SocketAddr, payload: &[u8]) -> (SocketAddr, Vec<u8>) {
    let packet = onion_path(path).wrap(&nonce(), to, payload).unwrap();
    (path[0].addr, packet)
}
