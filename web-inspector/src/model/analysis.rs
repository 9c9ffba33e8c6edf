//! Bytes taken apart, whatever they are: a stored packet, a tombstone, a datagram or an address.
//!
//! Judges what a clock doesn't change; the work under a difficulty and at a time is in [`super::work`].

use toxdrop_proto::ids::NetworkId;
use toxdrop_proto::packet::{KIND_AT, Packet, PacketKind, VERSION, VERSION_AT};
use toxdrop_proto::tombstone::MAX_TOMBSTONE_LEN;

use super::finding::Analysis;
use super::packet::{self, Claim};
use super::{address, datagram, tombstone};

/// Takes `bytes` apart. `network` is what signatures must be for, `claim` what a node says that they are.
#[must_use]
pub fn analyse(bytes: &[u8], network: NetworkId, claim: Option<&Claim<'_>>) -> Analysis {
    match Format::of(bytes, claim.is_some()) {
        Format::Packet => packet::analyse(bytes, network, claim),
        Format::Tombstone => tombstone::analyse(bytes, network),
        Format::Datagram => datagram::analyse(bytes),
        Format::Address => address::analyse(bytes),
    }
}

enum Format {
    Packet,
    Tombstone,
    Datagram,
    Address,
}

impl Format {
    /// What bytes are, or what they come closest to. No two formats have a length and a head in common, but a packet's
    /// nonce can look like anything: so whole ones come first, then what has a packet's version and kind.
    fn of(bytes: &[u8], is_packet: bool) -> Self {
        let first = bytes.first().copied().unwrap_or_default();
        let kind = bytes.get(KIND_AT).copied().and_then(PacketKind::from_code);
        let has_head = bytes.get(VERSION_AT) == Some(&VERSION) && kind.is_some();
        if is_packet || Packet::parse(bytes).is_ok() {
            Self::Packet
        } else if tombstone::read(bytes).is_some() {
            Self::Tombstone
        } else if has_head {
            Self::Packet
        } else if address::looks_like(bytes) {
            Self::Address
        } else if datagram::is_first_byte(first) {
            Self::Datagram
        } else if (1..=2).contains(&first) && bytes.len() <= MAX_TOMBSTONE_LEN {
            Self::Tombstone
        } else {
            Self::Packet
        }
    }
}

#[cfg(test)]
mod tests {
    use toxdrop_proto::packet::{EXPIRES, LOCATION};

    use super::super::checks::Verdict;
    use super::super::examples;
    use super::super::finding::Audience;
    use super::super::vectors::{self, bytes, text};
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

    fn seen(found: &Analysis, by: Audience) -> Vec<&'static str> {
        let fields = found.fields.iter().filter(|field| field.sees == by);
        fields.map(|field| field.name).collect()
    }

    #[test]
    fn every_claim_of_a_good_record_holds() {
        let found = analysed(&record());
        assert_eq!(found.title, "Inbox record");
        assert_eq!(found.flaw, None);
        assert!(
            found.checks.len() == 4 && found.checks.iter().all(|c| c.verdict == Verdict::Holds)
        );
        let gloss = |name| {
            let field = found.fields.iter().find(|f| f.name == name).unwrap();
            field.gloss.clone()
        };
        assert_eq!(gloss("terms: greatest TTL").as_deref(), Some("28 d 00 h"));
        assert_eq!(gloss("kind").as_deref(), Some("inbox record"));
        assert_eq!(seen(&found, Audience::Inbox), ["box: sealed bytes"]);
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
    fn packet_that_outlives_its_last_day_is_noticed() {
        let mut bytes = record();
        bytes[EXPIRES.end - 1] += 1;
        assert_eq!(verdict(&analysed(&bytes), "Last day"), Verdict::Fails);
    }

    #[test]
    fn every_packet_of_the_vectors_is_shown_whole() {
        let titles = [
            "Message part",
            "Inbox record",
            "Prepaid message part",
            "Deposit",
        ];
        let packets = vectors::packets();
        assert!(packets.len() > 15);
        for packet in packets {
            let found = analysed(&packet);
            let kind = usize::from(packet[KIND_AT]) - 1;
            assert_eq!((found.title, &found.flaw), (titles[kind], &None));
            let failed = found.checks.iter().find(|c| c.verdict == Verdict::Fails);
            assert_eq!(failed, None);
            assert_eq!(found.pow_value.is_some(), kind != 2);
            let private = match kind {
                0 | 2 => seen(&found, Audience::Receiver),
                1 => seen(&found, Audience::Inbox),
                _ => vec![],
            };
            assert_eq!(private.len(), usize::from(kind != 3));
            assert_eq!(found.fields.last().unwrap().range.end, packet.len());
        }
    }

    #[test]
    fn message_whose_ephemeral_key_is_none_is_noticed() {
        let mut bytes = message();
        bytes[52..84].fill(0xff);
        let found = analysed(&bytes);
        assert_eq!(verdict(&found, "Ephemeral key"), Verdict::Fails);
    }

    #[test]
    fn both_forms_of_a_tombstone_are_verified() {
        let expected = ["Owner's tombstone", "Sender's tombstone (recall)"];
        for (of, title) in vectors::read("tombstones")
            .as_array()
            .unwrap()
            .iter()
            .zip(expected)
        {
            let whole = bytes(&of["tombstone"]);
            let found = analysed(&whole);
            assert_eq!((found.title, &found.flaw), (title, &None));
            assert_eq!(verdict(&found, "Signature"), Verdict::Holds);
            assert_eq!(verdict(&found, "Covers"), Verdict::Unknown);
            assert_eq!(found.id.unwrap(), text(&of["id"]));
            assert_eq!(hex::encode(found.location.unwrap()), text(&of["location"]));
            let elsewhere = analyse(&whole, NetworkId(7), None);
            assert_eq!(verdict(&elsewhere, "Signature"), Verdict::Fails);
            let cut = analysed(&whole[..100]);
            assert_eq!(cut.title, "Malformed tombstone");
            assert_eq!(cut.flaw.unwrap().missing, whole.len() - 100);
        }
    }

    #[test]
    fn envelopes_are_shown_by_their_clear_head() {
        let envelopes = &vectors::read("wire")["envelopes"];
        for of in envelopes.as_array().unwrap() {
            let datagram = bytes(&of["datagram"]);
            let found = analysed(&datagram);
            let what = text(&of["what"]);
            assert_eq!(found.flaw, None, "{what}");
            assert!(
                found.title.starts_with("Envelope"),
                "{what}: {}",
                found.title
            );
            let value = |name: &str| {
                let field = found.fields.iter().find(|f| f.name == name).unwrap();
                field.value.clone()
            };
            assert_eq!(value("nonce"), text(&of["nonce"]), "{what}");
            assert_eq!(value("token"), text(&of["token"]), "{what}");
            assert_eq!(seen(&found, Audience::Addressee), ["box: sealed bytes"]);
            let sealed = found
                .fields
                .iter()
                .find(|f| f.name == "box: sealed bytes")
                .unwrap();
            // Beside the body: id, request id and command.
            assert_eq!(sealed.range.len(), bytes(&of["body"]).len() + 10, "{what}");
            assert_eq!(verdict(&found, "Length"), Verdict::Holds, "{what}");
            let first = of["first_byte"].as_u64().unwrap();
            let has_way_back = found.fields.iter().any(|f| f.name == "way back");
            assert_eq!(has_way_back, first < 0xa0, "{what}");
        }
    }

    #[test]
    fn challenges_and_dialled_are_shown() {
        let wire = vectors::read("wire");
        for of in wire["challenges"].as_array().unwrap() {
            let found = analysed(&bytes(&of["bytes"]));
            let what = text(&of["what"]);
            assert_eq!(
                (found.title, &found.flaw),
                (&*format!("Challenge: {what}"), &None)
            );
            assert_eq!(verdict(&found, "Demand"), Verdict::Holds);
            assert_eq!(found.fields.len(), if what == "puzzle" { 5 } else { 4 });
        }
        let found = analysed(&bytes(&wire["dialled"]["datagram"]));
        assert_eq!(found.title, "Dialled: a node dials back");
        assert_eq!((found.flaw, found.fields.len()), (None, 3));
    }

    #[test]
    fn addresses_are_shown_in_all_their_forms() {
        for of in vectors::read("addresses")["valid"].as_array().unwrap() {
            for (form, title) in [
                ("address", "Address"),
                ("tox_id", "Tox ID"),
                ("tox_public_key", "Tox public key"),
            ] {
                let typed = super::super::input::from_text(text(&of[form])).unwrap();
                let found = analysed(&typed);
                assert_eq!((found.title, &found.flaw), (title, &None));
                assert!(found.checks.iter().all(|c| c.verdict == Verdict::Holds));
                let forms = address::forms(&found.address.unwrap());
                assert!(forms.contains(&("Address", text(&of["address"]).to_owned())));
                assert_eq!(forms.len(), if title == "Tox ID" { 4 } else { 3 });
            }
        }
    }

    #[test]
    fn wrong_address_is_one_clear_sentence_and_shows_where() {
        let addresses = vectors::read("addresses");
        for of in addresses["invalid"].as_array().unwrap() {
            let (typed, sentence) = (text(&of["text"]), text(&of["sentence"]));
            let said = match super::super::input::from_text(typed) {
                Ok(typed) => analysed(&typed).flaw.unwrap().message,
                Err(wrong) => wrong.to_string(),
            };
            // What has no form of an address may be anything: it is read as hexadecimal.
            let is_address = !sentence.starts_with("this is not") && typed.len() != 78;
            assert!(
                !said.is_empty() && (!is_address || said == sentence),
                "{typed}: {said}"
            );
        }
        for of in addresses["refused_tox_keys"].as_array().unwrap() {
            let found = analysed(&bytes(&of["key"]));
            assert_eq!(found.flaw.unwrap().range, 0..32);
            assert_eq!(found.checks.last().unwrap().verdict, Verdict::Fails);
        }
        let mut id = bytes(&addresses["valid"][0]["tox_id"]);
        id[33] ^= 1;
        let found = analysed(&id);
        assert_eq!(found.flaw.unwrap().range, 36..38);
        assert_eq!(found.checks.last().unwrap().what, "Checksum");
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
        assert_eq!(flaw.range, cut.len()..cut.len());
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
        for first in 0..=u8::MAX {
            for len in (0..180).chain([250, 275, 276, 277, 1_200, 1_300]) {
                let found = analysed(&vec![first; len]);
                assert_eq!(found.fields.last().map_or(0, |f| f.range.end), len);
                let ordered = found
                    .fields
                    .windows(2)
                    .all(|two| two[0].range.end == two[1].range.start);
                assert!(ordered && found.flaw.is_none_or(|flaw| flaw.range.end <= len));
            }
        }
    }
}
