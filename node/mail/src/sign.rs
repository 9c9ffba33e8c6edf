//! Signing a record: what it says, and a sequence above all that is known.
//!
//! Publishes nothing; that is `publish`.

use toxdrop_proto::ids::Salt;
use toxdrop_proto::packet::MAX_TTL;
use toxdrop_proto::pow::Difficulty;
use toxdrop_proto::record::{InboxRecord, RecordFields};

use crate::error::MailError;
use crate::identity::Identity;
use crate::intent::PublishOptions;
use crate::state::Mail;

impl Mail {
    /// A record of an inbox, newer than its last one.
    pub(crate) fn sign_record(
        &self,
        identity: &Identity,
        salt: Salt,
        options: PublishOptions,
    ) -> Result<InboxRecord, MailError> {
        let or = |value: u64, default: u64| if value == 0 { default } else { value };
        let floor = self.inner.policy.floor;
        let newest = identity.record.as_ref().map_or(0, |r| r.sequence.0);
        let mut sequence = self.now_ms();
        // A clock that went back must not make a record that nobody takes.
        sequence.0 = sequence.0.max(newest.saturating_add(1));
        let fields = RecordFields {
            salt,
            sequence,
            difficulty: Difficulty {
                nonce_trials_per_byte: or(
                    options.nonce_trials_per_byte,
                    floor.nonce_trials_per_byte,
                ),
                extra_bytes: or(options.extra_bytes, floor.extra_bytes),
            },
            max_ttl: or(options.max_ttl_seconds, MAX_TTL),
            expires: self
                .now()
                .unix
                .plus(or(options.valid_seconds, MAX_TTL).min(MAX_TTL)),
            seal_key: [0; 32],
        };
        InboxRecord::sign(&identity.secret, self.inner.policy.network, fields)
            .map_err(|error| MailError::Record(error.to_string()))
    }
}
