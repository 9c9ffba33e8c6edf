//! Peers that left us without an answer lately: whoever asks them again waits for none of them.
//!
//! They are asked all the same, beside others; an answer clears them. Sends nothing.

use std::time::Duration;

use crate::bounded::Bounded;
use crate::peer::Peer;

/// For how long a silence is remembered.
const REMEMBERED: Duration = Duration::from_secs(300);
/// Peers that are remembered.
const PEERS: usize = 1_024;

/// When a peer was silent last.
pub(crate) struct Silence(Bounded<Peer, Duration>);

impl Default for Silence {
    fn default() -> Self {
        Self(Bounded::new(PEERS))
    }
}

impl Silence {
    /// A peer did not answer, although it was asked twice.
    pub(crate) fn note(&mut self, peer: Peer, mono: Duration) {
        self.0.put(peer, mono);
    }

    /// A peer answered.
    pub(crate) fn heard(&mut self, peer: &Peer) {
        self.0.pop(peer);
    }

    /// Whether nobody should wait for a peer.
    pub(crate) fn is_silent(&mut self, peer: &Peer, mono: Duration) -> bool {
        let last = self.0.get(peer);
        last.is_some_and(|last| mono.saturating_sub(*last) < REMEMBERED)
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use toxdrop_proto::keys::DhtPublicKey;

    use super::*;

    #[test]
    fn a_silence_is_forgotten_by_an_answer_or_by_time() {
        let peer = Peer {
            key: DhtPublicKey::from_bytes([1; 32]),
            addr: SocketAddr::from(([192, 0, 2, 1], 1)),
        };
        let mut silence = Silence::default();
        let at = Duration::from_secs(1_000);
        assert!(!silence.is_silent(&peer, at));
        silence.note(peer, at);
        assert!(silence.is_silent(&peer, at + Duration::from_secs(299)));
        assert!(!silence.is_silent(&peer, at + Duration::from_secs(300)));
        silence.heard(&peer);
        assert!(!silence.is_silent(&peer, at));
    }
}
