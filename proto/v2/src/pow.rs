//! BitMessage's proof of work: target, trial value and verification.
//!
//! Does not search for nonces; that is the solvers' job.
//!
//! Source: BitMessage protocol v3, "Proof of work". A stamp is the first eight bytes of
//! an object. Everything after them is hashed once with SHA-512 (the *initial hash*); a
//! nonce is good when the first eight bytes of `SHA-512(SHA-512(nonce ‖ initial hash))`,
//! read as a big-endian integer, do not exceed the target.

use sha2::{Digest, Sha512};

/// Bytes of the nonce at the head of an object.
pub const NONCE_LEN: usize = 8;

/// The least time to live, in seconds, that work is charged for (BitMessage protocol v3).
pub const MIN_CHARGED_TTL: u64 = 300;

/// BitMessage's default `nonce_trials_per_byte`, and the floor of the main network.
pub const DEFAULT_NONCE_TRIALS_PER_BYTE: u64 = 1000;

/// BitMessage's default `payload_length_extra_bytes`, and the floor of the main network.
pub const DEFAULT_EXTRA_BYTES: u64 = 1000;

/// The largest `nonce_trials_per_byte` that is accepted anywhere.
pub const MAX_NONCE_TRIALS_PER_BYTE: u64 = 1 << 32;

/// The largest `payload_length_extra_bytes` that is accepted anywhere.
pub const MAX_EXTRA_BYTES: u64 = 1 << 20;

/// The largest TTL, in seconds, for which a target is defined: ten years.
pub const MAX_CHARGED_TTL: u64 = 10 * 365 * 86_400;

/// The largest object, in bytes and nonce included, for which a target is defined (BitMessage's own limit, 2^18).
pub const MAX_OBJECT_LEN: u64 = 1 << 18;

/// SHA-512 of everything after the nonce.
pub type InitialHash = [u8; 64];

/// How much work an object must show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Difficulty {
    /// Average trials to find a nonce, per byte of (length + extra bytes).
    pub nonce_trials_per_byte: u64,
    /// Bytes added to the length of every object, so that small ones are not free.
    pub extra_bytes: u64,
}

impl Difficulty {
    /// BitMessage's defaults: 1000 and 1000.
    pub const DEFAULT: Self = Self {
        nonce_trials_per_byte: DEFAULT_NONCE_TRIALS_PER_BYTE,
        extra_bytes: DEFAULT_EXTRA_BYTES,
    };

    /// Checks both figures against the stated maxima (and that neither is zero trials).
    ///
    /// # Errors
    /// [`DifficultyError`] names the figure that is out of range.
    pub fn check(self) -> Result<Self, DifficultyError> {
        if !(1..=MAX_NONCE_TRIALS_PER_BYTE).contains(&self.nonce_trials_per_byte) {
            return Err(DifficultyError::NonceTrialsPerByte(
                self.nonce_trials_per_byte,
            ));
        }
        if self.extra_bytes > MAX_EXTRA_BYTES {
            return Err(DifficultyError::ExtraBytes(self.extra_bytes));
        }
        Ok(self)
    }

    /// Both figures, each the larger of the two difficulties.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            nonce_trials_per_byte: self.nonce_trials_per_byte.max(other.nonce_trials_per_byte),
            extra_bytes: self.extra_bytes.max(other.extra_bytes),
        }
    }

    /// The largest value that an object of `len` bytes (nonce included) may hash to when it has
    /// `ttl` seconds to live: `2^64 / (ntpb · (len + extra + ttl·(len + extra) / 2^16))`.
    ///
    /// Integer arithmetic throughout, as BitMessage's. A TTL below [`MIN_CHARGED_TTL`] counts as
    /// that much; figures above the stated maxima are taken as the maxima, so that nothing overflows.
    #[must_use]
    pub fn target(self, len: u64, ttl: u64) -> u64 {
        let ntpb = u128::from(
            self.nonce_trials_per_byte
                .clamp(1, MAX_NONCE_TRIALS_PER_BYTE),
        );
        let padded =
            u128::from(len.min(MAX_OBJECT_LEN)) + u128::from(self.extra_bytes.min(MAX_EXTRA_BYTES));
        let ttl = u128::from(ttl.clamp(MIN_CHARGED_TTL, MAX_CHARGED_TTL));
        let trials = ntpb * (padded + ttl * padded / (1 << 16));
        // Zero trials (an empty object with no extra bytes) would divide by zero: any value will do.
        let target = (1u128 << 64).checked_div(trials).unwrap_or(u128::MAX);
        u64::try_from(target).unwrap_or(u64::MAX)
    }
}

/// A difficulty that no network can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DifficultyError {
    /// `nonce_trials_per_byte` is zero or too large.
    #[error("nonce_trials_per_byte is {0}, but must lie between 1 and {MAX_NONCE_TRIALS_PER_BYTE}")]
    NonceTrialsPerByte(u64),
    /// `extra_bytes` is too large.
    #[error("extra_bytes is {0}, but must not exceed {MAX_EXTRA_BYTES}")]
    ExtraBytes(u64),
}

/// The hash that a solver works on: SHA-512 of all that follows the nonce.
#[must_use]
pub fn initial_hash(after_nonce: &[u8]) -> InitialHash {
    Sha512::digest(after_nonce).into()
}

/// The value that `nonce` reaches: the first eight bytes of `SHA-512(SHA-512(nonce ‖ initial hash))`.
#[must_use]
pub fn trial_value(nonce: u64, initial_hash: &InitialHash) -> u64 {
    let inner = Sha512::new()
        .chain_update(nonce.to_be_bytes())
        .chain_update(initial_hash)
        .finalize();
    let outer: [u8; 64] = Sha512::digest(inner).into();
    let [a, b, c, d, e, f, g, h, ..] = outer;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// Whether `nonce` is a solution: its value does not exceed the target.
#[must_use]
pub fn verify(nonce: u64, initial_hash: &InitialHash, target: u64) -> bool {
    trial_value(nonce, initial_hash) <= target
}

/// The value of a whole object whose first eight bytes are the nonce; `None` if it is shorter than that.
#[must_use]
pub fn object_value(object: &[u8]) -> Option<u64> {
    let (nonce, rest) = object.split_first_chunk::<NONCE_LEN>()?;
    Some(trial_value(u64::from_be_bytes(*nonce), &initial_hash(rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From BitMessage's own tests: nonce first, expires 1712271487.
    const OBJECT: &str = "00000000001be7fc00000000660f307f0000002a010248454c4c4f";

    #[test]
    fn bitmessage_object_has_the_published_value_and_target() {
        let object = hex::decode(OBJECT).unwrap();
        let target = Difficulty::DEFAULT.target(object.len() as u64, 86_400);
        assert_eq!(object_value(&object), Some(7_716_054_263_625));
        assert_eq!(target, 7_750_732_804_079);
    }

    #[test]
    fn bitmessage_object_does_not_pay_for_28_days() {
        let object = hex::decode(OBJECT).unwrap();
        let target = Difficulty::DEFAULT.target(object.len() as u64, 28 * 86_400);
        assert!(object_value(&object).unwrap() > target);
    }

    #[test]
    fn short_lives_are_charged_as_300_seconds() {
        let d = Difficulty::DEFAULT;
        assert_eq!(d.target(100, 0), d.target(100, 300));
        assert!(d.target(100, 301) < d.target(100, 300) || d.target(100, 400) < d.target(100, 300));
    }

    #[test]
    fn largest_figures_do_not_overflow() {
        let d = Difficulty {
            nonce_trials_per_byte: u64::MAX,
            extra_bytes: u64::MAX,
        };
        assert!(d.check().is_err());
        assert!(d.target(u64::MAX, u64::MAX) < 1 << 32);
    }

    #[test]
    fn object_shorter_than_a_nonce_has_no_value() {
        assert_eq!(object_value(&[0; 7]), None);
    }
}
