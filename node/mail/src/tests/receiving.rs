//! Receiving: each message once, nothing lost, nothing deleted before it is safe.

use rand::seq::SliceRandom;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use toxdrop_proto::day::Day;
use toxdrop_proto::ids::{Location, UnixMillis, UnixSeconds};
use toxdrop_proto::keys::InboxPublicKey;
use toxdrop_proto::message::{Content, Intro, MessageSecret, Postage, Seal, seal};
use toxdrop_proto::packet::{Packet, PacketPolicy};
use toxdrop_proto::period::Period;
use toxdrop_proto::pow::Difficulty;

use crate::config::MailConfig;
use crate::error::ErrorClass;
use crate::fetch::FetchReport;
use crate::intent::MoveOptions;
use crate::outbox::Delivery;
use crate::tables::Table;
use crate::take::Taken;
use crate::tests::people::{DAY, EPOCH, Person, World, deaf, long, policy, quiet, text};

#[tokio::test]
async fn a_message_of_64_kib_arrives_once_in_any_order_with_duplicates() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let content = Content::File {
        name: "book.txt".to_owned(),
        bytes: (0..65_536 - 9).map(|n: u32| (n % 251) as u8).collect(),
    };
    let request = alice.request(&bob.address(), content.clone());
    let sent = alice.mail.send(request, deaf()).await.unwrap();
    assert_eq!((sent.parts, sent.delivery), (81, Delivery::Stored));
    let mut packets = world.network.lock().stores();
    packets.extend(packets.clone());
    packets.shuffle(&mut ChaCha20Rng::seed_from_u64(7));
    let inbox = bob.mail.inbox("").unwrap();
    let mut complete = 0;
    for packet in &packets {
        let taken = bob.mail.take_in(&inbox, packet, false).unwrap();
        complete += usize::from(taken == Taken::Message);
    }
    assert_eq!(complete, 1);
    let (messages, report) = bob.fetch().await;
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].content, content);
    // What came in already was not asked for again, and is deleted everywhere.
    assert_eq!(
        (report.packets, report.incomplete, report.deleted),
        (0, 0, 81)
    );
    assert_eq!(world.network.packets_at(bob.door()), 0);
}

#[tokio::test]
async fn parts_wait_for_the_others_also_through_a_restart_and_are_not_fetched_twice() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let request = alice.request(&bob.address(), long(3_000));
    alice.mail.send(request.clone(), deaf()).await.unwrap();
    let location = bob.door();
    let missing: Vec<_> = {
        let mut state = world.network.lock();
        let nodes = state.nodes.iter_mut();
        nodes.map(|node| node.packets.pop_last().unwrap()).collect()
    };
    let (messages, report) = bob.fetch().await;
    assert_eq!(messages, []);
    assert_eq!(
        (report.packets, report.incomplete, report.deleted),
        (3, 1, 0)
    );
    let bob = world.restart(bob);
    assert_eq!(bob.fetch().await.1.packets, 0);
    assert_eq!(world.network.packets_at(location), 3 * 8);
    for (node, (place, packet)) in world.network.lock().nodes.iter_mut().zip(missing) {
        node.packets.insert(place, packet);
    }
    let (messages, report) = bob.fetch().await;
    assert_eq!(messages[0].content, request.content);
    assert_eq!((report.packets, report.deleted), (1, 4));
    assert_eq!(world.network.packets_at(location), 0);
}

#[tokio::test]
async fn a_kill_after_the_commit_and_before_the_deletion_deletes_later() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    alice.send(&bob.address(), "hello").await;
    for node in &mut world.network.lock().nodes {
        node.refuses_deletes = true;
    }
    let (messages, report) = bob.fetch().await;
    assert_eq!((messages.len(), report.deleted), (1, 0));
    let location = bob.door();
    assert_eq!(world.network.packets_at(location), 8);
    for node in &mut world.network.lock().nodes {
        node.refuses_deletes = false;
    }
    // By itself, without another fetch.
    let mut bob = world.restart(bob);
    bob.round().await;
    world.time.pass(30);
    bob.round().await;
    assert_eq!(world.network.packets_at(location), 0);
    assert_eq!(bob.fetch().await.0, []);
    assert_eq!(bob.mail.received("").unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_kept_stays_at_the_nodes_and_is_neither_fetched_nor_handed_out_twice() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    alice.send(&bob.address(), "hello").await;
    let location = bob.door();
    assert_eq!(bob.fetch_with(true).await.0.len(), 1);
    let (messages, report) = bob.fetch_with(true).await;
    let report = report.unwrap();
    assert_eq!((messages.len(), report.packets, report.messages), (0, 0, 0));
    assert_eq!(world.network.packets_at(location), 8);
    assert_eq!(world.network.lock().retrieved(), 1);
    // A fetch without `keep` deletes it then.
    let (messages, report) = bob.fetch().await;
    assert_eq!((messages.len(), report.packets, report.deleted), (0, 0, 1));
    assert_eq!(world.network.packets_at(location), 0);
}

#[tokio::test]
async fn an_inbox_shared_by_devices_deletes_after_its_time() {
    let world = World::new();
    let shared = MailConfig {
        shared_seconds: DAY,
        ..quiet()
    };
    let (alice, mut bob) = (world.person("alice"), world.person_with("bob", shared));
    let key_file = bob.mail.export_inbox("", None).unwrap();
    let phone = world.person("phone");
    let file = key_file.as_bytes();
    phone.mail.import_inbox(file, "bob", None).unwrap();
    alice.send(&bob.address(), "hello").await;
    assert_eq!(bob.fetch().await.1.deleted, 0);
    bob.round().await;
    let (messages, report) = phone.fetch_with(true).await;
    assert_eq!((messages.len(), report.unwrap().messages), (1, 1));
    world.time.pass(DAY);
    bob.round().await;
    world.time.pass(60);
    bob.round().await;
    assert_eq!(world.network.packets_at(bob.door()), 0);
}

#[tokio::test]
async fn what_does_not_open_is_left_counted_and_not_fetched_again() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let carol = world.person("carol");
    // For somebody else, yet at bob's location.
    let expires = UnixSeconds(EPOCH + DAY);
    put(
        &world,
        &letter(&alice, &carol.address().key, bob.door(), expires),
    );
    alice.send(&bob.address(), "hello").await;
    for _ in 0..2 {
        let (_, report) = bob.fetch().await;
        assert_eq!(report.undecodable, 1);
        assert_eq!(world.network.lock().retrieved(), 2);
    }
    let bob = world.restart(bob);
    assert_eq!(bob.fetch().await.1.undecodable, 1);
    assert_eq!(world.network.lock().retrieved(), 2);
    // With an inbox more there are keys that were not tried.
    let file = carol.mail.export_inbox("", None).unwrap();
    bob.mail.import_inbox(file.as_bytes(), "", None).unwrap();
    bob.fetch().await;
    assert!(world.network.lock().retrieved() > 2);
    assert_eq!(world.network.packets_at(bob.door()), 8);
}

/// A letter by hand, which its receiver drops after a day.
fn letter(from: &Person, to: &InboxPublicKey, at: Location, expires: UnixSeconds) -> Packet {
    let packets = seal(&Seal {
        sender: &from.mail.inbox("").unwrap().secret,
        receiver: to,
        seal_key: None,
        location: at,
        secret: &MessageSecret::from_bytes([1; 32]),
        sent: UnixMillis(0),
        not_after: UnixSeconds(EPOCH + DAY),
        last: Day::last_for(UnixSeconds(EPOCH)),
        expires,
        intro: &Intro::default(),
        content: &long(10),
        postage: Postage::Stamps,
    });
    packets.unwrap().remove(0)
}

/// Puts a packet at all nodes, stamped.
fn put(world: &World, packet: &Packet) {
    let (now, expires) = (world.time.unix(), packet.expires());
    let stamped = (0..)
        .map(|nonce| packet.with_stamp(nonce, expires))
        .find_map(|packet| packet.verify(now, &policy()).ok())
        .unwrap();
    for node in &mut world.network.lock().nodes {
        let place = (stamped.location(), stamped.id());
        node.packets.insert(place, stamped.clone());
    }
}

#[tokio::test]
async fn mail_past_its_not_after_is_dropped_whatever_its_stamp_says() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let expires = UnixSeconds(EPOCH + 3 * DAY);
    put(
        &world,
        &letter(&alice, &bob.address().key, bob.door(), expires),
    );
    world.time.pass(2 * DAY);
    let (messages, report) = bob.fetch().await;
    assert_eq!((messages.len(), report.packets, report.deleted), (0, 1, 1));
}

#[tokio::test]
async fn a_packet_stamped_anew_by_a_holder_is_not_received_again() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    alice.send(&bob.address(), "pay me").await;
    let packet = world.network.lock().stores()[0].clone();
    assert_eq!(bob.fetch().await.0.len(), 1);
    for days in [10, 10, 7] {
        world.time.pass(days * DAY);
        bob.mail.forget_expired().unwrap();
        for node in &mut world.network.lock().nodes {
            node.tombstones.clear();
        }
        put(&world, &packet.with_stamp(0, world.time.unix().plus(DAY)));
        let (messages, report) = bob.fetch().await;
        assert_eq!((messages.len(), report.packets), (0, 1), "{days} days");
    }
    // Once its last day is over no honest node takes it, and a receiver need not remember it.
    world.time.pass(3 * DAY);
    bob.mail.forget_expired().unwrap();
    assert!(bob.mail.inner.db.keys(Table::Seen, &[]).unwrap().is_empty());
    let stamped = packet.with_stamp(0, world.time.unix().plus(DAY));
    let policy = PacketPolicy {
        floor: Difficulty {
            nonce_trials_per_byte: 0,
            ..policy().floor
        },
        ..policy()
    };
    assert!(stamped.verify(world.time.unix(), &policy).is_err());
}

#[tokio::test]
async fn a_moved_inbox_still_receives_at_its_old_places() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let carol = world.person("carol");
    // Alice sends to the first door, carol to the one after the first move, dave to that after the second.
    alice.send(&bob.address(), "first door").await;
    bob.mail.move_inbox("", moving(), deaf()).await.unwrap();
    carol.send(&bob.address(), "moved once").await;
    bob.mail.move_inbox("", moving(), deaf()).await.unwrap();
    let dave = world.person("dave");
    dave.send(&bob.address(), "moved twice").await;
    let bob = world.restart(bob);
    let mut texts: Vec<_> = bob
        .fetch()
        .await
        .0
        .iter()
        .map(|m| text(m).to_owned())
        .collect();
    texts.sort();
    assert_eq!(texts, ["first door", "moved once", "moved twice"]);
    // Who cannot look the record up uses the last one seen, in the period that it is.
    world.time.pass(27 * DAY);
    for node in &mut world.network.lock().nodes {
        node.packets.clear();
    }
    carol.send(&bob.address(), "stale").await;
    world.time.pass(6 * DAY);
    assert_eq!(text(&bob.fetch().await.0[0]), "stale");
    // After twice 28 days and the clocks' skew nothing can lie there any more: in two or three periods, the first door, the
    // present one and the contacts' place.
    world.time.pass(30 * DAY);
    let inbox = bob.mail.inbox("").unwrap();
    let now = world.time.unix();
    assert_eq!(
        inbox.read_places(now).len(),
        3 * Period::read_at(now).count()
    );
}

fn moving() -> MoveOptions {
    MoveOptions {
        at_once: true,
        ..MoveOptions::default()
    }
}

#[tokio::test]
async fn without_a_network_what_was_received_is_handed_out_and_the_problem_is_told() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    alice.send(&bob.address(), "hello").await;
    let mut report = FetchReport::default();
    let inbox = bob.mail.inbox("").unwrap();
    bob.mail
        .fetch_inbox(&inbox, false, &mut report)
        .await
        .unwrap();
    assert_eq!(bob.mail.unread(&inbox).unwrap(), 1);
    world.network.online(0);
    let bob = world.restart(bob);
    let (messages, report) = bob.fetch_with(false).await;
    assert_eq!(messages.len(), 1);
    assert_eq!(report.unwrap_err().class(), ErrorClass::Unavailable);
    assert_eq!(bob.mail.unread(&inbox).unwrap(), 0);
}

#[tokio::test]
async fn received_messages_stay_until_they_are_deleted() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    for n in ["one", "two", "three"] {
        alice.send(&bob.address(), n).await;
        bob.fetch().await;
    }
    let bob = world.restart(bob);
    let received = bob.mail.received("bob").unwrap();
    let texts: Vec<_> = received.iter().map(text).collect();
    assert_eq!(texts, ["one", "two", "three"]);
    let id = received[1].message_id.to_string().to_uppercase();
    assert_eq!(
        bob.mail
            .delete_received("", std::slice::from_ref(&id))
            .unwrap(),
        1
    );
    assert_eq!(bob.mail.received("").unwrap().len(), 2);
    let error = bob.mail.delete_received("bob", &[id]).unwrap_err();
    assert_eq!(error.class(), ErrorClass::NotFound);
    // Deleted here, it is seen all the same.
    assert_eq!(bob.fetch().await.0, []);
}
