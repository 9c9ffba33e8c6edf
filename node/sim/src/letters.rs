//! Letters, records and tombstones of simulated people: real packets, with the least work that there is.
//!
//! For networks whose floor is [`easy`]; sends nothing.

use std::sync::Arc;

use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use toxdrop_dht::{DhtConfig, Now};
use toxdrop_proto::day::{DAY_LEN, Day};
use toxdrop_proto::ids::{MessageId, NetworkId, UnixMillis, UnixSeconds};
use toxdrop_proto::keys::{InboxSecret, PlaceSigner};
use toxdrop_proto::message::{Content, Intro, MessageSecret, Postage, Seal, seal};
use toxdrop_proto::packet::{MAX_TTL, Packet, PacketPolicy, StampedPacket, Terms};
use toxdrop_proto::period::Period;
use toxdrop_proto::place::{Place, PlaceSecret};
use toxdrop_proto::pow;
use toxdrop_proto::record::{RecordContents, seal_record};
use toxdrop_proto::seal::SealChain;
use toxdrop_proto::tombstone::Tombstone;
use toxdrop_proto::week::Week;

/// The network that all of them belong to.
const NETWORK: NetworkId = NetworkId::MAIN;

/// Settings of a network on which hardly any work is asked for, and newcomers are trusted at once.
#[must_use]
pub fn easy() -> DhtConfig {
    DhtConfig {
        nonce_trials_per_byte: 1,
        extra_bytes: 1,
        hand_over_min_age_seconds: 0,
        ..DhtConfig::default()
    }
}

/// The inbox of the person of this number.
#[must_use]
pub fn person(number: u64) -> InboxSecret {
    InboxSecret::generate(&mut ChaCha20Rng::seed_from_u64(number))
}

/// Where strangers write to in the present period: the front door that everybody has who never moved it.
#[must_use]
pub fn front_door(now: Now) -> Place {
    Place::front_door(Period::at(now.unix), PlaceSecret::zero())
}

/// What signs at a person's [`front_door`].
#[must_use]
pub fn place(owner: &InboxSecret, now: Now) -> Arc<PlaceSigner> {
    Arc::new(front_door(now).signer(owner))
}

/// The secret of the letter of this number.
#[must_use]
pub fn secret(number: u64) -> MessageSecret {
    MessageSecret::generate(&mut ChaCha20Rng::seed_from_u64(number))
}

/// The message id of the letter of this number.
#[must_use]
pub fn message_id(number: u64) -> MessageId {
    secret(number).message_id()
}

/// A stamped letter for the receiver's [`front_door`] that lives for a day. The same number gives the same letter.
///
/// # Panics
/// Never: what it seals is small and well-formed.
#[must_use]
pub fn letter(from: &InboxSecret, to: &InboxSecret, number: u64, now: Now) -> StampedPacket {
    lasting_letter(from, to, number, now, DAY_LEN)
}

/// A stamped letter that lives for so many seconds.
///
/// # Panics
/// If the network allows no packet to live so long.
#[must_use]
pub fn lasting_letter(
    from: &InboxSecret,
    to: &InboxSecret,
    number: u64,
    now: Now,
    ttl: u64,
) -> StampedPacket {
    let packet = unstamped_letter(from, to, number, now);
    stamp(&packet, now.unix.plus(ttl), &easy().policy(), now)
}

/// The same letter before it is stamped.
///
/// # Panics
/// Never: what it seals is small and well-formed.
#[must_use]
pub fn unstamped_letter(from: &InboxSecret, to: &InboxSecret, number: u64, now: Now) -> Packet {
    let what = Seal {
        sender: from,
        receiver: &to.public(),
        seal_key: None,
        location: front_door(now).location(&to.public()),
        secret: &secret(number),
        sent: UnixMillis(now.unix.0.saturating_mul(1000)),
        not_after: now.unix.plus(MAX_TTL),
        last: Day::last_for(now.unix),
        expires: now.unix.plus(DAY_LEN),
        intro: &Intro::default(),
        content: &Content::Text("hello".into()),
        postage: Postage::Stamps,
    };
    #[allow(clippy::expect_used, reason = "five letters fit into a packet")]
    let packet = seal(&what)
        .ok()
        .and_then(|packets| packets.into_iter().next())
        .expect("a short text makes one packet");
    packet
}

/// The stamped record of an owner, made now, at one of its places.
///
/// # Panics
/// If the revision is above the greatest one.
#[must_use]
pub fn record(
    owner: &InboxSecret,
    place: &Place,
    revision: u32,
    terms: Terms,
    now: Now,
) -> StampedPacket {
    let week = Week::at(now.unix);
    let mut link = [0; 32];
    ChaCha20Rng::seed_from_u64(week.number()).fill_bytes(&mut link);
    #[allow(clippy::expect_used, reason = "documented")]
    let packet = SealChain::from_parts(week, &link)
        .public_keys(week)
        .ok()
        .map(|seal_keys| RecordContents {
            revision,
            made: now.unix,
            front_door: PlaceSecret::zero(),
            terms,
            seal_keys,
        })
        .and_then(|contents| seal_record(owner, NETWORK, place, &contents).ok())
        .expect("such a record can be made");
    stamp(&packet, packet.expires(), &easy().policy(), now)
}

/// The tombstone with which the owner of a place deletes a packet there.
#[must_use]
pub fn deletion(place: &PlaceSigner, packet: &Packet) -> Tombstone {
    Tombstone::by_owner(place, NETWORK, packet.id())
}

/// The tombstone with which its sender recalls the letter of this number.
#[must_use]
pub fn recall(to: &InboxSecret, number: u64, letter: &Packet) -> Tombstone {
    let location = letter.location();
    let ephemeral = secret(number).ephemeral(&to.public(), location, 0);
    Tombstone::by_sender(&ephemeral, NETWORK, location, letter.id())
}

/// Finds a nonce for a packet that shall live until `expires`.
///
/// # Panics
/// If the policy forbids such a packet whatever its nonce.
#[must_use]
pub fn stamp(
    packet: &Packet,
    expires: UnixSeconds,
    policy: &PacketPolicy,
    now: Now,
) -> StampedPacket {
    let packet = packet.with_stamp(0, expires);
    let target = packet.target(policy.floor, now.unix);
    let hash = packet.initial_hash();
    let nonce = (0..=u64::MAX)
        .find(|nonce| pow::verify(*nonce, &hash, target))
        .unwrap_or_default();
    #[allow(clippy::expect_used, reason = "documented")]
    packet
        .with_stamp(nonce, expires)
        .verify(now.unix, policy)
        .expect("the policy allows such a packet")
}
