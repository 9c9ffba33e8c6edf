//! What is stored, taken apart for people: every byte belongs to a named field, also when the bytes are malformed, and
//! each field says who can read it.
//!
//! Decides nothing: whether the bytes are a packet or a tombstone is their own decoder's word, which is passed on.

mod cutter;
mod layouts;

pub use cutter::Field;
pub use layouts::Sees;

use cutter::Cutter;
use layouts::{
    CONTENT, DEPOSIT, HEADER, INNER_HEADER, INTRO_CONTACTS, INTRO_NAME, INTRO_NOSPAM, MESSAGE,
    OUTER_PLAIN, OWNER_TOMBSTONE, PADDING, PREPAID, RECALL, RECORD, RECORD_CONTENTS, SIGNATURE,
    UNKNOWN_AUTHORITY, UNKNOWN_BODY,
};

use crate::codec::{DecodeError, Reader};
use crate::keys::SIGNATURE_LEN;
use crate::packet::{HEADER_LEN, INNER_HEADER_LEN, KIND_AT, Packet, PacketKind};
use crate::place::PlaceSecret;
use crate::record::RecordContents;
use crate::tombstone::Tombstone;

/// The bytes' fields, in order and without gaps; and the first thing that keeps them from being well-formed, if any.
pub type Anatomy = (Vec<Field>, Option<DecodeError>);

/// Takes a stored packet apart.
#[must_use]
pub fn fields(bytes: &[u8]) -> Anatomy {
    let mut cutter = Cutter::new(bytes);
    cutter.cut_all(&HEADER);
    if bytes.len() > HEADER_LEN {
        let kind = bytes.get(KIND_AT).copied().and_then(PacketKind::from_code);
        match kind {
            Some(PacketKind::Message) => cutter.cut_all(&MESSAGE),
            Some(PacketKind::Record) => cutter.cut_all(&RECORD),
            Some(PacketKind::Prepaid) => cutter.cut_before(&PREPAID, SIGNATURE_LEN),
            Some(PacketKind::Deposit) => cutter.cut_all(&DEPOSIT),
            None => cutter.cut_all(&[UNKNOWN_BODY]),
        }
        if kind.is_some_and(PacketKind::is_signed) {
            cutter.cut_all(&[SIGNATURE]);
        }
    }
    (cutter.finish(), Packet::parse(bytes).err())
}

/// Takes a tombstone apart.
#[must_use]
pub fn tombstone_fields(bytes: &[u8]) -> Anatomy {
    let mut cutter = Cutter::new(bytes);
    match bytes.first() {
        Some(1) => cutter.cut_all(&OWNER_TOMBSTONE),
        Some(2) => cutter.cut_all(&RECALL),
        _ => cutter.cut_all(&[UNKNOWN_AUTHORITY]),
    }
    let mut reader = Reader::new(bytes);
    let read = Tombstone::decode(&mut reader).and_then(|_| reader.finish());
    (cutter.finish(), read.err())
}

/// Takes apart what a record's box holds, as who knows the inbox's key opens it.
#[must_use]
pub fn record_contents_fields(bytes: &[u8]) -> Anatomy {
    let mut cutter = Cutter::new(bytes);
    cutter.cut_all(&RECORD_CONTENTS);
    (cutter.finish(), RecordContents::decode(bytes).err())
}

/// Takes apart what the outer box of a message's part holds.
#[must_use]
pub fn outer_plain_fields(bytes: &[u8]) -> Vec<Field> {
    let mut cutter = Cutter::new(bytes);
    cutter.cut_all(&OUTER_PLAIN);
    cutter.finish()
}

/// Takes apart what the inner box of a message's part holds.
#[must_use]
pub fn inner_plain_fields(bytes: &[u8]) -> Vec<Field> {
    let mut cutter = Cutter::new(bytes);
    cutter.cut_all(&INNER_HEADER);
    if let Some((header, area)) = bytes.split_at_checked(INNER_HEADER_LEN)
        && let [.., flags, high, low] = header
    {
        let len = usize::from(u16::from_be_bytes([*high, *low])).min(area.len());
        let end = INNER_HEADER_LEN + len;
        let mut cut = |there: bool, row, len: usize| {
            if there {
                cutter.cut_up_to(&row, len, end);
            }
        };
        let name_len = area.first().map_or(0, |len| usize::from(*len));
        cut(flags & 1 != 0, INTRO_NAME, 1 + name_len);
        cut(flags & 2 != 0, INTRO_CONTACTS, PlaceSecret::LEN);
        cut(flags & 4 != 0, INTRO_NOSPAM, 4);
        cut(true, CONTENT, len);
        cutter.cut_all(&[PADDING]);
    }
    cutter.finish()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::codec::DecodeErrorKind;
    use crate::packet::{
        DEPOSIT_LEN, MESSAGE_OVERHEAD, PREPAID_OVERHEAD, RECORD_CONTENTS_LEN, RECORD_LEN,
        VERSION_AT,
    };
    use crate::tombstone::{OWNER_TOMBSTONE_LEN, RECALL_LEN};

    fn sum(rows: &[layouts::Row]) -> usize {
        rows.iter().filter_map(|row| row.len).sum()
    }

    #[test]
    fn the_layouts_are_as_long_as_what_they_describe() {
        let header = sum(&HEADER);
        assert_eq!(header, HEADER_LEN);
        assert_eq!(header + sum(&RECORD) + SIGNATURE_LEN, RECORD_LEN);
        assert_eq!(header + sum(&DEPOSIT) + SIGNATURE_LEN, DEPOSIT_LEN);
        assert_eq!(sum(&RECORD_CONTENTS), RECORD_CONTENTS_LEN);
        assert_eq!(sum(&OWNER_TOMBSTONE), OWNER_TOMBSTONE_LEN);
        assert_eq!(sum(&RECALL), RECALL_LEN);
        assert_eq!(sum(&INNER_HEADER), INNER_HEADER_LEN);
        let sealed = sum(&OUTER_PLAIN) + INNER_HEADER_LEN;
        assert_eq!(header + sum(&MESSAGE) + sealed, MESSAGE_OVERHEAD);
        assert_eq!(
            header + sum(&PREPAID) + sealed + SIGNATURE_LEN,
            PREPAID_OVERHEAD
        );
    }

    #[test]
    fn a_packet_that_is_cut_off_names_the_field_and_the_offset() {
        let (fields, error) = fields(&[0; 22]);
        let last = fields.last().unwrap();
        assert_eq!((last.name, last.range.clone()), ("location", 20..22));
        assert_eq!(last.value, "cut off: 2 of 32 bytes");
        let error = error.unwrap();
        assert_eq!(
            (error.offset, error.kind),
            (VERSION_AT, DecodeErrorKind::UnknownVersion(0))
        );
    }

    #[test]
    fn nothing_has_no_fields() {
        for (fields, error) in [
            fields(&[]),
            tombstone_fields(&[]),
            record_contents_fields(&[]),
        ] {
            assert_eq!(fields, []);
            assert_eq!(error.unwrap().offset, 0);
        }
    }

    #[test]
    fn a_first_part_shows_what_its_sender_says_about_itself() {
        let mut bytes = vec![0; INNER_HEADER_LEN];
        bytes[INNER_HEADER_LEN - 3] = 7;
        bytes[INNER_HEADER_LEN - 1] = 4 + 16 + 4 + 2;
        bytes.extend_from_slice(b"\x03Bob");
        bytes.resize(INNER_HEADER_LEN + 128, 0);
        let fields = inner_plain_fields(&bytes);
        let named: Vec<_> = fields
            .iter()
            .skip(8)
            .map(|field| (field.name, field.range.len()))
            .collect();
        let expected = [
            ("display name", 4),
            ("contacts' secret", 16),
            ("nospam", 4),
            ("content", 2),
            ("padding", 102),
        ];
        assert_eq!(named, expected);
        assert!(fields.iter().all(|field| field.sees == Sees::Receiver));
    }

    #[test]
    fn the_holder_sees_of_a_record_its_head_and_who_knows_the_inbox_the_rest() {
        let mut bytes = vec![0; RECORD_LEN];
        bytes[KIND_AT] = 2;
        let fields = fields(&bytes).0;
        let sealed = |field: &&Field| field.sees == Sees::InboxKey;
        let names: Vec<_> = fields.iter().filter(sealed).map(|f| f.name).collect();
        assert_eq!(names, ["box: sealed bytes"]);
    }

    proptest! {
        #[test]
        fn fields_cover_every_byte_in_order_whatever_the_bytes(mut bytes in prop::collection::vec(any::<u8>(), 0..1100), kind in 0u8..6) {
            for at in [0, KIND_AT] {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = kind;
                }
            }
            let all = [
                fields(&bytes).0,
                tombstone_fields(&bytes).0,
                record_contents_fields(&bytes).0,
                outer_plain_fields(&bytes),
                inner_plain_fields(&bytes),
            ];
            for fields in all {
                let mut end = 0;
                for field in fields {
                    prop_assert_eq!(field.range.start, end);
                    prop_assert!(field.range.end > end);
                    end = field.range.end;
                }
                prop_assert_eq!(end, bytes.len());
            }
        }
    }
}
