//! Making a record: what it says, with a revision above all that is known and the seal keys of the present week.
//!
//! Publishes nothing; that is `publish`. Whether this device and its clock may make one is decided here, too.

use rand::rngs::OsRng;
use toxdrop_proto::clock::{self, CLOCK_SKEW};
use toxdrop_proto::ids::UnixSeconds;
use toxdrop_proto::packet::{MAX_TTL, Terms};
use toxdrop_proto::place::PlaceSecret;
use toxdrop_proto::pow::Difficulty;
use toxdrop_proto::record::RecordContents;
use toxdrop_proto::week::Week;

use crate::error::MailError;
use crate::identity::Identity;
use crate::intent::{FrontDoor, Intent, PublishOptions};
use crate::state::Mail;

impl Mail {
    /// Gives an inbox its next record, and the front door and seal keys that it names.
    ///
    /// # Errors
    /// [`MailError`] if a figure is out of range, all revisions are used up, or there are no seal keys for the week.
    pub(crate) fn make_record(
        &self,
        identity: &mut Identity,
        intent: &Intent,
        now: UnixSeconds,
    ) -> Result<(), MailError> {
        let week = Week::at(now);
        let last = identity.record.clone();
        let terms = match (&intent.options, &last) {
            (Some(options), _) => self.terms(options)?,
            (None, Some(last)) => last.terms,
            (None, None) => Terms::NONE,
        };
        match intent.front_door {
            FrontDoor::Stays => {}
            FrontDoor::First => identity.go_to(PlaceSecret::zero(), now),
            FrontDoor::Moves => identity.go_to(PlaceSecret::generate(&mut OsRng), now),
        }
        if intent.reseal {
            identity.seals.reseal(&mut OsRng, now)?;
        }
        identity.record = Some(RecordContents {
            revision: (last.as_ref()).map_or(0, |last| last.revision.saturating_add(1)),
            made: now,
            front_door: identity.front_door.clone(),
            terms: terms.follow(last.map(|last| (last.week(), last.terms)), week),
            seal_keys: identity.seals.public_keys(week)?,
        });
        Ok(())
    }

    /// What an owner asks for, as a record can name it.
    pub(crate) fn terms(&self, options: &PublishOptions) -> Result<Terms, MailError> {
        let or = |value: u64, default: u64| if value == 0 { default } else { value };
        let floor = self.inner.policy.floor;
        let difficulty = Difficulty {
            nonce_trials_per_byte: or(options.nonce_trials_per_byte, floor.nonce_trials_per_byte),
            extra_bytes: or(options.extra_bytes, floor.extra_bytes),
        };
        let max_ttl = or(options.max_ttl_seconds, MAX_TTL);
        Ok(Terms::asking(difficulty, max_ttl, floor)?)
    }

    /// Refuses to publish for an inbox whose newest record names seal keys of another device, and by a clock that is wrong.
    pub(crate) fn may_publish(
        &self,
        identity: &Identity,
        take_over: bool,
        now: UnixSeconds,
    ) -> Result<(), MailError> {
        self.check_clock(identity, take_over, now)?;
        if take_over || identity.has_published_keys() {
            return Ok(());
        }
        Err(MailError::OtherKeys(identity.name.clone()))
    }

    /// The own clock must agree with the median of others'. Where too few are known only a record from the future can tell that
    /// it is wrong: then an owner must say that it is the record which is.
    fn check_clock(
        &self,
        identity: &Identity,
        take_over: bool,
        now: UnixSeconds,
    ) -> Result<(), MailError> {
        let mut offsets = self.inner.network.clock_offsets();
        if let Some(agreed) = clock::agreed(now, &offsets) {
            let ahead = now.since(agreed);
            offsets
                .iter_mut()
                .for_each(|offset| *offset = offset.saturating_neg());
            let behind = clock::agreed(now, &offsets).map_or(0, |agreed| now.since(agreed));
            let signed = |seconds| i64::try_from(seconds).unwrap_or(i64::MAX);
            return match (ahead > CLOCK_SKEW, behind > CLOCK_SKEW) {
                (true, _) => Err(MailError::Clock(-signed(ahead))),
                (_, true) => Err(MailError::Clock(signed(behind))),
                _ => Ok(()),
            };
        }
        let newest = identity.record.as_ref();
        if !take_over && newest.is_some_and(|record| record.is_dated_ahead(now)) {
            return Err(MailError::RecordAhead(identity.name.clone()));
        }
        Ok(())
    }
}
