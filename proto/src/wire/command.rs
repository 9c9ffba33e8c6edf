//! Commands: what is asked in a box.
//!
//! Bodies stand in [`super::Request`] and [`super::Response`].

/// What a request asks for; the first byte after the request id, inside the box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Command {
    /// Capability and token.
    Hello = 1,
    /// The closest capable nodes to a key.
    Find = 2,
    /// Hold a packet.
    Store = 3,
    /// Let a held packet live longer.
    TtlUpdate = 4,
    /// What waits at the signer's location?
    List = 5,
    /// One packet from the signer's location.
    Retrieve = 6,
    /// Tombstones: deletion and recall.
    Delete = 7,
    /// Hand on what arrives at the signer's location.
    Subscribe = 8,
    /// A packet handed on to a subscriber.
    Deliver = 9,
    /// Packets that the addressee should hold.
    Offer = 10,
    /// The inbox record held at a location.
    GetRecord = 11,
}

impl Command {
    /// All commands.
    pub const ALL: [Self; 11] = [
        Self::Hello,
        Self::Find,
        Self::Store,
        Self::TtlUpdate,
        Self::List,
        Self::Retrieve,
        Self::Delete,
        Self::Subscribe,
        Self::Deliver,
        Self::Offer,
        Self::GetRecord,
    ];

    /// The command with this code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|command| *command as u8 == code)
    }
}
