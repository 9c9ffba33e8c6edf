//! Sending: whatever the network does, a message gets where it can, and its state is told honestly.

use tokio::sync::mpsc;
use toxdrop_proto::message::Content;

use crate::config::MailConfig;
use crate::error::{ErrorClass, MailError};
use crate::intent::PublishOptions;
use crate::outbox::{Delivery, Outgoing};
use crate::progress::SendStage;
use crate::received::Received;
use crate::tables::Table;
use crate::tests::people::{DAY, World, deaf, long, quiet, text};

#[tokio::test]
async fn a_message_arrives_and_its_receipt_is_seen() {
    let world = World::new();
    let (mut alice, bob) = (world.person("alice"), world.person("bob"));
    let sent = alice.send(&bob.address(), "hello").await;
    assert_eq!((sent.delivery, sent.replicas), (Delivery::Stored, 8));
    assert!(sent.pow_trials > 0);
    let (messages, report) = bob.fetch().await;
    assert_eq!(text(&messages[0]), "hello");
    assert_eq!(messages[0].from, alice.address().to_string());
    assert_eq!((report.messages, report.deleted), (1, 1));
    assert_eq!(world.network.packets_at(bob.door()), 0);

    // The first look comes after the first pause, not before.
    let stores = world.network.lock().stores().len();
    alice.round().await;
    assert_eq!(world.network.lock().stores().len(), stores);
    world.time.pass(30);
    alice.round().await;
    assert_eq!(alice.only_sent().delivery, Delivery::Received);
    // Once received, it is listed but done with.
    alice.round().await;
    world.time.pass(DAY);
    let stores = world.network.lock().stores().len();
    alice.round().await;
    assert_eq!(world.network.lock().stores().len(), stores);
    assert_eq!(alice.only_sent().delivery, Delivery::Received);
}

#[tokio::test]
async fn stages_are_told_in_order() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let (progress, mut told) = mpsc::channel(1_000);
    let request = alice.request(&bob.address(), long(3_000));
    alice.mail.send(request, progress).await.unwrap();
    let mut stages = Vec::new();
    while let Some(event) = told.recv().await {
        if event.stage != SendStage::LookingUp {
            assert_eq!((event.parts, event.quorum), (4, 5));
            assert!(event.message_id.is_some());
        }
        if stages.last() != Some(&event.stage) {
            stages.push(event.stage);
        }
    }
    stages.retain(|stage| *stage != SendStage::Stamping);
    use SendStage::{LookingUp, Sealed, Storing};
    assert_eq!(stages, [LookingUp, Sealed, Storing]);
}

#[tokio::test]
async fn a_restart_between_sealing_and_stamping_sends_the_very_same_packets() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let request = alice.request(&bob.address(), long(2_000));
    let (message, claim) = alice.mail.put_in_outbox(&request).await.unwrap();
    let db = &alice.mail.inner.db;
    let sealed: Vec<_> = (0..3).map(|n| message.packet(db, n).unwrap()).collect();
    drop(claim);

    let mut alice = world.restart(alice);
    assert_eq!(alice.mail.pending(), 1);
    alice.round().await;
    assert_eq!(alice.only_sent().delivery, Delivery::Stored);
    let stores = world.network.lock().stores();
    for packet in sealed {
        // All but nonce and expiry, and the expiry is as it was sealed, too.
        assert!(
            stores
                .iter()
                .any(|s| s.as_bytes()[8..] == packet.as_bytes()[8..])
        );
    }
    assert_eq!(bob.fetch().await.0[0].content, request.content);
}

#[tokio::test]
async fn a_restart_between_stamping_and_storing_sends_the_very_same_bytes() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    world.network.online(0);
    let sent = alice.send(&bob.address(), "later").await;
    assert_eq!(sent.delivery, Delivery::Queued);
    assert!(sent.detail.contains("no node"), "{}", sent.detail);
    let db = &alice.mail.inner.db;
    let message = db.scan::<Outgoing>(Table::Outbox, &[]);
    let message = message.unwrap().remove(0).1;
    let stamped = message.packet(&alice.mail.inner.db, 0).unwrap();

    let mut alice = world.restart(alice);
    world.network.online(8);
    alice.round().await;
    let sent = alice.only_sent();
    assert_eq!(
        (sent.delivery, sent.detail.as_str()),
        (Delivery::Stored, "")
    );
    let stores = world.network.lock().stores();
    assert_eq!(stores.len(), 1);
    assert_eq!(stores[0].as_bytes(), stamped.as_bytes());
}

#[tokio::test]
async fn what_too_few_nodes_hold_is_weak_and_is_brought_to_more() {
    let world = World::new();
    let config = MailConfig {
        quorum: 1,
        ..quiet()
    };
    let (mut alice, bob) = (world.person_with("alice", config), world.person("bob"));
    world.network.online(2);
    let sent = alice.send(&bob.address(), "hello").await;
    // A quorum of one does not make two replicas safe.
    assert_eq!(
        (sent.delivery, sent.replicas, sent.quorum),
        (Delivery::Weak, 2, 3)
    );
    assert!(sent.detail.contains("2 independent"), "{}", sent.detail);
    assert_eq!(alice.mail.pending(), 1);
    // Pauses grow, but not beyond ten minutes.
    let mut attempts = Vec::new();
    for second in (0..3_600).step_by(10) {
        let before = world.network.lock().stores().len();
        alice.round().await;
        if world.network.lock().stores().len() > before {
            attempts.push(second);
        }
        world.time.pass(10);
    }
    let pauses: Vec<_> = attempts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(&pauses[..5], [30, 60, 120, 240, 480]);
    assert!(pauses[5..].iter().all(|pause| *pause == 600), "{pauses:?}");

    world.network.online(8);
    world.time.pass(600);
    alice.round().await;
    assert_eq!(alice.only_sent().delivery, Delivery::Stored);
    assert_eq!(alice.mail.pending(), 0);
}

#[tokio::test]
async fn lost_replicas_are_replaced() {
    let world = World::new();
    let (mut alice, bob) = (world.person("alice"), world.person("bob"));
    alice.send(&bob.address(), "hello").await;
    for node in &mut world.network.lock().nodes[..6] {
        node.packets.clear();
    }
    alice.round().await;
    world.time.pass(30);
    alice.round().await;
    let location = bob.door();
    assert_eq!(world.network.packets_at(location), 8);
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_before_anything_is_done() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let options = PublishOptions {
        max_ttl_seconds: 2 * DAY,
        at_once: true,
        ..PublishOptions::default()
    };
    bob.mail.publish("", options, deaf()).await.unwrap();
    let good = alice.request(&bob.address(), Content::Text("hello".to_owned()));
    for ttl in [1, 3_599, 2 * DAY + 1, 29 * DAY, u64::MAX] {
        let mut request = good.clone();
        request.ttl_seconds = ttl;
        let error = alice.mail.send(request, deaf()).await.unwrap_err();
        assert!(
            matches!(error, MailError::Ttl { max } if max == 2 * DAY),
            "{error}"
        );
    }
    let mut request = good.clone();
    request.from = "carol".to_owned();
    let error = alice.mail.send(request, deaf()).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::NotFound);
    let request = alice.request(&bob.address(), long(1_048_577));
    let error = alice.mail.send(request, deaf()).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::InvalidArgument);
    assert!(alice.mail.sent().unwrap().is_empty());
    // Without a wish, the receiver's greatest TTL bounds the default.
    let mut request = good;
    request.ttl_seconds = 0;
    let sent = alice.mail.send(request, deaf()).await.unwrap();
    assert_eq!(sent.expires, world.time.unix().plus(2 * DAY));
}

#[tokio::test]
async fn a_message_whose_time_is_over_is_expired_and_left_in_peace() {
    let world = World::new();
    let (mut alice, bob) = (world.person("alice"), world.person("bob"));
    world.network.online(0);
    alice.send(&bob.address(), "hello").await;
    world.network.online(8);
    world.time.pass(8 * DAY);
    alice.round().await;
    alice.round().await;
    assert_eq!(alice.only_sent().delivery, Delivery::Expired);
    assert!(world.network.lock().stores().is_empty());
    let alice = world.restart(alice);
    assert_eq!(alice.only_sent().delivery, Delivery::Expired);
    assert_eq!(alice.mail.pending(), 0);
}

#[tokio::test]
async fn a_clock_that_is_weeks_ahead_for_an_hour_ends_no_letter_and_forgets_nothing() {
    let world = World::new();
    let (mut alice, mut bob) = (world.person("alice"), world.person("bob"));
    alice.send(&bob.address(), "read").await;
    assert_eq!(bob.fetch_with(true).await.0.len(), 1);
    world.network.online(0);
    alice.send(&bob.address(), "queued").await;
    let now = world.time.unix();
    world.time.set(now.plus(60 * DAY));
    world.network.lock().clock_offsets = vec![-(60 * DAY as i64); 5];
    for person in [&mut alice, &mut bob] {
        person.round().await;
    }
    world.time.set(now);
    world.network.lock().clock_offsets = vec![0; 5];
    world.network.online(8);
    assert_eq!(alice.mail.pending(), 1);
    world.time.pass(600);
    alice.round().await;
    let texts: Vec<_> = bob.fetch().await.0.iter().map(text_of).collect();
    assert_eq!(texts, ["queued"]);
}

fn text_of(message: &Received) -> String {
    text(message).to_owned()
}
