//! The packets of offline messaging (ids 0xA0–0xA3), spoken beside Tox's own on the same socket.
//!
//! Layouts and signed texts only. Whether a token is good and what is answered are the node's business.
//!
//! ```text
//! id 1 ‖ sender's DHT key 32 ‖ token 16 ‖ nonce 24 ‖ crypto_box(id 1 ‖ request id 8 ‖ command 1 ‖ body)
//! ```
//!
//! A datagram is at most [`MAX_DATAGRAM`] bytes, so IPv6 never fragments it.

mod entry;
mod envelope;
mod hello;
mod refusal;
mod request;
mod response;
mod signed;

pub use entry::{ENTRY_LEN, Entry, OFFER_LEN, Offer};
pub use envelope::{
    BODY_MAX, EnvelopeId, Head, MAX_DATAGRAM, OVERHEAD, OpenError, Plain, Token, open, peek, seal,
};
pub use hello::{CAP_STORES, HELLO_BODY_LEN, HELLO_VERSION, Hello, HelloAnswer};
pub use refusal::Refusal;
pub use request::{MAX_OFFERS, MAX_TOMBSTONES, OwnerProof, Request, SubscribeRequest, TtlUpdate};
pub use response::{Deleted, ListPage, MAX_ENTRIES, MAX_FOUND, OfferAnswer, Response, StoreStatus};
pub use signed::{ListText, RetrieveText, SubscribeText};

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
