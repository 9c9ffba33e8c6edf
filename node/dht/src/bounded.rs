//! A map that forgets what was longest unused once it is full.
//!
//! Unlike `LruCache::new`, it takes memory for what is in it and not for what it may come to hold: a node keeps
//! half a dozen such maps, most of them nearly empty.

use std::borrow::Borrow;
use std::hash::Hash;

use lru::LruCache;

pub(crate) struct Bounded<K: Hash + Eq, V> {
    map: LruCache<K, V>,
    most: usize,
}

impl<K: Hash + Eq, V> Bounded<K, V> {
    /// An empty map for at most `most` entries.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            map: LruCache::unbounded(),
            most,
        }
    }

    /// An entry, which counts as used now.
    pub(crate) fn get<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.map.get(key)
    }

    /// An entry to be changed, which counts as used now.
    pub(crate) fn get_mut<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.map.get_mut(key)
    }

    /// Adds or replaces an entry. Returns what had to go for it.
    pub(crate) fn put(&mut self, key: K, value: V) -> Option<(K, V)> {
        self.map.put(key, value);
        if self.map.len() > self.most {
            self.map.pop_lru()
        } else {
            None
        }
    }

    /// An entry, made first if it is missing; it counts as used now.
    pub(crate) fn get_or_insert_mut(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        if self.map.len() >= self.most && !self.map.contains(&key) {
            self.map.pop_lru();
        }
        self.map.get_or_insert_mut(key, make)
    }

    /// All entries, none of which counts as used.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&K, &V)> {
        self.map.iter()
    }

    /// Takes an entry out.
    pub(crate) fn pop<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.map.pop(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_longest_unused_goes_first() {
        let mut map = Bounded::new(2);
        assert_eq!(map.put(1, 'a'), None);
        assert_eq!(map.put(2, 'b'), None);
        assert_eq!(map.get(&1), Some(&'a'));
        assert_eq!(map.put(3, 'c'), Some((2, 'b')));
        assert_eq!(*map.get_or_insert_mut(4, || 'd'), 'd');
        assert_eq!(map.get(&1), None);
        assert_eq!(*map.get_or_insert_mut(3, || 'x'), 'c');
        assert_eq!(map.pop(&3), Some('c'));
        assert_eq!(map.get(&3), None);
    }

    #[test]
    fn replacing_an_entry_pushes_nothing_out() {
        let mut map = Bounded::new(1);
        map.put(1, 'a');
        assert_eq!(map.put(1, 'b'), None);
        assert_eq!(map.get(&1), Some(&'b'));
    }
}
