//! The secret of one message, from which its id and the keys of its packets follow.
//!
//! Kept with the outbox entry, as it recalls the message, and erased with it: a kept list of what was sent would open
//! what was sealed.

use std::fmt;

use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use crate::domain;
use crate::hash::hash;
use crate::ids::{Location, MessageId};
use crate::keys::{EphemeralSecret, InboxPublicKey, NONCE_LEN};

/// 32 random bytes, made for one message and never used for another. Wiped from memory when dropped, never printed.
#[derive(Clone)]
pub struct MessageSecret(Zeroizing<[u8; 32]>);

impl MessageSecret {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// A fresh secret.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRngCore) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        rng.fill_bytes(bytes.as_mut());
        Self(bytes)
    }

    /// A secret that was kept.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, for an outbox.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The message's name: hash16(domain ‖ secret 32).
    #[must_use]
    pub fn message_id(&self) -> MessageId {
        MessageId::from_bytes(hash(domain::MESSAGE_ID, &[self.0.as_slice()]))
    }

    /// The secret of the key that a part is sealed with, which can also recall it: the Ed25519 key with the seed
    /// hash32(domain ‖ secret 32 ‖ receiver's K 32 ‖ location 32 ‖ part 2).
    #[must_use]
    pub fn ephemeral(
        &self,
        receiver: &InboxPublicKey,
        location: Location,
        part: u16,
    ) -> EphemeralSecret {
        let seed = Zeroizing::new(hash::<32>(
            domain::EPHEMERAL_SEED,
            &[
                self.0.as_slice(),
                receiver.as_bytes(),
                location.as_bytes(),
                &part.to_be_bytes(),
            ],
        ));
        EphemeralSecret::from_seed(&seed)
    }

    /// The nonce of a part's inner box: hash24(domain ‖ secret 32 ‖ inner plaintext).
    ///
    /// The plaintext is part of it, so that even a secret that is used twice by mistake never meets one nonce with two
    /// texts.
    pub(super) fn inner_nonce(&self, plain: &[u8]) -> [u8; NONCE_LEN] {
        hash(domain::INNER_NONCE, &[self.0.as_slice(), plain])
    }
}

impl fmt::Debug for MessageSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MessageSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::keys::InboxSecret;

    #[test]
    fn every_part_place_and_message_has_a_key_of_its_own() {
        let mut keys = HashSet::new();
        for seed in [1, 2] {
            let receiver = InboxSecret::from_seed(&[seed; 32]).public();
            for secret in [[3; 32], [4; 32]].map(MessageSecret::from_bytes) {
                for location in [[5; 32], [6; 32]].map(Location::from_bytes) {
                    for part in [0, 1, 256, 1291] {
                        keys.insert(secret.ephemeral(&receiver, location, part).public());
                    }
                }
            }
        }
        assert_eq!(keys.len(), 2 * 2 * 2 * 4);
    }

    #[test]
    fn a_secret_that_is_used_twice_by_mistake_meets_no_nonce_twice() {
        let secret = MessageSecret::from_bytes([3; 32]);
        assert_ne!(secret.inner_nonce(b"one"), secret.inner_nonce(b"other"));
        assert_eq!(secret.inner_nonce(b"one"), secret.inner_nonce(b"one"));
    }

    #[test]
    fn a_secret_is_not_printed() {
        let secret = MessageSecret::from_bytes([0x42; 32]);
        assert_eq!(format!("{secret:?}"), "MessageSecret(…)");
        assert_ne!(secret.message_id().as_bytes()[..], secret.expose()[..16]);
    }
}
