//! The keys that we speak under, and the shared keys made with them.
//!
//! The node's own key answers others and joins the DHT. Every client operation speaks under a key made for its
//! location and session, so that a holder cannot join "stores for B" with "fetches as A".

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;
use rand_chacha::ChaCha20Rng;
use toxdrop_proto::ids::Location;
use toxdrop_proto::keys::{DhtKeyPair, DhtPublicKey, KeyError, SharedKey};

/// Names one of our keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct SessionId(u64);

impl SessionId {
    /// The node's own key.
    pub(super) const NODE: Self = Self(0);
}

const fn nonzero(n: usize) -> NonZeroUsize {
    match NonZeroUsize::new(n) {
        Some(n) => n,
        None => NonZeroUsize::MIN,
    }
}

/// Locations whose session key is kept for the next operation there.
const LOCATIONS: NonZeroUsize = nonzero(512);
/// Shared keys that are kept.
const SHARED_KEYS: NonZeroUsize = nonzero(4_096);

/// Our keys.
pub(super) struct Sessions {
    keys: HashMap<SessionId, DhtKeyPair>,
    by_location: LruCache<Location, SessionId>,
    next: u64,
    shared: LruCache<(SessionId, DhtPublicKey), Arc<SharedKey>>,
}

impl Sessions {
    pub(super) fn new(node: DhtKeyPair) -> Self {
        Self {
            keys: HashMap::from([(SessionId::NODE, node)]),
            by_location: LruCache::new(LOCATIONS),
            next: 1,
            shared: LruCache::new(SHARED_KEYS),
        }
    }

    /// The session for operations at a location.
    pub(super) fn for_location(&mut self, location: Location, rng: &mut ChaCha20Rng) -> SessionId {
        if let Some(id) = self.by_location.get(&location) {
            return *id;
        }
        let id = self.fresh(rng);
        if let Some((_, old)) = self.by_location.push(location, id) {
            self.keys.remove(&old);
        }
        id
    }

    /// A session of its own, until [`Sessions::end`].
    pub(super) fn fresh(&mut self, rng: &mut ChaCha20Rng) -> SessionId {
        let id = SessionId(self.next);
        self.next += 1;
        self.keys.insert(id, DhtKeyPair::generate(rng));
        id
    }

    pub(super) fn end(&mut self, id: SessionId) {
        if id != SessionId::NODE {
            self.keys.remove(&id);
        }
    }

    /// The public key of a session; `None` once it has ended.
    pub(super) fn public(&self, id: SessionId) -> Option<DhtPublicKey> {
        self.keys.get(&id).map(|pair| pair.public)
    }

    /// The key shared with a peer, from the cache or made and kept. Only for peers that we chose
    /// ourselves or whose token was good: making one costs an X25519.
    pub(super) fn shared(
        &mut self,
        id: SessionId,
        peer: &DhtPublicKey,
    ) -> Result<Arc<SharedKey>, KeyError> {
        if let Some(key) = self.shared.get(&(id, *peer)) {
            return Ok(Arc::clone(key));
        }
        let key = Arc::new(self.make(id, peer)?);
        self.shared.put((id, *peer), Arc::clone(&key));
        Ok(key)
    }

    /// The key shared with a stranger: made without pushing anybody out of the cache.
    pub(super) fn shared_with_stranger(
        &mut self,
        peer: &DhtPublicKey,
    ) -> Result<Arc<SharedKey>, KeyError> {
        match self.shared.get(&(SessionId::NODE, *peer)) {
            Some(key) => Ok(Arc::clone(key)),
            None => self.make(SessionId::NODE, peer).map(Arc::new),
        }
    }

    fn make(&self, id: SessionId, peer: &DhtPublicKey) -> Result<SharedKey, KeyError> {
        // A session that ended has no key: as unusable as a bad one.
        let pair = self.keys.get(&id).ok_or(KeyError::NotAPoint)?;
        SharedKey::new(&pair.secret, peer)
    }
}
