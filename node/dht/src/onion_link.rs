//! Our end of the onion: the keys shared with who speaks to us through it, and how much goes back through it.
//!
//! All of it apart from what concerns direct traffic, so that neither pushes the other out. Judges no request.

use std::sync::Arc;
use std::time::Duration;

use toxdrop_proto::keys::{DhtPublicKey, KeyError, SharedKey};

use crate::bounded::Bounded;
use crate::limits::Bucket;
use crate::sessions::{SessionId, Sessions};

/// Shared keys that are kept, of askers that showed a good token or solved a puzzle.
const KNOWN: usize = 2_048;
/// Shared keys of strangers that are kept until they come back with their token.
const STRANGERS: usize = 1_024;

/// Shared keys and the budget for what goes back.
pub(crate) struct OnionLink {
    known: Bounded<DhtPublicKey, Arc<SharedKey>>,
    /// Kept apart: strangers push out one another only.
    strangers: Bounded<DhtPublicKey, Arc<SharedKey>>,
    bytes: Bucket,
}

impl OnionLink {
    /// One that lets so many bytes go back per second.
    pub(crate) fn new(bytes_per_second: u32) -> Self {
        Self {
            known: Bounded::new(KNOWN),
            strangers: Bounded::new(STRANGERS),
            bytes: Bucket::new(bytes_per_second, Duration::ZERO),
        }
    }

    /// Whether the key shared with an asker is at hand.
    pub(crate) fn knows(&mut self, peer: &DhtPublicKey) -> bool {
        self.known.get(peer).is_some() || self.strangers.get(peer).is_some()
    }

    /// The key shared with an asker who showed a good token or solved a puzzle.
    pub(crate) fn known(
        &mut self,
        sessions: &Sessions,
        peer: &DhtPublicKey,
    ) -> Result<Arc<SharedKey>, KeyError> {
        if let Some(key) = self.known.get(peer) {
            return Ok(Arc::clone(key));
        }
        let key = match self.strangers.pop(peer) {
            Some(key) => key,
            None => Arc::new(sessions.make(SessionId::NODE, peer)?),
        };
        self.known.put(*peer, Arc::clone(&key));
        Ok(key)
    }

    /// The key shared with a stranger.
    pub(crate) fn stranger(
        &mut self,
        sessions: &Sessions,
        peer: &DhtPublicKey,
    ) -> Result<Arc<SharedKey>, KeyError> {
        for kept in [&mut self.known, &mut self.strangers] {
            if let Some(key) = kept.get(peer) {
                return Ok(Arc::clone(key));
            }
        }
        let key = Arc::new(sessions.make(SessionId::NODE, peer)?);
        self.strangers.put(*peer, Arc::clone(&key));
        Ok(key)
    }

    /// Whether so many bytes may go back now; they are charged then.
    pub(crate) fn may_send(&mut self, mono: Duration, bytes: usize) -> bool {
        self.bytes.take_some(mono, bytes)
    }
}
