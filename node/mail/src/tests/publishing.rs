//! Records: published at their places, kept fresh, and never forgotten half-way.

use std::collections::BTreeSet;

use toxdrop_proto::ids::{Location, UnixSeconds};
use toxdrop_proto::packet::Terms;
use toxdrop_proto::week::{WEEK_LEN, Week};

use crate::config::MailConfig;
use crate::error::{ErrorClass, MailError};
use crate::intent::{MoveOptions, PublishOptions};
use crate::publish::Published;
use crate::tests::people::{DAY, EPOCH, Person, World, deaf};

/// Settings with which nothing waits for a random moment.
pub(super) fn prompt() -> MailConfig {
    MailConfig {
        publish_spread_seconds: 0,
        ..MailConfig::default()
    }
}

fn record_packets(world: &World) -> usize {
    let state = world.network.lock();
    let packets = state.nodes.iter().flat_map(|node| node.packets.values());
    packets
        .filter(|packet| packet.record_head().is_some())
        .count()
}

/// How many nodes hold a record at this location.
pub(super) fn records_at(world: &World, location: Location) -> usize {
    let state = world.network.lock();
    let packets = state.nodes.iter().flat_map(|node| node.packets.values());
    let here = packets.filter(|packet| packet.location() == location);
    here.filter(|packet| packet.record_head().is_some()).count()
}

/// How many hold one at somebody's front door.
pub(super) fn here(person: &Person, world: &World) -> usize {
    let inbox = person.mail.inbox("").unwrap();
    records_at(world, inbox.location(world.time.unix()))
}

/// Publishes at once, with this greatest TTL in days.
pub(super) async fn publish_as(person: &Person, days: u64) -> Result<Published, MailError> {
    let options = PublishOptions {
        max_ttl_seconds: days * DAY,
        at_once: true,
        ..PublishOptions::default()
    };
    person.mail.publish("", options, deaf()).await
}

pub(super) async fn publish(person: &Person, days: u64) {
    let published = publish_as(person, days).await.unwrap();
    assert_eq!(published.points_stored, published.points);
}

#[tokio::test]
async fn a_record_is_stored_at_its_places_and_says_what_was_asked() {
    let world = World::new();
    let bob = world.person("bob");
    let options = PublishOptions {
        nonce_trials_per_byte: 3,
        extra_bytes: 7,
        max_ttl_seconds: 5 * DAY,
        at_once: true,
        ..PublishOptions::default()
    };
    let published = bob.mail.publish("bob", options, deaf()).await.unwrap();
    // The points of this period, which is as old as the week; front door and contacts of the former one, this and the next.
    assert_eq!((published.points_stored, published.points), (10, 10));
    assert_eq!(
        (published.points_confirmed, published.within_seconds),
        (10, 0)
    );
    assert_eq!(record_packets(&world), 10 * 8);
    let bob = world.restart(bob);
    let record = bob.mail.inbox("").unwrap().record.unwrap();
    let asked = record.terms.difficulty();
    assert_eq!((asked.nonce_trials_per_byte, asked.extra_bytes), (4, 8));
    assert_eq!(record.terms.max_ttl(), 4 * DAY);
    assert_eq!(record.week(), Week::at(world.time.unix()));
    // Moving keeps what it asks for.
    let options = MoveOptions {
        at_once: true,
        ..MoveOptions::default()
    };
    let moved = bob.mail.move_inbox("", options, deaf()).await.unwrap();
    assert_eq!((moved.points_stored, moved.points), (13, 13));
    let newer = moved.inbox.record.clone().unwrap();
    assert_eq!(newer.terms, record.terms);
    assert!(newer.supersedes(&record));
    assert_eq!(moved.inbox.former.len(), 1);
    assert!(!moved.inbox.is_at_first_door());
    let options = MoveOptions {
        to_first_door: true,
        ..options
    };
    let back = bob
        .mail
        .move_inbox("", options, deaf())
        .await
        .unwrap()
        .inbox;
    let now = world.time.unix();
    assert_eq!(
        back.location(now),
        bob.mail.inbox("").unwrap().location(now)
    );
    assert!(back.is_at_first_door());
}

#[tokio::test]
async fn figures_out_of_range_are_refused_and_change_nothing() {
    let world = World::new();
    let bob = world.person("bob");
    for options in [
        PublishOptions {
            nonce_trials_per_byte: u64::MAX,
            ..PublishOptions::default()
        },
        PublishOptions {
            extra_bytes: 1 << 30,
            ..PublishOptions::default()
        },
        PublishOptions {
            max_ttl_seconds: DAY - 1,
            ..PublishOptions::default()
        },
    ] {
        let error = bob.mail.publish("", options, deaf()).await.err().unwrap();
        assert_eq!(error.class(), ErrorClass::InvalidArgument);
    }
    let inbox = bob.mail.inbox("").unwrap();
    assert!(inbox.record.is_none());
    assert!(bob.mail.intent(&inbox.key()).unwrap().is_none());
    assert_eq!(record_packets(&world), 0);
}

#[tokio::test]
async fn a_record_that_no_node_took_is_stored_later_also_after_a_restart() {
    let world = World::new();
    let bob = world.person_with("bob", prompt());
    world.network.online(0);
    let published = publish_as(&bob, 28).await.unwrap();
    assert_eq!(published.points_stored, 0);
    let mut bob = world.restart(bob);
    world.network.online(8);
    bob.round().await;
    assert_eq!(record_packets(&world), 10 * 8);
    // Then there is nothing left to do.
    let stores = world.network.lock().stores().len();
    world.time.pass(DAY);
    bob.round().await;
    assert_eq!(world.network.lock().stores().len(), stores);
}

#[tokio::test]
async fn a_new_inbox_is_published_by_itself_and_again_in_every_week() {
    let world = World::new();
    let mut bob = world.person_with("bob", prompt());
    bob.round().await;
    let first = bob.mail.inbox("").unwrap().record.unwrap();
    assert_eq!((first.revision, first.terms), (0, Terms::NONE));
    let options = PublishOptions {
        nonce_trials_per_byte: 3,
        ..PublishOptions::default()
    };
    let asked = bob.mail.publish("", options, deaf()).await.unwrap().inbox;
    world.time.pass(5 * DAY);
    bob.round().await;
    assert_eq!(bob.mail.inbox("").unwrap().record, asked.record);
    world.time.pass(DAY);
    bob.round().await;
    let record = bob.mail.inbox("").unwrap().record.unwrap();
    assert_eq!(record.week(), Week::at(world.time.unix()));
    assert_eq!((record.revision, record.terms.held_weeks()), (2, 1));
    assert_eq!(record.terms.difficulty().nonce_trials_per_byte, 4);
    assert_eq!(here(&bob, &world), 8);
    // Unless it is switched off.
    let config = MailConfig {
        republish: false,
        ..prompt()
    };
    let mut carol = world.person_with("carol", config);
    carol.round().await;
    assert!(carol.mail.inbox("").unwrap().record.is_none());
    publish(&carol, 28).await;
    world.time.pass(8 * DAY);
    carol.round().await;
    assert_eq!(carol.mail.inbox("").unwrap().record.unwrap().revision, 0);
}

#[tokio::test]
async fn a_record_goes_to_each_place_in_a_moment_of_its_own_and_no_other() {
    let world = World::new();
    let bob = world.person_with("bob", MailConfig::default());
    let published = bob.mail.publish("", PublishOptions::default(), deaf());
    let published = published.await.unwrap();
    assert_eq!((published.points, published.within_seconds), (10, 3_600));
    assert!(
        published.points_stored < 3,
        "two of ten in the first second"
    );
    // It is stamped, and on disk.
    let mut bob = world.restart(bob);
    let mut moments = BTreeSet::new();
    for second in (0..3_600).step_by(10) {
        let before = world.network.lock().stores().len();
        bob.round().await;
        if world.network.lock().stores().len() > before {
            moments.insert(second);
        }
        world.time.pass(10);
    }
    bob.round().await;
    assert_eq!(record_packets(&world), 10 * 8);
    assert_eq!(world.network.lock().stores().len(), 10);
    assert!(moments.len() > 5, "{moments:?}");
}

#[tokio::test]
async fn a_record_is_found_in_the_next_period_too_by_who_looks_for_it_first_then() {
    let world = World::new();
    let carol = world.person("carol");
    // The last week of a period.
    world.time.set(UnixSeconds(EPOCH + 3 * WEEK_LEN));
    let bob = world.person_with("bob", prompt());
    publish(&bob, 28).await;
    let record = bob.mail.inbox("").unwrap().record;
    for weeks in 0..4 {
        let found = carol.mail.find_newest(&bob.address().key).await;
        assert_eq!(found.unwrap(), record, "{weeks} weeks later");
        world.time.pass(WEEK_LEN);
    }
}

#[tokio::test]
async fn a_clock_that_went_back_makes_no_record_that_nobody_takes() {
    let world = World::new();
    let bob = world.person_with("bob", prompt());
    world.time.pass(DAY);
    publish(&bob, 28).await;
    let first = bob.mail.inbox("").unwrap().record.unwrap();
    world.time.set(UnixSeconds(EPOCH));
    publish(&bob, 28).await;
    let second = bob.mail.inbox("").unwrap().record.unwrap();
    assert!(second.supersedes(&first));
}
