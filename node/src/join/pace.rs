//! How fast joining goes: pauses and patience.
//!
//! Values only; a test takes shorter ones.

use std::time::Duration;

/// Pauses and patience.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// The first pause between attempts while nobody answers; doubled each time.
    pub(super) first: Duration,
    /// The longest.
    pub(super) longest: Duration,
    /// The longest while some candidates were not tried yet: about as long as an answer is waited for.
    pub(super) untried: Duration,
    /// How long nobody may answer before the node is called alone: a ping's timeout and a little.
    pub(super) patience: Duration,
    /// Once joined, how often bootstrap nodes that are not known are tried, in case we sit in a corner of the network.
    pub(super) revisit: Duration,
    /// How soon after joining nodes are written to the disk, and how often then.
    pub(super) first_save: Duration,
    pub(super) save: Duration,
}

impl Pace {
    /// A node's.
    pub(super) const USUAL: Self = Self {
        first: Duration::from_secs(1),
        longest: Duration::from_secs(60),
        untried: Duration::from_secs(5),
        patience: Duration::from_secs(6),
        revisit: Duration::from_secs(300),
        first_save: Duration::from_secs(30),
        save: Duration::from_secs(300),
    };
}
