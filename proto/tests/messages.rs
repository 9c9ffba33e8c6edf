//! Sealing and opening, recall and deletion, as sender, receiver and holder see them.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use toxdrop_proto::ids::{MessageId, NetworkId, Salt, UnixMillis, UnixSeconds};
use toxdrop_proto::keys::InboxSecret;
use toxdrop_proto::location::inbox_location;
use toxdrop_proto::message::{
    self, Content, JoinError, MAX_CONTENT, MAX_PARTS, OpenError, OpenedPart, Seal,
};
use toxdrop_proto::packet::{MAX_PACKET, Packet};
use toxdrop_proto::tombstone::Tombstone;

fn person(seed: u64) -> InboxSecret {
    InboxSecret::generate(&mut ChaCha20Rng::seed_from_u64(seed))
}

fn seal(from: &InboxSecret, to: &InboxSecret, content: &Content, id: u8) -> Vec<Packet> {
    let what = Seal {
        sender: from,
        receiver: &to.public(),
        location: inbox_location(&to.public(), Salt::DEFAULT),
        message_id: MessageId::from_bytes([id; 16]),
        sent: UnixMillis(1_700_000_000_123),
        not_after: UnixSeconds(1_702_000_000),
        expires: UnixSeconds(1_701_000_000),
        content,
    };
    message::seal(&what, &mut ChaCha20Rng::seed_from_u64(u64::from(id))).unwrap()
}

fn open_all(receiver: &InboxSecret, packets: &[Packet]) -> Vec<OpenedPart> {
    packets
        .iter()
        .map(|packet| message::open(receiver, packet).unwrap())
        .collect()
}

#[test]
fn the_receiver_reads_what_the_sender_wrote_and_nobody_else_does() {
    let (alice, bob, eve) = (person(1), person(2), person(3));
    let content = Content::Text("see you at eight".into());
    let packets = seal(&alice, &bob, &content, 1);
    assert_eq!(packets.len(), 1);
    let parts = open_all(&bob, &packets);
    assert_eq!(parts[0].sender, alice.public());
    assert_eq!(message::join(&parts), Ok(content));
    for other in [&eve, &alice] {
        assert_eq!(message::open(other, &packets[0]), Err(OpenError::Outer));
    }
}

#[test]
fn packets_of_one_sender_share_no_visible_bytes() {
    let (alice, bob) = (person(1), person(2));
    let content = Content::Text("x".repeat(2000));
    let packets = seal(&alice, &bob, &content, 1);
    let sender = alice.public();
    for packet in &packets {
        let bytes = packet.as_bytes();
        assert!(!bytes.windows(32).any(|w| w == sender.as_bytes()));
        assert!(!bytes.windows(16).any(|w| w == [1; 16]));
    }
    assert_ne!(packets[0].ephemeral_key(), packets[1].ephemeral_key());
}

#[test]
fn the_longest_message_joins_in_any_order_with_duplicates() {
    let (alice, bob) = (person(1), person(2));
    let content = Content::Text("y".repeat(MAX_CONTENT));
    let packets = seal(&alice, &bob, &content, 1);
    assert_eq!(packets.len(), usize::from(MAX_PARTS));
    assert!(packets.iter().all(|packet| packet.len() <= MAX_PACKET));
    let mut parts = open_all(&bob, &packets);
    parts.reverse();
    parts.push(parts[3].clone());
    assert_eq!(message::join(&parts), Ok(content));
    let missing = parts.pop().unwrap().part;
    parts.retain(|part| part.part != missing);
    assert_eq!(message::join(&parts), Err(JoinError::Missing(missing)));
}

#[test]
fn parts_of_different_messages_do_not_join() {
    let (alice, bob) = (person(1), person(2));
    let content = Content::Text("z".repeat(1000));
    let mut parts = open_all(&bob, &seal(&alice, &bob, &content, 1));
    parts[1] = open_all(&bob, &seal(&alice, &bob, &content, 2)).remove(1);
    assert_eq!(message::join(&parts), Err(JoinError::Inconsistent));
}

#[test]
fn no_public_byte_can_be_changed_without_notice() {
    let (alice, bob) = (person(1), person(2));
    let packet = seal(&alice, &bob, &Content::Text("hi".into()), 1).remove(0);
    // The stamp (nonce and expiry) is not part of what was sealed.
    for at in 16..packet.len() {
        let mut bytes = packet.as_bytes().to_vec();
        bytes[at] ^= 1;
        let opened = Packet::parse(&bytes).map(|changed| {
            assert_ne!(changed.id(), packet.id());
            message::open(&bob, &changed)
        });
        assert!(!matches!(opened, Ok(Ok(_))), "byte {at}");
    }
}

#[test]
fn a_new_stamp_changes_neither_id_nor_meaning() {
    let (alice, bob) = (person(1), person(2));
    let packet = seal(&alice, &bob, &Content::Text("hi".into()), 1).remove(0);
    let stamped = packet.with_stamp(7, UnixSeconds(1_701_500_000));
    assert_eq!(stamped.id(), packet.id());
    assert_eq!((stamped.nonce(), stamped.expires().0), (7, 1_701_500_000));
    assert_eq!(message::open(&bob, &stamped), message::open(&bob, &packet));
}

#[test]
fn sender_and_owner_can_end_a_packet_and_a_stranger_cannot() {
    let (alice, bob, eve) = (person(1), person(2), person(3));
    let network = NetworkId::MAIN;
    let packet = seal(&alice, &bob, &Content::Text("hi".into()), 9).remove(0);
    let (location, id) = (packet.location(), packet.id());
    let ephemeral = message::ephemeral_secret(
        &alice,
        &bob.public(),
        location,
        MessageId::from_bytes([9; 16]),
        0,
    );
    let recall = Tombstone::sign_sender(&ephemeral, network, location, id);
    let delete = Tombstone::sign_owner(&bob, network, Salt::DEFAULT, location, id);
    for tombstone in [recall, delete] {
        assert_eq!(tombstone.verify(network), Ok(()));
        assert!(tombstone.covers(&packet));
        assert!(tombstone.verify(NetworkId(1)).is_err());
    }
    assert!(delete.is_receipt() && !recall.is_receipt());
    let by_stranger = Tombstone::sign_owner(&eve, network, Salt::DEFAULT, location, id);
    assert!(by_stranger.verify(network).is_err());
    let other_key = Tombstone::sign_sender(&eve, network, location, id);
    assert!(!other_key.covers(&packet));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_text_is_read_as_it_was_written(text in "\\PC{0,3000}") {
        let (alice, bob) = (person(1), person(2));
        let content = Content::Text(text);
        let parts = open_all(&bob, &seal(&alice, &bob, &content, 1));
        prop_assert_eq!(message::join(&parts), Ok(content));
    }
}
