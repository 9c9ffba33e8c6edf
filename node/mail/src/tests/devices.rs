//! Several devices with one inbox: what one of them publishes, the others follow, and none undoes it.

use toxdrop_proto::ids::{Location, UnixSeconds};

use crate::config::MailConfig;
use crate::intent::PublishOptions;
use crate::tests::people::{DAY, EPOCH, Person, World, deaf, text};

fn records_at(world: &World, location: Location) -> usize {
    let state = world.network.lock();
    let packets = state.nodes.iter().flat_map(|node| node.packets.values());
    let here = packets.filter(|packet| packet.location() == location);
    here.filter(|packet| packet.record().is_some()).count()
}

fn location(person: &Person) -> Location {
    person.mail.inbox("").unwrap().location()
}

async fn move_away(person: &Person) -> Location {
    let moved = person.mail.move_inbox("", false, deaf()).await.unwrap();
    assert_eq!(moved.points_stored, moved.points);
    moved.inbox.location()
}

async fn publish(person: &Person, days: u64) {
    let options = PublishOptions {
        valid_seconds: days * DAY,
        ..PublishOptions::default()
    };
    let published = person.mail.publish("", options, deaf()).await.unwrap();
    assert_eq!(published.points_stored, published.points);
}

#[tokio::test]
async fn a_move_on_one_device_is_followed_by_the_other_which_still_reads_the_old_place() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let laptop = world.device_of(&bob);
    let first = move_away(&bob).await;
    alice.send(&bob.address(), "to the first place").await;
    let (messages, _) = laptop.fetch().await;
    assert_eq!(
        messages.iter().map(text).collect::<Vec<_>>(),
        ["to the first place"]
    );
    assert_eq!(location(&laptop), first);
    alice.send(&bob.address(), "late").await;
    let second = move_away(&bob).await;
    alice.send(&bob.address(), "to the second place").await;
    let (messages, _) = laptop.fetch().await;
    let mut texts: Vec<_> = messages.iter().map(text).collect();
    texts.sort_unstable();
    assert_eq!(texts, ["late", "to the second place"]);
    assert_eq!(location(&laptop), second);
    let laptop = world.restart(laptop);
    let inbox = laptop.mail.inbox("").unwrap();
    assert_eq!(inbox.location(), second);
    // The default place, the first one and the second one, until nothing can lie at the first any more.
    assert_eq!(inbox.salts(world.time.unix()).len(), 3);
    assert_eq!(inbox.salts(world.time.unix().plus(57 * DAY)).len(), 2);
}

#[tokio::test]
async fn a_move_is_followed_by_a_device_on_which_nobody_fetches() {
    let world = World::new();
    let bob = world.person("bob");
    let mut laptop = world.device_of(&bob);
    laptop.round().await;
    let moved = move_away(&bob).await;
    world.time.pass(DAY);
    laptop.round().await;
    assert_eq!(location(&laptop), moved);
}

#[tokio::test]
async fn publishing_on_a_stale_device_keeps_a_newer_move() {
    let world = World::new();
    let bob = world.person("bob");
    let laptop = world.device_of(&bob);
    let moved = move_away(&bob).await;
    publish(&laptop, 10).await;
    assert_eq!(location(&laptop), moved);
    assert_eq!(records_at(&world, moved), 8);
    // The first device hears of it in its turn.
    bob.fetch().await;
    let record = bob.mail.inbox("").unwrap().record.unwrap();
    assert_eq!(record.expires, world.time.unix().plus(10 * DAY));
}

#[tokio::test]
async fn what_was_asked_for_without_a_network_is_signed_only_after_the_newest_record_was_read() {
    let world = World::new();
    let bob = world.person("bob");
    let laptop = world.device_of(&bob);
    world.network.online(0);
    let options = PublishOptions {
        nonce_trials_per_byte: 3,
        ..PublishOptions::default()
    };
    let published = laptop.mail.publish("", options, deaf()).await.unwrap();
    assert_eq!(published.points_stored, 0);
    world.network.online(8);
    let moved = move_away(&bob).await;
    let mut laptop = world.restart(laptop);
    laptop.round().await;
    let inbox = laptop.mail.inbox("").unwrap();
    assert_eq!(inbox.location(), moved);
    assert_eq!(inbox.record.unwrap().difficulty.nonce_trials_per_byte, 3);
    // A move waits in the same way.
    world.network.online(0);
    laptop.mail.move_inbox("", false, deaf()).await.unwrap();
    world.network.online(8);
    let mut laptop = world.restart(laptop);
    laptop.round().await;
    assert_ne!(location(&laptop), moved);
    assert_eq!(records_at(&world, location(&laptop)), 8);
    assert_eq!(laptop.mail.inbox("").unwrap().former.len(), 2);
}

#[tokio::test]
async fn an_imported_inbox_is_published_again_when_its_time_comes() {
    let world = World::new();
    let bob = world.person("bob");
    let before = world.device_of(&bob);
    publish(&bob, 8).await;
    let after = world.device_of(&bob);
    // Told by its key file, or by the network.
    for mut device in [after, before] {
        device.round().await;
        let first = device.mail.inbox("").unwrap().record.unwrap();
        world.time.pass(7 * DAY);
        device.round().await;
        let second = device.mail.inbox("").unwrap().record.unwrap();
        assert!(second.supersedes(&first));
        assert_eq!(second.expires, world.time.unix().plus(8 * DAY));
    }
}

#[tokio::test]
async fn of_two_devices_one_publishes_again_and_the_other_follows() {
    let world = World::new();
    let mut bob = world.person("bob");
    publish(&bob, 8).await;
    let mut laptop = world.device_of(&bob);
    laptop.round().await;
    world.time.pass(7 * DAY);
    laptop.round().await;
    bob.round().await;
    let record = |device: &Person| device.mail.inbox("").unwrap().record;
    assert_eq!(record(&bob), record(&laptop));
    assert_eq!(
        record(&bob).unwrap().expires,
        world.time.unix().plus(8 * DAY)
    );
}

#[tokio::test]
async fn a_move_that_a_crash_left_in_the_key_file_alone_is_completed_and_senders_hear_of_it() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    publish(&bob, 28).await;
    let inner = &bob.mail.inner;
    let before = inner.db.get::<serde_json::Value>(
        crate::tables::Table::Publications,
        bob.mail.inbox("").unwrap().key().as_bytes(),
    );
    world.network.online(1);
    let moved = bob.mail.move_inbox("", false, deaf()).await.unwrap().inbox;
    // As if it had ended after the key file was written: mail.redb knows the former record, and no node has the new one.
    let mut changes = crate::db::Changes::default();
    let key = moved.key().as_bytes().to_vec();
    let before = before.unwrap().unwrap();
    (changes.put(crate::tables::Table::Publications, key, &before)).unwrap();
    inner.db.commit(changes).unwrap();
    world.network.lock().nodes[0].packets.clear();
    world.network.online(8);
    let mut bob = world.restart(bob);
    bob.round().await;
    assert_eq!(records_at(&world, moved.location()), 8);
    alice.send(&bob.address(), "found").await;
    assert_eq!(world.network.packets_at(moved.location()), 16);
}

#[tokio::test]
async fn a_record_is_stored_until_enough_nodes_have_confirmed_it() {
    let world = World::new();
    let mut bob = world.person("bob");
    world.network.online(2);
    let published = bob
        .mail
        .publish("", PublishOptions::default(), deaf())
        .await
        .unwrap();
    assert_eq!(published.points_stored, 5);
    world.network.online(8);
    bob.round().await;
    world.time.pass(600);
    bob.round().await;
    assert_eq!(records_at(&world, location(&bob)), 8);
}

#[tokio::test]
async fn a_record_refused_as_older_is_said_so_and_the_newer_one_followed() {
    let world = World::new();
    let bob = world.person("bob");
    let laptop = world.device_of(&bob);
    world.time.pass(DAY);
    publish(&bob, 10).await;
    // Its points have lost it; the place of the mail has not.
    let at = location(&bob);
    for node in &mut world.network.lock().nodes {
        node.packets.retain(|(location, _), _| *location == at);
    }
    world.time.set(UnixSeconds(EPOCH));
    let refused = laptop
        .mail
        .publish("", PublishOptions::default(), deaf())
        .await;
    let said = refused.err().unwrap().to_string();
    for words in [
        "a newer record of this inbox was published elsewhere",
        &at.to_string(),
        "`toxdrop inbox show bob`",
    ] {
        assert!(said.contains(words), "{said}");
    }
    let record = |device: &Person| device.mail.inbox("").unwrap().record;
    assert_eq!(record(&laptop), record(&bob));
    // And brought back to where it was lost.
    let mut laptop = world.restart(laptop);
    laptop.round().await;
    let sender = world.person("carol");
    let found = sender.mail.receivers_record(&bob.address().key).await;
    assert_eq!(found.unwrap(), record(&bob));
}

#[tokio::test]
async fn that_another_device_takes_messages_is_said_once_with_the_settings_name() {
    let world = World::new();
    let bob = world.person("bob");
    let laptop = world.device_of(&bob);
    move_away(&bob).await;
    assert!(bob.mail.tell_other_devices("").unwrap().is_empty());
    laptop.fetch().await;
    let laptop = world.restart(laptop);
    let said = laptop.mail.tell_other_devices("bob").unwrap();
    assert_eq!(said.len(), 1);
    for words in ["\"bob\"", "mail.shared_seconds"] {
        assert!(said[0].contains(words), "{}", said[0]);
    }
    assert!(laptop.mail.tell_other_devices("").unwrap().is_empty());
    move_away(&bob).await;
    laptop.fetch().await;
    let laptop = world.restart(laptop);
    assert!(laptop.mail.tell_other_devices("").unwrap().is_empty());
    // Who leaves messages to the others is told nothing.
    let config = MailConfig {
        shared_seconds: 7 * DAY,
        ..MailConfig::default()
    };
    let carol = world.person_with("carol", config);
    let tablet = world.device_of(&carol);
    move_away(&carol).await;
    tablet.fetch().await;
    assert!(tablet.mail.tell_other_devices("").unwrap().is_empty());
}
