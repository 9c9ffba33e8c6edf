//! What happens in the store, for those who watch it.
//!
//! Tells nobody: who writes a batch gets its events with the answers.

use toxdrop_dht::storage::Entry;
use toxdrop_proto::ids::UnixSeconds;

/// Something that happened in the store, for those who watch it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreEvent {
    /// What happened.
    pub kind: StoreEventKind,
    /// The packet, as it is now or was last.
    pub entry: Entry,
    /// When.
    pub at: UnixSeconds,
}

/// What can happen to a held packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StoreEventKind {
    /// It is held now.
    Stored,
    /// It lives longer now.
    Extended,
    /// A tombstone took its place, or a newer record did.
    Deleted,
    /// Its time was over.
    Expired,
    /// One of higher standing needed its room.
    Evicted,
}
