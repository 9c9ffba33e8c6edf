//! Pair keys: the places at which one friend leaves prepaid mail for another.
//!
//! Both friends derive them, and nobody else can. What is stored there stands with the packets.

use ed25519_dalek::hazmat::ExpandedSecretKey;
use sha2::{Digest, Sha512};
use zeroize::Zeroizing;

use super::dht::agree;
use super::error::KeyError;
use super::inbox::{InboxPublicKey, InboxSecret};
use super::place_key::PlaceSigner;
use crate::domain;
use crate::hash::hash;
use crate::period::Period;

/// Who of two friends writes at a pair's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PairRole {
    /// The one whose secret is used; the other reads.
    Writer,
    /// The other; the one whose secret is used reads.
    Reader,
}

impl InboxSecret {
    /// The pair key of one writer, one reader and one period: an Ed25519 key with the seed
    /// hash32(domain ‖ X25519 of both 32 ‖ writer's K 32 ‖ reader's K 32 ‖ period 8).
    ///
    /// Either friend gets the same key, from their own secret and the other's public key.
    ///
    /// # Errors
    /// [`KeyError::LowOrder`] if the shared secret would be zero, which it is for no inbox key.
    pub fn pair(
        &self,
        own_role: PairRole,
        friend: &InboxPublicKey,
        period: Period,
    ) -> Result<PlaceSigner, KeyError> {
        let shared = agree(&self.to_dht(), &friend.to_dht())?;
        let own = self.public();
        let (writer, reader) = match own_role {
            PairRole::Writer => (&own, friend),
            PairRole::Reader => (friend, &own),
        };
        let seed = Zeroizing::new(hash::<32>(
            domain::PAIR,
            &[
                shared.as_slice(),
                writer.as_bytes(),
                reader.as_bytes(),
                &period.number().to_be_bytes(),
            ],
        ));
        let expanded = Zeroizing::new(<[u8; 64]>::from(Sha512::digest(*seed)));
        Ok(PlaceSigner::new(ExpandedSecretKey::from_bytes(&expanded)))
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer, SigningKey};
    use proptest::prelude::*;

    use super::*;
    use crate::ids::NetworkId;
    use crate::signature::{SignedCommand, SignedText};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn both_friends_derive_one_pair_key(a: [u8; 32], b: [u8; 32], number: u64) {
            prop_assume!(a != b);
            let (a, b) = (InboxSecret::from_seed(&a), InboxSecret::from_tox(&b));
            let period = Period::from_number(number);
            let writers = a.pair(PairRole::Writer, &b.public(), period).unwrap();
            let readers = b.pair(PairRole::Reader, &a.public(), period).unwrap();
            prop_assert_eq!(writers.public(), readers.public());
            let text = SignedText::new(NetworkId::MAIN, SignedCommand::List, &[]);
            prop_assert_eq!(writers.sign(&text), readers.sign(&text));
            prop_assert_eq!(readers.public().verify(&text, &writers.sign(&text)), Ok(()));
        }

        #[test]
        fn another_direction_period_or_friend_is_another_key(a: [u8; 32], b: [u8; 32], c: [u8; 32], number in 0..u64::MAX) {
            prop_assume!(a != b && b != c && a != c);
            let [a, b, c] = [a, b, c].map(|seed| InboxSecret::from_seed(&seed));
            let key = |role, friend: &InboxSecret, number| {
                a.pair(role, &friend.public(), Period::from_number(number)).unwrap().public()
            };
            let one = key(PairRole::Writer, &b, number);
            prop_assert_ne!(one, key(PairRole::Reader, &b, number));
            prop_assert_ne!(one, key(PairRole::Writer, &b, number + 1));
            prop_assert_ne!(one, key(PairRole::Writer, &c, number));
        }
    }

    #[test]
    fn a_pair_key_is_the_plain_ed25519_key_of_its_seed() {
        let (a, b) = (
            InboxSecret::from_seed(&[1; 32]),
            InboxSecret::from_seed(&[2; 32]),
        );
        let shared = agree(&a.to_dht(), &b.public().to_dht()).unwrap();
        let seed = hash::<32>(
            domain::PAIR,
            &[
                shared.as_slice(),
                a.public().as_bytes(),
                b.public().as_bytes(),
                &9u64.to_be_bytes(),
            ],
        );
        let plain = SigningKey::from_bytes(&seed);
        let pair = a
            .pair(PairRole::Writer, &b.public(), Period::from_number(9))
            .unwrap();
        let text = SignedText::new(NetworkId::MAIN, SignedCommand::List, &[]);
        assert_eq!(pair.public().as_bytes(), plain.verifying_key().as_bytes());
        assert_eq!(
            pair.sign(&text).as_bytes(),
            &plain.sign(text.as_bytes()).to_bytes()
        );
    }
}
