//! Letters for simulated people: real packets, with the least work that there is.
//!
//! For networks whose floor is [`easy`]; sends nothing.

use std::sync::Arc;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use toxdrop_dht::{DhtConfig, Now};
use toxdrop_proto::day::Day;
use toxdrop_proto::ids::{Location, UnixMillis, UnixSeconds};
use toxdrop_proto::keys::{InboxPublicKey, InboxSecret, PlaceSigner};
use toxdrop_proto::message::{Content, Intro, MessageSecret, Postage, Seal, seal};
use toxdrop_proto::packet::{MAX_TTL, Packet, PacketPolicy, StampedPacket, Terms};
use toxdrop_proto::period::Period;
use toxdrop_proto::place::{Place, PlaceSecret};
use toxdrop_proto::pow;
use toxdrop_proto::record::{RecordContents, seal_record};
use toxdrop_proto::seal::SealKeyring;
use toxdrop_proto::week::Week;

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

/// Where strangers write to a person: the front door of the present period.
#[must_use]
pub fn front_door(to: &InboxPublicKey, now: Now) -> Location {
    front_door_at(now).location(to)
}

/// What signs for a person's front door of the present period.
#[must_use]
pub fn door_signer(owner: &InboxSecret, now: Now) -> Arc<PlaceSigner> {
    Arc::new(front_door_at(now).signer(owner))
}

fn front_door_at(now: Now) -> Place {
    Place::front_door(Period::at(now.unix), PlaceSecret::zero())
}

/// The secret of the letter of this number.
#[must_use]
pub fn message_secret(number: u64) -> MessageSecret {
    MessageSecret::generate(&mut ChaCha20Rng::seed_from_u64(number))
}

/// A stamped record of a person for their present front door, of this revision and with these terms.
///
/// # Panics
/// If the network allows no such record.
#[must_use]
pub fn record(owner: &InboxSecret, revision: u32, terms: Terms, now: Now) -> StampedPacket {
    let seals = SealKeyring::begin(&mut ChaCha20Rng::seed_from_u64(1), now.unix);
    let policy = easy().policy();
    #[allow(clippy::expect_used, reason = "documented")]
    let packet = seals
        .public_keys(Week::at(now.unix))
        .ok()
        .map(|seal_keys| RecordContents {
            revision,
            made: now.unix,
            front_door: PlaceSecret::zero(),
            terms,
            seal_keys,
        })
        .and_then(|contents| {
            seal_record(owner, policy.network, &front_door_at(now), &contents).ok()
        })
        .expect("a record of the present week");
    stamp(&packet, packet.expires(), &policy, now)
}

/// A stamped letter that lives for a day. The same number gives the same letter.
///
/// # Panics
/// Never: what it seals is small and well-formed.
#[must_use]
pub fn letter(from: &InboxSecret, to: &InboxSecret, number: u64, now: Now) -> StampedPacket {
    lasting_letter(from, to, number, now, 86_400)
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
    let what = Seal {
        sender: from,
        receiver: &to.public(),
        seal_key: None,
        location: front_door(&to.public(), now),
        secret: &message_secret(number),
        sent: UnixMillis(now.unix.0 * 1000),
        not_after: now.unix.plus(MAX_TTL),
        last: Day::last_for(now.unix),
        expires: now.unix.plus(ttl),
        intro: &Intro::default(),
        content: &Content::Text("hello".into()),
        postage: Postage::Stamps,
    };
    #[allow(clippy::expect_used, reason = "five letters fit into a packet")]
    let packet = seal(&what)
        .ok()
        .and_then(|packets| packets.into_iter().next())
        .expect("a short text makes one packet");
    stamp(&packet, packet.expires(), &easy().policy(), now)
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
