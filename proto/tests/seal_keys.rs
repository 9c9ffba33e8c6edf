//! Seal keys in virtual time: nothing that may still come is undecipherable, nothing that has expired opens again, and a
//! wrong clock changes nothing.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

use std::collections::HashSet;

use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use toxdrop_proto::clock::CLOCK_SKEW;
use toxdrop_proto::ids::UnixSeconds;
use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_proto::seal::{
    Erased, MAX_FORMER, MAX_WEEKS_AHEAD, ResealError, SealChainError, SealKeyring, SealKeys,
};
use toxdrop_proto::week::{WEEK_LEN, Week};

const BEGIN: u64 = 2950 * WEEK_LEN + 12_345;
const DAY: u64 = 86_400;
const AGREEING: [i64; 5] = [0; 5];

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn keyring() -> SealKeyring {
    SealKeyring::begin(&mut rng(1), UnixSeconds(BEGIN))
}

/// The public keys of all secrets that follow from the keyring, for a year and more.
fn known(keyring: &SealKeyring) -> HashSet<DhtPublicKey> {
    (2900..3010)
        .map(Week::from_number)
        .flat_map(|week| keyring.secrets(week..=week))
        .map(|(_, secret)| secret.public())
        .collect()
}

/// A message's seal key, and its last second by the sender's clock.
struct Sealed {
    key: DhtPublicKey,
    not_after: u64,
}

#[test]
fn over_a_year_everything_opens_while_it_lives_and_nothing_after_it_is_due() {
    let mut keyring = keyring();
    let mut record: Option<SealKeys> = None;
    let mut sealed: Vec<Sealed> = Vec::new();
    for day in 0..365 {
        let now = BEGIN + day * DAY;
        // The owner is away for weeks at a time, so that records are late, and expire.
        if day % 50 < 20 {
            record = Some(keyring.public_keys(Week::at(UnixSeconds(now))).unwrap());
            keyring.erase(UnixSeconds(now), &AGREEING).unwrap();
        }
        if day == 180 {
            keyring.reseal(&mut rng(2), UnixSeconds(now)).unwrap();
        }
        // Senders whose clocks are off by as much as is allowed, either way.
        for skew in [-(CLOCK_SKEW as i64), 0, CLOCK_SKEW as i64] {
            let theirs = now.saturating_add_signed(skew);
            let known =
                record.and_then(|keys| keys.for_sender(UnixSeconds(theirs)).map(|(_, key)| *key));
            sealed.extend(known.map(|key| Sealed {
                key,
                not_after: theirs + 28 * DAY,
            }));
        }
        let known = known(&keyring);
        for message in &sealed {
            if now <= message.not_after + CLOCK_SKEW {
                assert!(known.contains(&message.key), "on day {day}");
            }
        }
        if day % 50 < 20 {
            // Erased a whole week and 6 h later at the latest, whatever day of the week it was sealed.
            let due = |message: &Sealed| message.not_after + WEEK_LEN + 3 * CLOCK_SKEW < now;
            for message in sealed.iter().filter(|message| due(message)) {
                assert!(!known.contains(&message.key), "on day {day}");
            }
        }
    }
    assert!(sealed.len() > 500);
}

#[test]
fn a_clock_that_is_years_ahead_erases_nothing() {
    let mut keyring = keyring();
    let before = keyring.clone();
    let years = 5 * 365 * DAY;
    let wrong = UnixSeconds(BEGIN + years);
    assert_eq!(keyring.erase(wrong, &[]), Ok(Erased::ClocksUnknown));
    assert_eq!(keyring.erase(wrong, &[0; 4]), Ok(Erased::ClocksUnknown));
    let honest = -(years as i64);
    assert_eq!(keyring.erase(wrong, &[honest; 5]), Ok(Erased::Nothing));
    // Two liars among five do not help it.
    let offsets = [0, 0, honest, honest, honest];
    assert_eq!(keyring.erase(wrong, &offsets), Ok(Erased::Nothing));
    assert_eq!(keyring, before);
}

#[test]
fn even_if_all_clocks_are_centuries_ahead_nothing_is_erased_and_it_costs_nothing() {
    let mut keyring = keyring();
    let before = keyring.clone();
    for ahead in [MAX_WEEKS_AHEAD * WEEK_LEN + 40 * DAY, u64::MAX - BEGIN] {
        let outcome = keyring.erase(UnixSeconds(BEGIN + ahead), &AGREEING);
        assert!(matches!(outcome, Err(SealChainError::TooFarAhead { .. })));
    }
    assert_eq!(keyring, before);
    let far = Week::from_number(0)..=Week::from_number(u64::MAX);
    assert!(keyring.secrets(far).len() <= 16);
    let nowhere = Week::from_number(u64::MAX)..=Week::from_number(u64::MAX);
    assert!(keyring.secrets(nowhere).is_empty());
    let backwards = Week::from_number(2960)..=Week::from_number(2955);
    assert!(keyring.secrets(backwards).is_empty());
}

#[test]
fn a_clock_that_is_behind_the_others_erases_nothing() {
    let mut keyring = keyring();
    assert_eq!(
        keyring.erase(UnixSeconds(BEGIN), &[100 * DAY as i64; 9]),
        Ok(Erased::Nothing)
    );
}

#[test]
fn a_secret_is_erased_to_the_second() {
    let mut keyring = keyring();
    let week = keyring.present().week();
    let due = week.secret_due();
    let before = UnixSeconds(due.0 - 1);
    assert_eq!(keyring.erase(before, &AGREEING), Ok(Erased::Nothing));
    assert_eq!(keyring.secrets(week..=week).len(), 1);
    assert_eq!(
        keyring.erase(due, &AGREEING),
        Ok(Erased::Before(week.plus(1)))
    );
    assert!(keyring.secrets(week..=week).is_empty());
    assert_eq!(keyring.erase(due, &AGREEING), Ok(Erased::Nothing));
}

#[test]
fn after_a_reseal_the_former_chain_opens_what_was_sealed_and_gives_no_later_key() {
    let mut keyring = keyring();
    let lost = keyring.clone();
    let now = UnixSeconds(BEGIN);
    let old = keyring.public_keys(Week::at(now)).unwrap();
    keyring.reseal(&mut rng(2), now).unwrap();
    let new = keyring.public_keys(Week::at(now)).unwrap();
    for (_, key) in old.by_week() {
        assert!(known(&keyring).contains(key) && known(&lost).contains(key));
    }
    for (_, key) in new.by_week() {
        assert!(known(&keyring).contains(key) && !known(&lost).contains(key));
    }
    assert!(keyring.present().gives(&new) && !keyring.present().gives(&old));
    // Weeks that no record of the former chain can have named are not tried with it.
    let later = Week::at(now).plus(5);
    assert_eq!(keyring.secrets(later..=later).len(), 1);
    // Once all is due, the former chain is gone.
    let end = old.first.plus(4).secret_due();
    keyring.erase(end, &AGREEING).unwrap();
    for (_, key) in old.by_week() {
        assert!(!known(&keyring).contains(key));
    }
    assert_eq!(keyring.encode().len(), 8 + 32 + 1);
}

#[test]
fn reseals_are_bounded() {
    let mut keyring = keyring();
    for _ in 0..MAX_FORMER {
        keyring.reseal(&mut rng(3), UnixSeconds(BEGIN)).unwrap();
    }
    let before = keyring.clone();
    let outcome = keyring.reseal(&mut rng(4), UnixSeconds(BEGIN));
    assert_eq!(outcome, Err(ResealError::TooMany));
    assert_eq!(keyring, before);
}

#[test]
fn a_second_device_that_was_given_the_chain_opens_and_publishes_the_same() {
    let first = keyring();
    let second = SealKeyring::from_chain(first.present().clone());
    let week = Week::at(UnixSeconds(BEGIN + 100 * DAY));
    assert_eq!(first.public_keys(week), second.public_keys(week));
    assert!(second.present().gives(&first.public_keys(week).unwrap()));
}

#[test]
fn a_chain_that_begins_just_after_a_weeks_boundary_serves_the_week_before_too() {
    let boundary = 2951 * WEEK_LEN;
    let keyring = SealKeyring::begin(&mut rng(1), UnixSeconds(boundary + 60));
    assert!(keyring.public_keys(Week::from_number(2950)).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_keyring_is_read_back(seed: u64, now in 0..10_000 * WEEK_LEN, reseals in 0..4usize) {
        let mut keyring = SealKeyring::begin(&mut rng(seed), UnixSeconds(now));
        for n in 0..reseals {
            keyring.reseal(&mut rng(n as u64), UnixSeconds(now)).unwrap();
        }
        let bytes = keyring.encode();
        prop_assert_eq!(SealKeyring::decode(&bytes), Ok(keyring));
        for len in 0..bytes.len() {
            prop_assert!(SealKeyring::decode(&bytes[..len]).is_err());
        }
    }

    #[test]
    fn arbitrary_bytes_are_refused_or_read_back(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(keyring) = SealKeyring::decode(&bytes) {
            prop_assert_eq!(&*keyring.encode(), &bytes);
        }
    }

    #[test]
    fn erasing_at_any_time_with_any_clocks_never_erases_what_is_needed_by_ones_own_clock(
        now in BEGIN..BEGIN + 2000 * DAY,
        offsets in prop::collection::vec(any::<i64>(), 0..12),
    ) {
        let mut keyring = keyring();
        if let Ok(Erased::Before(week)) = keyring.erase(UnixSeconds(now), &offsets) {
            prop_assert!(week <= Week::oldest_needed(UnixSeconds(now)));
            prop_assert_eq!(keyring.present().week(), week);
        }
    }
}
