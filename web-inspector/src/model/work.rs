//! The verdict on a packet's proof of work at one moment and under one difficulty.
//!
//! The arithmetic is the protocol crate's; this puts its figures side by side.

use toxdrop_proto::packet::Standing;
use toxdrop_proto::pow::{self, Difficulty, MIN_CHARGED_TTL};

use super::units::to_f64;

/// Figures of a stamp.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Work {
    /// What the nonce hashes to: the smaller, the more work.
    pub value: u64,
    /// The largest value that passes now.
    pub target: u64,
    /// Whether it passes.
    pub holds: bool,
    /// Target ÷ value: how many times the work that is asked for was done.
    pub margin: f64,
    /// The largest value that passes now at the network's own difficulty.
    pub network_target: u64,
    /// Work shown for each byte charged: the order in which a full store lets go. No clock and no difficulty changes it.
    pub standing: Standing,
    /// Hashes that a sender does on average to reach the target.
    pub expected_trials: u64,
    /// Seconds left; `None`: expired.
    pub remaining: Option<u64>,
    /// Seconds of life that the target charges for (at least 300).
    pub charged: u64,
}

/// Judges `object` (nonce first), which expires at `expires`, at the time `now`.
/// `None`: it is too short to have a nonce.
#[must_use]
pub fn judge(
    object: &[u8],
    expires: u64,
    now: u64,
    asked: Difficulty,
    network: Difficulty,
) -> Option<Work> {
    let value = pow::object_value(object)?;
    let charged = u64::try_from(object.len()).unwrap_or(u64::MAX);
    Some(judge_value(value, charged, expires, now, asked, network))
}

/// As [`judge`], with the value known: the hash never changes, the target does every second. `bytes` are those that work
/// is charged for: the packet's own, and in a deposit those that it pays for.
#[must_use]
pub fn judge_value(
    value: u64,
    bytes: u64,
    expires: u64,
    now: u64,
    asked: Difficulty,
    network: Difficulty,
) -> Work {
    let left = expires.saturating_sub(now);
    let target = asked.target(bytes, left);
    Work {
        value,
        target,
        holds: value <= target,
        margin: ratio(target, value),
        network_target: network.target(bytes, left),
        standing: Standing::of(value, bytes),
        expected_trials: u64::MAX / target.max(1),
        remaining: (expires > now).then_some(left),
        charged: left.max(MIN_CHARGED_TTL),
    }
}

/// Finite, also for the value zero.
fn ratio(target: u64, value: u64) -> f64 {
    to_f64(target) / to_f64(value.max(1))
}

/// Where a value lies on a logarithmic scale from 0 (all of 2^64) to 1 (the value 1): the picture
/// shows target and value on it.
#[must_use]
pub fn scale(value: u64) -> f64 {
    1.0 - to_f64(value.max(1)).log2() / 64.0
}

#[cfg(test)]
mod tests {
    use toxdrop_proto::packet::Packet;

    use super::super::vectors;
    use super::*;

    /// From BitMessage's own tests.
    const OBJECT: &str = "00000000001be7fc00000000660f307f0000002a010248454c4c4f";
    const EXPIRES: u64 = 1_712_271_487;

    fn at(now: u64) -> Work {
        let object = hex::decode(OBJECT).unwrap();
        judge(
            &object,
            EXPIRES,
            now,
            Difficulty::DEFAULT,
            Difficulty::DEFAULT,
        )
        .unwrap()
    }

    #[test]
    fn bitmessage_vector_holds_for_a_day_and_not_for_28() {
        let day = at(EXPIRES - 86_400);
        assert!(day.holds);
        assert_eq!(
            (day.value, day.target),
            (7_716_054_263_625, 7_750_732_804_079)
        );
        assert!(day.margin > 1.0 && day.margin < 1.01);
        let month = at(EXPIRES - 28 * 86_400);
        assert!(!month.holds && month.margin < 1.0);
    }

    #[test]
    fn margin_only_grows_while_a_packet_lives() {
        let mut before = 0.0;
        for left in (0..200_000).rev().step_by(997) {
            let work = at(EXPIRES - left);
            assert!(work.margin >= before);
            before = work.margin;
        }
    }

    #[test]
    fn expired_packet_is_judged_as_if_300_seconds_were_left() {
        let late = at(EXPIRES + 5);
        assert_eq!((late.remaining, late.charged), (None, 300));
        assert_eq!(late.target, at(EXPIRES - 300).target);
    }

    #[test]
    fn greater_difficulty_lowers_margin_and_leaves_standing() {
        let object = hex::decode(OBJECT).unwrap();
        let hard = Difficulty {
            nonce_trials_per_byte: 4_000,
            extra_bytes: 1_000,
        };
        let work = judge(
            &object,
            EXPIRES,
            EXPIRES - 86_400,
            hard,
            Difficulty::DEFAULT,
        )
        .unwrap();
        assert!(!work.holds);
        let easy = at(EXPIRES - 86_400);
        assert!((easy.margin / work.margin - 4.0).abs() < 0.01);
        assert_eq!(work.standing, easy.standing);
        assert_eq!(work.network_target, easy.target);
    }

    #[test]
    fn scale_runs_from_no_work_to_all() {
        assert!(scale(u64::MAX) < 0.001);
        assert!((scale(1) - 1.0).abs() < 1e-9 && (scale(0) - 1.0).abs() < 1e-9);
        assert_eq!(
            judge(&[0; 7], 0, 0, Difficulty::DEFAULT, Difficulty::DEFAULT),
            None
        );
    }

    #[test]
    fn packets_of_the_vectors_have_their_value_target_and_standing() {
        for of in vectors::read("packets").as_array().unwrap() {
            let number = |name: &str| of[name].as_u64().unwrap();
            let asked = Difficulty {
                nonce_trials_per_byte: number("nonce_trials_per_byte"),
                extra_bytes: number("extra_bytes"),
            };
            let packet = Packet::parse(&vectors::bytes(&of["packet"])).unwrap();
            let (value, charged) = (packet.value(), packet.charged_len());
            let (expires, now) = (packet.expires().0, number("now"));
            let work = judge_value(value, charged, expires, now, asked, Difficulty::DEFAULT);
            assert_eq!(
                (work.value, work.target),
                (number("value"), number("target"))
            );
            assert_eq!(work.standing.units(), number("standing"));
            assert!(work.holds);
            assert_eq!(
                work.network_target >= work.value,
                asked == Difficulty::DEFAULT
            );
        }
    }
}
