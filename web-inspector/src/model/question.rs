//! "Does it belong to an address?", answered: the place that was found, and what a record there holds.
//!
//! The places stand in [`super::belongs`], opening in [`super::record`].

use toxdrop_proto::packet::{Packet, PacketKind};

use super::belongs::{self, Span};
use super::record::{self, OpenedRecord};

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whether it lies at a place of the inbox.
    pub found: bool,
    /// Which place that is, or what it means that there is none.
    pub sentence: String,
    /// What the record holds, if it is one.
    pub record: Option<OpenedRecord>,
}

/// Looks for the place with this location among those of the inbox with this address, as it was typed, and this secret, in
/// 32 hexadecimal digits, or empty. A packet bounds by its last day which periods these can be; without one those around
/// `now` are tried.
///
/// # Errors
/// A sentence that says what is wrong with the address or the secret.
pub fn ask(
    location: &[u8; 32],
    packet: Option<&Packet>,
    address: &str,
    secret: &str,
    now: u64,
) -> Result<Answer, String> {
    let (address, secret) = belongs::read(address, secret)?;
    let span = packet.map_or_else(|| Span::around(now), Span::of);
    let Some(place) = belongs::find(location, span, &address, secret.as_ref()) else {
        let mut sentence = belongs::denial(span, secret.is_some());
        let prepaid = [PacketKind::Prepaid, PacketKind::Deposit];
        if packet.is_some_and(|packet| prepaid.contains(&packet.kind())) {
            sentence
                .push_str(" The place of two friends' pair key can be found by these two only.");
        }
        return Ok(Answer {
            found: false,
            sentence,
            record: None,
        });
    };
    Ok(Answer {
        found: true,
        sentence: format!("Yes: this is {}.", belongs::describe(&place)),
        record: packet.and_then(|packet| record::open(packet, &address.key, &place, now)),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use toxdrop_proto::address::Address;
    use toxdrop_proto::keys::InboxPublicKey;
    use toxdrop_proto::packet::{LAST, RECORD_LEN};

    use super::super::checks::{Check, Verdict};
    use super::super::examples;
    use super::super::finding::Audience;
    use super::super::vectors::{self, bytes, text};
    use super::*;

    const NOW: u64 = 1_800_000_000;

    fn address_of(inbox: &Value) -> String {
        let key = bytes(&inbox["key"]).try_into().unwrap();
        Address::from(InboxPublicKey::from_bytes(key).unwrap()).to_string()
    }

    fn packet(bytes: &[u8]) -> Packet {
        Packet::parse(bytes).unwrap()
    }

    fn asked(packet: &Packet, address: &str, secret: &str) -> Answer {
        let location = packet.location();
        ask(location.as_bytes(), Some(packet), address, secret, NOW).unwrap()
    }

    fn secret_of(place: &Value) -> &str {
        match text(&place["secret"]) {
            "00000000000000000000000000000000" => "",
            secret => secret,
        }
    }

    fn outcome(checks: &[Check]) -> Vec<Verdict> {
        checks.iter().map(|check| check.verdict).collect()
    }

    #[test]
    fn messages_place_is_known_to_who_has_the_address() {
        let message = packet(&examples::MESSAGE.bytes().unwrap());
        let address = examples::RECEIVER;
        let ask = |address: &str, secret: &str| {
            ask(
                message.location().as_bytes(),
                Some(&message),
                address,
                secret,
                NOW,
            )
        };
        let answer = ask(address, "").unwrap();
        assert!(
            answer.found
                && answer
                    .sentence
                    .contains("the front door (secret zero), of period 742")
        );
        let zeros = "0".repeat(32);
        assert!(ask(address, &zeros).unwrap().found);
        let of_another = vectors::read("records");
        assert!(
            !ask(&address_of(&of_another["inbox"]), &"ab".repeat(16))
                .unwrap()
                .found
        );
        assert!(ask(address, "ab").unwrap_err().starts_with("the secret"));
        assert!(ask(&address[1..], "").is_err());
    }

    #[test]
    fn all_three_forms_of_an_address_find_its_place_and_a_wrong_one_is_said() {
        let wrong = vectors::read("addresses");
        for of in wrong["invalid"].as_array().unwrap() {
            let said = ask(&[0; 32], None, text(&of["text"]), "", NOW);
            assert_eq!(said.unwrap_err(), text(&of["sentence"]));
        }
        let message = packet(&examples::MESSAGE.bytes().unwrap());
        let address: Address = examples::RECEIVER.parse().unwrap();
        let tox_key = hex::encode(address.key.to_tox());
        let id = toxdrop_proto::tox::ToxId {
            public_key: address.key.to_tox(),
            nospam: toxdrop_proto::tox::Nospam([1, 2, 3, 4]),
        };
        for form in [address.to_string(), tox_key, id.to_string()] {
            assert!(asked(&message, &form, "").found, "{form}");
        }
    }

    #[test]
    fn record_opens_at_each_of_its_places_and_every_rule_is_shown() {
        let records = vectors::read("records");
        let address = address_of(&records["inbox"]);
        let names = [
            "record point 1 of 4",
            "record point 4 of 4",
            "front door (secret zero)",
            "front door with this secret",
            "contacts' place",
        ];
        for (of, name) in records["at"].as_array().unwrap().iter().zip(names) {
            let record = packet(&bytes(&of["packet"]));
            let answer = asked(&record, &address, secret_of(&of["place"]));
            assert!(answer.sentence.contains(name), "{}", answer.sentence);
            let opened = answer.record.unwrap();
            assert_eq!(outcome(&opened.checks), [Verdict::Holds; 6], "{name}");
            let of_name = |name: &str| {
                opened
                    .fields
                    .iter()
                    .find(|f| f.name == name)
                    .unwrap()
                    .clone()
            };
            assert_eq!(of_name("revision").value, records["revision"].to_string());
            assert_eq!(of_name("made").value, records["made"].to_string());
            assert_eq!(of_name("made").sees, Audience::Inbox);
            assert_eq!(
                of_name("front door's secret").gloss.as_deref(),
                Some("present: it has moved")
            );
            let keys: Vec<_> = opened
                .fields
                .iter()
                .filter(|f| f.name == "seal key")
                .collect();
            assert!(
                keys[4]
                    .gloss
                    .as_ref()
                    .unwrap()
                    .starts_with("week 2980, from")
            );
            let expected: Vec<&str> = records["seal_keys"]
                .as_array()
                .unwrap()
                .iter()
                .map(text)
                .collect();
            assert!(keys.iter().map(|key| &*key.value).eq(expected));
            assert_eq!(
                opened.door.unwrap().secret.unwrap(),
                text(&records["front_door"])
            );
        }
    }

    #[test]
    fn front_door_that_a_record_names_is_found_with_its_secret_and_not_without() {
        let records = vectors::read("records");
        let address = address_of(&records["inbox"]);
        let at_point = packet(&bytes(&records["at"][0]["packet"]));
        let door = asked(&at_point, &address, "").record.unwrap().door.unwrap();
        let moved = &records["at"][3];
        let named = door
            .locations
            .iter()
            .find(|(period, _)| period == "period 745")
            .unwrap();
        assert_eq!(named.1, text(&moved["place"]["location"]));
        let there = packet(&bytes(&moved["packet"]));
        let without = asked(&there, &address, "");
        assert!(
            !without.found
                && without
                    .sentence
                    .contains("cannot be tested by who knows only the address")
        );
        assert_eq!(without.record, None);
        let with = asked(&there, &address, &door.secret.unwrap());
        assert!(with.found && with.record.is_some());
    }

    #[test]
    fn contacts_place_cannot_be_tested_by_the_address_alone() {
        let records = vectors::read("records");
        let there = packet(&bytes(&records["at"][4]["packet"]));
        let answer = asked(&there, &address_of(&records["inbox"]), "");
        assert!(!answer.found && answer.sentence.contains("contacts' place"));
    }

    #[test]
    fn pairs_place_is_for_two_friends() {
        let deposits = vectors::read("deposits");
        let deposit = packet(&bytes(&deposits["deposit"]));
        for friend in ["reader", "writer"] {
            let answer = asked(&deposit, &address_of(&deposits[friend]), "");
            assert!(!answer.found && answer.sentence.contains("two friends"));
        }
    }

    #[test]
    fn tombstones_place_is_tested_around_now() {
        let owners = &vectors::read("tombstones")[0];
        let location = bytes(&owners["location"]).try_into().unwrap();
        let address = address_of(&owners["inbox"]);
        for (now, found) in [
            (NOW, true),
            (NOW + 50 * 86_400, true),
            (NOW + 90 * 86_400, false),
        ] {
            let answer = ask(&location, None, &address, "", now).unwrap();
            assert_eq!(answer.found, found, "{now}");
        }
    }

    #[test]
    fn record_that_contradicts_itself_is_ignored_and_the_broken_rule_is_named() {
        let records = vectors::read("records");
        let address = address_of(&records["inbox"]);
        let whole = bytes(&records["at"][0]["packet"]);
        let damaged = |at: usize, byte: u8| {
            let mut bytes = whole.clone();
            bytes[at] = byte;
            packet(&bytes)
        };
        let later_week = {
            let last = u16::from_be_bytes([whole[LAST.start], whole[LAST.start + 1]]) + 7;
            let mut bytes = whole.clone();
            bytes[LAST].copy_from_slice(&last.to_be_bytes());
            packet(&bytes)
        };
        for (what, record) in [
            ("Box", damaged(RECORD_LEN - 70, whole[RECORD_LEN - 70] ^ 1)),
            ("Version number", damaged(91, whole[91] ^ 1)),
            ("Week", later_week),
            ("Terms", damaged(94, 14)),
        ] {
            let opened = asked(&record, &address, "").record.unwrap();
            let at = opened
                .checks
                .iter()
                .position(|c| c.verdict == Verdict::Fails)
                .unwrap();
            assert_eq!(opened.checks[at].what, what);
            assert!(
                opened.checks[..at]
                    .iter()
                    .all(|c| c.verdict == Verdict::Holds)
            );
            assert!(
                opened.checks[at + 1..]
                    .iter()
                    .all(|c| c.verdict == Verdict::Unknown)
            );
            assert!(opened.fields.is_empty() && opened.door.is_none());
        }
    }

    #[test]
    fn record_from_the_future_is_noticed() {
        let records = vectors::read("records");
        let record = packet(&bytes(&records["at"][0]["packet"]));
        let location = record.location();
        let address = address_of(&records["inbox"]);
        for (now, expected) in [
            (NOW - 86_400, Verdict::Holds),
            (NOW - 86_401, Verdict::Fails),
        ] {
            let answer = ask(location.as_bytes(), Some(&record), &address, "", now).unwrap();
            let opened = answer.record.unwrap();
            let date = opened.checks.iter().find(|c| c.what == "Date").unwrap();
            assert_eq!(date.verdict, expected);
        }
    }
}
