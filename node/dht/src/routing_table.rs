//! A Kademlia routing table: buckets of k nodes by the length of the prefix that they share with us.
//!
//! Used twice: for all Tox nodes, and for those of them that speak offline messages. Sends nothing.

use std::time::Duration;

use toxdrop_proto::ids::{common_prefix_len, distance};
use toxdrop_proto::keys::DhtPublicKey;

use crate::peer::Peer;

/// Nodes a bucket holds (Kademlia's k; c-toxcore's close list has 8 as well).
pub(crate) const K: usize = 8;

/// A node in the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Contact {
    pub(crate) peer: Peer,
    pub(crate) first_seen: Duration,
    /// When it last proved to be there.
    pub(crate) last_seen: Duration,
    /// When it was last asked whether it is there.
    pub(crate) last_asked: Duration,
    /// Requests in a row that it did not answer.
    pub(crate) failures: u32,
}

/// The table.
pub(crate) struct RoutingTable {
    own: DhtPublicKey,
    /// By length of the common prefix; as many as have been needed, since most of the 256 stay empty for ever.
    buckets: Vec<Vec<Contact>>,
    /// A contact silent for so long gives way to a new one.
    bad_after: Duration,
}

impl RoutingTable {
    pub(crate) fn new(own: DhtPublicKey, bad_after: Duration) -> Self {
        Self {
            own,
            buckets: Vec::new(),
            bad_after,
        }
    }

    fn bucket_of(&self, key: &DhtPublicKey) -> Option<usize> {
        let bucket = common_prefix_len(self.own.as_bytes(), key.as_bytes());
        // 256 is our own key, which has no bucket.
        usize::try_from(bucket).ok().filter(|bucket| *bucket < 256)
    }

    /// Notes that a node proved to be there. Returns whether it is new in the table.
    ///
    /// A full bucket keeps its old nodes unless one has gone silent: who was there long stays long (Kademlia, 2.2).
    pub(crate) fn heard(&mut self, mono: Duration, peer: Peer) -> bool {
        let bad_after = self.bad_after;
        let Some(bucket) = self.bucket_of(&peer.key) else {
            return false;
        };
        if self.buckets.len() <= bucket {
            self.buckets.resize_with(bucket + 1, Vec::new);
        }
        let Some(bucket) = self.buckets.get_mut(bucket) else {
            return false;
        };
        if let Some(contact) = bucket.iter_mut().find(|c| c.peer.key == peer.key) {
            contact.peer.addr = peer.addr;
            contact.last_seen = mono;
            contact.failures = 0;
            return false;
        }
        let contact = Contact {
            peer,
            first_seen: mono,
            last_seen: mono,
            last_asked: mono,
            failures: 0,
        };
        if bucket.len() < K {
            bucket.push(contact);
            return true;
        }
        let worst = bucket
            .iter_mut()
            .filter(|c| c.failures > 0 && mono.saturating_sub(c.last_seen) > bad_after)
            .min_by_key(|c| c.last_seen);
        match worst {
            Some(worst) => {
                *worst = contact;
                true
            }
            None => false,
        }
    }

    /// Whether a node of this key would find room.
    pub(crate) fn has_room(&self, key: &DhtPublicKey) -> bool {
        self.bucket_of(key).is_some_and(|bucket| {
            self.buckets
                .get(bucket)
                .is_none_or(|bucket| bucket.len() < K || bucket.iter().any(|c| c.failures > 0))
        })
    }

    pub(crate) fn get(&self, key: &DhtPublicKey) -> Option<&Contact> {
        let bucket = self.buckets.get(self.bucket_of(key)?)?;
        bucket.iter().find(|c| c.peer.key == *key)
    }

    /// Notes that a node was asked; a failure is assumed until it is heard again.
    pub(crate) fn asked(&mut self, mono: Duration, key: &DhtPublicKey) {
        let bucket = self.bucket_of(key);
        if let Some(contact) = bucket
            .and_then(|bucket| self.buckets.get_mut(bucket))
            .and_then(|bucket| bucket.iter_mut().find(|c| c.peer.key == *key))
        {
            contact.last_asked = mono;
            contact.failures += 1;
        }
    }

    /// Drops nodes that were silent for `after` although they were asked.
    pub(crate) fn drop_silent(&mut self, mono: Duration, after: Duration) {
        for bucket in &mut self.buckets {
            bucket.retain(|c| c.failures == 0 || mono.saturating_sub(c.last_seen) <= after);
        }
    }

    pub(crate) fn remove(&mut self, key: &DhtPublicKey) {
        if let Some(bucket) = self
            .bucket_of(key)
            .and_then(|bucket| self.buckets.get_mut(bucket))
        {
            bucket.retain(|c| c.peer.key != *key);
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Contact> {
        self.buckets.iter().flatten()
    }

    pub(crate) fn len(&self) -> usize {
        self.buckets.iter().map(Vec::len).sum()
    }

    /// The `count` nodes closest to a key, closest first.
    pub(crate) fn closest(&self, target: &[u8; 32], count: usize) -> Vec<Peer> {
        let mut peers: Vec<Peer> = self.iter().map(|c| c.peer).collect();
        peers.sort_by_cached_key(|peer| distance(peer.key.as_bytes(), target));
        peers.truncate(count);
        peers
    }

    /// How many nodes are closer to a key than we are.
    pub(crate) fn closer_than_us(&self, target: &[u8; 32]) -> usize {
        let ours = distance(self.own.as_bytes(), target);
        self.iter()
            .filter(|c| distance(c.peer.key.as_bytes(), target) < ours)
            .count()
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    fn peer(first: u8, last: u8) -> Peer {
        let mut key = [0; 32];
        key[0] = first;
        key[31] = last;
        Peer {
            key: DhtPublicKey::from_bytes(key),
            addr: SocketAddr::from(([192, 0, 2, last], 33445)),
        }
    }

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn a_full_bucket_keeps_its_old_nodes_until_one_falls_silent() {
        let mut table = RoutingTable::new(DhtPublicKey::from_bytes([0; 32]), seconds(122));
        for n in 0..8 {
            assert!(table.heard(seconds(0), peer(0x80, n)));
        }
        assert!(!table.heard(seconds(1), peer(0x80, 99)));
        table.asked(seconds(60), &peer(0x80, 3).key);
        assert!(!table.heard(seconds(100), peer(0x80, 99)));
        assert!(table.heard(seconds(130), peer(0x80, 99)));
        assert!(table.get(&peer(0x80, 3).key).is_none());
        assert_eq!(table.len(), 8);
    }

    #[test]
    fn the_closest_come_first() {
        let mut table = RoutingTable::new(DhtPublicKey::from_bytes([0xff; 32]), seconds(122));
        for n in [9, 1, 5, 3] {
            table.heard(seconds(0), peer(0, n));
        }
        let closest: Vec<u8> = table
            .closest(&[0; 32], 3)
            .iter()
            .map(|p| p.key.as_bytes()[31])
            .collect();
        assert_eq!(closest, [1, 3, 5]);
    }

    #[test]
    fn our_own_key_never_enters() {
        let own = peer(1, 1);
        let mut table = RoutingTable::new(own.key, seconds(122));
        assert!(!table.heard(seconds(0), own));
        assert_eq!(table.len(), 0);
    }
}
