//! Records: published at their points, kept fresh, and never forgotten half-way.

use toxdrop_proto::ids::{Salt, UnixSeconds};

use crate::config::MailConfig;
use crate::error::ErrorClass;
use crate::intent::PublishOptions;
use crate::tests::people::{DAY, EPOCH, World, deaf};

fn record_packets(world: &World) -> usize {
    let state = world.network.lock();
    let packets = state.nodes.iter().flat_map(|node| node.packets.values());
    packets.filter(|packet| packet.record().is_some()).count()
}

#[tokio::test]
async fn a_record_is_stored_at_its_points_and_says_what_was_asked() {
    let world = World::new();
    let bob = world.person("bob");
    let options = PublishOptions {
        nonce_trials_per_byte: 3,
        extra_bytes: 7,
        max_ttl_seconds: 5 * DAY,
        valid_seconds: 2 * DAY,
    };
    let published = bob.mail.publish("bob", options, deaf()).await.unwrap();
    assert_eq!((published.points_stored, published.points), (5, 5));
    assert_eq!(record_packets(&world), 5 * 8);
    let bob = world.restart(bob);
    let record = bob.mail.inbox("").unwrap().record.unwrap();
    assert_eq!(record.difficulty.nonce_trials_per_byte, 3);
    assert_eq!(
        (record.difficulty.extra_bytes, record.max_ttl),
        (7, 5 * DAY)
    );
    assert_eq!(record.expires, world.time.unix().plus(2 * DAY));
    // Moving keeps what it asks for.
    let moved = bob.mail.move_inbox("", false, deaf()).await.unwrap().inbox;
    let newer = moved.record.clone().unwrap();
    assert_eq!(
        (newer.difficulty, newer.max_ttl),
        (record.difficulty, 5 * DAY)
    );
    assert!(newer.supersedes(&record));
    assert_eq!(moved.former.len(), 1);
    let back = bob.mail.move_inbox("", true, deaf()).await.unwrap().inbox;
    assert_eq!(back.location(), bob.mail.inbox("").unwrap().location());
    assert_eq!(back.salt, Salt::DEFAULT);
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
            max_ttl_seconds: 29 * DAY,
            ..PublishOptions::default()
        },
    ] {
        let error = bob.mail.publish("", options, deaf()).await.err().unwrap();
        assert_eq!(error.class(), ErrorClass::InvalidArgument);
    }
    assert!(bob.mail.inbox("").unwrap().record.is_none());
    assert_eq!(record_packets(&world), 0);
}

#[tokio::test]
async fn a_record_that_no_node_took_is_stored_later_also_after_a_restart() {
    let world = World::new();
    let bob = world.person("bob");
    world.network.online(0);
    let published = bob
        .mail
        .publish("", PublishOptions::default(), deaf())
        .await
        .unwrap();
    assert_eq!(published.points_stored, 0);
    let mut bob = world.restart(bob);
    world.network.online(8);
    bob.round().await;
    assert_eq!(record_packets(&world), 5 * 8);
    // Then there is nothing left to do.
    let stores = world.network.lock().stores.len();
    world.time.pass(DAY);
    bob.round().await;
    assert_eq!(world.network.lock().stores.len(), stores);
}

#[tokio::test]
async fn a_record_is_published_again_before_it_expires() {
    let world = World::new();
    let mut bob = world.person("bob");
    let options = PublishOptions {
        nonce_trials_per_byte: 3,
        valid_seconds: 8 * DAY,
        ..PublishOptions::default()
    };
    let first = bob.mail.publish("", options, deaf()).await.unwrap().inbox;
    world.time.pass(5 * DAY);
    bob.round().await;
    assert_eq!(bob.mail.inbox("").unwrap().record, first.record);
    world.time.pass(DAY);
    bob.round().await;
    let record = bob.mail.inbox("").unwrap().record.unwrap();
    assert!(record.supersedes(&first.record.unwrap()));
    assert_eq!(record.expires, world.time.unix().plus(8 * DAY));
    assert_eq!(record.difficulty.nonce_trials_per_byte, 3);
    // Unless it is switched off.
    let config = MailConfig {
        republish: false,
        ..MailConfig::default()
    };
    let mut carol = world.person_with("carol", config);
    let first = carol.mail.publish("", options, deaf()).await.unwrap().inbox;
    world.time.pass(7 * DAY);
    carol.round().await;
    assert_eq!(carol.mail.inbox("").unwrap().record, first.record);
}

#[tokio::test]
async fn a_clock_that_went_back_makes_no_record_that_nobody_takes() {
    let world = World::new();
    let bob = world.person("bob");
    world.time.pass(DAY);
    let first = bob
        .mail
        .publish("", PublishOptions::default(), deaf())
        .await;
    let first = first.unwrap().inbox.record.unwrap();
    world.time.set(UnixSeconds(EPOCH));
    let second = bob
        .mail
        .publish("", PublishOptions::default(), deaf())
        .await;
    assert!(second.unwrap().inbox.record.unwrap().supersedes(&first));
}
