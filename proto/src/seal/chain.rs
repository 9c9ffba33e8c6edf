//! A hash ratchet: each link gives a week's seal secret and the next link, and nothing gives a former one back.
//!
//! Chooses no time to go forward; that stands in `keyring.rs`.
//!
//! ```text
//! chain(i + 1)   = hash32("toxdrop v2 seal chain"  ‖ chain(i))
//! seal secret(i) = hash32("toxdrop v2 seal secret" ‖ chain(i))
//! ```

use std::fmt;

use rand_core::CryptoRngCore;
use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::Zeroizing;

use super::keys::{SEAL_WEEKS, SealKeys};
use crate::domain;
use crate::hash::hash;
use crate::keys::DhtSecretKey;
use crate::week::Week;

/// How far a chain is followed, in weeks (20 years): a clock that is further ahead is wrong, and must cost nothing.
pub const MAX_WEEKS_AHEAD: u64 = 1_040;

/// A week whose seal secret a chain does not give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SealChainError {
    /// The chain has gone past it, or began after it.
    #[error(
        "the seal key of week {week} is erased, or was never there: the chain stands at week {present}"
    )]
    Past {
        /// The week that was asked for.
        week: Week,
        /// The chain's week.
        present: Week,
    },
    /// Further ahead than any right clock could be.
    #[error(
        "week {week} is more than {MAX_WEEKS_AHEAD} weeks after week {present}, at which the chain of seal keys stands: check the clock; if it is right, begin a new chain (reseal)"
    )]
    TooFarAhead {
        /// The week that was asked for.
        week: Week,
        /// The chain's week.
        present: Week,
    },
}

/// One link of a chain, with its week: all later links follow from it. Wiped from memory when dropped, never printed.
#[derive(Clone)]
pub struct SealChain {
    week: Week,
    link: Zeroizing<[u8; 32]>,
}

impl SealChain {
    /// A fresh chain that begins with `week`.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRngCore, week: Week) -> Self {
        let mut link = Zeroizing::new([0; 32]);
        rng.fill_bytes(link.as_mut());
        Self { week, link }
    }

    /// A chain that was kept in a key file.
    #[must_use]
    pub fn from_parts(week: Week, link: &[u8; 32]) -> Self {
        Self {
            week,
            link: Zeroizing::new(*link),
        }
    }

    /// The oldest week whose secret it still gives.
    #[must_use]
    pub fn week(&self) -> Week {
        self.week
    }

    /// The link of that week, for a key file.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.link
    }

    /// The seal secret of a week: an X25519 secret.
    ///
    /// # Errors
    /// [`SealChainError`] for weeks before the chain's, or too far after it.
    pub fn secret(&self, week: Week) -> Result<DhtSecretKey, SealChainError> {
        self.at(week).map(|chain| chain.present_secret())
    }

    /// The public keys that a record names: those of `first` and the weeks after it.
    ///
    /// # Errors
    /// [`SealChainError`] for weeks before the chain's, or too far after it.
    pub fn public_keys(&self, first: Week) -> Result<SealKeys, SealChainError> {
        self.at(first.plus(SEAL_WEEKS as u64 - 1))?;
        let mut chain = self.at(first)?;
        let keys = [(); SEAL_WEEKS].map(|()| {
            let key = chain.present_secret().public();
            chain.step();
            key
        });
        Ok(SealKeys { first, keys })
    }

    /// Whether these keys are this chain's. Weeks that the chain has gone past are not compared, but one must be left.
    ///
    /// A device for which this is false, of the keys in its inbox's newest record, cannot read what others seal.
    #[must_use]
    pub fn gives(&self, keys: &SealKeys) -> bool {
        let comparable: Vec<_> = keys
            .by_week()
            .filter(|(week, _)| *week >= self.week)
            .collect();
        !comparable.is_empty()
            && comparable.into_iter().all(|(week, key)| {
                self.secret(week)
                    .is_ok_and(|secret| secret.public() == *key)
            })
    }

    /// The chain as it stands at a later week; nothing before that week follows from it.
    ///
    /// # Errors
    /// [`SealChainError`] for weeks before the chain's, or too far after it.
    pub fn at(&self, week: Week) -> Result<Self, SealChainError> {
        let present = self.week;
        if week < present {
            return Err(SealChainError::Past { week, present });
        }
        if week.since(present) > MAX_WEEKS_AHEAD {
            return Err(SealChainError::TooFarAhead { week, present });
        }
        let mut chain = self.clone();
        while chain.week < week {
            chain.step();
        }
        Ok(chain)
    }

    fn present_secret(&self) -> DhtSecretKey {
        DhtSecretKey::from_bytes(hash(domain::SEAL_SECRET, &[self.link.as_slice()]))
    }

    fn step(&mut self) {
        *self.link = hash(domain::SEAL_CHAIN, &[self.link.as_slice()]);
        self.week = self.week.plus(1);
    }
}

impl PartialEq for SealChain {
    /// In constant time, where the weeks are the same.
    fn eq(&self, other: &Self) -> bool {
        self.week == other.week && bool::from(self.link.ct_eq(&*other.link))
    }
}

impl Eq for SealChain {}

impl fmt::Debug for SealChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealChain(at week {})", self.week)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    const FIRST: Week = Week::from_number(2950);

    fn chain() -> SealChain {
        SealChain::from_parts(FIRST, &[7; 32])
    }

    #[test]
    fn a_second_device_with_a_later_link_derives_the_same_later_keys_and_no_former_one() {
        let later = chain().at(FIRST.plus(3)).unwrap();
        let second = SealChain::from_parts(later.week(), later.expose());
        for ahead in 3..20 {
            let week = FIRST.plus(ahead);
            assert_eq!(
                chain().secret(week).unwrap().expose(),
                second.secret(week).unwrap().expose()
            );
        }
        let week = FIRST.plus(2);
        assert_eq!(
            second.secret(week).map(drop),
            Err(SealChainError::Past {
                week,
                present: FIRST.plus(3)
            })
        );
    }

    #[test]
    fn a_chain_is_followed_for_twenty_years_and_no_further() {
        let last = FIRST.plus(MAX_WEEKS_AHEAD);
        assert!(chain().secret(last).is_ok());
        for week in [last.plus(1), Week::from_number(u64::MAX)] {
            let error = Err(SealChainError::TooFarAhead {
                week,
                present: FIRST,
            });
            assert_eq!(chain().secret(week).map(drop), error);
            assert_eq!(chain().at(week).map(drop), error);
        }
        assert!(chain().public_keys(last).is_err());
    }

    #[test]
    fn a_device_knows_whether_the_published_keys_are_its_own() {
        let keys = chain().public_keys(FIRST.plus(2)).unwrap();
        assert!(chain().gives(&keys));
        assert!(chain().at(FIRST.plus(4)).unwrap().gives(&keys));
        assert!(!chain().at(FIRST.plus(7)).unwrap().gives(&keys));
        assert!(!SealChain::from_parts(FIRST, &[8; 32]).gives(&keys));
        let mut one_foreign = keys;
        one_foreign.keys[4] = chain().secret(FIRST).unwrap().public();
        assert!(!chain().gives(&one_foreign));
    }

    #[test]
    fn a_chain_is_not_printed() {
        let text = format!("{:?}", SealChain::from_parts(FIRST, &[0x42; 32]));
        assert_eq!(text, "SealChain(at week 2950)");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn the_way_to_a_week_does_not_matter(link: [u8; 32], a in 0u64..50, b in 0u64..50) {
            let chain = SealChain::from_parts(FIRST, &link);
            let direct = chain.at(FIRST.plus(a + b)).unwrap();
            let stepwise = chain.at(FIRST.plus(a)).unwrap().at(FIRST.plus(a + b)).unwrap();
            prop_assert_eq!(direct, stepwise);
        }

        #[test]
        fn no_secret_or_link_repeats(link: [u8; 32]) {
            let chain = SealChain::from_parts(FIRST, &link);
            let mut seen = HashSet::new();
            for ahead in 0..60 {
                let at = chain.at(FIRST.plus(ahead)).unwrap();
                prop_assert!(seen.insert(*at.expose()));
                prop_assert!(seen.insert(*at.secret(at.week()).unwrap().expose()));
            }
        }
    }
}
