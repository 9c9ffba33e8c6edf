//! A packet taken apart: its fields in order, what is wrong and where, and which of its claims hold.
//!
//! Judges what a clock doesn't change; the work under a difficulty and at a time is in [`super::work`].

use std::ops::Range;

use toxdrop_proto::anatomy;
use toxdrop_proto::codec::{DecodeError, DecodeErrorKind};
use toxdrop_proto::ids::{NetworkId, Salt};
use toxdrop_proto::location::inbox_location;
use toxdrop_proto::packet::{CLOCK_SKEW, EXPIRES, HEADER_LEN, LOCATION, MAX_TTL, Packet};
use toxdrop_proto::pow;
use toxdrop_proto::record::InboxRecord;

use super::units;

/// One field of the layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// As PROTOCOL.md calls it.
    pub name: &'static str,
    /// Where its bytes lie.
    pub range: Range<usize>,
    /// What they say.
    pub value: String,
    /// The same for people, where that is something else: a date for a number of seconds.
    pub gloss: Option<String>,
    /// What it is for.
    pub meaning: &'static str,
}

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

/// Where decoding stopped, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The offending bytes; empty where bytes are missing.
    pub range: Range<usize>,
    /// How many bytes are missing at the end.
    pub missing: usize,
    /// What is wrong, in a sentence.
    pub message: String,
}

/// All that bytes say about themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Analysis {
    /// "Message packet", "Inbox record", "Malformed packet", "Not a packet".
    pub title: &'static str,
    /// In order, without gaps.
    pub fields: Vec<Field>,
    /// What is wrong, if anything.
    pub flaw: Option<Flaw>,
    /// The packet's id, in hex, recomputed.
    pub id: Option<String>,
    /// The location that it claims.
    pub location: Option<[u8; 32]>,
    /// When it ends, Unix seconds.
    pub expires: Option<u64>,
    /// What the nonce hashes to.
    pub pow_value: Option<u64>,
    /// All checks that need no clock.
    pub checks: Vec<Check>,
}

/// What somebody else, a node, says these bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim<'a> {
    /// The location it is listed at.
    pub location: &'a [u8],
    /// The id it is listed as.
    pub packet_id: &'a [u8],
}

/// Takes `bytes` apart. `network` is what a record's signature must be for.
#[must_use]
pub fn analyse(bytes: &[u8], network: NetworkId, claim: Option<&Claim<'_>>) -> Analysis {
    let (fields, error) = anatomy::fields(bytes);
    let packet = Packet::parse(bytes).ok();
    let record = packet.as_ref().and_then(Packet::record);
    let title = match (&packet, record) {
        (None, _) if bytes.len() > HEADER_LEN => "Malformed packet",
        (None, _) => "Not a packet",
        (Some(_), None) => "Message packet",
        (Some(_), Some(_)) => "Inbox record",
    };
    let flaw = error.map(|error| flaw(bytes, error, &fields));
    let mut checks = vec![layout_check(flaw.as_ref(), fields.len())];
    if let (Some(packet), Some(claim)) = (&packet, claim) {
        checks.push(claim_check(packet, claim));
    }
    match (&packet, record) {
        (Some(packet), Some(record)) => checks.extend(record_checks(packet, record, network)),
        (Some(packet), None) if packet.ephemeral_key().is_some() => checks.push(Check {
            what: "Location",
            verdict: Verdict::Unknown,
            detail:
                "is derived from the receiver's key, which nobody but sender and receiver knows; \
                     give an address below to compare"
                    .to_owned(),
        }),
        _ => {}
    }
    Analysis {
        title,
        fields: fields.into_iter().map(shown).collect(),
        flaw,
        id: packet.as_ref().map(|p| p.id().to_string()),
        location: bytes.get(LOCATION).and_then(|l| l.try_into().ok()),
        expires: bytes
            .get(EXPIRES)
            .and_then(|e| e.try_into().ok())
            .map(u64::from_be_bytes),
        pow_value: bytes.get(EXPIRES).and_then(|_| pow::object_value(bytes)),
        checks,
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

fn layout_check(flaw: Option<&Flaw>, fields: usize) -> Check {
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

fn claim_check(packet: &Packet, claim: &Claim<'_>) -> Check {
    let same_id = packet.id().as_bytes() == claim.packet_id;
    let same_place = packet.location().as_bytes() == claim.location;
    let detail = match (same_id, same_place) {
        (true, true) => "recomputed; the node lists it so, at this location",
        (false, _) => "recomputed is another than the node's list says",
        (true, false) => "is the listed one, but the node lists it at another location",
    };
    Check::new("Id", same_id && same_place, detail)
}

fn record_checks(packet: &Packet, record: &InboxRecord, network: NetworkId) -> [Check; 3] {
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

/// Which bytes a decoder's error means. It names where the wrong thing starts; the field says where it ends.
fn flaw(bytes: &[u8], error: DecodeError, fields: &[anatomy::Field]) -> Flaw {
    let start = error.offset.min(bytes.len());
    let field_end = fields
        .iter()
        .find(|field| field.range.contains(&start))
        .map_or(bytes.len(), |field| field.range.end);
    let (range, missing, message) = match error.kind {
        DecodeErrorKind::TooShort { needed, left } => {
            let missing = needed.saturating_sub(left);
            let plural = if missing == 1 { "byte is" } else { "bytes are" };
            (
                start..bytes.len(),
                missing,
                format!("the packet ends too early; at least {missing} more {plural} needed"),
            )
        }
        DecodeErrorKind::TrailingBytes(_) => (start..bytes.len(), 0, error.kind.to_string()),
        DecodeErrorKind::TooLong { len, max } => (
            start..bytes.len(),
            0,
            format!("the packet goes on to {len} bytes, but it may have at most {max}"),
        ),
        _ => (start..field_end, 0, error.kind.to_string()),
    };
    Flaw {
        range,
        missing,
        message,
    }
}

/// A field for the page: with the meaning of its value where the bare number says little.
fn shown(field: anatomy::Field) -> Field {
    let number = field.value.parse::<u64>().ok();
    let gloss = number.and_then(|number| match field.name {
        "nonce" | "nonce trials per byte" | "extra bytes" | "version" => None,
        "expires" | "record expires" => Some(units::date(number)),
        "sequence" => Some(units::date(number / 1_000)),
        "greatest TTL" => Some(units::duration(number)),
        "kind" => match number {
            1 => Some("sealed message part".to_owned()),
            2 => Some("inbox record".to_owned()),
            _ => Some("unknown".to_owned()),
        },
        _ => None,
    });
    Field {
        name: field.name,
        range: field.range,
        value: field.value,
        gloss,
        meaning: field.meaning,
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples;
    use super::*;

    fn record() -> Vec<u8> {
        examples::RECORD.bytes().unwrap()
    }

    fn message() -> Vec<u8> {
        examples::MESSAGE.bytes().unwrap()
    }

    fn analysed(bytes: &[u8]) -> Analysis {
        analyse(bytes, NetworkId::MAIN, None)
    }

    fn verdict(found: &Analysis, what: &str) -> Verdict {
        found
            .checks
            .iter()
            .find(|c| c.what == what)
            .unwrap()
            .verdict
    }

    #[test]
    fn every_claim_of_a_good_record_holds() {
        let found = analysed(&record());
        assert_eq!(found.title, "Inbox record");
        assert_eq!(found.flaw, None);
        assert!(
            found.checks.len() == 4 && found.checks.iter().all(|c| c.verdict == Verdict::Holds)
        );
        assert!(
            found
                .checks
                .iter()
                .any(|c| c.detail.contains("point 3 of 4"))
        );
        let gloss = |name| {
            let field = found.fields.iter().find(|f| f.name == name).unwrap();
            field.gloss.clone()
        };
        assert_eq!(gloss("greatest TTL").as_deref(), Some("14 d 00 h"));
        assert_eq!(gloss("kind").as_deref(), Some("inbox record"));
    }

    #[test]
    fn record_of_another_network_has_a_wrong_signature() {
        let found = analyse(&record(), NetworkId(7), None);
        assert_eq!(verdict(&found, "Signature"), Verdict::Fails);
        assert_eq!(verdict(&found, "Location"), Verdict::Holds);
    }

    #[test]
    fn record_at_a_foreign_location_is_noticed() {
        let mut bytes = record();
        bytes[LOCATION.start] ^= 1;
        assert_eq!(verdict(&analysed(&bytes), "Location"), Verdict::Fails);
    }

    #[test]
    fn packet_that_outlives_its_record_is_noticed() {
        let mut bytes = record();
        bytes[EXPIRES.end - 1] += 1;
        assert_eq!(verdict(&analysed(&bytes), "Signed end"), Verdict::Fails);
    }

    #[test]
    fn messages_place_is_known_to_who_has_the_address() {
        let found = analysed(&message());
        assert_eq!(found.title, "Message packet");
        assert_eq!(verdict(&found, "Location"), Verdict::Unknown);
        let location = found.location.unwrap();
        let address = examples::RECEIVER;
        assert_eq!(belongs_to(&location, address, ""), Ok(true));
        assert_eq!(belongs_to(&location, address, &"ab".repeat(16)), Ok(false));
        assert!(
            belongs_to(&location, address, "ab")
                .unwrap_err()
                .starts_with("the salt")
        );
        assert!(belongs_to(&location, &address[1..], "").is_err());
    }

    #[test]
    fn node_that_lists_a_packet_wrongly_is_noticed() {
        let bytes = message();
        let found = analysed(&bytes);
        let id = hex::decode(found.id.unwrap()).unwrap();
        let location = found.location.unwrap();
        for (location, packet_id, expected) in [
            (&location[..], &id[..], Verdict::Holds),
            (&location[..], &location[..], Verdict::Fails),
            (&id[..], &id[..], Verdict::Fails),
        ] {
            let claim = Claim {
                location,
                packet_id,
            };
            let found = analyse(&bytes, NetworkId::MAIN, Some(&claim));
            assert_eq!(verdict(&found, "Id"), expected);
        }
    }

    #[test]
    fn cut_packet_says_how_much_is_missing_and_where() {
        let bytes = record();
        let cut = &bytes[..bytes.len() - 10];
        let flaw = analysed(cut).flaw.unwrap();
        assert_eq!(flaw.missing, 10);
        assert_eq!(flaw.range, bytes.len() - 64..bytes.len() - 10);
        assert!(flaw.message.contains("10 more bytes"));
    }

    #[test]
    fn unknown_version_and_trailing_bytes_are_marked() {
        let mut bytes = record();
        bytes[16] = 9;
        let flaw = analysed(&bytes).flaw.unwrap();
        assert_eq!(
            (flaw.range, flaw.message.as_str()),
            (16..17, "unknown version 9")
        );
        let mut bytes = record();
        bytes.extend([1, 2, 3]);
        let flaw = analysed(&bytes).flaw.unwrap();
        assert_eq!(flaw.range, bytes.len() - 3..bytes.len());
    }

    #[test]
    fn no_bytes_panic() {
        let whole = record();
        for bytes in [vec![], vec![0xff; 3], vec![0; 2_000], message()] {
            let found = analysed(&bytes);
            assert_eq!(found.fields.last().map_or(0, |f| f.range.end), bytes.len());
        }
        for len in 0..whole.len() {
            let found = analysed(&whole[..len]);
            let flaw = found.flaw.unwrap();
            assert!(flaw.range.end <= len);
            assert_eq!(found.pow_value.is_some(), len >= 16);
        }
    }

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
