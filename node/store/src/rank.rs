//! How much work a held packet shows for the life it has left.
//!
//! Does not choose who goes; `room` does.
//!
//! `rank = work shown ÷ work required now for the remaining TTL` (at least 300 s), in thousandths. A
//! stamp's rank only rises while it lives. A packet that was prolonged also keeps the rank of its best
//! earlier stamp until that one's expiry: so no TTL update can lower a rank, whoever sends it.

use toxdrop_proto::ids::UnixSeconds;
use toxdrop_proto::packet::Rank;
use toxdrop_proto::pow::Difficulty;

use crate::tables::{Ranked, Stamp};

/// The rank of one stamp; 0 once it has expired.
pub(crate) fn of_stamp(stamp: Stamp, len: u16, floor: Difficulty, now: UnixSeconds) -> Rank {
    if stamp.expires <= now {
        return Rank(0);
    }
    let ttl = stamp.expires.since(now);
    Rank::of(stamp.value, floor.target(u64::from(len), ttl))
}

/// The rank that counts now.
pub(crate) fn present(ranked: &Ranked, floor: Difficulty, now: UnixSeconds) -> Rank {
    lasting(ranked, floor, now).max(of_stamp(ranked.credit, ranked.len, floor, now))
}

/// The rank below which this packet will not fall while it lives: that of the stamp it carries.
pub(crate) fn lasting(ranked: &Ranked, floor: Difficulty, now: UnixSeconds) -> Rank {
    of_stamp(ranked.stamp, ranked.len, floor, now)
}

/// The better of two stamps.
pub(crate) fn better(a: Stamp, b: Stamp, len: u16, floor: Difficulty, now: UnixSeconds) -> Stamp {
    if of_stamp(a, len, floor, now) >= of_stamp(b, len, floor, now) {
        a
    } else {
        b
    }
}
