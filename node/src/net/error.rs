//! Why the DHT gave no answer, said so that its user knows what to do.
//!
//! Refusals by single nodes are no errors; they stand in reports.

use toxdrop_dht::StartError;
use toxdrop_dht::storage::StoreErrorKind;

/// Why a call to the DHT gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DhtError {
    /// The driver has stopped.
    #[error("the node is shutting down")]
    Stopped,
    /// No end of it within the deadline.
    #[error("the network did not answer in time: check the connection and try again")]
    TimedOut,
    /// There is nobody to ask.
    #[error(
        "no node that stores offline messages is known yet: check the bootstrap nodes, or wait a little"
    )]
    NoNodes,
    /// There is nobody to ask, for the reason that this says.
    #[error("{0}")]
    Alone(String),
    /// The DHT has too much to do.
    #[error("too many operations at once: try again in a moment")]
    Busy,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreErrorKind),
}

impl From<StartError> for DhtError {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Busy => Self::Busy,
            StartError::NoNodes => Self::NoNodes,
        }
    }
}
