//! Sealing and opening, joining, recall and deletion, as sender, receiver and holder see them.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

mod common;

use std::collections::HashSet;

use common::{
    NETWORK, NOW, WEEK, chain, front_door, message, person, prepaid, seal, seal_with, secret, text,
};
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use toxdrop_proto::day::Day;
use toxdrop_proto::ids::{NetworkId, UnixMillis, UnixSeconds};
use toxdrop_proto::keys::{DhtSecretKey, InboxSecret};
use toxdrop_proto::message::{
    self, Content, Intro, JoinError, Joined, MAX_CONTENT, MAX_PARTS, OpenError, OpenedPart,
    Postage, Seal, SealError,
};
use toxdrop_proto::packet::{MAX_PACKET, Packet};
use toxdrop_proto::place::PlaceSecret;
use toxdrop_proto::seal::SealKeyring;
use toxdrop_proto::tombstone::Tombstone;
use toxdrop_proto::tox::Nospam;
use toxdrop_proto::week::Week;

fn open(receiver: &InboxSecret, packet: &Packet) -> Result<OpenedPart, OpenError> {
    message::open(receiver, [], packet)
}

fn open_all(packets: &[Packet]) -> Vec<OpenedPart> {
    let bob = person(2);
    packets
        .iter()
        .map(|packet| open(&bob, packet).unwrap())
        .collect()
}

fn joined(content: Content) -> Result<Joined, JoinError> {
    Ok(Joined {
        intro: Intro::default(),
        content,
    })
}

fn full_intro() -> Intro {
    Intro {
        name: Some("Алиса".parse().unwrap()),
        contacts: Some(PlaceSecret::from_bytes([5; 16])),
        nospam: Some(Nospam([1, 2, 3, 4])),
    }
}

#[test]
fn the_receiver_reads_what_the_sender_wrote_and_nobody_else_does() {
    let content = Content::Text("see you at eight".into());
    let packets = seal(1, None, &content);
    assert_eq!(packets.len(), 1);
    let parts = open_all(&packets);
    assert_eq!(parts[0].sender, person(1).public());
    assert_eq!(parts[0].message_id, secret(1).message_id());
    assert_eq!(parts[0].sent, UnixMillis(NOW.0 * 1000));
    assert_eq!(message::join(&parts), joined(content));
    for other in [person(1), person(3)] {
        assert_eq!(open(&other, &packets[0]), Err(OpenError::Outer));
    }
}

#[test]
fn what_was_sealed_for_a_weeks_key_opens_with_that_weeks_secret_only() {
    let (bob, chain) = (person(2), chain());
    let secrets: Vec<DhtSecretKey> = (0..5)
        .map(|ahead| chain.secret(chain.week().plus(ahead)).unwrap())
        .collect();
    let packet = seal(1, Some(&secrets[3].public()), &text(5)).remove(0);
    assert!(message::open(&bob, &secrets, &packet).is_ok());
    assert!(message::open(&bob, [&secrets[3]], &packet).is_ok());
    assert_eq!(
        message::open(&bob, &secrets[..3], &packet),
        Err(OpenError::Outer)
    );
    assert_eq!(open(&bob, &packet), Err(OpenError::Outer));
    // The secret alone, without the inbox's, shows the sender's key but not the content.
    assert_eq!(
        message::open(&person(3), [&secrets[3]], &packet),
        Err(OpenError::Inner)
    );
}

#[test]
fn once_a_week_is_erased_all_secrets_that_remain_open_nothing_of_it() {
    let bob = person(2);
    let mut keyring = SealKeyring::begin(&mut ChaCha20Rng::seed_from_u64(1), NOW);
    let keys = keyring.public_keys(Week::at(NOW)).unwrap();
    let sealed: Vec<_> = keys
        .by_week()
        .map(|(week, key)| (week, seal(1, Some(key), &text(5)).remove(0)))
        .collect();
    let opens = |keyring: &SealKeyring, packet: &Packet| {
        let all = keyring.secrets(keys.first..=keys.first.plus(15));
        let secrets: Vec<_> = all.iter().map(|(_, secret)| secret).collect();
        message::open(&bob, secrets, packet).is_ok()
    };
    for (week, packet) in &sealed {
        let due = week.secret_due();
        keyring.erase(UnixSeconds(due.0 - 1), &[0; 5]).unwrap();
        assert!(opens(&keyring, packet), "week {week} is not over");
        keyring.erase(due, &[0; 5]).unwrap();
        assert!(!opens(&keyring, packet), "week {week} is erased");
    }
}

#[test]
fn the_same_secret_and_content_always_give_the_same_packets() {
    let (once, again) = (seal(1, None, &text(2000)), seal(1, None, &text(2000)));
    assert_eq!(once, again);
    let other = seal(2, None, &text(2000));
    assert!(once.iter().zip(&other).all(|(a, b)| a.id() != b.id()));
}

#[test]
fn packets_of_one_message_share_no_visible_bytes() {
    let packets = seal(1, None, &text(3000));
    let sender = person(1).public();
    for packet in &packets {
        let bytes = packet.as_bytes();
        assert!(!bytes.windows(32).any(|w| w == sender.as_bytes()));
        assert!(
            !bytes
                .windows(16)
                .any(|w| w == secret(1).message_id().as_bytes())
        );
    }
    let bodies = packets
        .iter()
        .flat_map(|packet| packet.body().windows(8).map(<[u8]>::to_vec));
    let (mut seen, mut count) = (HashSet::new(), 0);
    for window in bodies {
        count += 1;
        seen.insert(window);
    }
    assert_eq!(seen.len(), count);
}

#[test]
fn the_longest_message_joins_in_any_order_with_duplicates() {
    let content = text(MAX_CONTENT);
    let packets = seal_with(1, None, &content, &full_intro());
    assert_eq!(packets.len(), usize::from(MAX_PARTS));
    assert!(packets.iter().all(|packet| packet.len() <= MAX_PACKET));
    let mut parts = open_all(&packets);
    parts.reverse();
    parts.push(parts[3].clone());
    let whole = Ok(Joined {
        intro: full_intro(),
        content,
    });
    assert_eq!(message::join(&parts), whole);
    let missing = parts.pop().unwrap().part;
    parts.retain(|part| part.part != missing);
    assert_eq!(message::join(&parts), Err(JoinError::Missing(missing)));
}

#[test]
fn a_message_that_is_too_long_is_not_sealed() {
    let (alice, bob) = (person(1), person(2));
    let what = |content| {
        let intro = Intro::default();
        message::seal(&Seal {
            sender: &alice,
            receiver: &bob.public(),
            seal_key: None,
            location: front_door().location(&bob.public()),
            secret: &secret(1),
            sent: UnixMillis(1),
            not_after: NOW,
            last: Day::last_for(NOW),
            expires: NOW,
            intro: &intro,
            content: &content,
            postage: Postage::Stamps,
        })
    };
    assert!(matches!(
        what(text(MAX_CONTENT + 1)),
        Err(SealError::Content(_))
    ));
}

#[test]
fn parts_that_do_not_belong_together_do_not_join() {
    let parts = open_all(&seal(1, None, &text(2000)));
    let others = open_all(&seal(2, None, &text(2000)));
    let with = |part: OpenedPart| message::join(&[parts[0].clone(), part, parts[2].clone()]);
    assert_eq!(
        with(parts[1].clone()).map(|whole| whole.content),
        Ok(text(2000))
    );
    let changed = |change: &dyn Fn(&mut OpenedPart)| {
        let mut part = parts[1].clone();
        change(&mut part);
        part
    };
    for part in [
        others[1].clone(),
        changed(&|part| part.parts += 1),
        changed(&|part| part.part = 2),
        changed(&|part| part.part = 900),
        changed(&|part| part.sent.0 += 1),
        changed(&|part| part.not_after.0 += 1),
        changed(&|part| part.content_type += 1),
        changed(&|part| part.sender = person(3).public()),
    ] {
        assert_eq!(with(part), Err(JoinError::Inconsistent));
    }
    // Twice the same part is welcome, but not with two contents.
    let mut twice = parts.clone();
    twice.push(changed(&|part| part.content[0] ^= 1));
    assert_eq!(message::join(&twice), Err(JoinError::Inconsistent));
    assert_eq!(message::join(&[]), Err(JoinError::Empty));
}

#[test]
fn no_public_byte_can_be_changed_without_notice() {
    let bob = person(2);
    for packet in [message(5), prepaid(9, 5).remove(0)] {
        let signature = packet.len() - 64;
        // The stamp (nonce and expiry) is not part of what was sealed; the pair's key and signature are holders' matter.
        for at in 16..packet.len() {
            let mut bytes = packet.as_bytes().to_vec();
            bytes[at] ^= 1;
            let Ok(changed) = Packet::parse(&bytes) else {
                continue;
            };
            assert_ne!(changed.id(), packet.id());
            let holders = changed.place_key().is_some() && (at >= signature || at < 84 && at > 51);
            assert_eq!(open(&bob, &changed).is_ok(), holders, "byte {at}");
        }
    }
}

#[test]
fn every_flipped_bit_after_the_stamp_keeps_a_message_shut() {
    let bob = person(2);
    let packet = message(5);
    assert!(open(&bob, &packet).is_ok());
    for bit in 16 * 8..packet.len() * 8 {
        let mut damaged = packet.as_bytes().to_vec();
        damaged[bit / 8] ^= 1 << (bit % 8);
        if let Ok(damaged) = Packet::parse(&damaged) {
            assert!(
                matches!(
                    open(&bob, &damaged),
                    Err(OpenError::Outer | OpenError::EphemeralKey(_) | OpenError::NotAMessage)
                ),
                "bit {bit}"
            );
        }
    }
}

#[test]
fn a_new_stamp_changes_neither_id_nor_meaning() {
    let bob = person(2);
    let packet = message(5);
    let stamped = packet.with_stamp(7, NOW.plus(2 * WEEK));
    assert_eq!(stamped.id(), packet.id());
    assert_eq!(
        (stamped.nonce(), stamped.expires()),
        (7, NOW.plus(2 * WEEK))
    );
    assert_eq!(open(&bob, &stamped), open(&bob, &packet));
}

#[test]
fn sender_and_owner_can_end_a_packet_and_a_stranger_cannot() {
    let (bob, eve) = (person(2), person(3));
    let packets = seal(1, None, &text(2000));
    for (part, packet) in (0..).zip(&packets) {
        let (location, id) = (packet.location(), packet.id());
        let ephemeral = secret(1).ephemeral(&bob.public(), location, part);
        let recall = Tombstone::by_sender(&ephemeral, NETWORK, location, id);
        let receipt = Tombstone::by_owner(&front_door().signer(&bob), NETWORK, id);
        for tombstone in [recall, receipt] {
            assert_eq!(tombstone.verify(NETWORK), Ok(()));
            assert!(tombstone.covers(packet));
            assert_eq!(tombstone.location(), location);
            assert!(tombstone.verify(NetworkId(1)).is_err());
        }
        assert!(receipt.is_receipt() && !recall.is_receipt());
        let other_part = secret(1).ephemeral(&bob.public(), location, part + 1);
        for stranger in [
            Tombstone::by_owner(&front_door().signer(&eve), NETWORK, id),
            Tombstone::by_sender(&other_part, NETWORK, location, id),
        ] {
            assert_eq!(stranger.verify(NETWORK), Ok(()));
            assert!(!stranger.covers(packet));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_text_is_read_as_it_was_written(text in "\\PC{0,3000}", with_intro: bool) {
        let content = Content::Text(text);
        let intro = if with_intro { full_intro() } else { Intro::default() };
        let mut parts = open_all(&seal_with(1, None, &content, &intro));
        parts.reverse();
        prop_assert_eq!(message::join(&parts), Ok(Joined { intro, content }));
    }

    #[test]
    fn any_length_gives_parts_of_a_few_lengths(len in 0usize..5000) {
        let packets = seal(1, None, &text(len));
        let lengths = toxdrop_proto::packet::PacketKind::Message.lengths();
        prop_assert!(packets.iter().all(|packet| lengths.contains(&packet.len())));
        let (_, before) = packets.split_last().unwrap();
        prop_assert!(before.iter().all(|packet| packet.len() == MAX_PACKET));
    }
}
