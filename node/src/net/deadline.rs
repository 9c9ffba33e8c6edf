//! How long a call to the DHT may take.
//!
//! Measures nothing.

use std::time::Duration;

/// The longest that a lookup with what follows it may take: the engine's own deadlines are shorter.
pub(super) const OPERATION_DEADLINE: Duration = Duration::from_secs(60);

/// The longest that a question about the node itself may take.
pub(super) const STATUS_DEADLINE: Duration = Duration::from_secs(5);
