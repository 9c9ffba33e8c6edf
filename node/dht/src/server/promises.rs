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
