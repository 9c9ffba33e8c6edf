//! Reading and writing fixed layouts: a cursor that checks every length before it reads.
//!
//! Knows no packet; the layouts stand with their types.

use thiserror::Error;

/// Why bytes could not be decoded, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("at byte {offset}: {kind}")]
pub struct DecodeError {
    /// Offset of the first byte that is wrong or missing, from the start of the input.
    pub offset: usize,
    /// What is wrong there.
    pub kind: DecodeErrorKind,
}

/// The causes of a [`DecodeError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The input ends too early.
    #[error("{needed} more bytes needed, {left} left")]
    TooShort {
        /// Bytes that the field needs.
        needed: usize,
        /// Bytes that are left.
        left: usize,
    },
    /// The input goes on after its end.
    #[error("{0} bytes too many")]
    TrailingBytes(usize),
    /// The input is larger than its kind may be.
    #[error("{len} bytes, but at most {max} are allowed")]
    TooLong {
        /// Length of the input.
        len: usize,
        /// The largest length allowed.
        max: usize,
    },
    /// A version that this program does not know.
    #[error("unknown version {0}")]
    UnknownVersion(u8),
    /// A packet kind, command, type or status byte without a meaning.
    #[error("unknown {what} {value:#04x}")]
    UnknownValue {
        /// What the byte is.
        what: &'static str,
        /// Its value.
        value: u8,
    },
    /// A number outside its range.
    #[error("{what} is {value}, but must lie between {min} and {max}")]
    OutOfRange {
        /// What the number is.
        what: &'static str,
        /// The number found.
        value: u64,
        /// Least value allowed.
        min: u64,
        /// Greatest value allowed.
        max: u64,
    },
    /// Bytes that must be zero are not.
    #[error("{0} must be zero")]
    NotZero(&'static str),
    /// A public key that is refused.
    #[error("{what}: {error}")]
    Key {
        /// Whose key.
        what: &'static str,
        /// Why.
        error: crate::keys::KeyError,
    },
    /// Text that is not UTF-8.
    #[error("{0} is not UTF-8")]
    NotUtf8(&'static str),
    /// Text with control characters.
    #[error("{0} has control characters")]
    ControlCharacter(&'static str),
    /// A record's last day that is not the last one of a week.
    #[error("day {0} is not the last one of a week, as a record's last day is")]
    NotAWeeksLastDay(u16),
}

/// A cursor over the input.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self::at(bytes, 0)
    }

    /// Reads a piece that stands at `offset` of a larger input, so that errors name the place in the whole.
    #[must_use]
    pub fn at(bytes: &'a [u8], offset: usize) -> Self {
        Self { bytes, offset }
    }

    /// Where the next byte stands.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// How many bytes are left.
    #[must_use]
    pub fn left(&self) -> usize {
        self.bytes.len()
    }

    /// An error at the next byte.
    #[must_use]
    pub fn error(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError {
            offset: self.offset,
            kind,
        }
    }

    /// The next `len` bytes.
    ///
    /// # Errors
    /// [`DecodeErrorKind::TooShort`] if fewer are left.
    pub fn take(&mut self, len: usize) -> Result<&'a [u8], DecodeError> {
        let Some((head, tail)) = self.bytes.split_at_checked(len) else {
            return Err(self.error(DecodeErrorKind::TooShort {
                needed: len,
                left: self.bytes.len(),
            }));
        };
        self.bytes = tail;
        self.offset += len;
        Ok(head)
    }

    /// The next `N` bytes as an array.
    ///
    /// # Errors
    /// [`DecodeErrorKind::TooShort`] if fewer are left.
    pub fn take_array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// The next byte.
    ///
    /// # Errors
    /// [`DecodeErrorKind::TooShort`] at the end of the input.
    pub fn u8(&mut self) -> Result<u8, DecodeError> {
        self.take_array().map(u8::from_be_bytes)
    }

    /// The next two bytes, big-endian.
    ///
    /// # Errors
    /// [`DecodeErrorKind::TooShort`] if fewer are left.
    pub fn u16(&mut self) -> Result<u16, DecodeError> {
        self.take_array().map(u16::from_be_bytes)
    }

    /// The next four bytes, big-endian.
    ///
    /// # Errors
    /// [`DecodeErrorKind::TooShort`] if fewer are left.
    pub fn u32(&mut self) -> Result<u32, DecodeError> {
        self.take_array().map(u32::from_be_bytes)
    }

    /// The next eight bytes, big-endian.
    ///
    /// # Errors
    /// [`DecodeErrorKind::TooShort`] if fewer are left.
    pub fn u64(&mut self) -> Result<u64, DecodeError> {
        self.take_array().map(u64::from_be_bytes)
    }

    /// All that is left.
    #[must_use]
    pub fn rest(&mut self) -> &'a [u8] {
        self.offset += self.bytes.len();
        std::mem::take(&mut self.bytes)
    }

    /// Checks that nothing is left.
    ///
    /// # Errors
    /// [`DecodeErrorKind::TrailingBytes`] otherwise.
    pub fn finish(self) -> Result<(), DecodeError> {
        match self.bytes.len() {
            0 => Ok(()),
            more => Err(self.error(DecodeErrorKind::TrailingBytes(more))),
        }
    }
}

/// Builds a layout field by field.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// An empty output with room for `capacity` bytes.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(capacity),
        }
    }

    /// Appends bytes as they are.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// Appends one byte.
    pub fn u8(&mut self, value: u8) -> &mut Self {
        self.bytes(&[value])
    }

    /// Appends two bytes, big-endian.
    pub fn u16(&mut self, value: u16) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    /// Appends four bytes, big-endian.
    pub fn u32(&mut self, value: u32) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    /// Appends eight bytes, big-endian.
    pub fn u64(&mut self, value: u64) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    /// Appends `len` zero bytes.
    pub fn zeros(&mut self, len: usize) -> &mut Self {
        self.bytes.resize(self.bytes.len() + len, 0);
        self
    }

    /// Bytes written so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether nothing was written yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The output.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}
