//! An inbox of mail's in the words of the schema.
//!
//! Asks nobody; who is the default and what waits is told to it.

use toxdrop_mail::Identity;
use toxdrop_proto::grpc::v1;
use toxdrop_proto::ids::UnixSeconds;
use toxdrop_proto::record::RecordContents;
use toxdrop_proto::seal::record_end;
use toxdrop_proto::week::Week;

/// What is known of an inbox beside itself.
pub(super) struct Beside {
    /// Whether it is meant where none is named.
    pub(super) is_default: bool,
    /// Messages that nobody was handed yet.
    pub(super) waiting: usize,
    /// The present time.
    pub(super) now: UnixSeconds,
}

pub(super) fn inbox(identity: &Identity, beside: &Beside) -> v1::Inbox {
    let now = beside.now;
    let tox_id = identity.tox_id();
    let origin = match tox_id {
        Some(_) => v1::InboxOrigin::ToxProfile,
        None => v1::InboxOrigin::Toxdrop,
    };
    let display_name = identity.display_name.as_ref();
    let (front_door, contacts) = (identity.location(now), identity.contacts_location(now));
    let others = identity.read_locations(now).into_iter();
    v1::Inbox {
        name: identity.name.clone(),
        address: identity.address().to_string(),
        tox_id: tox_id.map(|id| id.to_string()).unwrap_or_default(),
        public_key: identity.key().to_string(),
        origin: origin.into(),
        display_name: display_name.map_or_else(String::new, |name| name.as_str().to_owned()),
        is_default: beside.is_default,
        record: identity
            .record
            .as_ref()
            .map(|contents| record(contents, now)),
        has_published_keys: identity.has_published_keys(),
        front_door: front_door.to_string(),
        contacts: contacts.to_string(),
        also_read: others
            .filter(|location| *location != front_door && *location != contacts)
            .map(|location| location.to_string())
            .collect(),
        created_unix: identity.created.0,
        waiting_messages: beside.waiting as u64,
    }
}

fn record(contents: &RecordContents, now: UnixSeconds) -> v1::InboxRecord {
    let difficulty = contents.terms.difficulty();
    let weeks = contents.seal_keys.by_week().map(|(week, _)| week);
    let ends = record_end(contents.week());
    v1::InboxRecord {
        revision: contents.revision,
        made_unix: contents.made.0,
        nonce_trials_per_byte: difficulty.nonce_trials_per_byte,
        extra_bytes: difficulty.extra_bytes,
        max_ttl_seconds: contents.terms.max_ttl(),
        terms_held_weeks: contents.terms.held_weeks().into(),
        first_week: contents.week().number(),
        last_week: weeks.max().map_or(0, Week::number),
        expires_unix: ends.0,
        in_force: now < ends && !contents.is_dated_ahead(now),
        at_first_door: contents.front_door.is_zero(),
    }
}
