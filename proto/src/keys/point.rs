//! What all public keys on the Edwards curve have in common: the checks of their encoding, and how they compare.
//!
//! Knows no use of a key.

use ed25519_dalek::VerifyingKey;

use super::error::KeyError;

/// Whether 32 little-endian bytes, their top bit left out, are less than p = 2^255 − 19.
pub(super) fn is_canonical(bytes: &[u8; 32]) -> bool {
    let [low, middle @ .., high] = bytes;
    *low < 0xed || high & 0x7f != 0x7f || middle.iter().any(|byte| *byte != 0xff)
}

/// An Ed25519 public key: canonical, on the curve, not of small order.
pub(super) fn checked(bytes: &[u8; 32]) -> Result<VerifyingKey, KeyError> {
    if !is_canonical(bytes) {
        return Err(KeyError::NonCanonical);
    }
    let key = VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::NotAPoint)?;
    if key.is_weak() {
        return Err(KeyError::LowOrder);
    }
    Ok(key)
}

/// Compares, hashes and writes a public key by its bytes.
macro_rules! by_its_bytes {
    ($name:ident) => {
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.as_bytes() == other.as_bytes()
            }
        }

        impl Eq for $name {}

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                self.as_bytes().cmp(other.as_bytes())
            }
        }

        impl std::hash::Hash for $name {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                self.as_bytes().hash(state);
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                crate::ids::write_hex(self.as_bytes(), f)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    };
}
pub(super) use by_its_bytes;

#[cfg(test)]
mod tests {
    use super::*;

    /// p = 2^255 − 19, and so much more.
    fn p_plus(more: u8) -> [u8; 32] {
        let mut bytes = [0xff; 32];
        bytes[0] = 0xed + more;
        bytes[31] = 0x7f;
        bytes
    }

    #[test]
    fn numbers_from_p_on_are_not_canonical() {
        let mut below = p_plus(0);
        below[0] -= 1;
        assert!(is_canonical(&below));
        for more in 0..=0x12 {
            assert!(!is_canonical(&p_plus(more)), "p + {more}");
            assert_eq!(checked(&p_plus(more)), Err(KeyError::NonCanonical));
        }
    }
}
