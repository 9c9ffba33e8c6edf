//! Claims: one task at a time works on a message, or publishes an inbox.
//!
//! Holds no data of either.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// What is being worked on. Clones share it.
pub(crate) struct Claims<K> {
    held: Arc<Mutex<HashMap<K, CancellationToken>>>,
    freed: Arc<Notify>,
}

impl<K> Default for Claims<K> {
    fn default() -> Self {
        Self {
            held: Arc::default(),
            freed: Arc::default(),
        }
    }
}

impl<K> Clone for Claims<K> {
    fn clone(&self) -> Self {
        Self {
            held: Arc::clone(&self.held),
            freed: Arc::clone(&self.freed),
        }
    }
}

impl<K: Copy + Eq + Hash> Claims<K> {
    fn lock(&self) -> MutexGuard<'_, HashMap<K, CancellationToken>> {
        // A panic elsewhere leaves the map whole: it is changed in single steps.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The right to work on `key`; `None` if somebody else has it.
    pub(crate) fn claim(&self, key: K) -> Option<Claim<K>> {
        let mut held = self.lock();
        if held.contains_key(&key) {
            return None;
        }
        let unwanted = CancellationToken::new();
        held.insert(key, unwanted.clone());
        Some(Claim {
            claims: self.clone(),
            key,
            unwanted,
        })
    }

    /// Asks whoever works on `key` to stop, and takes the right over when they have.
    pub(crate) async fn take_over(&self, key: K) -> Claim<K> {
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            // From here on nothing is missed.
            freed.as_mut().enable();
            if let Some(claim) = self.claim(key) {
                return claim;
            }
            if let Some(holder) = self.lock().get(&key) {
                holder.cancel();
            }
            freed.await;
        }
    }
}

/// The right to work on something, until dropped.
pub(crate) struct Claim<K: Copy + Eq + Hash> {
    claims: Claims<K>,
    key: K,
    unwanted: CancellationToken,
}

impl<K: Copy + Eq + Hash> Claim<K> {
    /// Cancelled when somebody else wants to take over. Whoever does not look at it is waited for.
    pub(crate) fn unwanted(&self) -> CancellationToken {
        self.unwanted.clone()
    }
}

impl<K: Copy + Eq + Hash> Drop for Claim<K> {
    fn drop(&mut self) {
        self.claims.lock().remove(&self.key);
        self.claims.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_claim_excludes_others_until_it_is_dropped_or_taken_over() {
        let claims = Claims::default();
        let first = claims.claim(1).unwrap();
        assert!(claims.claim(1).is_none());
        assert!(claims.claim(2).is_some());
        let unwanted = first.unwanted();
        let holder = tokio::spawn(async move {
            unwanted.cancelled().await;
            drop(first);
        });
        let second = claims.take_over(1).await;
        holder.await.unwrap();
        assert!(claims.claim(1).is_none());
        drop(second);
        assert!(claims.claim(1).is_some());
    }
}
