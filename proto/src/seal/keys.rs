//! The seal keys that a record names, and which of them a sender uses.
//!
//! Public keys only.

use crate::clock::CLOCK_SKEW;
use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};
use crate::ids::UnixSeconds;
use crate::keys::{DhtPublicKey, KeyError};
use crate::week::Week;

/// How many weeks' seal keys a record names: that of its own week and of the four weeks after.
///
/// A record is in force until three weeks after its week's end, so four of them are used by right clocks; the fifth is
/// for a sender whose clock is ahead while the record is in its last hours.
pub const SEAL_WEEKS: usize = 5;

/// Bytes of [`SealKeys`]: first week 8 ‖ five keys of 32.
pub const SEAL_KEYS_LEN: usize = 8 + SEAL_WEEKS * DhtPublicKey::LEN;

/// How many weeks after its week's end a record ends.
const RECORD_WEEKS: u64 = 3;

/// When a record that was made in `week` stops to be in force: three weeks after the week's end. All records of one week
/// end together, so that the time tells nothing about which belong to one inbox.
#[must_use]
pub const fn record_end(week: Week) -> UnixSeconds {
    week.plus(RECORD_WEEKS).end()
}

/// The seal keys of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SealKeys {
    /// The week in which the record was made.
    pub first: Week,
    /// The keys of that week and of those after it.
    pub keys: [DhtPublicKey; SEAL_WEEKS],
}

impl SealKeys {
    /// Each key with its week.
    pub fn by_week(&self) -> impl Iterator<Item = (Week, &DhtPublicKey)> {
        (0..).map(|ahead| self.first.plus(ahead)).zip(&self.keys)
    }

    /// The key that a sender seals for at `now`; `None` if the record is no longer in force, and the inbox's own key is to
    /// be used.
    ///
    /// It is that of the sender's present week. A sender whose clock is so far behind that the record is not of this week
    /// yet takes the first one. [`CLOCK_SKEW`] is granted at the record's end.
    #[must_use]
    pub fn for_sender(&self, now: UnixSeconds) -> Option<(Week, &DhtPublicKey)> {
        if now >= record_end(self.first).plus(CLOCK_SKEW) {
            return None;
        }
        let week = Week::at(now).max(self.first);
        self.by_week().find(|(of, _)| *of == week)
    }

    /// Appends first week 8 ‖ keys.
    pub fn encode(&self, writer: &mut Writer) {
        writer.u64(self.first.number());
        self.keys.iter().for_each(|key| {
            writer.bytes(key.as_bytes());
        });
    }

    /// Reads what [`SealKeys::encode`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`] if it is too short, or a key has a small order.
    pub fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let first = Week::from_number(reader.u64()?);
        let mut keys = [DhtPublicKey::from_bytes([0; 32]); SEAL_WEEKS];
        for key in &mut keys {
            let at = reader.clone();
            *key = DhtPublicKey::from_bytes(reader.take_array()?);
            if key.is_low_order() {
                return Err(at.error(DecodeErrorKind::Key {
                    what: "seal key",
                    error: KeyError::LowOrder,
                }));
            }
        }
        Ok(Self { first, keys })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::week::WEEK_LEN;

    fn keys(first: u64) -> SealKeys {
        SealKeys {
            first: Week::from_number(first),
            keys: std::array::from_fn(|i| DhtPublicKey::from_bytes([i as u8 + 9; 32])),
        }
    }

    fn week_for(now: u64) -> Option<u64> {
        keys(2950)
            .for_sender(UnixSeconds(now))
            .map(|(week, _)| week.number())
    }

    #[test]
    fn a_sender_uses_the_key_of_the_present_week_while_the_record_is_in_force() {
        let begin = 2950 * WEEK_LEN;
        assert_eq!(week_for(begin), Some(2950));
        assert_eq!(week_for(begin + WEEK_LEN - 1), Some(2950));
        assert_eq!(week_for(begin + WEEK_LEN), Some(2951));
        assert_eq!(week_for(begin + 4 * WEEK_LEN - 1), Some(2953));
    }

    #[test]
    fn a_sender_whose_clock_is_off_finds_a_key_too() {
        let begin = 2950 * WEEK_LEN;
        assert_eq!(week_for(begin - 1), Some(2950));
        assert_eq!(week_for(begin + 4 * WEEK_LEN), Some(2954));
        assert_eq!(week_for(begin + 4 * WEEK_LEN + CLOCK_SKEW - 1), Some(2954));
        assert_eq!(week_for(begin + 4 * WEEK_LEN + CLOCK_SKEW), None);
        assert_eq!(week_for(u64::MAX), None);
    }

    proptest! {
        #[test]
        fn seal_keys_are_read_back(first: u64, keys: [[u8; 32]; SEAL_WEEKS]) {
            let keys = SealKeys { first: Week::from_number(first), keys: keys.map(DhtPublicKey::from_bytes) };
            let mut writer = Writer::default();
            keys.encode(&mut writer);
            let bytes = writer.finish();
            prop_assert_eq!(bytes.len(), SEAL_KEYS_LEN);
            prop_assert_eq!(SealKeys::decode(&mut Reader::new(&bytes)), Ok(keys));
        }

        #[test]
        fn arbitrary_bytes_are_refused_or_read_back(bytes in prop::collection::vec(any::<u8>(), 0..SEAL_KEYS_LEN + 8)) {
            let mut reader = Reader::new(&bytes);
            if let Ok(keys) = SealKeys::decode(&mut reader) {
                let mut writer = Writer::default();
                keys.encode(&mut writer);
                prop_assert_eq!(&writer.finish(), &bytes[..SEAL_KEYS_LEN]);
            }
        }

        #[test]
        fn a_key_of_small_order_is_refused(which in 0..SEAL_WEEKS) {
            let mut bad = keys(1);
            bad.keys[which] = DhtPublicKey::from_bytes([0; 32]);
            let mut writer = Writer::default();
            bad.encode(&mut writer);
            let error = SealKeys::decode(&mut Reader::new(&writer.finish())).unwrap_err();
            prop_assert_eq!(error.offset, 8 + 32 * which);
        }

        #[test]
        fn every_time_has_one_answer(first: u64, now: u64) {
            let keys = keys(first);
            let _ = keys.for_sender(UnixSeconds(now));
            prop_assert!(keys.by_week().count() == SEAL_WEEKS);
        }
    }
}
