//! What an inbox asks of packets: the few figures of a record that its holders see, and which packets they bind.
//!
//! Coarse on purpose: a figure of one's own would join the places of an inbox. What else a record says stands in
//! [`crate::record`].

use thiserror::Error;

use super::layout::TERMS_LEN;
use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};
use crate::day::{DAY_LEN, Day, MAX_LAST_DAYS};
use crate::ids::UnixSeconds;
use crate::pow::{Difficulty, DifficultyError};
use crate::seal::record_end;
use crate::week::{WEEK_LEN, Week};

/// The greatest TTLs that terms can name, in days.
const TTL_DAYS: [u8; 6] = [1, 2, 4, 7, 14, 28];
/// The greatest exponent of `nonce_trials_per_byte`.
const MAX_TRIALS_LOG2: u8 = 32;
/// The greatest exponent of `extra_bytes`.
const MAX_EXTRA_LOG2: u8 = 20;
/// After so many weeks nothing lives that is older than the terms, and they say no more than "at least".
const MAX_HELD_WEEKS: u8 = 5;

/// A record's week, by its last day; `None` if that is not the last day of a week, or lies in 1970's first month.
///
/// A record ends with its last day, three weeks after its week's end ([`record_end`]).
pub(crate) fn record_week(last: Day) -> Option<Week> {
    let days_per_week = WEEK_LEN / DAY_LEN;
    let end = u64::from(last.number()) + 1;
    let week = (end / days_per_week).checked_sub(4)?;
    (end.is_multiple_of(days_per_week)).then(|| Week::from_number(week))
}

/// The last day of a record that is made in this week.
pub(crate) fn record_last(week: Week) -> Day {
    Day::at(UnixSeconds(record_end(week).0.saturating_sub(1)))
}

/// Terms that cannot be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TermsError {
    /// The difficulty is out of range.
    #[error(transparent)]
    Difficulty(#[from] DifficultyError),
    /// The greatest TTL is below a day.
    #[error("the greatest TTL is {0} seconds, but must be at least a day (86400)")]
    MaxTtl(u64),
}

/// What an inbox asks of packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Terms {
    trials_log2: u8,
    extra_log2: u8,
    ttl_days: u8,
    held_weeks: u8,
}

impl Terms {
    /// Nothing beyond what the network asks: also what stands at record points, whatever the inbox asks.
    pub const NONE: Self = Self {
        trials_log2: 0,
        extra_log2: 0,
        ttl_days: 28,
        held_weeks: 0,
    };

    /// The terms for at least this difficulty and at most this TTL in seconds, as they can be named: each figure of the
    /// difficulty goes up to a power of two, or counts as nothing where the network's floor asks for as much; the TTL
    /// goes down to 1, 2, 4, 7, 14 or 28 days. They are new: [`Terms::follow`] makes them follow others.
    ///
    /// # Errors
    /// [`TermsError`] if a figure is out of range.
    pub fn asking(
        difficulty: Difficulty,
        max_ttl: u64,
        floor: Difficulty,
    ) -> Result<Self, TermsError> {
        difficulty.check()?;
        let days = max_ttl / DAY_LEN;
        let ttl_days = TTL_DAYS
            .into_iter()
            .rfind(|named| u64::from(*named) <= days)
            .ok_or(TermsError::MaxTtl(max_ttl))?;
        Ok(Self {
            trials_log2: log2_above(
                difficulty.nonce_trials_per_byte,
                floor.nonce_trials_per_byte,
            ),
            extra_log2: log2_above(difficulty.extra_bytes, floor.extra_bytes),
            ttl_days,
            held_weeks: 0,
        })
    }

    /// The terms of a new record, made in `week`, after a former one's of the same inbox: they have held for as long as
    /// they were not made harder, which binds senders a little at a time (see [`RecordHead::begins`]).
    #[must_use]
    pub fn follow(self, former: Option<(Week, Self)>, week: Week) -> Self {
        let held = former
            .filter(|(_, former)| !self.is_harder_than(*former))
            .map_or(0, |(since, former)| {
                let weeks = u64::from(former.held_weeks).saturating_add(week.since(since));
                u8::try_from(weeks).map_or(MAX_HELD_WEEKS, |weeks| weeks.min(MAX_HELD_WEEKS))
            });
        Self {
            held_weeks: if self.asks_nothing() { 0 } else { held },
            ..self
        }
    }

    /// The difficulty asked for; a figure of 0 leaves it to the network's floor.
    #[must_use]
    pub fn difficulty(self) -> Difficulty {
        let power = |log2: u8| if log2 == 0 { 0 } else { 1u64 << log2 };
        Difficulty {
            nonce_trials_per_byte: power(self.trials_log2),
            extra_bytes: power(self.extra_log2),
        }
    }

    /// The greatest TTL, in seconds.
    #[must_use]
    pub fn max_ttl(self) -> u64 {
        u64::from(self.ttl_days) * DAY_LEN
    }

    /// Whether they ask for nothing beyond what the network asks.
    #[must_use]
    pub fn asks_nothing(self) -> bool {
        self.with_held_weeks(0) == Self::NONE
    }

    /// For how many weeks they have held, at most 5.
    #[must_use]
    pub fn held_weeks(self) -> u8 {
        self.held_weeks
    }

    fn with_held_weeks(self, held_weeks: u8) -> Self {
        Self { held_weeks, ..self }
    }

    fn is_harder_than(self, other: Self) -> bool {
        self.trials_log2 > other.trials_log2
            || self.extra_log2 > other.extra_log2
            || self.ttl_days < other.ttl_days
    }

    /// Appends trials exponent 1 ‖ extra exponent 1 ‖ greatest TTL in days 1 ‖ weeks held 1.
    pub fn encode(self, writer: &mut Writer) {
        writer
            .u8(self.trials_log2)
            .u8(self.extra_log2)
            .u8(self.ttl_days)
            .u8(self.held_weeks);
    }

    /// Reads what [`Terms::encode`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`] if it is too short or a figure is out of range.
    pub fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let trials_log2 = at_most(reader, "exponent of the trials per byte", MAX_TRIALS_LOG2)?;
        let extra_log2 = at_most(reader, "exponent of the extra bytes", MAX_EXTRA_LOG2)?;
        let at = reader.clone();
        let ttl_days = reader.u8()?;
        if !TTL_DAYS.contains(&ttl_days) {
            return Err(at.error(DecodeErrorKind::UnknownValue {
                what: "greatest TTL in days",
                value: ttl_days,
            }));
        }
        let at = reader.clone();
        let held_weeks = at_most(reader, "weeks that the terms have held", MAX_HELD_WEEKS)?;
        let terms = Self {
            trials_log2,
            extra_log2,
            ttl_days,
            held_weeks,
        };
        if terms.asks_nothing() && held_weeks != 0 {
            return Err(at.error(DecodeErrorKind::NotZero("weeks that no terms have held")));
        }
        Ok(terms)
    }
}

const _: () = assert!(TERMS_LEN == 4);

/// The exponent of the least power of two that is at least `figure`; 0 if the floor asks for as much.
fn log2_above(figure: u64, floor: u64) -> u8 {
    if figure <= floor || figure <= 1 {
        return 0;
    }
    let log2 = u64::BITS - (figure - 1).leading_zeros();
    u8::try_from(log2).unwrap_or(u8::MAX)
}

fn at_most(reader: &mut Reader<'_>, what: &'static str, max: u8) -> Result<u8, DecodeError> {
    let at = reader.clone();
    let value = reader.u8()?;
    if value <= max {
        return Ok(value);
    }
    Err(at.error(DecodeErrorKind::OutOfRange {
        what,
        value: u64::from(value),
        min: 0,
        max: u64::from(max),
    }))
}

/// What a record says in clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RecordHead {
    /// Grows with each record of the place; see [`crate::record`].
    pub version: u64,
    /// The week in which it was made, by its last day.
    pub week: Week,
    /// What it asks.
    pub terms: Terms,
}

impl RecordHead {
    /// When it stops to be in force.
    #[must_use]
    pub fn ends(&self) -> UnixSeconds {
        record_end(self.week)
    }

    /// The first day on which its terms held for sure, all day: the one after the week in which they were made as hard.
    #[must_use]
    pub fn begins(&self) -> Day {
        let end = self.week.end().0;
        Day::at(UnixSeconds(
            end.saturating_sub(u64::from(self.terms.held_weeks) * WEEK_LEN),
        ))
    }

    /// Whether a packet with this last day may be older than the terms; if not, it is known to be newer.
    ///
    /// A packet's last day is at most 28 days after it was made. Terms that have held for five weeks have no older
    /// packets, so that a last day that is chosen too early gains nothing for long.
    #[must_use]
    pub fn may_be_older(&self, last: Day) -> bool {
        last < self.begins().plus(MAX_LAST_DAYS)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FLOOR: Difficulty = Difficulty::DEFAULT;
    const WEEK: Week = Week::from_number(2976);

    fn hard(trials: u64, days: u64) -> Terms {
        let difficulty = Difficulty {
            nonce_trials_per_byte: trials,
            extra_bytes: 1000,
        };
        Terms::asking(difficulty, days * DAY_LEN, FLOOR).unwrap()
    }

    fn head(terms: Terms) -> RecordHead {
        RecordHead {
            version: 1,
            week: WEEK,
            terms,
        }
    }

    #[test]
    fn figures_go_to_the_next_coarse_one_and_nothing_is_asked_twice() {
        assert_eq!(
            Terms::asking(FLOOR, 28 * DAY_LEN, FLOOR),
            Ok(Terms::NONE),
            "as much as the floor"
        );
        let terms = hard(5000, 10);
        assert_eq!(terms.difficulty().nonce_trials_per_byte, 8192);
        assert_eq!(terms.difficulty().extra_bytes, 0);
        assert_eq!(terms.max_ttl(), 7 * DAY_LEN);
        assert_eq!(hard(4096, 1).difficulty().nonce_trials_per_byte, 4096);
        assert_eq!(hard(1 << 32, 90).trials_log2, MAX_TRIALS_LOG2);
    }

    #[test]
    fn terms_out_of_range_are_refused() {
        let error = Terms::asking(FLOOR, DAY_LEN - 1, FLOOR);
        assert_eq!(error, Err(TermsError::MaxTtl(DAY_LEN - 1)));
        let none = Difficulty {
            nonce_trials_per_byte: 0,
            extra_bytes: 0,
        };
        assert!(Terms::asking(none, DAY_LEN, FLOOR).is_err());
    }

    #[test]
    fn terms_have_held_since_they_were_last_made_harder() {
        let first = hard(5000, 28).follow(None, WEEK);
        assert_eq!(first.held_weeks(), 0);
        let renewed = hard(5000, 28).follow(Some((WEEK, first)), WEEK.plus(2));
        assert_eq!(renewed.held_weeks(), 2);
        let easier = hard(3000, 28).follow(Some((WEEK.plus(2), renewed)), WEEK.plus(9));
        assert_eq!(easier.held_weeks(), 5);
        for harder in [hard(9000, 28), hard(3000, 14)] {
            let harder = harder.follow(Some((WEEK, easier)), WEEK.plus(1));
            assert_eq!(harder.held_weeks(), 0);
        }
        let none = Terms::NONE.follow(Some((WEEK, easier)), WEEK.plus(1));
        assert_eq!(none, Terms::NONE);
    }

    #[test]
    fn a_record_ends_with_its_last_day_and_names_its_week_by_it() {
        for number in [0, 1, 2976, 9_358] {
            let week = Week::from_number(number);
            let last = record_last(week);
            assert_eq!(last.end(), record_end(week));
            assert_eq!(record_week(last), Some(week));
            for other in 1..7 {
                assert_eq!(record_week(last.minus(other)), None);
            }
        }
        assert_eq!(record_week(Day::from_number(20)), None);
    }

    #[test]
    fn mail_that_was_there_before_the_terms_is_older_and_mail_made_after_their_week_is_not() {
        let head = head(hard(5000, 28));
        let before = Day::last_for(UnixSeconds(WEEK.end().0 - 1));
        let after = Day::last_for(WEEK.end());
        assert!(head.may_be_older(before) && !head.may_be_older(after));
    }

    #[test]
    fn once_the_terms_have_held_for_five_weeks_nothing_alive_is_older() {
        // However early a last day is chosen: what lives in the record's week or later must pay.
        let held = head(hard(5000, 28).with_held_weeks(MAX_HELD_WEEKS));
        assert!(!held.may_be_older(Day::at(WEEK.begin())));
        // Had the record's own beginning counted, a packet that ends within days would not have paid in any week.
        assert!(head(hard(5000, 28)).may_be_older(Day::at(WEEK.end()).plus(7)));
    }

    proptest! {
        #[test]
        fn terms_are_read_back_or_refused(bytes: [u8; 4]) {
            if let Ok(terms) = Terms::decode(&mut Reader::new(&bytes)) {
                let mut writer = Writer::default();
                terms.encode(&mut writer);
                prop_assert_eq!(writer.finish(), bytes);
            }
        }

        #[test]
        fn whatever_can_be_asked_for_is_read_back(trials in 1u64..=1 << 32, extra in 0u64..=1 << 20, ttl in DAY_LEN..=60 * DAY_LEN, held in 0u8..=5) {
            let difficulty = Difficulty { nonce_trials_per_byte: trials, extra_bytes: extra };
            let terms = Terms::asking(difficulty, ttl, FLOOR).unwrap();
            let terms = if terms.asks_nothing() { terms } else { terms.with_held_weeks(held) };
            let mut writer = Writer::default();
            terms.encode(&mut writer);
            prop_assert_eq!(Terms::decode(&mut Reader::new(&writer.finish())), Ok(terms));
            prop_assert!(terms.max_ttl() <= ttl);
            let asked = terms.difficulty().max(FLOOR);
            prop_assert!(asked.nonce_trials_per_byte >= trials && asked.extra_bytes >= extra);
        }
    }
}
