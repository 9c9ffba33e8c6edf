//! Watching: messages come in live, to each who watches, wherever the inbox lies.

use crate::config::MailConfig;
use crate::error::MailError;
use crate::intent::MoveOptions;
use crate::tests::people::{DAY, World, deaf, long, quiet, text};

/// That an inbox reads which did not move: front door and contacts, of this period and the one before.
const PLACES: usize = 4;

/// Waits for tasks beside the test, which need no time but their turn.
async fn until(what: impl Fn() -> bool) {
    for _ in 0..100_000 {
        if what() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("it never came to be");
}

#[tokio::test]
async fn each_watcher_gets_each_message_and_nodes_delete_it() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    alice.send(&bob.address(), "before").await;
    let mut first = bob.mail.watch("bob").unwrap();
    assert_eq!(text(&first.recv().await.unwrap()), "before");
    let mut second = bob.mail.watch("").unwrap();
    until(|| world.network.subscriptions() == PLACES).await;
    alice.send(&bob.address(), "now").await;
    assert_eq!(text(&first.recv().await.unwrap()), "now");
    assert_eq!(text(&second.recv().await.unwrap()), "now");
    let location = bob.door();
    until(|| world.network.packets_at(location) == 0).await;
    let inbox = bob.mail.inbox("").unwrap();
    until(|| bob.mail.unread(&inbox).unwrap() == 0).await;
    assert_eq!(bob.fetch().await.0, []);
    // One subscription for both; none without them.
    assert_eq!(world.network.subscriptions(), PLACES);
    drop(first);
    alice.send(&bob.address(), "still").await;
    assert_eq!(text(&second.recv().await.unwrap()), "still");
    drop(second);
    until(|| world.network.subscriptions() == 0).await;
}

#[tokio::test]
async fn long_messages_come_in_live_too() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let mut watch = bob.mail.watch("").unwrap();
    until(|| world.network.subscriptions() == PLACES).await;
    let request = alice.request(&bob.address(), long(10_000));
    alice.mail.send(request.clone(), deaf()).await.unwrap();
    assert_eq!(watch.recv().await.unwrap().content, request.content);
    let location = bob.door();
    until(|| world.network.packets_at(location) == 0).await;
}

#[tokio::test]
async fn who_watches_follows_a_move_and_a_new_inbox() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let mut watch = bob.mail.watch("").unwrap();
    until(|| world.network.subscriptions() == PLACES).await;
    let options = MoveOptions {
        at_once: true,
        ..MoveOptions::default()
    };
    bob.mail.move_inbox("bob", options, deaf()).await.unwrap();
    // The first door is read on.
    until(|| world.network.subscriptions() == PLACES + 2).await;
    alice.send(&bob.address(), "moved").await;
    assert_eq!(text(&watch.recv().await.unwrap()), "moved");
    let work = bob.mail.create_inbox("work").unwrap();
    until(|| world.network.subscriptions() == 2 * PLACES + 2).await;
    alice.send(&work.address(), "to work").await;
    let message = watch.recv().await.unwrap();
    assert_eq!(
        (text(&message), message.inbox.as_str()),
        ("to work", "work")
    );
}

#[tokio::test]
async fn a_watch_ends_when_the_node_stops() {
    let world = World::new();
    let bob = world.person("bob");
    let mut watch = bob.mail.watch("").unwrap();
    bob.mail.shutdown();
    assert!(watch.recv().await.is_none());
    assert!(matches!(
        bob.mail.watch("carol"),
        Err(MailError::UnknownInbox(_))
    ));
}

#[tokio::test]
async fn a_shared_inbox_does_not_acknowledge_live_deliveries_at_once() {
    let world = World::new();
    let shared = MailConfig {
        shared_seconds: DAY,
        ..quiet()
    };
    let (alice, bob) = (world.person("alice"), world.person_with("bob", shared));
    let mut watch = bob.mail.watch("").unwrap();
    until(|| world.network.subscriptions() == PLACES).await;
    alice.send(&bob.address(), "hello").await;
    watch.recv().await.unwrap();
    assert_eq!(world.network.packets_at(bob.door()), 8);
}
