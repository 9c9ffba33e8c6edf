//! Seal keys and clocks: who may publish, what is erased, and what a clock that is wrong does not do.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use toxdrop_proto::ids::UnixSeconds;
use toxdrop_proto::week::{WEEK_LEN, Week};

use crate::config::MailConfig;
use crate::error::MailError;
use crate::intent::{MoveOptions, PublishOptions, ResealOptions};
use crate::memory::clock::ManualClock;
use crate::postman::Postman;
use crate::state::Mail;
use crate::tests::people::{DAY, Person, World, deaf, policy, pool, text};
use crate::tests::publishing::{here, prompt, publish, publish_as};

const YEARS: u64 = 5 * 365 * DAY;

fn profile() -> Vec<u8> {
    let path = "../../proto/vectors/profiles/plain.tox";
    std::fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// So many nodes say by how many seconds their clocks are ahead.
fn clocks(world: &World, ahead: i64) {
    world.network.lock().clock_offsets = vec![ahead; 5];
}

/// Somebody who has the inbox by its Tox profile alone.
fn by_profile(world: &World) -> Person {
    let person = world.person_with("other", prompt());
    person.mail.import_inbox(&profile(), "bob", None).unwrap();
    person.mail.set_default_inbox("bob").unwrap();
    person
}

fn secrets(inbox: &crate::identity::Identity) -> Vec<[u8; 32]> {
    let week = inbox.record.as_ref().unwrap().week();
    let secrets = inbox.seal_secrets(week..=week).into_iter();
    secrets.map(|(_, secret)| *secret.expose()).collect()
}

#[tokio::test]
async fn a_device_that_has_the_profile_alone_publishes_only_after_it_takes_over() {
    let world = World::new();
    let mut bob = by_profile(&world);
    bob.round().await;
    assert_eq!(here(&bob, &world), 8);
    let inbox = bob.mail.inbox("").unwrap();
    assert!(inbox.has_published_keys() && inbox.contacts_to_give().is_some());
    let mut laptop = by_profile(&world);
    laptop.round().await;
    let there = laptop.mail.inbox("").unwrap();
    assert_eq!(there.record, inbox.record);
    assert!(!there.has_published_keys() && there.contacts_to_give().is_none());
    let stores = world.network.lock().stores().len();
    let options = MoveOptions::default();
    for refused in [
        publish_as(&laptop, 28).await,
        laptop.mail.move_inbox("", options, deaf()).await,
        (laptop.mail.reseal("", ResealOptions::default(), deaf())).await,
    ] {
        let error = refused.err().unwrap();
        assert!(matches!(error, MailError::OtherKeys(_)), "{error}");
    }
    // Nor by itself, however much time goes by; what was refused is not done later.
    let said = laptop.mail.tell_other_devices("").unwrap();
    let of_keys = said.iter().filter(|said| said.contains("--take-over"));
    assert_eq!(of_keys.count(), 1, "{said:?}");
    assert!(laptop.mail.tell_other_devices("").unwrap().is_empty());
    let mut laptop = world.restart(laptop);
    world.time.pass(DAY);
    laptop.round().await;
    assert_eq!(world.network.lock().stores().len(), stores);

    let options = PublishOptions {
        take_over: true,
        at_once: true,
        ..PublishOptions::default()
    };
    laptop.mail.publish("", options, deaf()).await.unwrap();
    let there = laptop.mail.inbox("").unwrap();
    assert!(there.has_published_keys() && there.contacts_to_give().is_some());
    assert_eq!(there.record.as_ref().unwrap().revision, 1);
    bob.round().await;
    let inbox = bob.mail.inbox("").unwrap();
    assert_eq!(inbox.record, there.record);
    assert!(!inbox.has_published_keys());
    assert!(matches!(
        publish_as(&bob, 28).await,
        Err(MailError::OtherKeys(_))
    ));
    // The whole key file makes the two of them one again.
    let key_file = laptop.mail.export_inbox("", None).unwrap();
    bob.mail.remove_inbox("bob", true).await.unwrap();
    let import = bob.mail.import_inbox(key_file.as_bytes(), "bob", None);
    assert_eq!(secrets(&import.unwrap()), secrets(&there));
    world.time.pass(60);
    bob.round().await;
    assert!(bob.mail.inbox("bob").unwrap().has_published_keys());
}

#[tokio::test]
async fn two_devices_with_one_key_file_have_each_others_seal_keys_for_ever() {
    let world = World::new();
    let mut bob = world.person_with("bob", prompt());
    publish(&bob, 28).await;
    let mut laptop = world.device_of(&bob);
    clocks(&world, 0);
    for week in 0..20 {
        let (first, second) = match week % 2 {
            0 => (&mut bob, &mut laptop),
            _ => (&mut laptop, &mut bob),
        };
        first.round().await;
        second.round().await;
        let [one, other] = [&bob, &laptop].map(|device| device.mail.inbox("").unwrap());
        assert_eq!(one.record, other.record);
        assert!(one.has_published_keys() && other.has_published_keys());
        assert_eq!(secrets(&one), secrets(&other));
        assert_eq!(one.contacts_to_give(), other.contacts_to_give());
        world.time.pass(WEEK_LEN);
    }
}

#[tokio::test]
async fn resealing_shuts_out_who_has_the_former_chain_and_still_opens_what_was_sealed_before() {
    let world = World::new();
    let alice = world.person("alice");
    let bob = world.person_with("bob", prompt());
    publish(&bob, 28).await;
    let mut thief = world.device_of(&bob);
    thief.round().await;
    alice.send(&bob.address(), "before").await;
    let former = secrets(&bob.mail.inbox("").unwrap());
    let options = ResealOptions {
        at_once: true,
        take_over: false,
    };
    let resealed = bob.mail.reseal("", options, deaf()).await.unwrap().inbox;
    assert!(resealed.has_published_keys());
    let now = secrets(&resealed);
    assert_eq!((now.len(), former.len()), (2, 1));
    assert!(now.contains(&former[0]));
    world.time.pass(DAY);
    thief.round().await;
    assert!(!thief.mail.inbox("").unwrap().has_published_keys());
    let (messages, _) = bob.fetch().await;
    assert_eq!(messages.iter().map(text).collect::<Vec<_>>(), ["before"]);
}

/// Every file in a folder, and in those in it.
fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap();
    let of = |path: PathBuf| {
        if path.is_dir() {
            files(&path)
        } else {
            vec![path]
        }
    };
    entries
        .flat_map(|entry| of(entry.unwrap().path()))
        .collect()
}

/// The files in which a secret stands, as bytes or as text.
fn found(dir: &Path, secret: &[u8; 32]) -> Vec<PathBuf> {
    let text = hex::encode(secret);
    let holds = |path: &PathBuf| {
        let bytes = std::fs::read(path).unwrap();
        let stands = |secret: &[u8]| bytes.windows(secret.len()).any(|part| part == secret);
        stands(secret) || stands(text.as_bytes()) || stands(text.to_uppercase().as_bytes())
    };
    files(dir).into_iter().filter(holds).collect()
}

#[tokio::test]
async fn an_erased_link_is_nowhere_on_the_disk() {
    let world = World::new();
    clocks(&world, 0);
    let mut bob = world.person_with("bob", prompt());
    publish(&bob, 28).await;
    let link = *bob.mail.inbox("").unwrap().seals.present().expose();
    let key_file = bob.path().join("inboxes/bob.json");
    assert_eq!(found(bob.path(), &link), std::slice::from_ref(&key_file));
    // The bytes of the former file stay within sight by another name.
    let outside = tempfile::tempdir().unwrap();
    let former = outside.path().join("former");
    std::fs::hard_link(&key_file, &former).unwrap();
    world.time.pass(WEEK_LEN + 28 * DAY + 6 * 3_600 - 1);
    bob.round().await;
    let begun = bob.mail.inbox("").unwrap().seals.present().week();
    world.time.pass(WEEK_LEN);
    bob.round().await;
    let chain = bob.mail.inbox("").unwrap().seals;
    assert!(chain.present().week() > begun);
    assert_eq!(found(bob.path(), &link), Vec::<PathBuf>::new());
    assert!(
        std::fs::read(&former)
            .unwrap()
            .iter()
            .all(|byte| *byte == 0)
    );
    let bob = world.restart(bob);
    assert!(bob.mail.inbox("").unwrap().seals == chain);
    // And no place's secret stands in the mail file, nor does the chain.
    let inbox = bob.mail.inbox("").unwrap();
    assert_eq!(found(bob.path(), chain.present().expose()), [key_file]);
    let mail_file = std::fs::read(bob.path().join("mail.redb")).unwrap();
    for secret in [inbox.contacts.expose(), inbox.front_door.expose()] {
        let text = hex::encode(secret);
        let holds = |part: &[u8]| mail_file.windows(part.len()).any(|window| window == part);
        assert!(secret == &[0; 16] || !holds(secret) && !holds(text.as_bytes()));
    }
}

#[tokio::test]
async fn with_too_few_clocks_nothing_is_erased() {
    let world = World::new();
    let mut bob = world.person_with("bob", prompt());
    publish(&bob, 28).await;
    let before = bob.mail.inbox("").unwrap().seals;
    world.network.lock().clock_offsets = vec![0; 4];
    world.time.pass(10 * WEEK_LEN);
    bob.round().await;
    let inbox = bob.mail.inbox("").unwrap();
    assert!(inbox.seals == before);
    // What is published goes on.
    let week = Week::at(world.time.unix());
    assert_eq!(inbox.record.map(|record| record.week()), Some(week));
}

/// Somebody whose clock is not that of the nodes.
struct Astray {
    mail: Mail,
    postman: Postman,
    clock: Arc<ManualClock>,
    dir: tempfile::TempDir,
}

impl Astray {
    fn new(world: &World, config: MailConfig) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(world.time.unix()));
        let network = Arc::new(world.network.clone());
        let mail = Mail::assemble(
            dir.path(),
            config,
            policy(),
            network,
            pool(),
            Arc::clone(&clock) as _,
        )
        .unwrap();
        mail.create_inbox("bob").unwrap();
        let postman = Postman::new(mail.clone());
        Self {
            mail,
            postman,
            clock,
            dir,
        }
    }

    /// An hour with rounds of the postman.
    async fn hour(&mut self, world: &World) {
        for _ in 0..12 {
            self.clock.pass(300);
            world.time.pass(300);
            self.postman.round().unwrap();
            self.postman.settle().await;
        }
    }

    fn key_file(&self) -> Vec<u8> {
        std::fs::read(self.dir.path().join("inboxes/bob.json")).unwrap()
    }
}

#[tokio::test]
async fn a_clock_that_is_years_ahead_for_an_hour_erases_nothing_and_publishes_nothing() {
    let world = World::new();
    clocks(&world, 0);
    let mut bob = Astray::new(&world, prompt());
    bob.hour(&world).await;
    let before = (bob.key_file(), world.network.lock().stores().len());
    assert!(before.1 > 0);
    bob.clock.set(world.time.unix().plus(YEARS));
    clocks(&world, -i64::try_from(YEARS).unwrap());
    bob.hour(&world).await;
    let options = PublishOptions::default();
    let refused = bob.mail.publish("", options, deaf()).await.err().unwrap();
    assert!(matches!(refused, MailError::Clock(ahead) if ahead < 0));
    assert!(refused.to_string().contains("ahead of"), "{refused}");
    assert_eq!(
        (bob.key_file(), world.network.lock().stores().len()),
        before
    );
    // Behind: the record would be one of a week long gone.
    bob.clock.set(UnixSeconds(world.time.unix().0 - YEARS));
    clocks(&world, YEARS.try_into().unwrap());
    let refused = bob.mail.publish("", options, deaf()).await.err().unwrap();
    assert!(refused.to_string().contains("behind"), "{refused}");
    // The hour is over, and all is as before.
    bob.clock.set(world.time.unix());
    clocks(&world, 0);
    bob.hour(&world).await;
    assert_eq!(
        (bob.key_file(), world.network.lock().stores().len()),
        before
    );
    world.time.pass(WEEK_LEN);
    bob.clock.pass(WEEK_LEN);
    bob.hour(&world).await;
    let record = bob.mail.inbox("").unwrap().record.unwrap();
    assert_eq!(record.week(), Week::at(world.time.unix()));
}

#[tokio::test]
async fn where_few_clocks_are_known_a_record_from_the_future_stops_publishing_until_the_owner_decides()
 {
    let world = World::new();
    let mut bob = Astray::new(&world, prompt());
    bob.clock.set(world.time.unix().plus(9 * DAY));
    bob.hour(&world).await;
    let ahead = bob.mail.inbox("").unwrap().record.unwrap();
    bob.clock.set(world.time.unix());
    bob.hour(&world).await;
    let options = PublishOptions::default();
    let refused = bob.mail.publish("", options, deaf()).await.err().unwrap();
    assert!(matches!(refused, MailError::RecordAhead(_)), "{refused}");
    let options = PublishOptions {
        take_over: true,
        ..options
    };
    bob.mail.publish("", options, deaf()).await.unwrap();
    let record = bob.mail.inbox("").unwrap().record.unwrap();
    assert_eq!(record.revision, ahead.revision + 1);
    assert_eq!(record.week(), Week::at(world.time.unix()));
}
