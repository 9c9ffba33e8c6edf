//! What a record says to who knows the inbox's key, and which of several is believed.
//!
//! Seals nothing; that stands in `sealed.rs`.

use crate::codec::{DecodeError, Reader, Writer};
use crate::ids::UnixSeconds;
use crate::packet::{MAX_RECORD_AHEAD, RECORD_CONTENTS_LEN, Terms};
use crate::place::PlaceSecret;
use crate::seal::SealKeys;
use crate::week::Week;

/// The contents of a record. Its week is that of its seal keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordContents {
    /// Grows with every record of the inbox.
    pub revision: u32,
    /// When it was made, within its week.
    pub made: UnixSeconds,
    /// The secret of the front door.
    pub front_door: PlaceSecret,
    /// What the inbox asks of packets.
    pub terms: Terms,
    /// What messages are sealed for.
    pub seal_keys: SealKeys,
}

impl RecordContents {
    /// The week in which it was made.
    #[must_use]
    pub fn week(&self) -> Week {
        self.seal_keys.first
    }

    /// Whether it says to be made more than a day from now, and is to be ignored: an owner's clock that was wrong for an
    /// hour must not bind senders for years.
    #[must_use]
    pub fn is_dated_ahead(&self, now: UnixSeconds) -> bool {
        self.made.since(now) > MAX_RECORD_AHEAD
    }

    /// Whether it replaces another of the same inbox: a greater revision does, then a later date, then the greater
    /// bytes, so that whoever sees both decides alike.
    #[must_use]
    pub fn supersedes(&self, other: &Self) -> bool {
        let order = |contents: &Self| (contents.revision, contents.made, contents.encode());
        order(self) > order(other)
    }

    /// The bytes that are sealed.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(RECORD_CONTENTS_LEN);
        writer
            .u32(self.revision)
            .u64(self.made.0)
            .bytes(self.front_door.expose());
        self.terms.encode(&mut writer);
        self.seal_keys.encode(&mut writer);
        writer.finish()
    }

    /// Reads what [`RecordContents::encode`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`] if the length is wrong or a figure or key is refused.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let contents = Self {
            revision: reader.u32()?,
            made: UnixSeconds(reader.u64()?),
            front_door: PlaceSecret::from_bytes(reader.take_array()?),
            terms: Terms::decode(&mut reader)?,
            seal_keys: SealKeys::decode(&mut reader)?,
        };
        reader.finish()?;
        Ok(contents)
    }
}

/// The record that is believed of several, from whatever places: the newest one that is not dated ahead.
#[must_use]
pub fn newest(
    now: UnixSeconds,
    records: impl IntoIterator<Item = RecordContents>,
) -> Option<RecordContents> {
    records
        .into_iter()
        .filter(|record| !record.is_dated_ahead(now))
        .reduce(
            |best, other| {
                if other.supersedes(&best) { other } else { best }
            },
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::seal::SealChain;
    use crate::week::WEEK_LEN;

    fn contents(revision: u32, made: u64, secret: u8) -> RecordContents {
        let week = Week::at(UnixSeconds(made));
        RecordContents {
            revision,
            made: UnixSeconds(made),
            front_door: PlaceSecret::from_bytes([secret; 16]),
            terms: Terms::NONE,
            seal_keys: SealChain::from_parts(week, &[7; 32])
                .public_keys(week)
                .unwrap(),
        }
    }

    #[test]
    fn of_two_records_exactly_one_supersedes_the_other() {
        let old = contents(1, 5, 0);
        for new in [contents(2, 4, 0), contents(1, 6, 0), contents(1, 5, 1)] {
            assert!(new.supersedes(&old) && !old.supersedes(&new));
        }
        assert!(!old.supersedes(&old));
    }

    #[test]
    fn the_newest_that_is_not_dated_ahead_is_believed() {
        let now = UnixSeconds(2976 * WEEK_LEN);
        let day = MAX_RECORD_AHEAD;
        let records = [
            contents(3, now.0 - 1, 0),
            contents(5, now.0 + day + 1, 0),
            contents(4, now.0 + day, 0),
        ];
        assert_eq!(newest(now, records.clone()), Some(records[2].clone()));
        assert_eq!(newest(now, [records[1].clone()]), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn contents_are_read_back(revision: u32, made in 0..9000 * WEEK_LEN, secret: u8) {
            let contents = contents(revision, made, secret);
            let bytes = contents.encode();
            prop_assert_eq!(bytes.len(), RECORD_CONTENTS_LEN);
            prop_assert_eq!(RecordContents::decode(&bytes), Ok(contents));
        }

        #[test]
        fn arbitrary_bytes_are_refused_or_read_back(bytes in prop::collection::vec(any::<u8>(), 190..210)) {
            if let Ok(contents) = RecordContents::decode(&bytes) {
                prop_assert_eq!(contents.encode(), bytes);
            }
        }
    }
}
