//! Cuts bytes into named fields, by layouts.
//!
//! Knows no layout.

use std::fmt;
use std::ops::Range;

use super::layouts::{Row, Sees, Show, TRAILING};

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
    /// Who can read it.
    pub sees: Sees,
}

pub(super) struct Cutter<'a> {
    bytes: &'a [u8],
    at: usize,
    fields: Vec<Field>,
}

impl<'a> Cutter<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            fields: Vec::new(),
        }
    }

    /// Cuts rows off the front, until nothing is left.
    pub(super) fn cut_all(&mut self, rows: &[Row]) {
        self.cut_before(rows, 0);
    }

    /// The same, but a row that takes all that is left leaves so many bytes at the end.
    pub(super) fn cut_before(&mut self, rows: &[Row], leave: usize) {
        for row in rows {
            let left = self.bytes.len() - self.at;
            let wanted = row.len.unwrap_or_else(|| left.saturating_sub(leave));
            self.cut(row, wanted, self.bytes.len());
        }
    }

    /// Cuts a row of this length off the front, but nothing from `end` on.
    pub(super) fn cut_up_to(&mut self, row: &Row, len: usize, end: usize) {
        let len = len.min(end.saturating_sub(self.at));
        self.cut(row, len, end);
    }

    /// All fields; what no row has taken is the last one.
    pub(super) fn finish(mut self) -> Vec<Field> {
        self.cut_all(&[TRAILING]);
        self.fields
    }

    fn cut(&mut self, row: &Row, wanted: usize, end: usize) {
        let left = self.bytes.get(self.at..end).unwrap_or_default();
        let field = left.get(..wanted).unwrap_or(left);
        if field.is_empty() {
            return;
        }
        let range = self.at..self.at + field.len();
        self.at = range.end;
        let value = if field.len() < wanted {
            format!("cut off: {} of {wanted} bytes", field.len())
        } else {
            text(row.show, field)
        };
        self.fields.push(Field {
            name: row.name,
            range,
            value,
            meaning: row.meaning,
            sees: row.sees,
        });
    }
}

fn text(show: Show, field: &[u8]) -> String {
    match show {
        Show::Number => field
            .iter()
            .fold(0u64, |number, byte| number << 8 | u64::from(*byte))
            .to_string(),
        Show::Hex => Hex(field).to_string(),
        Show::Length => format!("{} bytes", field.len()),
    }
}

struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::ids::write_hex(self.0, f)
    }
}
