//! Removing an inbox: nothing is lost unsaid, and no half of it stays.

use toxdrop_proto::message::Content;

use crate::db::Changes;
use crate::error::{ErrorClass, MailError};
use crate::identity::Identity;
use crate::intent::PublishOptions;
use crate::outbox::Delivery;
use crate::tables::Table;
use crate::tests::people::{Person, World, deaf, long, text};

fn key_file(person: &Person) -> bool {
    person.path().join("inboxes/bob.json").exists()
}

fn import_again(person: &Person, key_file: &str) -> Identity {
    let bytes = key_file.as_bytes();
    person.mail.import_inbox(bytes, "", None).unwrap()
}

#[tokio::test]
async fn an_inbox_is_removed_and_its_received_messages_stay() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    bob.mail
        .publish("", PublishOptions::default(), deaf())
        .await
        .unwrap();
    bob.send(&alice.address(), "stored").await;
    alice.send(&bob.address(), "read").await;
    bob.fetch().await;
    let removed = bob.mail.remove_inbox("bob", false).await.unwrap();
    assert_eq!((removed.received, removed.unread), (1, 0));
    assert!(!key_file(&bob));
    let mut bob = world.restart(bob);
    bob.round().await;
    assert!(bob.mail.inboxes().is_empty());
    assert!(matches!(bob.mail.inbox(""), Err(MailError::NoInbox)));
    assert_eq!(text(&bob.mail.received("").unwrap()[0]), "read");
    // What the nodes hold is held; here nothing is looked after any more.
    let sent = bob.only_sent();
    assert_eq!(sent.delivery, Delivery::Stored);
    assert!(sent.detail.contains("removed"), "{}", sent.detail);
    for table in [Table::Outbox, Table::Packets, Table::Publications] {
        assert!(bob.mail.inner.db.keys(table, &[]).unwrap().is_empty());
    }
    assert_eq!(alice.fetch().await.0.len(), 1);
}

#[tokio::test]
async fn what_would_be_lost_is_said_and_nothing_removed_without_force() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    alice.send(&bob.address(), "unread").await;
    let inbox = bob.mail.inbox("").unwrap();
    let mut report = crate::fetch::FetchReport::default();
    bob.mail
        .fetch_inbox(&inbox, false, &mut report)
        .await
        .unwrap();
    let request = alice.request(&bob.address(), long(3_000));
    alice.mail.send(request, deaf()).await.unwrap();
    // One part of it is lost.
    let lost = {
        let state = world.network.lock();
        state.nodes[0].packets.keys().next().copied().unwrap()
    };
    for node in &mut world.network.lock().nodes {
        node.packets.remove(&lost);
    }
    bob.mail
        .fetch_inbox(&inbox, false, &mut report)
        .await
        .unwrap();
    world.network.online(0);
    bob.send(&alice.address(), "queued").await;
    let refused = bob.mail.remove_inbox("bob", false).await.err().unwrap();
    assert_eq!(refused.class(), ErrorClass::FailedPrecondition);
    let said = refused.to_string();
    for words in [
        "1 received and not read",
        "1 received in part",
        "1 sent and not at",
    ] {
        assert!(said.contains(words), "{said}");
    }
    assert!(
        said.contains("--force") && said.contains("--export"),
        "{said}"
    );
    let bob = world.restart(bob);
    assert!(key_file(&bob));
    assert_eq!(bob.only_sent().delivery, Delivery::Queued);
    let address = bob.address().to_string();
    let removed = bob.mail.remove_inbox(&address, true).await.unwrap();
    assert_eq!(
        (removed.unread, removed.incomplete, removed.undelivered),
        (1, 1, 1)
    );
    // The unread one can still be read; the queued one never leaves.
    assert_eq!(text(&bob.mail.received("").unwrap()[0]), "unread");
    world.network.online(8);
    let mut bob = world.restart(bob);
    bob.round().await;
    assert_eq!(bob.mail.pending(), 0);
    assert_eq!(alice.fetch().await.0, []);
}

#[tokio::test]
async fn a_removal_that_a_crash_cut_off_is_completed() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    alice.send(&bob.address(), "read").await;
    bob.fetch().await;
    let key = bob.mail.inbox("").unwrap().key().as_bytes().to_vec();
    let mark = |bob: &Person| {
        let mut changes = Changes::default();
        let name = "bob".to_owned();
        changes.put(Table::Removals, key.clone(), &name).unwrap();
        bob.mail.inner.db.commit(changes).unwrap();
    };
    // Before the key file went, and after it.
    mark(&bob);
    let bob = world.restart(bob);
    assert!(!key_file(&bob) && bob.mail.inboxes().is_empty());
    mark(&bob);
    let bob = world.restart(bob);
    let left = |table| bob.mail.inner.db.keys(table, &[]).unwrap().len();
    assert_eq!((left(Table::Removals), left(Table::Taken)), (0, 0));
    assert_eq!(bob.mail.received("").unwrap().len(), 1);
}

#[tokio::test]
async fn an_inbox_that_comes_back_receives_nothing_twice() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    alice.send(&bob.address(), "once").await;
    assert_eq!(bob.fetch_with(true).await.0.len(), 1);
    let exported = bob.mail.export_inbox("bob", None).unwrap();
    bob.mail.remove_inbox("bob", false).await.unwrap();
    import_again(&bob, &exported);
    assert_eq!(bob.mail.inbox("").unwrap().name, "bob");
    assert_eq!(bob.fetch().await.0, []);
    assert_eq!(bob.mail.received("").unwrap().len(), 1);
}

#[tokio::test]
async fn who_watches_an_inbox_that_comes_back_hears_from_it() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let mut watch = bob.mail.watch("").unwrap();
    alice.send(&bob.address(), "first").await;
    assert_eq!(text(&watch.recv().await.unwrap()), "first");
    let exported = bob.mail.export_inbox("bob", None).unwrap();
    bob.mail.remove_inbox("bob", true).await.unwrap();
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    let again = import_again(&bob, &exported);
    alice.send(&again.address(), "second").await;
    assert_eq!(text(&watch.recv().await.unwrap()), "second");
}

#[tokio::test]
async fn the_default_inbox_may_go_and_only_a_single_one_takes_its_place() {
    let world = World::new();
    let bob = world.person("bob");
    bob.mail.create_inbox("work").unwrap();
    bob.mail.create_inbox("home").unwrap();
    bob.mail.remove_inbox("bob", false).await.unwrap();
    assert!(matches!(bob.mail.inbox(""), Err(MailError::NoDefault)));
    let refused = bob.mail.send(
        bob.request(&world.person("alice").address(), Content::Text("x".into())),
        deaf(),
    );
    assert!(matches!(refused.await, Err(MailError::NoDefault)));
    bob.mail.set_default_inbox("work").unwrap();
    bob.mail.remove_inbox("work", false).await.unwrap();
    assert_eq!(bob.mail.inbox("").unwrap().name, "home");
    for nameless in ["", "bob"] {
        let refused = bob.mail.remove_inbox(nameless, true).await;
        assert!(matches!(refused, Err(MailError::UnknownInbox(_))));
    }
}
