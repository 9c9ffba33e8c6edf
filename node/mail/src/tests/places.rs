//! Where letters go and are found: by Tox IDs, at the places for contacts, over periods, and with or without a record.

use std::path::Path;

use toxdrop_proto::address::Address;
use toxdrop_proto::ids::{Location, UnixSeconds};
use toxdrop_proto::message::{Content, open};
use toxdrop_proto::packet::PacketKind;
use toxdrop_proto::period::Period;

use crate::intent::PublishOptions;
use crate::tests::people::{DAY, EPOCH, Person, World, deaf, text};
use crate::tests::publishing::publish;

/// Of `plain.tox` among the test vectors.
const TOX_ID: &str = "26B36E19F0FA333CD073BCA376B0AD6887AA632D08618CB52AE3D5775376CB19025D119B280A";

fn contacts_place(person: &Person, now: UnixSeconds) -> Location {
    let inbox = person.mail.inbox("").unwrap();
    let [_, contacts] = inbox.places_in(Period::at(now));
    contacts.location(&inbox.key())
}

/// Where the last letter went.
fn last(world: &World) -> Location {
    let state = world.network.lock();
    let stores = state.stores();
    let letter = stores
        .iter()
        .rev()
        .find(|packet| packet.kind() == PacketKind::Message);
    letter.unwrap().location()
}

#[tokio::test]
async fn who_knows_a_tox_id_writes_to_whoever_imported_the_profile() {
    let world = World::new();
    let (alice, mut bob) = (world.person("alice"), world.person("other"));
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto/vectors/profiles");
    let profile = std::fs::read(vectors.join("plain.tox")).unwrap();
    let inbox = bob.mail.import_inbox(&profile, "bob", None).unwrap();
    let in_all_forms = [TOX_ID, &TOX_ID[..64], &inbox.address().to_string()];
    for (form, whole) in in_all_forms.into_iter().zip([true, false, false]) {
        let to: Address = form.parse().unwrap();
        alice.send(&to, form).await;
        let (messages, report) = bob.fetch().await;
        assert_eq!((messages.len(), report.deleted), (1, 1), "{form}");
        assert_eq!(text(&messages[0]), form);
        assert_eq!(
            (messages[0].inbox.as_str(), messages[0].knows_nospam),
            ("bob", Some(whole))
        );
    }
    // His name in Tox goes with what he writes; and there is nothing else to it.
    let mut answer = bob.request(&alice.address(), Content::Text("hello".to_owned()));
    answer.from = "bob".to_owned();
    bob.mail.send(answer, deaf()).await.unwrap();
    let (messages, _) = alice.fetch().await;
    let name = messages[0].sender_name.as_ref().map(ToString::to_string);
    assert_eq!(
        (name.as_deref(), messages[0].knows_nospam),
        (Some("Alice"), None)
    );
    assert_eq!(
        messages[0].from.parse::<Address>().unwrap().key,
        inbox.key()
    );
    world.time.pass(DAY);
    bob.round().await;
}

#[tokio::test]
async fn who_was_written_to_answers_where_no_stranger_writes() {
    let world = World::new();
    let (alice, bob, carol) = (
        world.person("alice"),
        world.person("bob"),
        world.person("carol"),
    );
    let now = world.time.unix();
    alice.send(&bob.address(), "one").await;
    assert_eq!(last(&world), bob.door());
    bob.fetch().await;
    bob.send(&alice.address(), "two").await;
    assert_eq!(last(&world), contacts_place(&alice, now));
    assert_eq!(text(&alice.fetch().await.0[0]), "two");
    alice.send(&bob.address(), "three").await;
    assert_eq!(last(&world), contacts_place(&bob, now));
    let bob = world.restart(bob);
    assert_eq!(text(&bob.fetch().await.0[0]), "three");
    // Others are told nothing by that.
    carol.send(&bob.address(), "a stranger").await;
    assert_eq!(last(&world), bob.door());
    // Places move with the period, and all know where to.
    world.time.pass(28 * DAY);
    let now = world.time.unix();
    bob.send(&alice.address(), "four").await;
    assert_eq!(last(&world), contacts_place(&alice, now));
    assert_eq!(text(&alice.fetch().await.0[0]), "four");
}

#[tokio::test]
async fn after_another_device_took_over_letters_go_where_it_reads() {
    let world = World::new();
    let alice = world.person("alice");
    let [bob, phone] = ["bob", "phone"].map(|name| world.person(name));
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto/vectors/profiles");
    let profile = std::fs::read(vectors.join("plain.tox")).unwrap();
    let to: Address = TOX_ID.parse().unwrap();
    for device in [&bob, &phone] {
        device.mail.import_inbox(&profile, "tox", None).unwrap();
    }
    let take_over = PublishOptions {
        at_once: true,
        take_over: true,
        ..PublishOptions::default()
    };
    bob.mail.publish("tox", take_over, deaf()).await.unwrap();
    let mut hello = bob.request(&alice.address(), Content::Text("hello".to_owned()));
    hello.from = "tox".to_owned();
    bob.mail.send(hello, deaf()).await.unwrap();
    alice.fetch().await;
    alice.send(&to, "to the first device").await;
    assert_eq!(text(&bob.fetch().await.0[0]), "to the first device");

    world.time.pass(DAY);
    phone.mail.publish("tox", take_over, deaf()).await.unwrap();
    world.time.pass(7 * DAY);
    alice.send(&to, "to the other").await;
    assert_eq!(text(&phone.fetch().await.0[0]), "to the other");
}

#[tokio::test]
async fn letters_are_found_over_the_end_of_a_period_whichever_way_clocks_are_off() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let boundary = Period::at(UnixSeconds(EPOCH)).end();
    let hours = |h: i64| UnixSeconds(boundary.0.checked_add_signed(h * 3_600).unwrap());
    // The sender's clock is 3 h ahead of the receiver's, then 3 h behind.
    for (sent, read, what) in [(2, -1, "ahead"), (-1, 2, "behind")] {
        world.time.set(hours(sent));
        alice.send(&bob.address(), what).await;
        world.time.set(hours(read));
        assert_eq!(text(&bob.fetch().await.0[0]), what);
    }
    // Stored in the last hour, and read on the last day.
    world.time.set(hours(-1));
    let mut request = alice.request(&bob.address(), Content::Text("long ago".to_owned()));
    request.ttl_seconds = 28 * DAY;
    alice.mail.send(request, deaf()).await.unwrap();
    world.time.pass(28 * DAY - 60);
    assert_eq!(text(&bob.fetch().await.0[0]), "long ago");
}

#[tokio::test]
async fn letters_open_whether_their_sender_knew_the_record_had_an_old_one_or_none() {
    let world = World::new();
    let [alice, bob, carol, dave] =
        ["alice", "bob", "carol", "dave"].map(|name| world.person(name));
    let bobs = bob.mail.inbox("").unwrap();
    // Whether the inbox's own key is enough to open the last letter.
    let by_own_key = || {
        let packet = world.network.lock().stores().last().unwrap().clone();
        open(&bobs.secret, [], &packet).is_ok()
    };
    publish(&bob, 28).await;
    alice.send(&bob.address(), "known").await;
    assert!(!by_own_key());
    let hide_records = || {
        for node in &mut world.network.lock().nodes {
            node.packets
                .retain(|_, packet| packet.kind() != PacketKind::Record);
        }
    };
    hide_records();
    dave.send(&bob.address(), "never seen").await;
    assert!(by_own_key());
    assert_eq!(bob.fetch().await.0.len(), 2);
    world.time.pass(35 * DAY);
    alice.send(&bob.address(), "expired").await;
    assert!(by_own_key());
    publish(&bob, 28).await;
    carol.send(&bob.address(), "known late").await;
    assert!(!by_own_key());
    world.time.pass(6 * DAY);
    let (messages, report) = bob.fetch().await;
    assert_eq!((messages.len(), report.undecodable), (2, 0));
}

#[tokio::test]
async fn a_message_of_a_mebibyte_arrives_whole() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let content = Content::File {
        name: "book.txt".to_owned(),
        bytes: (0..1_048_576 - 9).map(|n: u32| (n % 251) as u8).collect(),
    };
    let request = alice.request(&bob.address(), content.clone());
    let sent = alice.mail.send(request, deaf()).await.unwrap();
    assert_eq!(sent.parts, 1_292);
    let (messages, report) = bob.fetch().await;
    assert_eq!((report.messages, report.deleted), (1, 1_292));
    assert!(messages[0].content == content);
}
