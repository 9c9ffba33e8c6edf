//! Tox profiles that libtoxcore made (`vectors/profiles`), and what becomes of damaged ones.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

use std::path::Path;

use proptest::prelude::*;
use serde::Deserialize;
use toxdrop_proto::address::Address;
use toxdrop_proto::tox::{ProfileError, ToxProfile};

#[derive(Deserialize)]
struct Expected {
    file: String,
    passphrase: Option<String>,
    public_key: String,
    secret_key: String,
    tox_id: String,
    name: Option<String>,
}

fn vectors() -> Vec<(Expected, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let text = std::fs::read_to_string(folder.join("profiles.json")).unwrap();
    let expected: Vec<Expected> = serde_json::from_str(&text).unwrap();
    expected
        .into_iter()
        .map(|expected| {
            let bytes = std::fs::read(folder.join(&expected.file)).unwrap();
            (expected, bytes)
        })
        .collect()
}

fn plain() -> Vec<u8> {
    vectors().swap_remove(0).1
}

fn assert_is(profile: &ToxProfile, expected: &Expected) {
    assert_eq!(profile.tox_id().to_string(), expected.tox_id);
    assert_eq!(
        hex::encode(profile.tox_id().public_key),
        expected.public_key
    );
    assert_eq!(
        hex::encode(profile.expose_secret_key()),
        expected.secret_key
    );
    assert_eq!(profile.name(), expected.name.as_deref());
    // The inbox is the one that the Tox ID is an address of.
    let address: Address = expected.tox_id.parse().unwrap();
    assert_eq!(profile.inbox().public(), address.key);
}

#[test]
fn plain_profiles_of_libtoxcore_are_read() {
    let plain: Vec<_> = vectors()
        .into_iter()
        .filter(|(expected, _)| expected.passphrase.is_none())
        .collect();
    assert_eq!(plain.len(), 3);
    for (expected, bytes) in plain {
        assert!(!ToxProfile::is_encrypted(&bytes));
        assert_is(&ToxProfile::parse(&bytes).unwrap(), &expected);
    }
}

#[test]
fn an_encrypted_profile_asks_for_its_passphrase() {
    for (expected, bytes) in vectors() {
        if expected.passphrase.is_some() {
            assert!(ToxProfile::is_encrypted(&bytes));
            assert_eq!(
                ToxProfile::parse(&bytes).map(drop),
                Err(ProfileError::Encrypted)
            );
        }
    }
}

#[cfg(feature = "profile")]
mod encrypted {
    use toxdrop_proto::tox::{ENCRYPTED_OVERHEAD, decrypt_profile, open_profile};

    use super::*;

    #[test]
    fn encrypted_profiles_of_libtoxcore_are_opened_with_their_passphrase_only() {
        for (expected, bytes) in vectors() {
            let passphrase = expected.passphrase.as_deref().map(str::as_bytes);
            assert_is(&open_profile(&bytes, passphrase).unwrap(), &expected);
            let wrong = open_profile(&bytes, Some(b"wrong")).map(drop);
            if passphrase.is_some() {
                assert_eq!(wrong, Err(ProfileError::Passphrase));
                let none = open_profile(&bytes, None).map(drop);
                assert_eq!(none, Err(ProfileError::Encrypted));
            } else {
                assert_eq!(wrong, Ok(()), "a plain profile needs no passphrase");
            }
        }
    }

    #[test]
    fn an_encrypted_profile_that_is_cut_or_changed_does_not_open() {
        let (expected, bytes) = vectors().swap_remove(3);
        let passphrase = expected.passphrase.unwrap();
        let open = |bytes: &[u8]| open_profile(bytes, Some(passphrase.as_bytes())).map(drop);
        for len in [8, 20, 40, 63, ENCRYPTED_OVERHEAD - 1] {
            assert_eq!(open(&bytes[..len]), Err(ProfileError::CutShort(len)));
        }
        assert_eq!(
            open(&bytes[..bytes.len() - 1]),
            Err(ProfileError::Passphrase)
        );
        assert_eq!(
            open(&bytes[..ENCRYPTED_OVERHEAD]),
            Err(ProfileError::Passphrase)
        );
        for at in [8, 40, 64, 100] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(open(&changed), Err(ProfileError::Passphrase));
        }
        let outcome = decrypt_profile(&plain(), b"any").map(drop);
        assert_eq!(outcome, Err(ProfileError::NotAProfile));
    }
}

#[test]
fn what_is_no_profile_is_refused() {
    for bytes in [&b""[..], b"x", b"toxdrop key file", &[0; 200], b"toxEsav"] {
        assert_eq!(
            ToxProfile::parse(bytes).map(drop),
            Err(ProfileError::NotAProfile)
        );
    }
}

#[test]
fn a_profile_cut_anywhere_before_its_end_section_is_refused_as_cut() {
    let bytes = plain();
    // The end section's head; c-toxcore leaves zeros after it.
    let end = bytes
        .windows(8)
        .position(|window| window == [0, 0, 0, 0, 255, 0, 0xce, 1])
        .unwrap();
    for len in 1..end + 8 {
        let outcome = ToxProfile::parse(&bytes[..len]).map(drop);
        let cut = matches!(
            outcome,
            Err(ProfileError::CutShort(_) | ProfileError::BeyondEnd { .. })
        );
        // The first four bytes are zeros, which say nothing yet.
        assert!(cut, "{len}: {outcome:?}");
    }
    assert!(ToxProfile::parse(&bytes[..end + 8]).is_ok());
}

#[test]
fn damage_is_named() {
    let bytes = plain();
    let parse = |at: usize, new: &[u8]| {
        let mut changed = bytes.clone();
        changed[at..at + new.len()].copy_from_slice(new);
        ToxProfile::parse(&changed).map(drop)
    };
    // A length beyond the file, the greatest one, another mark, a section of keys that is none.
    let beyond = |len| {
        Err(ProfileError::BeyondEnd {
            offset: 16,
            len,
            left: bytes.len() - 16,
        })
    };
    assert_eq!(parse(8, &[0, 0, 1, 0]), beyond(65_536));
    assert_eq!(parse(8, &[0xff; 4]), beyond(0xffff_ffff));
    assert_eq!(parse(14, &[0xcf]), Err(ProfileError::NoSection(8)));
    assert_eq!(parse(12, &[9]), Err(ProfileError::Keys));
    // One byte of the public key, one of the secret key.
    assert_eq!(parse(25, &[!bytes[25]]), Err(ProfileError::Inconsistent));
    assert_eq!(parse(70, &[!bytes[70]]), Err(ProfileError::Inconsistent));
    // The nospam is free.
    assert_eq!(parse(16, &[1, 2, 3, 4]), Ok(()));
}

#[test]
fn keys_that_come_twice_are_refused() {
    let bytes = plain();
    let twice = [&bytes[..84], &bytes[8..]].concat();
    assert_eq!(ToxProfile::parse(&twice).map(drop), Err(ProfileError::Keys));
}

#[test]
fn a_profile_is_not_printed_with_its_secret() {
    let (expected, bytes) = vectors().swap_remove(0);
    let text = format!("{:?}", ToxProfile::parse(&bytes).unwrap());
    assert!(!text.to_lowercase().contains(&expected.secret_key[..8]));
}

proptest! {
    #[test]
    fn arbitrary_bytes_panic_nowhere(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = ToxProfile::parse(&bytes);
        let _ = ToxProfile::parse(&[&[0, 0, 0, 0, 0x1f, 0x1b, 0xed, 0x15][..], &bytes].concat());
    }

    #[test]
    fn a_changed_byte_panics_nowhere_and_makes_no_other_key(at in 0usize..180, to: u8) {
        let mut bytes = plain();
        let key = ToxProfile::parse(&bytes).unwrap().inbox().public();
        bytes[at] = to;
        if let Ok(profile) = ToxProfile::parse(&bytes) {
            prop_assert_eq!(profile.inbox().public(), key);
        }
    }
}
