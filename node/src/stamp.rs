//! Checking stamps, for the command line and the service alike.
//!
//! Holds no arithmetic: that is `toxdrop_proto::pow`.

use toxdrop_proto::ids::UnixSeconds;
use toxdrop_proto::packet::{Packet, PacketKind};
use toxdrop_proto::pow::{self, Difficulty, DifficultyError, InitialHash, MAX_OBJECT_LEN};

/// What a stamp reaches and what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// What the nonce reaches.
    pub(crate) value: u64,
    /// What it must not exceed.
    pub(crate) target: u64,
}

impl Verdict {
    /// Whether the work holds.
    pub(crate) fn holds(&self) -> bool {
        self.value <= self.target
    }
}

/// Why an object's stamp cannot be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StampError {
    /// No room for nonce and expiry.
    #[error(
        "an object starts with 8 bytes of nonce and 8 of expiry, this one has {0} bytes in all; give the whole object"
    )]
    TooShort(usize),
    /// Longer than any object may be.
    #[error(
        "this object has {0} bytes, at most {MAX_OBJECT_LEN} are allowed; give one object only"
    )]
    TooLong(usize),
    /// A difficulty out of range.
    #[error(transparent)]
    Difficulty(#[from] DifficultyError),
}

/// Judges a nonce for an initial hash.
pub(crate) fn judge_hash(initial_hash: &InitialHash, nonce: u64, target: u64) -> Verdict {
    Verdict {
        value: pow::trial_value(nonce, initial_hash),
        target,
    }
}

/// The expiry of an object: bytes 8 to 15.
pub(crate) fn expiry(object: &[u8]) -> Result<UnixSeconds, StampError> {
    object
        .get(8..16)
        .and_then(|bytes| <[u8; 8]>::try_from(bytes).ok())
        .map(|bytes| UnixSeconds(u64::from_be_bytes(bytes)))
        .ok_or(StampError::TooShort(object.len()))
}

/// Judges a whole object at a moment, as BitMessage does: a life that is over or short counts as 300 s.
pub(crate) fn judge_object(
    object: &[u8],
    at: UnixSeconds,
    difficulty: Difficulty,
) -> Result<Verdict, StampError> {
    let difficulty = difficulty.check()?;
    let ttl = expiry(object)?.since(at);
    if object.len() as u64 > MAX_OBJECT_LEN {
        return Err(StampError::TooLong(object.len()));
    }
    let value = pow::object_value(object).ok_or(StampError::TooShort(object.len()))?;
    Ok(Verdict {
        value,
        target: difficulty.target(object.len() as u64, ttl),
    })
}

/// Judges a stored packet at a moment; `None` for a part of a message that a deposit pays for. What is no packet is judged as
/// an object.
pub(crate) fn judge_packet(
    bytes: &[u8],
    at: UnixSeconds,
    difficulty: Difficulty,
) -> Result<Option<Verdict>, StampError> {
    let Ok(packet) = Packet::parse(bytes) else {
        return judge_object(bytes, at, difficulty).map(Some);
    };
    Ok((packet.kind() != PacketKind::Prepaid).then(|| Verdict {
        value: packet.value(),
        target: packet.target(difficulty, at),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bitmessages_own_object_holds_for_a_day_and_not_for_28() {
        let object = hex::decode("00000000001be7fc00000000660f307f0000002a010248454c4c4f").unwrap();
        let expires = expiry(&object).unwrap();
        assert_eq!(expires, UnixSeconds(1_712_271_487));
        let at = |ttl| UnixSeconds(expires.0 - ttl);
        let judge = |ttl| judge_object(&object, at(ttl), Difficulty::DEFAULT).unwrap();
        assert!(judge(86_400).holds());
        assert_eq!(judge(86_400).target, 7_750_732_804_079);
        assert!(!judge(28 * 86_400).holds());
    }

    #[test]
    fn an_object_without_an_expiry_is_refused() {
        let judged = judge_object(&[0; 15], UnixSeconds(0), Difficulty::DEFAULT);
        assert_eq!(judged, Err(StampError::TooShort(15)));
    }
}
