//! What receivers ask of senders: where senders read it, what they keep, and what they pay.

use rand::rngs::OsRng;
use toxdrop_proto::ids::UnixSeconds;
use toxdrop_proto::keys::{InboxSecret, SIGNATURE_LEN};
use toxdrop_proto::message::Content;
use toxdrop_proto::packet::{MAX_TTL, Packet, RECORD_LEN, Terms};
use toxdrop_proto::period::Period;
use toxdrop_proto::place::{Place, PlaceSecret};
use toxdrop_proto::pow::Difficulty;
use toxdrop_proto::record::{RecordContents, seal_record};
use toxdrop_proto::seal::SealKeyring;
use toxdrop_proto::week::Week;

use crate::config::MailConfig;
use crate::error::{ErrorClass, MailError};
use crate::intent::{MoveOptions, PublishOptions};
use crate::memory::network::Heard;
use crate::outbox::Delivery;
use crate::points::where_to_look;
use crate::tests::people::{DAY, EPOCH, World, deaf, policy, quiet};

fn asking(trials: u64) -> Difficulty {
    Difficulty {
        nonce_trials_per_byte: trials,
        extra_bytes: 1,
    }
}

/// What an owner asks for, as a packet that a node at the front door may show.
fn record(owner: &InboxSecret, revision: u32, trials: u64) -> Packet {
    let made = UnixSeconds(EPOCH);
    let contents = RecordContents {
        revision,
        made,
        front_door: PlaceSecret::zero(),
        terms: Terms::asking(asking(trials), MAX_TTL, policy().floor).unwrap(),
        seal_keys: SealKeyring::begin(&mut OsRng, made)
            .public_keys(Week::at(made))
            .unwrap(),
    };
    let door = Place::front_door(Period::at(made), PlaceSecret::zero());
    stamped(&seal_record(owner, policy().network, &door, &contents).unwrap())
}

/// With a stamp that pays for it.
fn stamped(packet: &Packet) -> Packet {
    let target = packet.target(policy().floor, UnixSeconds(EPOCH));
    (0..)
        .map(|nonce| packet.with_stamp(nonce, packet.expires()))
        .find(|packet| packet.value() <= target)
        .unwrap()
}

fn demand(world: &World, trials: u64, shown: &Packet) {
    for node in &mut world.network.lock().nodes {
        node.demands = Some((asking(trials), shown.clone()));
    }
}

#[tokio::test]
async fn a_senders_cap_is_honoured() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let options = PublishOptions {
        nonce_trials_per_byte: 1_000,
        at_once: true,
        ..PublishOptions::default()
    };
    bob.mail.publish("", options, deaf()).await.unwrap();
    let mut request = alice.request(&bob.address(), Content::Text("hello".to_owned()));
    request.max_work = 10_000;
    let error = alice.mail.send(request.clone(), deaf()).await.unwrap_err();
    assert!(
        matches!(error, MailError::TooMuchWork { cap: 10_000, .. }),
        "{error}"
    );
    assert_eq!(error.class(), ErrorClass::FailedPrecondition);
    assert!(alice.mail.sent().unwrap().is_empty());
    // The setting caps where the call does not; a call may ask for more.
    let config = MailConfig {
        max_work: 10_000,
        ..quiet()
    };
    let carol = world.person_with("carol", config);
    request.max_work = 0;
    assert!(carol.mail.send(request.clone(), deaf()).await.is_err());
    request.max_work = 1_000_000_000;
    request.ttl_seconds = 3_600;
    let sent = carol.mail.send(request, deaf()).await.unwrap();
    assert_eq!(sent.delivery, Delivery::Stored);
}

#[tokio::test]
async fn nodes_that_show_the_receivers_record_are_paid_what_it_asks_for_within_the_cap() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let secret = bob.mail.inbox("").unwrap().secret;
    demand(&world, 1 << 10, &record(&secret, 1, 1 << 10));
    let sent = alice.send(&bob.address(), "hello").await;
    assert_eq!((sent.delivery, sent.replicas), (Delivery::Stored, 8));
    assert_eq!(world.network.lock().stores().len(), 2);

    demand(&world, 1 << 20, &record(&secret, 2, 1 << 20));
    let mut request = alice.request(&bob.address(), Content::Text("dear".to_owned()));
    request.max_work = 10_000_000;
    // The newer record is not at its points yet: the nodes show it.
    let sent = alice.mail.send(request, deaf()).await.unwrap();
    assert_eq!(sent.delivery, Delivery::Queued);
    assert!(sent.detail.contains("cap of 10000000"), "{}", sent.detail);
}

#[tokio::test]
async fn nobody_but_the_receiver_makes_a_sender_work_more() {
    let world = World::new();
    let (alice, bob, eve) = (
        world.person("alice"),
        world.person("bob"),
        world.person("eve"),
    );
    let eves = record(&eve.mail.inbox("").unwrap().secret, 1, 64);
    let bobs = record(&bob.mail.inbox("").unwrap().secret, 1, 64);
    let signature = RECORD_LEN - SIGNATURE_LEN..;
    let mut forged = bobs.as_bytes().to_vec();
    forged[signature.clone()].copy_from_slice(&eves.as_bytes()[signature]);
    let forged = stamped(&Packet::parse(&forged).unwrap());
    for shown in [eves, forged] {
        demand(&world, 64, &shown);
        let before = world.network.lock().stores().len();
        let sent = alice.send(&bob.address(), "hello").await;
        assert_eq!(sent.delivery, Delivery::Queued);
        assert!(sent.detail.contains("more work"), "{}", sent.detail);
        assert_eq!(world.network.lock().stores().len(), before + 1);
    }
}

#[tokio::test]
async fn the_newest_record_ever_seen_counts_while_it_is_in_force() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let options = PublishOptions {
        at_once: true,
        ..PublishOptions::default()
    };
    bob.mail.publish("", options, deaf()).await.unwrap();
    let first_door = bob.door();
    let held: Vec<_> = {
        let state = world.network.lock();
        state
            .nodes
            .iter()
            .map(|node| node.packets.clone())
            .collect()
    };
    let options = MoveOptions {
        at_once: true,
        ..MoveOptions::default()
    };
    bob.mail.move_inbox("", options, deaf()).await.unwrap();
    assert_ne!(first_door, bob.door());
    let inbox = bob.mail.inbox("").unwrap();
    let first_door_at = |now| {
        let place = Place::front_door(Period::at(now), PlaceSecret::zero());
        place.location(&inbox.key())
    };
    let sent_to = || world.network.lock().stores().last().unwrap().location();
    alice.send(&bob.address(), "one").await;
    assert_eq!(sent_to(), bob.door());
    // Nodes that bring the older record back, or none, change nothing.
    for (node, packets) in world.network.lock().nodes.iter_mut().zip(held) {
        node.packets = packets;
    }
    world.time.pass(8 * DAY);
    alice.send(&bob.address(), "two").await;
    assert_eq!(sent_to(), bob.door());
    for node in &mut world.network.lock().nodes {
        node.packets.clear();
    }
    world.time.pass(40 * DAY);
    // What has ended says nothing any more; the first door is read always.
    alice.send(&bob.address(), "three").await;
    assert_eq!(sent_to(), first_door_at(world.time.unix()));
}

#[tokio::test]
async fn who_lost_everything_but_the_profile_is_believed_once_the_old_record_has_ended() {
    let world = World::new();
    let alice = world.person("alice");
    let bob = InboxSecret::from_seed(&[9; 32]);
    let key = bob.public();
    let known = |made: u64, revision, front_door: u8| RecordContents {
        revision,
        made: UnixSeconds(made),
        front_door: PlaceSecret::from_bytes([front_door; 16]),
        terms: Terms::NONE,
        seal_keys: SealKeyring::begin(&mut OsRng, UnixSeconds(made))
            .public_keys(Week::at(UnixSeconds(made)))
            .unwrap(),
    };
    let old = known(EPOCH, 7, 1);
    alice.mail.remember_record(&key, old.clone()).unwrap();
    world.time.pass(8 * DAY);
    let anew = known(EPOCH + 8 * DAY, 0, 0);
    let newest = alice.mail.remember_record(&key, anew).unwrap();
    assert_eq!(newest, old, "in force still");
    world.time.pass(24 * DAY);
    let anew = known(EPOCH + 32 * DAY, 0, 0);
    let newest = alice.mail.remember_record(&key, anew.clone()).unwrap();
    assert_eq!(newest, anew);
    // And the one that has ended never comes back.
    assert_eq!(alice.mail.remember_record(&key, old).unwrap(), anew);
}

#[tokio::test]
async fn a_receivers_record_is_looked_for_at_the_first_letter_and_then_in_its_own_time() {
    let world = World::new();
    let (mut alice, bob) = (world.person("alice"), world.person("bob"));
    let key = bob.address().key;
    let looked =
        || {
            let state = world.network.lock();
            let looks = state.heard.iter().filter(|(at, heard)| {
            let bobs = |at| where_to_look(at).into_iter().map(|place| place.location(&key));
            matches!(heard, Heard::FindRecord(location) if bobs(*at).any(|own| own == *location))
        });
            looks.count()
        };
    let options = PublishOptions {
        at_once: true,
        ..PublishOptions::default()
    };
    bob.mail.publish("", options, deaf()).await.unwrap();
    let by_bob = looked();
    let looked = || looked() - by_bob;
    alice.send(&bob.address(), "one").await;
    assert_eq!(looked(), 4, "the four points of this period");
    alice.send(&bob.address(), "two").await;
    assert_eq!(looked(), 4);
    world.time.pass(6 * DAY - 1);
    alice.round().await;
    assert_eq!(looked(), 4);
    // Within a day, whether or not anybody writes.
    world.time.pass(DAY + 1);
    alice.round().await;
    assert_eq!(looked(), 8);
    alice.send(&bob.address(), "three").await;
    assert_eq!(looked(), 8);
    // What did not succeed is tried again soon; nobody who wrote there twelve weeks ago is looked for.
    world.network.online(0);
    world.time.pass(7 * DAY);
    alice.round().await;
    world.network.online(8);
    world.time.pass(3_600);
    alice.round().await;
    assert_eq!(looked(), 12);
    world.time.pass(13 * 7 * DAY);
    alice.round().await;
    assert_eq!(looked(), 12);
}
