//! Tox profiles as inboxes, made by libtoxcore: each error is one sentence and changes nothing.

use std::path::PathBuf;

use serde::Deserialize;

use crate::error::{ErrorClass, MailError};
use crate::state::Mail;
use crate::tests::people::World;

/// An entry of `profiles.json`.
#[derive(Deserialize)]
struct Profile {
    file: String,
    passphrase: Option<String>,
    tox_id: String,
    name: Option<String>,
}

fn vectors() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../proto/vectors")
}

fn read(file: &str) -> Vec<u8> {
    std::fs::read(vectors().join(file)).unwrap()
}

/// Where the mark of a plain profile's end section stands; what follows is of no meaning.
fn end_of(plain: &[u8]) -> usize {
    let mark = plain.windows(4).rposition(|w| w == [0xff, 0, 0xce, 1]);
    mark.unwrap()
}

/// Whatever is asked, `inboxes` holds one file, and it is as before.
fn refused(mail: &Mail, bytes: &[u8], name: &str, passphrase: Option<&[u8]>) -> MailError {
    let before: Vec<_> = mail.inboxes().iter().map(|i| i.name.clone()).collect();
    let error = mail.import_inbox(bytes, name, passphrase).err().unwrap();
    let after: Vec<_> = mail.inboxes().iter().map(|i| i.name.clone()).collect();
    assert_eq!(before, after);
    error
}

#[test]
fn profiles_of_tox_clients_plain_and_encrypted_become_inboxes() {
    let profiles: Vec<Profile> = serde_json::from_slice(&read("profiles.json")).unwrap();
    assert!(profiles.len() >= 5);
    let world = World::new();
    let bob = world.person("bob");
    for (number, profile) in profiles.iter().enumerate() {
        let name = format!("tox-{number}");
        let passphrase = profile.passphrase.as_deref().map(str::as_bytes);
        let inbox = bob
            .mail
            .import_inbox(&read(&profile.file), &name, passphrase)
            .unwrap();
        assert_eq!(inbox.name, name);
        let id = inbox.tox_id().unwrap();
        assert_eq!(hex::encode_upper(id.to_bytes()), profile.tox_id);
        let shown = inbox.display_name.as_ref().map(ToString::to_string);
        assert_eq!(shown, profile.name);
        // Another device may publish already: nobody knows yet.
        assert!(!inbox.has_published_keys() && inbox.contacts_to_give().is_none());
    }
    let bob = world.restart(bob);
    for profile in &profiles {
        let found = bob.mail.inbox(&profile.tox_id).unwrap();
        let id = found.tox_id().unwrap();
        assert_eq!(hex::encode_upper(id.to_bytes()), profile.tox_id);
        // And again from our own key file.
        let exported = bob.mail.export_inbox(&profile.tox_id, None).unwrap();
        let carol = world.person("carol");
        let again = carol.mail.import_inbox(exported.as_bytes(), "", None);
        let again = again.unwrap();
        assert_eq!((again.key(), again.tox_id()), (found.key(), Some(id)));
        assert_eq!(again.display_name, found.display_name);
    }
}

#[test]
fn each_thing_that_can_be_wrong_with_a_profile_is_said_and_changes_nothing() {
    let world = World::new();
    let bob = world.person("bob");
    let mail = &bob.mail;
    let (plain, encrypted) = (read("profiles/plain.tox"), read("profiles/encrypted.tox"));
    let end = end_of(&plain);
    let horse = Some(&b"correct horse"[..]);
    for (bytes, name, passphrase, words) in [
        (&plain[..], "", None, "give a name"),
        (&plain[..], "bob", None, "choose another name"),
        (&plain[..], "B o b", None, "cannot be used"),
        (&plain[..end], "tox", None, "cut short"),
        (&plain[..6], "tox", None, "cut short"),
        (
            &encrypted[..],
            "tox",
            None,
            "is encrypted; give its passphrase",
        ),
        (
            &encrypted[..],
            "tox",
            Some(&b"wrong"[..]),
            "passphrase is wrong",
        ),
        (&encrypted[..40], "tox", horse, "cut short"),
        (
            &encrypted[..encrypted.len() - 1],
            "tox",
            horse,
            "was changed",
        ),
        (
            b"",
            "tox",
            None,
            "neither a toxdrop key file nor a Tox profile",
        ),
        (
            b"\x89PNG",
            "tox",
            None,
            "neither a toxdrop key file nor a Tox profile",
        ),
        (b"{\"format\": \"toxdrop in", "tox", None, "cut short"),
    ] {
        let error = refused(mail, bytes, name, passphrase);
        let said = error.to_string();
        assert!(said.contains(words), "{said}");
        // One sentence.
        assert!(!said.contains('\n') && !said.contains(". "), "{said}");
        let expected = if name == "bob" {
            ErrorClass::AlreadyExists
        } else {
            ErrorClass::InvalidArgument
        };
        assert_eq!(error.class(), expected, "{said}");
    }
    let taken = mail.import_inbox(&plain, "tox", None).unwrap();
    let error = refused(mail, &plain, "other", None);
    assert!(matches!(error, MailError::KeyHeld(name) if name == taken.name));
}

#[test]
fn no_way_of_cutting_a_profile_short_is_taken_for_a_whole_one() {
    let world = World::new();
    let bob = world.person("bob");
    let plain = read("profiles/friends.tox");
    for length in 0..end_of(&plain) {
        let error = refused(&bob.mail, &plain[..length], "tox", None);
        assert_eq!(error.class(), ErrorClass::InvalidArgument, "{length}");
    }
}
