//! Settings of the mail layer.
//!
//! `docs/config.md` and `docs/mail.md` explain them to users.

use serde::{Deserialize, Serialize};

/// Fewer independent replicas than this are never called stored, whatever the quorum.
const LEAST_REPLICAS: usize = 3;

/// How messages are sent, kept and received.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailConfig {
    /// Name or address of the inbox that is meant where none is named; empty for the recorded one: the first, or what
    /// the owner chose.
    pub default_inbox: String,
    /// Replicas that a send must reach; at least 3 count.
    pub quorum: usize,
    /// Life of a message in seconds, where none is given.
    pub default_ttl_seconds: u64,
    /// The most expected trials per packet that a sender pays, where no cap is given; 0 for no cap.
    pub max_work: u64,
    /// Seconds between first attempts to bring a message to its quorum; doubled from time to time.
    pub retry_seconds: u64,
    /// Greatest pause, in seconds, between attempts to bring a message to its quorum.
    pub retry_max_seconds: u64,
    /// Greatest pause, in seconds, between looks at the replicas of a stored message.
    pub recheck_seconds: u64,
    /// Seconds between fetches while somebody watches.
    pub watch_fetch_seconds: u64,
    /// Seconds to leave fetched packets at the nodes, for the inbox's other devices.
    pub shared_seconds: u64,
    /// Packets of a fetch that are asked for at once.
    pub fetch_window: usize,
    /// Whether records are published by themselves: a new inbox's first one, and a new one every week.
    pub republish: bool,
    /// Seconds within which a record's packets go out, each at a random moment of its own; 0 for all at once.
    pub publish_spread_seconds: u64,
}

impl Default for MailConfig {
    fn default() -> Self {
        Self {
            default_inbox: String::new(),
            quorum: 5,
            default_ttl_seconds: 7 * 86_400,
            // A hundred times what the network itself asks for the longest life.
            max_work: 10_000_000_000,
            retry_seconds: 30,
            retry_max_seconds: 600,
            recheck_seconds: 6 * 3_600,
            watch_fetch_seconds: 600,
            shared_seconds: 0,
            fetch_window: 8,
            republish: true,
            publish_spread_seconds: 3_600,
        }
    }
}

impl MailConfig {
    /// Independent replicas from which on a message counts as stored.
    pub(crate) fn enough(&self) -> usize {
        self.quorum.max(LEAST_REPLICAS)
    }
}
