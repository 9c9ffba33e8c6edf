//! A stored packet taken apart for people: every byte belongs to a named field, also when the packet is malformed.
//!
//! Decides nothing: whether the bytes are a packet is the word of [`Packet::parse`] and [`Packet::ephemeral_key`], which is passed on.

use std::fmt;
use std::ops::Range;

use crate::codec::DecodeError;
use crate::keys::{InboxPublicKey, MAC_LEN, SIGNATURE_LEN};
use crate::packet::{EXPIRES, HEADER_LEN, KIND_AT, LOCATION, NONCE, Packet, VERSION_AT};

/// A named run of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// As PROTOCOL.md calls it.
    pub name: &'static str,
    /// Where its bytes lie.
    pub range: Range<usize>,
    /// What they say: numbers in decimal, everything else in hexadecimal; says so where the field is cut off.
    pub value: String,
    /// What it is for.
    pub meaning: &'static str,
}

#[derive(Clone, Copy)]
enum Show {
    Number,
    Hex,
    /// Too long to be shown: only how much of it there is.
    Length,
}

/// One line of a layout; the layouts below are PROTOCOL.md's tables.
struct Row {
    name: &'static str,
    /// `None`: all that is left.
    len: Option<usize>,
    show: Show,
    meaning: &'static str,
}

const fn row(name: &'static str, len: usize, show: Show, meaning: &'static str) -> Row {
    Row {
        name,
        len: Some(len),
        show,
        meaning,
    }
}

const HEADER: [Row; 5] = [
    row(
        "nonce",
        NONCE.end,
        Show::Number,
        "proof of work: found by trial, checked by one hash",
    ),
    row(
        "expires",
        EXPIRES.end - EXPIRES.start,
        Show::Number,
        "when the packet ends, in Unix seconds; a TTL update changes it together with the nonce",
    ),
    row(
        "version",
        KIND_AT - VERSION_AT,
        Show::Number,
        "of this layout: 1. From here on everything is covered by the packet's id",
    ),
    row(
        "kind",
        LOCATION.start - KIND_AT,
        Show::Number,
        "what the body is: 1 a sealed message part, 2 an inbox record",
    ),
    row(
        "location",
        LOCATION.end - LOCATION.start,
        Show::Hex,
        "the point of the keyspace near which nodes keep the packet",
    ),
];

const MESSAGE: [Row; 3] = [
    row(
        "ephemeral key",
        InboxPublicKey::LEN,
        Show::Hex,
        "Ed25519 key made for this packet only: seals the outer box, and can recall the packet",
    ),
    row(
        "outer box: tag",
        MAC_LEN,
        Show::Hex,
        "Poly1305 tag of the sealed bytes, for the receiver's key",
    ),
    Row {
        name: "outer box: sealed bytes",
        len: None,
        show: Show::Length,
        meaning: "sender's key, nonce and inner box; only the receiver can tell more",
    },
];

const RECORD: [Row; 9] = [
    row(
        "inbox key",
        InboxPublicKey::LEN,
        Show::Hex,
        "the owner's public key, which an address holds too",
    ),
    row(
        "salt",
        16,
        Show::Hex,
        "gives the inbox location together with the key; another salt moves the inbox",
    ),
    row(
        "sequence",
        8,
        Show::Number,
        "Unix milliseconds: a record with a greater one replaces this",
    ),
    row(
        "nonce trials per byte",
        8,
        Show::Number,
        "the work that the owner asks of senders",
    ),
    row(
        "extra bytes",
        8,
        Show::Number,
        "added to each packet's length when work is charged",
    ),
    row(
        "greatest TTL",
        8,
        Show::Number,
        "in seconds: how long senders may have packets kept",
    ),
    row(
        "record expires",
        8,
        Show::Number,
        "Unix seconds: signed, so that no packet of this record outlives it",
    ),
    row("seal key", 32, Show::Hex, "reserved, zero today"),
    row(
        "signature",
        SIGNATURE_LEN,
        Show::Hex,
        "the owner's Ed25519 signature over network, command and all fields of the record",
    ),
];

const UNKNOWN_BODY: Row = Row {
    name: "body",
    len: None,
    show: Show::Length,
    meaning: "of a kind that is unknown here",
};

const TRAILING: Row = Row {
    name: "trailing bytes",
    len: None,
    show: Show::Length,
    meaning: "belong to no field",
};

/// Takes a stored packet apart. The fields are in order and cover all bytes without gaps; the error, if any, is
/// the first thing that keeps the bytes from being a well-formed packet.
#[must_use]
pub fn fields(bytes: &[u8]) -> (Vec<Field>, Option<DecodeError>) {
    let mut cutter = Cutter {
        bytes,
        at: 0,
        fields: Vec::new(),
    };
    cutter.cut_all(&HEADER);
    if bytes.len() > HEADER_LEN {
        match bytes.get(KIND_AT) {
            Some(1) => cutter.cut_all(&MESSAGE),
            Some(2) => cutter.cut_all(&RECORD),
            _ => cutter.cut(&UNKNOWN_BODY),
        }
    }
    if cutter.at < bytes.len() {
        cutter.cut(&TRAILING);
    }
    let judged = Packet::parse(bytes).and_then(|packet| packet.ephemeral_key());
    (cutter.fields, judged.err())
}

struct Cutter<'a> {
    bytes: &'a [u8],
    at: usize,
    fields: Vec<Field>,
}

impl Cutter<'_> {
    fn cut_all(&mut self, rows: &[Row]) {
        for row in rows {
            if self.at < self.bytes.len() {
                self.cut(row);
            }
        }
    }

    fn cut(&mut self, row: &Row) {
        let left = self.bytes.get(self.at..).unwrap_or_default();
        let wanted = row.len.unwrap_or(left.len());
        let field = left.get(..wanted).unwrap_or(left);
        let range = self.at..self.at + field.len();
        self.at = range.end;
        let value = if field.len() < wanted {
            format!("cut off: {} of {wanted} bytes", field.len())
        } else {
            row.show.text(field)
        };
        self.fields.push(Field {
            name: row.name,
            range,
            value,
            meaning: row.meaning,
        });
    }
}

impl Show {
    fn text(self, field: &[u8]) -> String {
        match self {
            Self::Number => field
                .iter()
                .fold(0u64, |number, byte| number << 8 | u64::from(*byte))
                .to_string(),
            Self::Hex => Hex(field).to_string(),
            Self::Length => format!("{} bytes", field.len()),
        }
    }
}

struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::ids::write_hex(self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::DecodeErrorKind;
    use crate::record::RECORD_BODY_LEN;
    use proptest::prelude::*;

    #[test]
    fn the_layouts_are_as_long_as_what_they_describe() {
        let sum = |rows: &[Row]| rows.iter().filter_map(|row| row.len).sum::<usize>();
        assert_eq!(sum(&HEADER), HEADER_LEN);
        assert_eq!(sum(&RECORD), RECORD_BODY_LEN);
    }

    #[test]
    fn a_packet_that_is_cut_off_names_the_field_and_the_offset() {
        let (fields, error) = fields(&[0; 20]);
        let last = fields.last().unwrap();
        assert_eq!((last.name, last.range.clone()), ("location", 18..20));
        assert_eq!(last.value, "cut off: 2 of 32 bytes");
        let error = error.unwrap();
        assert_eq!(
            (error.offset, error.kind),
            (VERSION_AT, DecodeErrorKind::UnknownVersion(0))
        );
    }

    #[test]
    fn nothing_has_no_fields() {
        let (fields, error) = fields(&[]);
        assert_eq!(fields, []);
        assert_eq!(error.unwrap().offset, 0);
    }

    proptest! {
        #[test]
        fn fields_cover_every_byte_in_order_whatever_the_bytes(mut bytes in prop::collection::vec(any::<u8>(), 0..1300), kind in 0u8..4) {
            if let Some(at) = bytes.get_mut(KIND_AT) {
                *at = kind;
            }
            let mut end = 0;
            for field in fields(&bytes).0 {
                prop_assert_eq!(field.range.start, end);
                prop_assert!(field.range.end > end);
                end = field.range.end;
            }
            prop_assert_eq!(end, bytes.len());
        }
    }
}
