//! Settings of the mail layer.

use serde::{Deserialize, Serialize};

/// How messages are sent, kept and received.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MailConfig {
    /// Replicas that a send must reach.
    pub(crate) quorum: usize,
    /// Life of a message in seconds, where none is given.
    pub(crate) default_ttl_seconds: u64,
    /// The most expected trials per packet that a sender pays, where no cap is given; 0 for no cap.
    pub(crate) max_work: u64,
    /// Seconds between first attempts to bring a message to its quorum; doubled up to `recheck_seconds`.
    pub(crate) retry_seconds: u64,
    /// Greatest pause, in seconds, between looks at the replicas of a stored message.
    pub(crate) recheck_seconds: u64,
    /// Seconds between fetches while somebody watches.
    pub(crate) watch_fetch_seconds: u64,
    /// Seconds to leave fetched packets at the nodes, for the inbox's other devices.
    pub(crate) shared_seconds: u64,
}

impl Default for MailConfig {
    fn default() -> Self {
        Self {
            quorum: 5,
            default_ttl_seconds: 7 * 86_400,
            max_work: 0,
            retry_seconds: 30,
            recheck_seconds: 6 * 3_600,
            watch_fetch_seconds: 600,
            shared_seconds: 0,
        }
    }
}
