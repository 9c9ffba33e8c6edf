//! Receivers' records: what the network shows of them, the newest that was ever seen, and when it is looked for again.
//!
//! A sender keeps what it knows and looks again in its own time: were it just before storing, whoever holds points and mail
//! could match the times. Own records are published in `publish`.

use rand::Rng;
use serde::{Deserialize, Serialize};
use toxdrop_proto::ids::UnixSeconds;
use toxdrop_proto::keys::InboxPublicKey;
use toxdrop_proto::record::{RecordContents, newest};
use toxdrop_proto::seal::SealKeys;

use crate::db::Changes;
use crate::error::MailError;
use crate::state::Mail;
use crate::tables::Table;

const DAY: u64 = 86_400;
/// A record is looked for again after so many seconds, or up to a day earlier.
const REFRESH: u64 = 7 * DAY;
/// After a look that failed, or up to as long again.
const RETRY: u64 = 1_800;
/// A receiver whom nobody wrote to for so many seconds is not looked for by itself any more.
const USED: u64 = 12 * 7 * DAY;

/// What is known of a receiver.
#[derive(Serialize, Deserialize)]
struct Known {
    /// The newest record's contents, hex; none where none was ever seen.
    record: Option<String>,
    /// When somebody last wrote to this receiver.
    used: u64,
    /// When the record is looked for again.
    refresh: u64,
}

impl Known {
    fn record(&self) -> Option<RecordContents> {
        let bytes = hex::decode(self.record.as_ref()?).ok()?;
        RecordContents::decode(&bytes).ok()
    }

    fn put(&self, changes: &mut Changes, key: &InboxPublicKey) -> Result<(), MailError> {
        changes.put(Table::Records, key.as_bytes().to_vec(), self)
    }

    /// Also where a clock that was ahead wrote the time down.
    fn is_due(&self, now: UnixSeconds) -> bool {
        self.refresh <= now.0 || self.refresh - now.0 > REFRESH
    }
}

impl Mail {
    fn known(&self, key: &InboxPublicKey) -> Result<Option<Known>, MailError> {
        self.inner.db.get(Table::Records, key.as_bytes())
    }

    fn put_known(&self, key: &InboxPublicKey, known: &Known) -> Result<(), MailError> {
        let mut changes = Changes::default();
        known.put(&mut changes, key)?;
        self.inner.db.commit(changes)
    }

    /// The newest record seen of a receiver, if it is in force.
    pub(crate) fn known_record(
        &self,
        key: &InboxPublicKey,
    ) -> Result<Option<RecordContents>, MailError> {
        let now = self.now().unix;
        let record = self.known(key)?.and_then(|known| known.record());
        Ok(record.filter(|record| in_force(record, now)))
    }

    /// Remembers a receiver's record, if it is newer than what is known; returns the newest.
    pub(crate) fn remember_record(
        &self,
        key: &InboxPublicKey,
        found: RecordContents,
    ) -> Result<RecordContents, MailError> {
        let now = self.now().unix;
        let mut known = self.known(key)?.unwrap_or(Known {
            record: None,
            used: now.0,
            refresh: now.0,
        });
        let former = known.record();
        // One that has ended says nothing any more: its owner may have lost all that made it, and begun anew.
        let newest = match &former {
            Some(former) if in_force(former, now) != in_force(&found, now) => {
                if in_force(former, now) {
                    former.clone()
                } else {
                    found
                }
            }
            _ => newest(now, former.iter().cloned().chain([found.clone()])).unwrap_or(found),
        };
        let mut changes = Changes::default();
        if former.is_some_and(|former| !share_keys(&former.seal_keys, &newest.seal_keys)) {
            // Another device has taken over, which does not read the place for contacts that was told.
            self.forget_contacts(&mut changes, key)?;
        }
        known.record = Some(hex::encode(newest.encode()));
        known.put(&mut changes, key)?;
        self.inner.db.commit(changes)?;
        Ok(newest)
    }

    /// What a receiver to whom somebody writes asks for: the newest record known, if it is in force. It is looked for now only
    /// if it never was, or not for a week.
    pub(crate) async fn receivers_record(
        &self,
        key: &InboxPublicKey,
    ) -> Result<Option<RecordContents>, MailError> {
        let now = self.now().unix;
        let known = self.known(key)?;
        let in_force = |record: &RecordContents| in_force(record, now);
        if known.as_ref().is_none_or(|known| known.is_due(now)) {
            return Ok(self.look_for_record(key, now).await?.filter(in_force));
        }
        if let Some(mut known) = known {
            let record = known.record();
            known.used = now.0;
            self.put_known(key, &known)?;
            return Ok(record.filter(in_force));
        }
        Ok(None)
    }

    /// A receiver whose record is to be looked for now, and when somebody last wrote there.
    pub(crate) fn next_refresh(&self) -> Result<Option<(InboxPublicKey, UnixSeconds)>, MailError> {
        let now = self.now().unix;
        let all = self.inner.db.scan::<Known>(Table::Records, &[])?;
        let is_due = |known: &Known| known.is_due(now) && now.0.saturating_sub(known.used) < USED;
        let mut due = all.into_iter().filter_map(|(key, known)| {
            let key = InboxPublicKey::from_bytes(key.try_into().ok()?).ok()?;
            is_due(&known).then_some((key, UnixSeconds(known.used)))
        });
        Ok(due.next())
    }

    /// Looks for a receiver's record now, and notes when it is looked for again. `used` is when somebody wrote there last.
    pub(crate) async fn look_for_record(
        &self,
        key: &InboxPublicKey,
        used: UnixSeconds,
    ) -> Result<Option<RecordContents>, MailError> {
        let looked = self.find_newest(key).await;
        let now = self.now().unix;
        let pause = match &looked {
            Ok(Some(_)) => REFRESH - some(DAY),
            // One may be on its way: a new inbox's comes within hours.
            Ok(None) => DAY / 4 + some(DAY / 4),
            Err(error) => {
                tracing::info!(%error, "a receiver's record could not be looked up; what is known holds");
                RETRY + some(RETRY)
            }
        };
        if let Ok(Some(found)) = looked {
            self.remember_record(key, found)?;
        }
        let known = self.known(key)?;
        let known = Known {
            record: known.and_then(|known| known.record),
            used: used.0,
            refresh: now.plus(pause).0,
        };
        self.put_known(key, &known)?;
        Ok(known.record())
    }
}

/// Whether senders go by it at `now`.
fn in_force(record: &RecordContents, now: UnixSeconds) -> bool {
    record.seal_keys.for_sender(now).is_some()
}

/// Whether two records name the same key for some week.
fn share_keys(one: &SealKeys, other: &SealKeys) -> bool {
    one.by_week()
        .any(|of_week| other.by_week().any(|also| also == of_week))
}

fn some(seconds: u64) -> u64 {
    rand::thread_rng().gen_range(0..=seconds)
}
