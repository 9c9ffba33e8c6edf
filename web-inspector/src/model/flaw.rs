//! Where decoding stopped: which bytes are wrong, or how many are missing.
//!
//! Decodes nothing; it words the error of who did.

use std::ops::Range;

use toxdrop_proto::codec::{DecodeError, DecodeErrorKind};

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

/// Which bytes a decoder's error means. It names where the wrong thing starts; the field, of which `fields` are the
/// ranges, says where it ends.
pub(super) fn of<'a>(
    bytes: &[u8],
    error: DecodeError,
    fields: impl IntoIterator<Item = &'a Range<usize>>,
) -> Flaw {
    let start = error.offset.min(bytes.len());
    let field_end = fields
        .into_iter()
        .find(|field| field.contains(&start))
        .map_or(bytes.len(), |field| field.end);
    let (range, missing, message) = match error.kind {
        DecodeErrorKind::TooShort { needed, left } => {
            let missing = needed.saturating_sub(left);
            let plural = if missing == 1 { "byte is" } else { "bytes are" };
            (
                start..bytes.len(),
                missing,
                format!("it ends too early; at least {missing} more {plural} needed"),
            )
        }
        DecodeErrorKind::TrailingBytes(_) => (start..bytes.len(), 0, error.kind.to_string()),
        DecodeErrorKind::TooLong { len, max } => (
            start..bytes.len(),
            0,
            format!("it goes on to {len} bytes, but it may have at most {max}"),
        ),
        _ => (start..field_end, 0, error.kind.to_string()),
    };
    Flaw {
        range,
        missing,
        message,
    }
}
