//! Who is announced here: keys, each with the onion path that leads to its owner.
//!
//! Proves nothing: whoever is to be added has shown a ping id already.

use std::net::SocketAddr;
use std::time::Duration;

use toxdrop_proto::ids::distance;
use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_proto::tox::ReturnPath;

/// How many are kept (c-toxcore, `ONION_ANNOUNCE_MAX_ENTRIES`).
const MOST: usize = 160;
/// For how long, unless renewed (c-toxcore, `ONION_ANNOUNCE_TIMEOUT`).
const LIFETIME: Duration = Duration::from_secs(300);

/// An announcement.
#[derive(Clone, Copy, Debug)]
pub(super) struct Announcement {
    /// Who is announced.
    pub(super) key: DhtPublicKey,
    /// The key that data for it is to be sealed for.
    pub(super) data_key: DhtPublicKey,
    /// The third relay of the path to it.
    pub(super) exit: SocketAddr,
    /// The way from there.
    pub(super) back: ReturnPath,
    /// When it was made or renewed.
    pub(super) at: Duration,
}

/// All of them.
pub(super) struct Announcements {
    own: DhtPublicKey,
    kept: Vec<Announcement>,
}

impl Announcements {
    /// None yet, at the node of this key.
    pub(super) fn new(own: DhtPublicKey) -> Self {
        Self {
            own,
            kept: Vec::new(),
        }
    }

    /// Adds or renews. When there is no room, one that is closer to us takes the place of the farthest. Returns whether it
    /// is kept.
    pub(super) fn add(&mut self, new: Announcement) -> bool {
        self.forget_old(new.at);
        if let Some(known) = self.kept.iter_mut().find(|known| known.key == new.key) {
            *known = new;
            return true;
        }
        if self.kept.len() < MOST {
            self.kept.push(new);
            return true;
        }
        let own = self.own;
        let far = |key: &DhtPublicKey| distance(key.as_bytes(), own.as_bytes());
        let farthest = self.kept.iter_mut().max_by_key(|known| far(&known.key));
        match farthest {
            Some(farthest) if far(&new.key) < far(&farthest.key) => {
                *farthest = new;
                true
            }
            _ => false,
        }
    }

    /// Who is announced under this key, if anybody still is.
    pub(super) fn get(&self, mono: Duration, key: &DhtPublicKey) -> Option<&Announcement> {
        self.kept
            .iter()
            .find(|known| known.key == *key && is_young(mono, known))
    }

    fn forget_old(&mut self, mono: Duration) {
        self.kept.retain(|known| is_young(mono, known));
    }
}

fn is_young(mono: Duration, known: &Announcement) -> bool {
    mono.saturating_sub(known.at) < LIFETIME
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announcement(first: u8, last: u8, at: u64) -> Announcement {
        let mut key = [0; 32];
        (key[0], key[31]) = (first, last);
        Announcement {
            key: DhtPublicKey::from_bytes(key),
            data_key: DhtPublicKey::from_bytes([9; 32]),
            exit: "192.0.2.1:1".parse().unwrap(),
            back: ReturnPath::from_bytes([0; 177]),
            at: Duration::from_secs(at),
        }
    }

    #[test]
    fn an_announcement_is_kept_for_300_seconds_from_when_it_was_last_made() {
        let mut kept = Announcements::new(DhtPublicKey::from_bytes([0; 32]));
        let key = announcement(1, 1, 0).key;
        let found = |kept: &Announcements, at| kept.get(Duration::from_secs(at), &key).is_some();
        assert!(kept.add(announcement(1, 1, 0)));
        assert!(found(&kept, 299) && !found(&kept, 300));
        assert!(kept.add(announcement(1, 1, 200)));
        assert!(found(&kept, 499) && !found(&kept, 500));
    }

    #[test]
    fn the_closest_160_are_kept_and_old_ones_make_room() {
        let mut kept = Announcements::new(DhtPublicKey::from_bytes([0; 32]));
        for n in 0..160 {
            assert!(kept.add(announcement(0x80, n, 0)));
        }
        assert!(
            !kept.add(announcement(0x80, 200, 1)),
            "it is no closer than any"
        );
        assert!(kept.add(announcement(0x40, 0, 1)));
        let farthest = announcement(0x80, 159, 0).key;
        assert!(kept.get(Duration::from_secs(1), &farthest).is_none());
        assert!(
            kept.add(announcement(0xff, 0, 300)),
            "the first ones are over"
        );
        assert!(kept.kept.len() <= 2);
    }
}
