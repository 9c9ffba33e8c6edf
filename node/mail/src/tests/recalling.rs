//! Taking messages back, and giving them a longer life.

use tokio::sync::mpsc;
use toxdrop_proto::message::Content;

use crate::error::{ErrorClass, MailError};
use crate::extend::Extending;
use crate::intent::PublishOptions;
use crate::outbox::Delivery;
use crate::progress::SendStage;
use crate::tests::people::{DAY, World, deaf, long};

#[tokio::test]
async fn a_recalled_message_does_not_arrive() {
    let world = World::new();
    let (mut alice, bob) = (world.person("alice"), world.person("bob"));
    let request = alice.request(&bob.address(), long(3_000));
    let sent = alice.mail.send(request, deaf()).await.unwrap();
    let id = sent.message_id.to_string();
    let report = alice.mail.recall(&id[..8]).await.unwrap();
    assert_eq!((report.asked, report.accepted), (8, 8));
    assert_eq!(report.message.delivery, Delivery::Recalled);
    assert_eq!(bob.fetch().await.0, []);
    // The postman does not bring it back, and it cannot be recalled or extended once more.
    let stores = world.network.lock().stores().len();
    world.time.pass(DAY);
    alice.round().await;
    assert_eq!(world.network.lock().stores().len(), stores);
    assert_eq!(alice.only_sent().delivery, Delivery::Recalled);
    assert!(matches!(
        alice.mail.recall(&id).await,
        Err(MailError::Ended)
    ));
}

#[tokio::test]
async fn a_recall_that_nobody_heard_is_sent_again_also_after_a_restart() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let sent = alice.send(&bob.address(), "never mind").await;
    world.network.online(0);
    let report = alice.mail.recall(&sent.packet_ids[0]).await.unwrap();
    assert_eq!(report.accepted, 0);
    assert_eq!(report.message.delivery, Delivery::Recalled);
    assert!(
        report.message.detail.contains("again"),
        "{}",
        report.message.detail
    );
    world.network.online(8);
    let mut alice = world.restart(alice);
    alice.round().await;
    assert_eq!(bob.fetch().await.0, []);
    assert_eq!(world.network.packets_at(bob.door()), 0);
}

#[tokio::test]
async fn what_never_left_this_machine_is_recalled_without_asking_anybody() {
    let world = World::new();
    let (mut alice, bob) = (world.person("alice"), world.person("bob"));
    let request = alice.request(&bob.address(), long(10));
    let (message, claim) = alice.mail.put_in_outbox(&request).await.unwrap();
    drop(claim);
    world.network.online(0);
    let id = message.id().unwrap().to_string();
    let report = alice.mail.recall(&id).await.unwrap();
    assert_eq!((report.asked, report.message.detail.as_str()), (0, ""));
    world.network.online(8);
    alice.round().await;
    assert!(world.network.lock().stores().is_empty());
}

#[tokio::test]
async fn recalling_stops_the_stamping() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let options = PublishOptions {
        nonce_trials_per_byte: 1 << 30,
        ..PublishOptions::default()
    };
    bob.mail.publish("", options, deaf()).await.unwrap();
    // Years of work.
    let mut request = alice.request(&bob.address(), Content::Text("hello".to_owned()));
    request.max_work = u64::MAX;
    let (progress, mut told) = mpsc::channel(100);
    let mail = alice.mail.clone();
    let sending = tokio::spawn(async move { mail.send(request, progress).await });
    let id = loop {
        let event = told.recv().await.unwrap();
        if event.stage == SendStage::Stamping {
            break event.message_id.unwrap().to_string();
        }
    };
    let report = alice.mail.recall(&id).await.unwrap();
    assert_eq!(report.message.delivery, Delivery::Recalled);
    assert!(matches!(sending.await.unwrap(), Err(MailError::Ended)));
}

#[tokio::test]
async fn an_extended_message_lives_longer_under_the_same_ids() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let request = alice.request(&bob.address(), long(2_000));
    let sent = alice.mail.send(request, deaf()).await.unwrap();
    world.time.pass(6 * DAY);
    let what = Extending {
        message: sent.message_id.to_string(),
        ttl_seconds: 14 * DAY,
    };
    let extended = alice.mail.extend(what, deaf()).await.unwrap();
    assert_eq!(extended.packet_ids, sent.packet_ids);
    assert_eq!(extended.expires, world.time.unix().plus(14 * DAY + 900));
    assert_eq!(extended.delivery, Delivery::Stored);
    assert_eq!(bob.mail.inboxes().len(), 1);
    world.time.pass(13 * DAY);
    assert_eq!(bob.fetch().await.0.len(), 1);
}

#[tokio::test]
async fn an_extension_that_nobody_heard_is_brought_to_the_nodes_later() {
    let world = World::new();
    let (mut alice, bob) = (world.person("alice"), world.person("bob"));
    let sent = alice.send(&bob.address(), "hello").await;
    world.network.online(0);
    let what = Extending {
        message: sent.message_id.to_string(),
        ttl_seconds: 20 * DAY,
    };
    let extended = alice.mail.extend(what, deaf()).await.unwrap();
    assert!(!extended.detail.is_empty());
    world.network.online(8);
    world.time.pass(3_600);
    alice.round().await;
    world.time.pass(3_600);
    alice.round().await;
    world.time.pass(15 * DAY);
    assert_eq!(bob.fetch().await.0.len(), 1);
}

#[tokio::test]
async fn impossible_extensions_are_refused() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let sent = alice.send(&bob.address(), "hello").await;
    let extend = |ttl_seconds| {
        let message = sent.message_id.to_string();
        let what = Extending {
            message,
            ttl_seconds,
        };
        alice.mail.extend(what, deaf())
    };
    for ttl in [28 * DAY + 1, u64::MAX] {
        assert!(matches!(extend(ttl).await, Err(MailError::Ttl { .. })));
    }
    for ttl in [0, DAY, 7 * DAY] {
        assert!(matches!(extend(ttl).await, Err(MailError::ExtendTooFar)));
    }
    // Not beyond 28 days after it was sealed: its packets' last day, and what the receiver remembers.
    extend(28 * DAY).await.unwrap();
    world.time.pass(27 * DAY);
    for ttl in [DAY + 3_600, 28 * DAY] {
        assert!(matches!(extend(ttl).await, Err(MailError::ExtendTooFar)));
    }
    world.time.pass(2 * DAY);
    assert!(matches!(extend(28 * DAY).await, Err(MailError::Ended)));
    for unknown in ["", "1234567", "0123456789abcdef"] {
        let what = Extending {
            message: unknown.to_owned(),
            ttl_seconds: DAY,
        };
        let error = alice.mail.extend(what, deaf()).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::NotFound);
    }
}
