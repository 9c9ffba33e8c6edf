//! A packet's bytes in rows, cut where one field ends and the next begins.
//!
//! Gives text and the index of the field; colours are the style sheet's.

use std::ops::Range;

/// Consecutive bytes of one row that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Index into the list of fields; `None`: no field covers these bytes.
    pub field: Option<usize>,
    /// Whether these bytes are what is wrong.
    pub flawed: bool,
    /// Where the bytes lie in the packet.
    pub range: Range<usize>,
    /// `4a 00 ff`, or dots for bytes that should be there and are not.
    pub hex: String,
    /// The same as characters.
    pub text: String,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Offset of the first byte.
    pub offset: usize,
    /// Left to right.
    pub runs: Vec<Run>,
}

/// Cuts `bytes`, and `missing` more that are not there, into rows of `width`.
#[must_use]
pub fn rows(
    bytes: &[u8],
    missing: usize,
    fields: &[Range<usize>],
    flaw: Option<&Range<usize>>,
    width: usize,
) -> Vec<Row> {
    let width = width.max(1);
    let total = bytes.len() + missing;
    (0..total)
        .step_by(width)
        .map(|offset| Row {
            offset,
            runs: runs(bytes, offset..total.min(offset + width), fields, flaw),
        })
        .collect()
}

fn runs(
    bytes: &[u8],
    row: Range<usize>,
    fields: &[Range<usize>],
    flaw: Option<&Range<usize>>,
) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for at in row {
        let field = fields.iter().position(|f| f.contains(&at));
        let flawed = flaw.is_some_and(|f| f.contains(&at)) || at >= bytes.len();
        let (hex, text) = bytes.get(at).map_or_else(
            || ("··".to_owned(), ' '),
            |b| (format!("{b:02x}"), printable(*b)),
        );
        match runs.last_mut() {
            Some(run) if run.field == field && run.flawed == flawed => {
                run.hex.push(' ');
                run.hex.push_str(&hex);
                run.text.push(text);
                run.range.end = at + 1;
            }
            _ => runs.push(Run {
                field,
                flawed,
                range: at..at + 1,
                hex,
                text: text.to_string(),
            }),
        }
    }
    runs
}

fn printable(byte: u8) -> char {
    match byte {
        0x20..=0x7e => char::from(byte),
        _ => '.',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_cut_at_fields() {
        let rows = rows(b"ABCDEF\x00\x01", 0, &[0..3, 3..8], None, 4);
        assert_eq!(rows.len(), 2);
        let first: Vec<_> = rows[0]
            .runs
            .iter()
            .map(|r| (r.field, r.hex.as_str()))
            .collect();
        assert_eq!(first, [(Some(0), "41 42 43"), (Some(1), "44")]);
        assert_eq!(rows[1].runs[0].text, "EF..");
        assert_eq!(rows[1].offset, 4);
    }

    #[test]
    fn missing_bytes_are_shown_as_flawed() {
        let rows = rows(&[1, 2], 3, &[Range { start: 0, end: 2 }], None, 8);
        assert_eq!(rows[0].runs.len(), 2);
        assert_eq!(rows[0].runs[1].hex, "·· ·· ··");
        assert!(rows[0].runs[1].flawed);
    }

    #[test]
    fn flaw_splits_its_field() {
        let rows = rows(&[0; 8], 0, &[Range { start: 0, end: 8 }], Some(&(2..4)), 8);
        let flawed: Vec<_> = rows[0].runs.iter().map(|r| r.flawed).collect();
        assert_eq!(flawed, [false, true, false]);
    }

    #[test]
    fn every_byte_appears_once() {
        for len in 0..40 {
            for width in 0..9 {
                let bytes = vec![0x41; len];
                let shown: usize = rows(&bytes, 0, &[3..7, 7..19], Some(&(5..8)), width)
                    .iter()
                    .flat_map(|r| &r.runs)
                    .map(|run| run.text.len())
                    .sum();
                assert_eq!(shown, len);
            }
        }
    }
}
