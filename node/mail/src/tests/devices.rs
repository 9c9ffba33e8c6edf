//! Several devices with one inbox: what one of them publishes, the others follow, and none undoes it.

use toxdrop_proto::ids::Location;

use crate::config::MailConfig;
use crate::intent::{MoveOptions, PublishOptions};
use crate::tables::Table;
use crate::tests::people::{DAY, Person, World, deaf, text};
use crate::tests::publishing::{here, prompt, publish, publish_as, records_at};

fn location(world: &World, person: &Person) -> Location {
    let inbox = person.mail.inbox("").unwrap();
    inbox.location(world.time.unix())
}

async fn move_away(world: &World, person: &Person) -> Location {
    let options = MoveOptions {
        at_once: true,
        ..MoveOptions::default()
    };
    let moved = person.mail.move_inbox("", options, deaf()).await.unwrap();
    assert_eq!(moved.points_stored, moved.points);
    moved.inbox.location(world.time.unix())
}

#[tokio::test]
async fn a_move_on_one_device_is_followed_by_the_other_which_still_reads_the_old_place() {
    let world = World::new();
    let alice = world.person("alice");
    let bob = world.person_with("bob", prompt());
    let laptop = world.device_of(&bob);
    let first = move_away(&world, &bob).await;
    alice.send(&bob.address(), "to the first place").await;
    let (messages, _) = laptop.fetch().await;
    assert_eq!(
        messages.iter().map(text).collect::<Vec<_>>(),
        ["to the first place"]
    );
    assert_eq!(location(&world, &laptop), first);
    alice.send(&bob.address(), "late").await;
    let second = move_away(&world, &bob).await;
    let carol = world.person("carol");
    carol.send(&bob.address(), "to the second place").await;
    let (messages, _) = laptop.fetch().await;
    let mut texts: Vec<_> = messages.iter().map(text).collect();
    texts.sort_unstable();
    assert_eq!(texts, ["late", "to the second place"]);
    assert_eq!(location(&world, &laptop), second);
    let laptop = world.restart(laptop);
    let inbox = laptop.mail.inbox("").unwrap();
    assert_eq!(inbox.location(world.time.unix()), second);
    // In each of two periods: the contacts' place, the first door, the first place moved to and the second one, until nothing
    // can lie at the first any more.
    let read = |later: u64| {
        let now = world.time.unix().plus(later);
        let places = inbox.read_places(now).into_iter();
        let locations: Vec<_> = places.map(|place| place.location(&inbox.key())).collect();
        locations
    };
    assert!(read(0).contains(&first));
    assert_eq!((read(0).len(), read(57 * DAY).len()), (2 * 4, 2 * 3));
}

#[tokio::test]
async fn a_move_is_followed_by_a_device_on_which_nobody_fetches() {
    let world = World::new();
    let bob = world.person_with("bob", prompt());
    let mut laptop = world.device_of(&bob);
    laptop.round().await;
    let moved = move_away(&world, &bob).await;
    world.time.pass(DAY);
    laptop.round().await;
    assert_eq!(location(&world, &laptop), moved);
}

#[tokio::test]
async fn publishing_on_a_stale_device_keeps_a_newer_move() {
    let world = World::new();
    let bob = world.person_with("bob", prompt());
    let laptop = world.device_of(&bob);
    let moved = move_away(&world, &bob).await;
    publish(&laptop, 7).await;
    assert_eq!(location(&world, &laptop), moved);
    assert_eq!(records_at(&world, moved), 8);
    // The first device hears of it in its turn.
    bob.fetch().await;
    let record = bob.mail.inbox("").unwrap().record.unwrap();
    assert_eq!(record.terms.max_ttl(), 7 * DAY);
    assert_eq!(record.revision, 1);
}

#[tokio::test]
async fn what_was_asked_for_without_a_network_is_made_only_after_the_newest_record_was_read() {
    let world = World::new();
    let bob = world.person_with("bob", prompt());
    let laptop = world.device_of(&bob);
    world.network.online(0);
    let options = PublishOptions {
        nonce_trials_per_byte: 3,
        ..PublishOptions::default()
    };
    let published = laptop.mail.publish("", options, deaf()).await.unwrap();
    assert_eq!(published.points_stored, 0);
    assert!(published.waits.is_some() && published.inbox.record.is_none());
    world.network.online(8);
    let moved = move_away(&world, &bob).await;
    let mut laptop = world.restart(laptop);
    laptop.round().await;
    assert_eq!(location(&world, &laptop), moved);
    let record = laptop.mail.inbox("").unwrap().record.unwrap();
    assert_eq!(record.terms.difficulty().nonce_trials_per_byte, 4);
    // A move waits in the same way.
    world.network.online(0);
    let options = MoveOptions::default();
    laptop.mail.move_inbox("", options, deaf()).await.unwrap();
    // What is asked for afterwards does not undo it.
    let options = PublishOptions {
        nonce_trials_per_byte: 9,
        ..PublishOptions::default()
    };
    laptop.mail.publish("", options, deaf()).await.unwrap();
    world.network.online(8);
    let mut laptop = world.restart(laptop);
    laptop.round().await;
    assert_ne!(location(&world, &laptop), moved);
    let record = laptop.mail.inbox("").unwrap().record.unwrap();
    assert_eq!(record.terms.difficulty().nonce_trials_per_byte, 16);
    assert_eq!(records_at(&world, location(&world, &laptop)), 8);
    assert_eq!(laptop.mail.inbox("").unwrap().former.len(), 2);
}

#[tokio::test]
async fn an_imported_inbox_is_published_again_when_its_time_comes() {
    let world = World::new();
    let bob = world.person_with("bob", prompt());
    let before = world.device_of(&bob);
    publish(&bob, 7).await;
    let after = world.device_of(&bob);
    let stores = world.network.lock().stores().len();
    // Told by its key file, or by the network.
    for mut device in [after, before] {
        device.round().await;
        let first = device.mail.inbox("").unwrap().record.unwrap();
        if first.revision == 0 {
            // What is published already is not published once more.
            assert_eq!(world.network.lock().stores().len(), stores);
        }
        world.time.pass(7 * DAY);
        device.round().await;
        let second = device.mail.inbox("").unwrap().record.unwrap();
        assert_eq!(second.revision, first.revision + 1);
        assert_eq!(second.week(), first.week().plus(1));
        assert_eq!(second.terms.max_ttl(), 7 * DAY);
        assert_eq!(here(&device, &world), 8);
    }
}

#[tokio::test]
async fn of_two_devices_one_publishes_again_and_the_other_follows() {
    let world = World::new();
    let mut bob = world.person_with("bob", prompt());
    publish(&bob, 28).await;
    let mut laptop = world.device_of(&bob);
    laptop.round().await;
    world.time.pass(7 * DAY);
    laptop.round().await;
    bob.round().await;
    let record = |device: &Person| device.mail.inbox("").unwrap().record;
    assert_eq!(record(&bob), record(&laptop));
    assert_eq!(record(&bob).unwrap().revision, 1);
}

#[tokio::test]
async fn two_devices_that_made_one_revision_in_the_same_hour_end_up_with_one_record() {
    let world = World::new();
    let mut bob = world.person_with("bob", prompt());
    let laptop = world.device_of(&bob);
    publish(&bob, 14).await;
    // The record points have it no more, so that the laptop does not see it before.
    let inbox = bob.mail.inbox("").unwrap();
    let mail: Vec<_> = (inbox.read_places(world.time.unix()).into_iter())
        .map(|place| place.location(&inbox.key()))
        .collect();
    for node in &mut world.network.lock().nodes {
        node.packets
            .retain(|(location, _), _| mail.contains(location));
    }
    world.time.pass(60);
    publish_as(&laptop, 7).await.unwrap();
    world.time.pass(DAY);
    bob.round().await;
    let record = |device: &Person| device.mail.inbox("").unwrap().record.unwrap();
    assert_eq!(record(&bob), record(&laptop));
    assert_eq!(record(&bob).terms.max_ttl(), 7 * DAY);
    let seen = bob.mail.find_newest(&inbox.key()).await.unwrap();
    assert_eq!(seen, Some(record(&bob)));
}

#[tokio::test]
async fn a_move_that_a_crash_left_in_the_key_file_alone_is_completed_and_senders_hear_of_it() {
    let world = World::new();
    let alice = world.person("alice");
    let bob = world.person_with("bob", prompt());
    publish(&bob, 28).await;
    let inner = &bob.mail.inner;
    let before = inner.db.get::<serde_json::Value>(
        Table::Publications,
        bob.mail.inbox("").unwrap().key().as_bytes(),
    );
    world.network.online(1);
    let moved = bob.mail.move_inbox("", MoveOptions::default(), deaf());
    let moved = moved.await.unwrap().inbox;
    // As if it had ended after the key file was written: mail.redb knows the former record, and no node has the new one.
    let mut changes = crate::db::Changes::default();
    let key = moved.key().as_bytes().to_vec();
    let before = before.unwrap().unwrap();
    (changes.put(Table::Publications, key, &before)).unwrap();
    inner.db.commit(changes).unwrap();
    world.network.lock().nodes[0].packets.clear();
    world.network.online(8);
    let mut bob = world.restart(bob);
    bob.round().await;
    let at = moved.location(world.time.unix());
    assert_eq!(records_at(&world, at), 8);
    alice.send(&bob.address(), "found").await;
    assert_eq!(world.network.packets_at(at), 16);
}

#[tokio::test]
async fn a_record_is_stored_until_enough_nodes_have_confirmed_it() {
    let world = World::new();
    let mut bob = world.person_with("bob", prompt());
    world.network.online(2);
    let published = bob.mail.publish("", PublishOptions::default(), deaf());
    let published = published.await.unwrap();
    assert_eq!(published.points_stored, published.points);
    assert_eq!(published.points_confirmed, 0);
    world.network.online(8);
    bob.round().await;
    assert_eq!(here(&bob, &world), 2);
    world.time.pass(600);
    bob.round().await;
    assert_eq!(here(&bob, &world), 8);
}

#[tokio::test]
async fn a_record_refused_as_older_is_said_so_and_the_newer_one_followed() {
    let world = World::new();
    let bob = world.person_with("bob", prompt());
    let laptop = world.device_of(&bob);
    world.time.pass(DAY);
    publish(&bob, 14).await;
    publish(&bob, 28).await;
    // Its points have lost it; the place of the mail has not.
    let at = location(&world, &bob);
    for node in &mut world.network.lock().nodes {
        node.packets.retain(|(location, _), _| *location == at);
    }
    let refused = publish_as(&laptop, 7).await;
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
    let found = sender.mail.find_newest(&bob.address().key).await;
    assert_eq!(found.unwrap(), record(&bob));
}

#[tokio::test]
async fn that_another_device_takes_messages_is_said_once_with_the_settings_name() {
    let world = World::new();
    let bob = world.person_with("bob", prompt());
    let laptop = world.device_of(&bob);
    move_away(&world, &bob).await;
    assert!(bob.mail.tell_other_devices("").unwrap().is_empty());
    laptop.fetch().await;
    let laptop = world.restart(laptop);
    let said = laptop.mail.tell_other_devices("bob").unwrap();
    assert_eq!(said.len(), 1);
    for words in ["\"bob\"", "mail.shared_seconds"] {
        assert!(said[0].contains(words), "{}", said[0]);
    }
    assert!(laptop.mail.tell_other_devices("").unwrap().is_empty());
    move_away(&world, &bob).await;
    laptop.fetch().await;
    let laptop = world.restart(laptop);
    assert!(laptop.mail.tell_other_devices("").unwrap().is_empty());
    // Who leaves messages to the others is told nothing.
    let config = MailConfig {
        shared_seconds: 7 * DAY,
        ..prompt()
    };
    let carol = world.person_with("carol", config);
    let tablet = world.device_of(&carol);
    move_away(&world, &carol).await;
    tablet.fetch().await;
    assert!(tablet.mail.tell_other_devices("").unwrap().is_empty());
}
