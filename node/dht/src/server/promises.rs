//! Packets that we told another node to hand over to us, and what that is worth: the network's floor is enough for them.
//!
//! Keeps no packets.

use std::time::Duration;

use toxdrop_proto::ids::PacketId;
use toxdrop_proto::keys::DhtPublicKey;

use super::desk::Origin;
use crate::bounded::Bounded;
use crate::storage::PutSource;

/// For how long a peer may hand over what we said we want.
const WANTED_FOR: Duration = Duration::from_secs(30);
/// Offered packets that we remember to want.
const REMEMBERED: usize = 8_192;

/// What we said we want.
pub(crate) struct Promises {
    wanted: Bounded<(DhtPublicKey, PacketId), Duration>,
}

impl Promises {
    pub(crate) fn new() -> Self {
        Self {
            wanted: Bounded::new(REMEMBERED),
        }
    }

    /// Whoever offered this packet may hand it over.
    pub(crate) fn promise(&mut self, mono: Duration, origin: &Origin, id: PacketId) {
        if let Some(peer) = origin.peer() {
            self.wanted.put((peer.key, id), mono);
        }
    }

    /// As what a packet, or its new stamp, counts.
    pub(crate) fn source(&mut self, mono: Duration, origin: &Origin, id: &PacketId) -> PutSource {
        let Some(peer) = origin.peer() else {
            return PutSource::Own;
        };
        // Nodes hand over directly.
        if origin.is_onion() {
            return PutSource::Sender;
        }
        match self.wanted.get(&(peer.key, *id)) {
            Some(at) if mono.saturating_sub(*at) < WANTED_FOR => PutSource::HandOver,
            _ => PutSource::Sender,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;
    use toxdrop_proto::keys::{DhtKeyPair, SharedKey};
    use toxdrop_proto::tox::ReturnPath;
    use toxdrop_proto::wire::Token;

    use super::*;
    use crate::peer::Peer;
    use crate::responding::ReplyTo;
    use crate::sessions::SessionId;
    use crate::way_back::WayBack;

    #[test]
    fn what_was_promised_to_a_node_is_not_taken_for_a_hand_over_through_the_onion() {
        let keys = DhtKeyPair::generate(&mut ChaCha20Rng::seed_from_u64(1));
        let by = |way| {
            Origin::Remote(ReplyTo {
                peer: Peer {
                    key: keys.public,
                    addr: "192.0.2.1:33445".parse().unwrap(),
                },
                way,
                session: SessionId::NODE,
                key: Arc::new(SharedKey::new(&keys.secret, &keys.public).unwrap()),
                token: Token::from_bytes([1; 16]),
                echo: Token::from_bytes([2; 16]),
                request_id: 3,
            })
        };
        let direct = by(WayBack::Direct);
        let onion = by(WayBack::Onion(Box::new(ReturnPath::from_bytes([7; 177]))));
        let (mut promises, id) = (Promises::new(), PacketId::from_bytes([4; 32]));
        let mono = Duration::from_secs(1);
        promises.promise(mono, &direct, id);
        assert_eq!(promises.source(mono, &onion, &id), PutSource::Sender);
        assert_eq!(promises.source(mono, &direct, &id), PutSource::HandOver);
    }
}
