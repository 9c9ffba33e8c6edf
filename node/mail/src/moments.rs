//! When something of a record is done: at moments that nobody can join to each other.
//!
//! Does none of it.

use std::sync::PoisonError;
use std::time::Duration;

use rand::Rng;
use toxdrop_proto::clock;
use toxdrop_proto::ids::UnixSeconds;
use toxdrop_proto::week::Week;

use crate::identity::Identity;
use crate::state::Mail;

impl Mail {
    /// The wall clock, or what other nodes' clocks agree on where that is earlier: for what cannot be undone.
    pub(crate) fn sure_now(&self) -> UnixSeconds {
        let now = self.now().unix;
        let agreed = clock::agreed(now, &self.inner.network.clock_offsets());
        agreed.map_or(now, |agreed| agreed.min(now))
    }

    /// A moment for one of a record's packets: within the time over which they are spread, unless it is to be now.
    pub(crate) fn some_moment(&self, now: UnixSeconds, at_once: bool) -> UnixSeconds {
        let spread = self.inner.config.publish_spread_seconds;
        now.plus(if at_once { 0 } else { up_to(spread) })
    }

    /// When a packet is stored again that too few nodes took: after a pause that grows, and not together with others.
    pub(crate) fn next_attempt(&self, now: UnixSeconds, attempts: u32) -> UnixSeconds {
        let config = &self.inner.config;
        let pause = (config.retry_seconds)
            .saturating_mul(1 << attempts.min(16))
            .min(config.retry_max_seconds);
        now.plus(pause)
            .plus(up_to(config.publish_spread_seconds.min(pause)))
    }

    /// No moment that these give is further ahead, in seconds.
    pub(crate) fn furthest_moment(&self) -> u64 {
        let config = &self.inner.config;
        (config.publish_spread_seconds).max(config.retry_max_seconds.saturating_mul(2))
    }

    /// Whether it is time for an inbox's next record: none was published yet, or that of another week, and a random time has
    /// passed since that was noticed. A device that does not have the published seal keys leaves it to the others.
    pub(crate) fn is_renewal_due(&self, inbox: &Identity) -> bool {
        let now = self.now();
        let key = inbox.key();
        let is_past = |week: Week| week < Week::at(now.unix);
        let needed = inbox
            .record
            .as_ref()
            .is_none_or(|record| is_past(record.week()) || record.is_dated_ahead(now.unix));
        let renewals = self.inner.renewals.lock();
        let mut renewals = renewals.unwrap_or_else(PoisonError::into_inner);
        if !needed || !self.inner.config.republish || !inbox.has_published_keys() {
            renewals.remove(&key);
            return false;
        }
        let spread = self.inner.config.publish_spread_seconds;
        let begin = || now.mono + Duration::from_secs(up_to(spread));
        now.mono >= *renewals.entry(key).or_insert_with(begin)
    }
}

fn up_to(seconds: u64) -> u64 {
    rand::thread_rng().gen_range(0..=seconds)
}
