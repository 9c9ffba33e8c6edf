//! A packet taken apart: its fields in order, what is wrong and where, and which of its claims hold.
//!
//! Judges what a clock doesn't change; the work under a difficulty and at a time is in [`super::work`].

use std::ops::Range;

use toxdrop_proto::anatomy;
use toxdrop_proto::ids::NetworkId;
use toxdrop_proto::packet::{EXPIRES, HEADER_LEN, LOCATION, Packet};
use toxdrop_proto::pow;

use super::checks::{self, Check, Claim};
use super::flaw::{self, Flaw};
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

/// Takes `bytes` apart. `network` is what a record's signature must be for.
#[must_use]
pub fn analyse(bytes: &[u8], network: NetworkId, claim: Option<&Claim<'_>>) -> Analysis {
    let (fields, error) = anatomy::fields(bytes);
    // A message whose ephemeral key is none has the form of a packet, but no node takes it.
    let packet = Packet::parse(bytes).ok().filter(|_| error.is_none());
    let record = packet.as_ref().and_then(Packet::record);
    let title = match (&packet, record) {
        (None, _) if bytes.len() > HEADER_LEN => "Malformed packet",
        (None, _) => "Not a packet",
        (Some(_), None) => "Message packet",
        (Some(_), Some(_)) => "Inbox record",
    };
    let flaw = error.map(|error| flaw::of(bytes, error, &fields));
    let mut found = vec![checks::layout(flaw.as_ref(), fields.len())];
    if let (Some(packet), Some(claim)) = (&packet, claim) {
        found.push(checks::claim(packet, claim));
    }
    match (&packet, record) {
        (Some(packet), Some(record)) => found.extend(checks::record(packet, record, network)),
        (Some(_), None) => found.push(checks::message_place()),
        (None, _) => {}
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
        checks: found,
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
    use super::super::checks::{Verdict, belongs_to};
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
}
