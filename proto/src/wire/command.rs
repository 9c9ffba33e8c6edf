//! What a request asks for, and how it may travel.
//!
//! Codes only; the bodies stand in `request.rs` and `response.rs`.

/// What a request asks for; the last byte before the body.
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
    /// What waits at the signer's place?
    List = 5,
    /// One packet from the signer's place.
    Retrieve = 6,
    /// Tombstones: deletion and recall.
    Delete = 7,
    /// Hand on what arrives at the signer's place.
    Subscribe = 8,
    /// A packet handed on to a subscriber.
    Deliver = 9,
    /// Packets that the addressee should hold.
    Offer = 10,
    /// The inbox record held at a location.
    GetRecord = 11,
    /// Have another node send the asker a datagram.
    DialBack = 12,
    /// Send somebody who asked for it a datagram.
    Dial = 13,
}

impl Command {
    /// All commands.
    pub const ALL: [Self; 13] = [
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
        Self::DialBack,
        Self::Dial,
    ];

    /// The command with this code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|command| *command as u8 == code)
    }

    /// Whether it is answered only under a token that the addressee issued. The others' answers are no longer than
    /// their requests.
    #[must_use]
    pub const fn needs_token(self) -> bool {
        !matches!(self, Self::Hello | Self::Find)
    }

    /// Whether nodes speak it with each other only, and so never through the onion: who asks must be known by an
    /// address.
    #[must_use]
    pub const fn is_between_nodes(self) -> bool {
        matches!(self, Self::Offer | Self::DialBack | Self::Dial)
    }
}
