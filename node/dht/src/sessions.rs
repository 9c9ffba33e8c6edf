//! The keys that we speak under, and the shared keys made with them.
//!
//! The node's own key answers others and joins the DHT. Every client operation speaks under a key made for its
//! location and session, so that a holder cannot join "stores for B" with "fetches as A".

use std::collections::HashMap;
use std::sync::Arc;

use rand_chacha::ChaCha20Rng;
use toxdrop_proto::ids::Location;
use toxdrop_proto::keys::{DhtKeyPair, DhtPublicKey, KeyError, SharedKey};

use crate::bounded::Bounded;

/// Names one of our keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SessionId(u64);

impl SessionId {
    /// The node's own key.
    pub(crate) const NODE: Self = Self(0);
}

/// Locations whose session key is kept for the next operation there.
const LOCATIONS: usize = 512;
/// Shared keys that are kept, of peers that we chose or that showed a good token.
const SHARED_KEYS: usize = 4_096;
/// Shared keys of strangers that are kept, so that who gets a token by a Hello does not cost a second X25519, nor each
/// packet along one onion path (c-toxcore keeps as many).
const STRANGERS: usize = 2_048;

/// Our keys.
pub(crate) struct Sessions {
    keys: HashMap<SessionId, DhtKeyPair>,
    by_location: Bounded<Location, SessionId>,
    next: u64,
    shared: Bounded<(SessionId, DhtPublicKey), Arc<SharedKey>>,
    /// Kept apart: strangers push out one another only.
    strangers: Bounded<DhtPublicKey, Arc<SharedKey>>,
}

impl Sessions {
    pub(crate) fn new(node: DhtKeyPair) -> Self {
        Self {
            keys: HashMap::from([(SessionId::NODE, node)]),
            by_location: Bounded::new(LOCATIONS),
            next: 1,
            shared: Bounded::new(SHARED_KEYS),
            strangers: Bounded::new(STRANGERS),
        }
    }

    /// The session for operations at a location.
    pub(crate) fn for_location(&mut self, location: Location, rng: &mut ChaCha20Rng) -> SessionId {
        if let Some(id) = self.by_location.get(&location) {
            return *id;
        }
        let id = self.fresh(rng);
        if let Some((_, old)) = self.by_location.put(location, id) {
            self.keys.remove(&old);
        }
        id
    }

    /// A session of its own, until [`Sessions::end`].
    pub(crate) fn fresh(&mut self, rng: &mut ChaCha20Rng) -> SessionId {
        let id = SessionId(self.next);
        self.next += 1;
        self.keys.insert(id, DhtKeyPair::generate(rng));
        id
    }

    pub(crate) fn end(&mut self, id: SessionId) {
        if id != SessionId::NODE {
            self.keys.remove(&id);
        }
    }

    /// The public key of a session; `None` once it has ended.
    pub(crate) fn public(&self, id: SessionId) -> Option<DhtPublicKey> {
        self.keys.get(&id).map(|pair| pair.public)
    }

    /// The key shared with a peer, from the cache or made and kept. Only for peers that we chose
    /// ourselves or whose token was good: making one costs an X25519.
    pub(crate) fn shared(
        &mut self,
        id: SessionId,
        peer: &DhtPublicKey,
    ) -> Result<Arc<SharedKey>, KeyError> {
        if let Some(key) = self.shared.get(&(id, *peer)) {
            return Ok(Arc::clone(key));
        }
        let known = match id {
            SessionId::NODE => self.strangers.pop(peer),
            _ => None,
        };
        let key = match known {
            Some(key) => key,
            None => Arc::new(self.make(id, peer)?),
        };
        self.shared.put((id, *peer), Arc::clone(&key));
        Ok(key)
    }

    /// The key shared with a stranger: pushes nobody but other strangers out of the cache.
    pub(crate) fn shared_with_stranger(
        &mut self,
        peer: &DhtPublicKey,
    ) -> Result<Arc<SharedKey>, KeyError> {
        if let Some(key) = self.shared.get(&(SessionId::NODE, *peer)) {
            return Ok(Arc::clone(key));
        }
        if let Some(key) = self.strangers.get(peer) {
            return Ok(Arc::clone(key));
        }
        let key = Arc::new(self.make(SessionId::NODE, peer)?);
        self.strangers.put(*peer, Arc::clone(&key));
        Ok(key)
    }

    /// Makes the key shared with a peer, which costs an X25519; it is for the caller to keep.
    pub(crate) fn make(&self, id: SessionId, peer: &DhtPublicKey) -> Result<SharedKey, KeyError> {
        // A session that ended has no key: as unusable as a bad one.
        let pair = self.keys.get(&id).ok_or(KeyError::NotAPoint)?;
        SharedKey::new(&pair.secret, peer)
    }
}

#[cfg(test)]
mod tests {
    use rand_core::SeedableRng;

    use super::*;

    #[test]
    fn a_stranger_who_shows_a_good_token_costs_one_x25519_only() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let mut sessions = Sessions::new(DhtKeyPair::generate(&mut rng));
        let stranger = DhtKeyPair::generate(&mut rng).public;
        let greeted = sessions.shared_with_stranger(&stranger).unwrap();
        let served = sessions.shared(SessionId::NODE, &stranger).unwrap();
        assert!(Arc::ptr_eq(&greeted, &served));
        let again = sessions.shared_with_stranger(&stranger).unwrap();
        assert!(Arc::ptr_eq(&served, &again));
    }

    #[test]
    fn strangers_push_nobody_out_whom_we_know() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let mut sessions = Sessions::new(DhtKeyPair::generate(&mut rng));
        let known = DhtKeyPair::generate(&mut rng).public;
        let key = sessions.shared(SessionId::NODE, &known).unwrap();
        for _ in 0..=STRANGERS {
            let stranger = DhtKeyPair::generate(&mut rng).public;
            sessions.shared_with_stranger(&stranger).unwrap();
        }
        let still = sessions.shared(SessionId::NODE, &known).unwrap();
        assert!(Arc::ptr_eq(&key, &still));
    }
}
