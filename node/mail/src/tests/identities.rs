//! Inboxes on disk: nobody else reads them, a crash leaves them whole, and damage is named.

use toxdrop_proto::ids::UnixMillis;

use crate::config::MailConfig;
use crate::error::{ErrorClass, MailError};
use crate::identities::Identities;
use crate::intent::MoveOptions;
use crate::tests::people::{EPOCH, World, deaf};

fn open() -> (tempfile::TempDir, Identities) {
    let dir = tempfile::tempdir().unwrap();
    let identities = Identities::open(dir.path()).unwrap();
    (dir, identities)
}

const NOW: UnixMillis = UnixMillis(EPOCH * 1_000);

#[test]
fn inboxes_are_found_by_name_and_address_and_the_first_is_the_default() {
    let (dir, identities) = open();
    assert!(matches!(identities.find(""), Err(MailError::NoInbox)));
    let zoe = identities.create("zoe", NOW).unwrap();
    let amy = identities.create("amy", NOW).unwrap();
    let reopened = Identities::open(dir.path()).unwrap();
    for identities in [identities, reopened] {
        assert_eq!(identities.find("").unwrap().name, "zoe");
        assert_eq!(identities.find("amy").unwrap().key(), amy.key());
        let address = zoe.address().to_string();
        assert_eq!(identities.find(&address).unwrap().name, "zoe");
        assert!(matches!(
            identities.find("bob"),
            Err(MailError::UnknownInbox(_))
        ));
        assert!(matches!(
            identities.create("amy", NOW),
            Err(MailError::NameTaken(_))
        ));
    }
}

#[test]
fn names_that_lead_away_or_are_odd_are_refused() {
    let (dir, identities) = open();
    for name in [
        "",
        ".",
        "..",
        "a/b",
        "../a",
        "A",
        "ä",
        "a b",
        ".hidden",
        "-f",
        &"x".repeat(65),
    ] {
        let refused = identities.create(name, NOW);
        assert!(matches!(refused, Err(MailError::BadName(_))), "{name:?}");
    }
    for name in ["a", "0", "a-b_c.d", &"x".repeat(64), "a.json", "a.new"] {
        identities.create(name, NOW).unwrap();
    }
    assert_eq!(Identities::open(dir.path()).unwrap().all().len(), 6);
}

#[cfg(unix)]
#[test]
fn key_files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let (dir, identities) = open();
    identities.create("bob", NOW).unwrap();
    for (path, mode) in [("inboxes", 0o700), ("inboxes/bob.json", 0o600)] {
        let found = std::fs::metadata(dir.path().join(path)).unwrap();
        assert_eq!(found.permissions().mode() & 0o777, mode, "{path}");
    }
}

#[test]
fn a_damaged_key_file_is_named_and_left_as_it_is() {
    let (dir, identities) = open();
    identities.create("bob", NOW).unwrap();
    let path = dir.path().join("inboxes/bob.json");
    let good = std::fs::read_to_string(&path).unwrap();
    for bad in [
        String::new(),
        good[..good.len() / 2].to_owned(),
        good.replace("bob", "eve"),
        good.replace("\"version\": 2", "\"version\": 1"),
        good.replace("\"version\": 2", "\"version\": 3"),
        good.replace("\"secret\": \"", "\"secret\": \"zz"),
    ] {
        std::fs::write(&path, &bad).unwrap();
        let error = Identities::open(dir.path()).err().unwrap();
        assert!(matches!(error, MailError::KeyFileDamaged { .. }), "{error}");
        assert!(error.to_string().contains("bob.json"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), bad);
    }
    std::fs::write(&path, good).unwrap();
    // What a crash leaves beside is not looked at.
    std::fs::write(dir.path().join("inboxes/bob.new"), "half").unwrap();
    assert_eq!(Identities::open(dir.path()).unwrap().all().len(), 1);
}

#[tokio::test]
async fn an_exported_inbox_is_the_same_elsewhere_with_all_its_places() {
    let world = World::new();
    let bob = world.person("bob");
    let moved = bob.mail.move_inbox("", MoveOptions::default(), deaf());
    let moved = moved.await.unwrap().inbox;
    let plain = bob.mail.export_inbox("bob", None).unwrap();
    let horse = Some(&b"correct horse"[..]);
    let sealed = bob.mail.export_inbox("bob", horse).unwrap();
    let seed = hex::encode(moved.secret.expose());
    assert!(plain.contains(&seed) && !sealed.contains(&seed));

    let carol = world.person("carol");
    for wrong in [None, Some(&b"battery staple"[..])] {
        let error = carol.mail.import_inbox(sealed.as_bytes(), "", wrong);
        let error = error.err().unwrap();
        let said = match error {
            MailError::PassphraseNeeded(_) => wrong.is_none(),
            MailError::Passphrase(_) => wrong.is_some(),
            _ => false,
        };
        assert!(said, "{error}");
        assert_eq!(error.class(), ErrorClass::InvalidArgument);
    }
    let same = carol.mail.import_inbox(sealed.as_bytes(), "", horse);
    let same = same.unwrap();
    let now = world.time.unix();
    assert_eq!(
        (same.key(), same.location(now)),
        (moved.key(), moved.location(now))
    );
    assert_eq!(same.read_places(now), moved.read_places(now));
    assert_eq!(same.record, moved.record);
    assert!(same.seals == moved.seals);
    // What was there before stays the default.
    assert_eq!(carol.mail.inbox("").unwrap().name, "carol");
    let again = carol.mail.import_inbox(plain.as_bytes(), "other", None);
    let again = again.err().unwrap();
    assert!(matches!(again, MailError::KeyHeld(_)), "{again}");
    assert_eq!(again.class(), ErrorClass::AlreadyExists);
}

#[test]
fn the_default_inbox_stays_whatever_key_files_come_and_go() {
    let world = World::new();
    // As earlier programs left it: key files, and no word of a default.
    let bob = world.person("bob");
    let old = bob.mail.export_inbox("bob", None).unwrap();
    let (dir, identities) = open();
    identities.create("work", NOW).unwrap();
    identities.create("home", NOW).unwrap();
    let mail = world.mail(dir.path(), MailConfig::default());
    assert_eq!(mail.inbox("").unwrap().name, "work");
    drop(mail);
    // A key file that is older than all of them.
    let older = old.replace("\"added_unix_ms\"", "\"was_added\"");
    std::fs::write(dir.path().join("inboxes/bob.json"), older).unwrap();
    let mail = world.mail(dir.path(), MailConfig::default());
    assert_eq!(mail.inboxes()[0].name, "bob");
    assert_eq!(mail.inbox("").unwrap().name, "work");
    mail.create_inbox("more").unwrap();
    assert_eq!(mail.inbox("").unwrap().name, "work");
    drop(mail);
    // It is gone: none of the others takes its place by itself.
    std::fs::remove_file(dir.path().join("inboxes/work.json")).unwrap();
    let mail = world.mail(dir.path(), MailConfig::default());
    let error = mail.inbox("").err().unwrap();
    assert!(matches!(error, MailError::NoDefault), "{error}");
    assert_eq!(error.class(), ErrorClass::FailedPrecondition);
    assert_eq!(mail.set_default_inbox("home").unwrap().name, "home");
    drop(mail);
    let mail = world.mail(dir.path(), MailConfig::default());
    assert_eq!(mail.inbox("").unwrap().name, "home");
    drop(mail);
    let config = MailConfig {
        default_inbox: "bob".to_owned(),
        ..MailConfig::default()
    };
    let mail = world.mail(dir.path(), config);
    assert_eq!(mail.inbox("").unwrap().name, "bob");
    let error = mail.set_default_inbox("home").err().unwrap();
    assert!(matches!(error, MailError::DefaultSet(_)), "{error}");
}

#[test]
fn the_setting_names_the_default_inbox() {
    let world = World::new();
    let config = MailConfig {
        default_inbox: "work".to_owned(),
        ..MailConfig::default()
    };
    let bob = world.person_with("bob", config);
    assert!(matches!(
        bob.mail.inbox(""),
        Err(MailError::UnknownInbox(_))
    ));
    bob.mail.create_inbox("work").unwrap();
    assert_eq!(bob.mail.inbox("").unwrap().name, "work");
    assert_eq!(bob.mail.inboxes().len(), 2);
}
