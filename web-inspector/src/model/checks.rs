//! Claims of a packet, looked into one by one: layout, id, place, signature, life.
//!
//! Each check stands for itself; which of them a packet needs is in [`super::analysis`].

use toxdrop_proto::ids::{NetworkId, Salt};
use toxdrop_proto::location::inbox_location;
use toxdrop_proto::packet::{CLOCK_SKEW, MAX_TTL, Packet};
use toxdrop_proto::record::InboxRecord;

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

/// A claim of the packet that was looked into.
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
    fn new(what: &'static str, holds: bool, detail: impl Into<String>) -> Self {
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
}

/// What somebody else, a node, says these bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim<'a> {
    /// The location it is listed at.
    pub location: &'a [u8],
    /// The id it is listed as.
    pub packet_id: &'a [u8],
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

/// Whether a packet lies where the inbox of an address would be, given a salt in hex (empty: the default).
///
/// # Errors
/// A sentence that says what is wrong with the address or the salt.
pub fn belongs_to(location: &[u8; 32], address: &str, salt: &str) -> Result<bool, String> {
    let address: toxdrop_proto::address::Address = address.parse().map_err(|e| format!("{e}"))?;
    let salt = match salt.trim() {
        "" => Salt::DEFAULT,
        text => text.parse().map_err(|e| format!("the salt: {e}"))?,
    };
    let inbox = inbox_location(&address.key, salt);
    let points = toxdrop_proto::location::record_points(&address.key);
    Ok(std::iter::once(&inbox)
        .chain(&points)
        .any(|place| place.as_bytes() == location))
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

/// Whether the packet is what a node lists it as.
pub(super) fn claim(packet: &Packet, claim: &Claim<'_>) -> Check {
    let same_id = packet.id().as_bytes() == claim.packet_id;
    let same_place = packet.location().as_bytes() == claim.location;
    let detail = match (same_id, same_place) {
        (true, true) => "recomputed; the node lists it so, at this location",
        (false, _) => "recomputed is another than the node's list says",
        (true, false) => "is the listed one, but the node lists it at another location",
    };
    Check::new("Id", same_id && same_place, detail)
}

/// Where a message lies is derived from a key that it does not hold.
pub(super) fn message_place() -> Check {
    Check {
        what: "Location",
        verdict: Verdict::Unknown,
        detail: "is derived from the receiver's key, which nobody but sender and receiver knows; \
                 give an address below to compare"
            .to_owned(),
    }
}

/// What a record claims: its place, its signature, its end.
pub(super) fn record(packet: &Packet, record: &InboxRecord, network: NetworkId) -> [Check; 3] {
    let place = record
        .locations()
        .iter()
        .position(|location| *location == packet.location());
    let points = toxdrop_proto::location::RECORD_POINTS;
    let location = match place {
        Some(point) if point < points => Check::new(
            "Location",
            true,
            format!("recomputed: point {} of {points} of this key", point + 1),
        ),
        Some(_) => Check::new(
            "Location",
            true,
            "recomputed: the inbox itself, from key and salt",
        ),
        None => Check::new(
            "Location",
            false,
            "is neither the inbox nor a record point of this key",
        ),
    };
    let signature = match record.verify(network) {
        Ok(()) => Check::new(
            "Signature",
            true,
            format!("by the inbox key, for network {:#010x}", network.0),
        ),
        Err(_) => Check::new(
            "Signature",
            false,
            format!("is not the inbox key's, for network {:#010x}", network.0),
        ),
    };
    let outlives = packet.expires() > record.expires;
    let end = Check::new(
        "Signed end",
        !outlives,
        if outlives {
            "comes before the packet's: nodes refuse it"
        } else {
            "is not before the packet's"
        },
    );
    [location, signature, end]
}

#[cfg(test)]
mod tests {
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
}
