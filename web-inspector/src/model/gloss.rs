//! What a field's number means to people: dates, weeks, kinds, terms.
//!
//! Goes by the field's name, as the protocol crate gives it; knows no offsets.

use toxdrop_proto::day::Day;
use toxdrop_proto::week::Week;

use super::units;

/// The value of a field in words; `None` where the value says enough.
pub(super) fn of(name: &str, value: &str) -> Option<String> {
    if name == "front door's secret" {
        let zero = !value.is_empty() && value.bytes().all(|digit| digit == b'0');
        return Some(
            if zero {
                "zero: it has not moved"
            } else {
                "present: it has moved"
            }
            .to_owned(),
        );
    }
    let number = value.parse::<u64>().ok()?;
    match name {
        "expires" | "made" => Some(units::date(number)),
        "last" => u16::try_from(number).ok().map(|day| {
            let end = units::date(Day::from_number(day).end().0);
            format!("it cannot live past {end}")
        }),
        "kind" => Some(kind(number).to_owned()),
        "authority" => Some(authority(number).to_owned()),
        "size" => Some(format!("{} of prepaid parts", units::bytes(number))),
        "terms: trials" => Some(figure(number, "what the network asks", "trials per byte")),
        "terms: extra bytes" => Some(figure(number, "what the network adds", "bytes")),
        "terms: greatest TTL" => Some(units::duration(number.saturating_mul(86_400))),
        "terms: held" => Some(match number {
            0 => "new, or none".to_owned(),
            5 => "5 weeks or more".to_owned(),
            weeks => format!("{weeks} of 5 weeks"),
        }),
        "first week" => Some(week(number)),
        _ => None,
    }
}

/// A week by its beginning.
pub(super) fn week(number: u64) -> String {
    let begins = units::date(Week::from_number(number).begin().0);
    format!("week {number}, from {begins}")
}

fn kind(number: u64) -> &'static str {
    match number {
        1 => "sealed message part",
        2 => "inbox record",
        3 => "prepaid message part",
        4 => "deposit",
        _ => "unknown",
    }
}

fn authority(number: u64) -> &'static str {
    match number {
        1 => "the place's owner: a deletion, and the sender's receipt",
        2 => "the sender: a recall",
        _ => "unknown",
    }
}

fn figure(exponent: u64, none: &str, unit: &str) -> String {
    match u32::try_from(exponent)
        .ok()
        .and_then(|e| 1u64.checked_shl(e))
    {
        Some(1) => none.to_owned(),
        Some(power) => format!("at least {} {unit}", units::grouped(power)),
        None => "out of range".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_put_into_words() {
        for (name, value, expected) in [
            ("terms: trials", "0", Some("what the network asks")),
            (
                "terms: trials",
                "13",
                Some("at least 8\u{202f}192 trials per byte"),
            ),
            (
                "terms: extra bytes",
                "11",
                Some("at least 2\u{202f}048 bytes"),
            ),
            ("terms: greatest TTL", "28", Some("28 d 00 h")),
            ("terms: held", "5", Some("5 weeks or more")),
            ("kind", "4", Some("deposit")),
            ("authority", "2", Some("the sender: a recall")),
            (
                "last",
                "20861",
                Some("it cannot live past 2027-02-13 00:00:00 UTC"),
            ),
            (
                "first week",
                "2976",
                Some("week 2976, from 2027-01-14 00:00:00 UTC"),
            ),
            (
                "front door's secret",
                "00000000000000000000000000000000",
                Some("zero: it has not moved"),
            ),
            (
                "front door's secret",
                "30e7ad812c5c2b6fd73268ce94e0cff6",
                Some("present: it has moved"),
            ),
            ("version number", "18420332834115385", None),
            ("nonce", "971", None),
            ("expires", "cut off: 2 of 8 bytes", None),
        ] {
            assert_eq!(of(name, value).as_deref(), expected, "{name} {value}");
        }
    }
}
