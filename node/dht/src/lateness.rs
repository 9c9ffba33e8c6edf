//! How late an answer is, and the word of it to whoever asked.
//!
//! Decided elsewhere.

use crate::peer::Peer;
use crate::requests::AskId;

/// How much later than its round trips an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lateness {
    /// Not at all.
    InTime,
    /// Later than round trips measured so far: others are asked beside. Now and then a datagram is lost.
    Late,
    /// The request was sent again, and that answer is late too; or the peer was silent before. It may well be gone.
    Silent,
}

/// An ask whose answer is late, on its way to whoever wanted to know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Late {
    pub(crate) id: AskId,
    pub(crate) peer: Peer,
    pub(crate) by: Lateness,
}
