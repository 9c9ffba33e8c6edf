//! Names of things, as different types: locations, packet ids, message ids, unchecked keys, networks, times.
//!
//! Holds bytes only; how they are derived stands with what they name.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Text that is not the hexadecimal form of an id.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected {expected} hexadecimal digits")]
pub struct ParseHexError {
    /// How many digits were expected.
    pub expected: usize,
}

/// Writes bytes as lowercase hexadecimal.
pub(crate) fn write_hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// Reads exactly `N` bytes from `2N` hexadecimal digits.
pub(crate) fn parse_hex<const N: usize>(text: &str) -> Result<[u8; N], ParseHexError> {
    let error = ParseHexError { expected: 2 * N };
    if text.len() != 2 * N {
        return Err(error);
    }
    let mut bytes = [0; N];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digit = |c: u8| char::from(c).to_digit(16);
        let value = match (digit(digits[0]), digit(digits[1])) {
            (Some(high), Some(low)) => high << 4 | low,
            _ => return Err(error),
        };
        *byte = u8::try_from(value).map_err(|_| error.clone())?;
    }
    Ok(bytes)
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $len]);

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = $len;

            /// Takes the bytes as they are.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = ParseHexError;

            fn from_str(text: &str) -> Result<Self, ParseHexError> {
                parse_hex(text).map(Self)
            }
        }
    };
}

id! {
    /// A point of the DHT's keyspace at which packets are stored.
    Location, 32
}
id! {
    /// The hash that names a stored packet, whatever its stamp.
    PacketId, 32
}
id! {
    /// What a sender calls a message; all parts of it carry the same one.
    MessageId, 16
}
id! {
    /// A public key as it was read: nobody has checked yet whether it is one.
    UncheckedKey, 32
}

impl Location {
    /// Length of the common prefix with `other`, in bits (Kademlia's bucket index): 0 to 256.
    #[must_use]
    pub fn common_prefix_len(&self, other: &[u8; 32]) -> u32 {
        common_prefix_len(&self.0, other)
    }
}

/// Length of the common prefix of two keys, in bits: 256 if they are equal.
#[must_use]
pub fn common_prefix_len(a: &[u8; 32], b: &[u8; 32]) -> u32 {
    let mut bits = 0;
    for (x, y) in a.iter().zip(b) {
        let differing = x ^ y;
        bits += differing.leading_zeros();
        if differing != 0 {
            break;
        }
    }
    bits
}

/// Kademlia's distance between two keys: their exclusive or, to be compared as a big-endian number.
#[must_use]
pub fn distance(a: &[u8; 32], b: &[u8; 32]) -> [u8; 32] {
    std::array::from_fn(|i| a[i] ^ b[i])
}

/// Which network a signature and a Hello belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkId(pub u32);

impl NetworkId {
    /// The public network: "TDP1".
    pub const MAIN: Self = Self(0x5444_5031);
}

impl Default for NetworkId {
    fn default() -> Self {
        Self::MAIN
    }
}

/// Seconds since 1970-01-01 UTC, leap seconds not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixSeconds(pub u64);

impl UnixSeconds {
    /// Later by so many seconds; the end of time if that would overflow.
    #[must_use]
    pub const fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` to this; zero if this is not later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Milliseconds since 1970-01-01 UTC, leap seconds not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMillis(pub u64);

impl UnixMillis {
    /// Whole seconds.
    #[must_use]
    pub const fn seconds(self) -> UnixSeconds {
        UnixSeconds(self.0 / 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_written_and_read_as_hex() {
        let id = MessageId::from_bytes([0xab; 16]);
        assert_eq!(id.to_string(), "ab".repeat(16));
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.to_string().to_uppercase().parse(), Ok(id));
    }

    #[test]
    fn text_that_is_not_hex_of_the_right_length_is_refused() {
        for text in [
            "",
            "ab",
            &"g0".repeat(16),
            &"ab".repeat(17),
            &"é".repeat(16),
        ] {
            assert_eq!(
                text.parse::<MessageId>(),
                Err(ParseHexError { expected: 32 }),
                "{text}"
            );
        }
    }

    #[test]
    fn common_prefix_counts_bits() {
        let zero = [0; 32];
        let mut other = zero;
        assert_eq!(common_prefix_len(&zero, &other), 256);
        other[1] = 0b0001_0000;
        assert_eq!(common_prefix_len(&zero, &other), 11);
    }
}
