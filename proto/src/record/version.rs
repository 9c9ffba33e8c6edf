//! The version numbers that holders compare: they grow with each revision, and tell nothing else.
//!
//! ```text
//! start   = first 8 bytes of hash64("toxdrop v2 record start" ‖ K 32 ‖ salt 25), mod 2^60
//! step(j) = 1 + the (j mod 16)-th u32 of hash64("toxdrop v2 record steps" ‖ K 32 ‖ salt 25 ‖ ⌊j / 16⌋ 4)
//! version = start + step(0) + … + step(revision − 1)
//! ```
//!
//! With equal steps, the differences between two publications would join the places of an inbox; without a start of its
//! own for each place, the size of the number would tell the revision, and so join them too.

use crate::domain;
use crate::hash::hash;
use crate::keys::InboxPublicKey;
use crate::place::Place;

/// The greatest revision of a record. An inbox that published a hundred times a day would reach it after 28 years.
pub const MAX_REVISION: u32 = (1 << 20) - 1;

/// Bits of a version number's start; the steps of all revisions together have 52.
const START_BITS: u32 = 60;

/// Steps that one hash gives.
const STEPS_PER_HASH: u32 = 16;

/// The version number of a revision at a place; `None` above [`MAX_REVISION`].
///
/// Only who knows the inbox's key and the place's secret can compute it. Costs a hash for every 16 revisions.
#[must_use]
pub fn version_number(inbox: &InboxPublicKey, place: &Place, revision: u32) -> Option<u64> {
    if revision > MAX_REVISION {
        return None;
    }
    let salt = place.salt();
    let of = [&inbox.as_bytes()[..], salt.as_slice()];
    let start = u64::from_be_bytes(hash(domain::RECORD_START, &of)) >> (u64::BITS - START_BITS);
    let steps: u64 = (0..revision.div_ceil(STEPS_PER_HASH))
        .map(|block| {
            let steps: [u8; 64] = hash(domain::RECORD_STEPS, &[of[0], of[1], &block.to_be_bytes()]);
            let wanted = (revision - block * STEPS_PER_HASH).min(STEPS_PER_HASH);
            steps
                .chunks_exact(4)
                .take(wanted as usize)
                .map(|step| 1 + step.iter().fold(0, |n, byte| n << 8 | u64::from(*byte)))
                .sum::<u64>()
        })
        .sum();
    Some(start + steps)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::keys::InboxSecret;
    use crate::period::Period;
    use crate::place::RecordPoint;

    fn places(seed: u8) -> (InboxPublicKey, Vec<Place>) {
        let inbox = InboxSecret::from_seed(&[seed; 32]).public();
        let places = (700..703).flat_map(|period| {
            RecordPoint::ALL.map(|point| Place::record_point(Period::from_number(period), point))
        });
        (inbox, places.collect())
    }

    fn number(inbox: &InboxPublicKey, place: &Place, revision: u32) -> u64 {
        version_number(inbox, place, revision).unwrap()
    }

    #[test]
    fn no_two_places_have_a_start_or_a_difference_in_common() {
        let (mut starts, mut differences) = (HashSet::new(), HashSet::new());
        for seed in 0..50 {
            let (inbox, places) = places(seed);
            for place in &places {
                let [a, b, c] = [3, 4, 6].map(|revision| number(&inbox, place, revision));
                assert!(starts.insert(a));
                assert!(differences.insert(b - a) && differences.insert(c - b));
            }
        }
    }

    #[test]
    fn the_size_of_a_number_does_not_tell_the_revision() {
        // Of inboxes with few and with many revisions, about as many lie below the middle.
        let below = |revision: u32| {
            let below = (0..50).flat_map(|seed| {
                let (inbox, places) = places(seed);
                places
                    .into_iter()
                    .map(move |place| number(&inbox, &place, revision) < 1 << (START_BITS - 1))
            });
            below.filter(|below| *below).count()
        };
        let (few, many) = (below(1), below(10_000));
        assert!((240..360).contains(&few) && (240..360).contains(&many));
    }

    #[test]
    fn the_greatest_revision_has_a_number_and_the_next_has_none() {
        let (inbox, places) = places(1);
        let last = number(&inbox, &places[0], MAX_REVISION);
        assert!(last < 1 << (START_BITS + 1));
        assert_eq!(version_number(&inbox, &places[0], MAX_REVISION + 1), None);
        assert_eq!(version_number(&inbox, &places[0], u32::MAX), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn numbers_grow_with_the_revision(seed: u8, revision in 0u32..3000) {
            let (inbox, places) = places(seed);
            let step = number(&inbox, &places[0], revision + 1) - number(&inbox, &places[0], revision);
            prop_assert!((1..=1 << 32).contains(&step));
        }
    }
}
