//! Values on the command line: hexadecimal and times. Each says what it expected when it is wrong.
//!
//! Resolves no names and opens no files.

use std::str::FromStr;

/// 64 bytes in hexadecimal: an initial hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hash64(pub(crate) [u8; 64]);

/// Any bytes in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HexBytes(pub(crate) Vec<u8>);

/// Text that is no such value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ValueError {
    /// Not hexadecimal.
    #[error("this is not hexadecimal: use pairs of the digits 0-9 and a-f")]
    Hex,
    /// Hexadecimal of another length.
    #[error("an initial hash has 128 hexadecimal digits (SHA-512), this has {0}")]
    HashLength(usize),
    /// No time span.
    #[error("this is no length of time; write for example 90s, 12h, 7d or 2w")]
    Time,
    /// Outside what can be measured.
    #[error("give between 0.1 and 600 seconds")]
    BenchSeconds,
}

impl FromStr for HexBytes {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        hex::decode(text.trim())
            .map(Self)
            .map_err(|_| ValueError::Hex)
    }
}

impl FromStr for Hash64 {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let HexBytes(bytes) = text.parse()?;
        <[u8; 64]>::try_from(bytes)
            .map(Self)
            .map_err(|bytes| ValueError::HashLength(bytes.len() * 2))
    }
}

/// A span of time in whole seconds: `7d`, `12h 30m`; a bare number counts seconds.
pub(crate) fn seconds(text: &str) -> Result<u64, ValueError> {
    if let Ok(seconds) = text.trim().parse() {
        return Ok(seconds);
    }
    humantime::parse_duration(text.trim())
        .map(|time| time.as_secs())
        .map_err(|_| ValueError::Time)
}

/// How long a benchmark runs.
pub(crate) fn bench_seconds(text: &str) -> Result<f64, ValueError> {
    text.parse()
        .ok()
        .filter(|seconds| (0.1..=600.0).contains(seconds))
        .ok_or(ValueError::BenchSeconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_units_and_bare() {
        assert_eq!(seconds("7d"), Ok(7 * 86_400));
        assert_eq!(seconds("1h 30m"), Ok(5_400));
        assert_eq!(seconds("90"), Ok(90));
        assert_eq!(seconds("soon"), Err(ValueError::Time));
    }
}
