//! Deposits and what they pay for.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

mod common;

use common::{
    CHEAP, NETWORK, NOW, WEEK, cheap_policy, deposit, pair, period, person, prepaid, stamp, text,
};
use proptest::prelude::*;
use toxdrop_proto::day::Day;
use toxdrop_proto::ids::{NetworkId, UnixMillis};
use toxdrop_proto::keys::PairRole;
use toxdrop_proto::message::{self, Intro, Postage, Seal, SealError};
use toxdrop_proto::packet::{
    Deposit, MAX_DEPOSIT, Packet, PacketError, PacketKind, PacketPolicy, PrepaidError,
    StampedPacket,
};
use toxdrop_proto::pow::Difficulty;
use toxdrop_proto::tombstone::Tombstone;

fn judged(size: u32) -> StampedPacket {
    let packet = deposit(size);
    stamp(&packet, packet.expires(), CHEAP, NOW)
        .verify(NOW, &cheap_policy())
        .unwrap()
}

fn held(size: u32) -> Deposit {
    Deposit::of(&judged(size)).unwrap()
}

#[test]
fn both_friends_can_make_the_deposit_and_read_what_it_pays_for() {
    let (alice, bob) = (person(1), person(2));
    let readers = bob
        .pair(PairRole::Reader, &alice.public(), period())
        .unwrap();
    let expires = deposit(4096).expires();
    let theirs = Deposit::sign(&readers, NETWORK, 4096, Day::last_for(NOW), expires);
    assert_eq!(theirs, Ok(deposit(4096)));
    let packet = prepaid(9, 5).remove(0);
    assert!(message::open(&bob, [], &packet).is_ok());
    // Either deletes what is there, and the sender can recall it as any message.
    let receipt = Tombstone::by_owner(&readers, NETWORK, packet.id());
    assert!(receipt.verify(NETWORK).is_ok() && receipt.covers(&packet));
    let ephemeral = common::secret(9).ephemeral(&bob.public(), packet.location(), 0);
    let recall = Tombstone::by_sender(&ephemeral, NETWORK, packet.location(), packet.id());
    assert!(recall.verify(NETWORK).is_ok() && recall.covers(&packet));
}

#[test]
fn a_deposit_shows_the_work_that_its_bytes_would_need() {
    let packet = judged(MAX_DEPOSIT);
    assert_eq!(packet.charged_len(), 152 + u64::from(MAX_DEPOSIT));
    let target = packet.target(Difficulty::DEFAULT, NOW);
    let ttl = packet.expires().since(NOW);
    assert_eq!(target, Difficulty::DEFAULT.target(152 + 65_536, ttl));
    // A stamp that only pays for its own bytes does not do.
    let own = Difficulty::DEFAULT.target(152, ttl);
    assert!(own > target);
}

#[test]
fn deposits_of_no_bytes_or_of_more_than_64_kib_are_malformed() {
    for size in [0, MAX_DEPOSIT + 1] {
        let last = Day::last_for(NOW);
        let error = Deposit::sign(&pair(), NETWORK, size, last, NOW.plus(WEEK)).unwrap_err();
        assert_eq!(error.offset, 84);
    }
}

#[test]
fn prepaid_packets_need_no_work_while_they_sum_up_to_the_deposit() {
    let deposit = held(2048);
    let packets = prepaid(9, 2000);
    assert_eq!(
        packets.iter().map(Packet::len).collect::<Vec<_>>(),
        [1024, 1024, 1024]
    );
    let verify = |used, packet: &Packet| {
        deposit
            .verify(used, packet.clone(), NOW, &cheap_policy())
            .map(|(_, used)| used)
    };
    assert_eq!(verify(0, &packets[0]), Ok(1024));
    assert_eq!(verify(1024, &packets[1]), Ok(2048));
    let used_up = PrepaidError::UsedUp {
        needed: 1024,
        left: 0,
    };
    assert_eq!(verify(2048, &packets[2]), Err(used_up));
    assert_eq!(verify(u32::MAX, &packets[2]), Err(used_up));
}

#[test]
fn without_its_deposit_a_prepaid_packet_is_refused_whatever_work_it_shows() {
    let packet = prepaid(9, 5).remove(0);
    let packet = stamp(&packet, packet.expires(), CHEAP, NOW);
    assert_eq!(packet.standing(), None);
    assert_eq!(
        packet.verify(NOW, &cheap_policy()),
        Err(PacketError::NeedsDeposit)
    );
}

#[test]
fn a_deposit_pays_for_its_own_place_and_life_only() {
    let deposit = held(4096);
    let verify = |packet: Packet, policy: &PacketPolicy| {
        deposit.verify(0, packet, NOW, policy).map(|(_, used)| used)
    };
    let packet = prepaid(9, 5).remove(0);
    let until = judged(4096).expires();
    let at = |expires| packet.with_stamp(0, expires);
    assert_eq!(verify(at(until), &cheap_policy()), Ok(436));
    assert_eq!(
        verify(at(until.plus(1)), &cheap_policy()),
        Err(PrepaidError::OutlivesDeposit { until: until.0 })
    );
    assert_eq!(
        verify(at(NOW), &cheap_policy()),
        Err(PrepaidError::Packet(PacketError::Expired(0)))
    );
    assert_eq!(
        verify(common::message(5), &cheap_policy()),
        Err(PrepaidError::NotPrepaid)
    );
    let mut moved = packet.as_bytes().to_vec();
    moved[20] ^= 1;
    assert_eq!(
        verify(Packet::parse(&moved).unwrap(), &cheap_policy()),
        Err(PrepaidError::OtherLocation)
    );
    let elsewhere = PacketPolicy {
        network: NetworkId(1),
        ..cheap_policy()
    };
    assert_eq!(
        verify(packet, &elsewhere),
        Err(PrepaidError::Packet(PacketError::Signature))
    );
    assert_eq!(Deposit::of(&judged(4096)).unwrap().size(), 4096);
}

#[test]
fn every_flipped_bit_of_a_prepaid_packet_breaks_its_signature_or_its_form() {
    let deposit = held(4096);
    let packet = prepaid(9, 5).remove(0);
    for bit in 16 * 8..packet.len() * 8 {
        let mut damaged = packet.as_bytes().to_vec();
        damaged[bit / 8] ^= 1 << (bit % 8);
        if let Ok(damaged) = Packet::parse(&damaged) {
            let refused = deposit.verify(0, damaged, NOW, &cheap_policy());
            assert!(refused.is_err(), "bit {bit}");
        }
    }
}

#[test]
fn prepaid_mail_is_sealed_for_the_place_of_its_pair_only() {
    let pair = pair();
    let sealed = message::seal(&Seal {
        sender: &person(1),
        receiver: &person(2).public(),
        seal_key: None,
        location: common::front_door().location(&person(2).public()),
        secret: &common::secret(1),
        sent: UnixMillis(1),
        not_after: NOW,
        last: Day::last_for(NOW),
        expires: NOW,
        intro: &Intro::default(),
        content: &text(5),
        postage: Postage::Prepaid {
            pair: &pair,
            network: NETWORK,
        },
    });
    assert_eq!(sealed, Err(SealError::OtherPlace));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_is_paid_for_never_exceeds_the_deposit(size in 1u32..=10_000, lens in prop::collection::vec(0usize..716, 1..30)) {
        // Accounting does not look at the work that the deposit showed.
        let stored = StampedPacket::from_store(deposit(size).as_bytes()).unwrap();
        let deposit = Deposit::of(&stored).unwrap();
        let (mut used, mut sum) = (0, 0);
        for (number, len) in (0..).zip(lens) {
            let packet = prepaid(number, len).remove(0);
            prop_assert_eq!(packet.kind(), PacketKind::Prepaid);
            match deposit.pay(used, &packet) {
                Ok(after) => {
                    sum += packet.len();
                    used = after;
                }
                Err(error) => {
                    prop_assert!(used as usize + packet.len() > size as usize, "{error}");
                }
            }
            prop_assert!(used as usize == sum && used <= size);
        }
    }
}
