//! A MAC that holds for its time slot and the next: lets others keep what only we can have made.
//!
//! Keeps nothing for anybody.

use std::time::Duration;

use hmac::{Hmac, Mac};
use rand_chacha::ChaCha20Rng;
use rand_core::RngCore;
use sha2::Sha512;

/// Bytes of the MAC: HMAC-SHA-512, cut.
pub(super) const TIMED_AUTH_LEN: usize = 32;

/// Makes and checks them, under a key that dies with the process.
pub(super) struct TimedAuth {
    keyed: Hmac<Sha512>,
    slot: Duration,
}

impl TimedAuth {
    /// With a fresh key; `slot` is how long a time slot is.
    pub(super) fn new(slot: Duration, rng: &mut ChaCha20Rng) -> Self {
        // As long as a block, so that it is taken as it is.
        let mut key = [0; 128];
        rng.fill_bytes(&mut key);
        Self {
            keyed: Hmac::new(&key.into()),
            slot,
        }
    }

    fn over(&self, slot: u64, fields: &[&[u8]]) -> Hmac<Sha512> {
        let mut mac = self.keyed.clone();
        mac.update(&slot.to_be_bytes());
        for field in fields {
            mac.update(field);
        }
        mac
    }

    fn slot(&self, mono: Duration) -> u64 {
        mono.as_secs() / self.slot.as_secs().max(1)
    }

    /// The MAC of these fields, of which only the last may be of any length.
    pub(super) fn make(&self, mono: Duration, fields: &[&[u8]]) -> [u8; TIMED_AUTH_LEN] {
        let full = self.over(self.slot(mono), fields).finalize().into_bytes();
        std::array::from_fn(|i| full[i])
    }

    /// Whether it was made of just these fields, in this time slot or the one before.
    pub(super) fn holds(&self, mono: Duration, auth: &[u8], fields: &[&[u8]]) -> bool {
        let slot = self.slot(mono);
        auth.len() == TIMED_AUTH_LEN
            && [slot, slot.wrapping_sub(1)].into_iter().any(|slot| {
                let mac = self.over(slot, fields);
                mac.verify_truncated_left(auth).is_ok()
            })
    }
}

#[cfg(test)]
mod tests {
    use rand_core::SeedableRng;

    use super::*;

    #[test]
    fn a_mac_holds_in_its_slot_and_the_next_for_its_fields_only() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let auth = TimedAuth::new(Duration::from_secs(300), &mut rng);
        let at = Duration::from_secs;
        let mac = auth.make(at(310), &[b"key", b"address"]);
        for (when, holds) in [
            (300, true),
            (599, true),
            (600, true),
            (899, true),
            (900, false),
            (10, false),
        ] {
            assert_eq!(
                auth.holds(at(when), &mac, &[b"key", b"address"]),
                holds,
                "{when}"
            );
        }
        assert!(!auth.holds(at(310), &mac, &[b"key", b"addresz"]));
        assert!(!auth.holds(at(310), &mac[..31], &[b"key", b"address"]));
        assert!(!auth.holds(at(310), &[], &[b"key", b"address"]));
        let other = TimedAuth::new(Duration::from_secs(300), &mut rng);
        assert!(!other.holds(at(310), &mac, &[b"key", b"address"]));
    }
}
