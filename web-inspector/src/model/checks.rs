//! Claims of bytes, looked into one by one: how each came out, with which figures.
//!
//! Each check stands for itself; which of them a packet, a tombstone or a datagram needs is said where it is taken apart.

use toxdrop_proto::day::Day;
use toxdrop_proto::ids::UnixSeconds;
use toxdrop_proto::packet::{CLOCK_SKEW, MAX_RECORD_AHEAD, MAX_TTL, Packet};

use super::flaw::Flaw;
use super::units;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Holds,
    /// It does not.
    Fails,
    /// These bytes alone don't tell.
    Unknown,
}

/// A claim that was looked into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was checked.
    pub what: &'static str,
    /// How it came out.
    pub verdict: Verdict,
    /// With which figures.
    pub detail: String,
}

impl Check {
    pub(super) fn new(what: &'static str, holds: bool, detail: impl Into<String>) -> Self {
        Self {
            what,
            verdict: if holds {
                Verdict::Holds
            } else {
                Verdict::Fails
            },
            detail: detail.into(),
        }
    }

    pub(super) fn unknown(what: &'static str, detail: impl Into<String>) -> Self {
        Self {
            what,
            verdict: Verdict::Unknown,
            detail: detail.into(),
        }
    }
}

/// Whether the packet's life is one that nodes accept at the time `now`.
#[must_use]
pub fn life(expires: u64, now: u64) -> Check {
    const WHAT: &str = "Life";
    let greatest = MAX_TTL + CLOCK_SKEW;
    match expires.checked_sub(now) {
        None | Some(0) => Check::new(WHAT, false, "is over: nodes drop it and refuse it"),
        Some(left) if left > greatest => Check::new(
            WHAT,
            false,
            format!(
                "is longer than any node accepts ({} and {} for clocks that differ)",
                units::duration(MAX_TTL),
                units::duration(CLOCK_SKEW)
            ),
        ),
        Some(_) => Check::new(WHAT, true, "lies within what nodes accept"),
    }
}

/// Whether the packet can have been made by the time `now`, going by its last day.
#[must_use]
pub fn made(packet: &Packet, now: u64) -> Check {
    const WHAT: &str = "Made";
    let now = UnixSeconds(now);
    if let Some(head) = packet.record_head() {
        let begins = head.week.begin();
        let ahead = begins.since(now) > MAX_RECORD_AHEAD;
        let date = units::date(begins.0);
        return Check::new(
            WHAT,
            !ahead,
            if ahead {
                format!(
                    "in the week from {date}, more than a day ahead of this clock: nodes refuse it"
                )
            } else {
                format!("in the week from {date}, as the last day says")
            },
        );
    }
    let last = packet.last();
    let date = units::day(last.minus(toxdrop_proto::day::MAX_LAST_DAYS).begin().0);
    let holds = last <= Day::latest_last(now);
    Check::new(
        WHAT,
        holds,
        if holds {
            format!("on {date} or later, as the last day says")
        } else {
            format!(
                "on {date} at the earliest, which is yet to come by this clock: nodes refuse it"
            )
        },
    )
}

/// Whether every field is there and nothing else.
pub(super) fn layout(flaw: Option<&Flaw>, fields: usize) -> Check {
    match flaw {
        None => Check::new(
            "Layout",
            true,
            format!("all {fields} fields are whole and nothing is left over"),
        ),
        Some(flaw) => Check::new(
            "Layout",
            false,
            format!("is broken at byte {}", flaw.range.start),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::vectors;
    use super::*;

    #[test]
    fn life_is_judged_by_the_clock() {
        let now = 1_795_418_400;
        for (expires, expected) in [
            (now - 1, Verdict::Fails),
            (now, Verdict::Fails),
            (now + 1, Verdict::Holds),
            (now + MAX_TTL + CLOCK_SKEW, Verdict::Holds),
            (now + MAX_TTL + CLOCK_SKEW + 1, Verdict::Fails),
            (u64::MAX, Verdict::Fails),
        ] {
            assert_eq!(life(expires, now).verdict, expected, "{expires}");
        }
    }

    #[test]
    fn packet_from_the_future_is_noticed() {
        for of in vectors::read("packets").as_array().unwrap() {
            let packet = Packet::parse(&vectors::bytes(&of["packet"])).unwrap();
            let made = of["now"].as_u64().unwrap();
            assert_eq!(super::made(&packet, made).verdict, Verdict::Holds);
            let month_before = super::made(&packet, made - 28 * 86_400);
            assert_eq!(month_before.verdict, Verdict::Fails);
        }
    }
}
