//! Letters for simulated people: real packets, with the least work that there is.
//!
//! For networks whose floor is [`easy`]; sends nothing.

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use toxdrop_dht::{DhtConfig, Now};
use toxdrop_proto::ids::{MessageId, Salt, UnixMillis, UnixSeconds};
use toxdrop_proto::keys::InboxSecret;
use toxdrop_proto::location::inbox_location;
use toxdrop_proto::message::{Content, Seal, seal};
use toxdrop_proto::packet::{Packet, PacketPolicy, StampedPacket};
use toxdrop_proto::pow;

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

/// The message id of the letter of this number.
#[must_use]
pub fn message_id(number: u64) -> MessageId {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&number.to_be_bytes());
    MessageId::from_bytes(id)
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
        location: inbox_location(&to.public(), Salt::DEFAULT),
        message_id: message_id(number),
        sent: UnixMillis(now.unix.0 * 1000),
        not_after: now.unix.plus(30 * 86_400),
        expires: now.unix.plus(ttl),
        content: &Content::Text("hello".into()),
    };
    #[allow(clippy::expect_used, reason = "five letters fit into a packet")]
    let packet = seal(&what, &mut ChaCha20Rng::seed_from_u64(number))
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
