//! The packets of offline messaging (ids 0xA0–0xA3), spoken beside Tox's own on the same socket.
//!
//! Layouts and signed texts only. Whether a token is good and what is answered are the node's business.
//!
//! ```text
//! id 1 ‖ sender's DHT key 32 ‖ token 16 ‖ nonce 24 ‖ crypto_box(id 1 ‖ request id 8 ‖ command 1 ‖ body)
//! ```
//!
//! A datagram is at most [`MAX_DATAGRAM`] bytes, so IPv6 never fragments it.

mod command;
mod entry;
mod envelope;
mod hello;
mod refusal;
mod request;
mod response;
mod signed;

pub use command::Command;
pub use entry::{ENTRY_LEN, Entry, OFFER_LEN, Offer};
pub use envelope::{
    BODY_MAX, EnvelopeId, Head, MAX_DATAGRAM, OVERHEAD, OpenError, Plain, Token, open, peek, seal,
};
pub use hello::{CAP_STORES, HELLO_BODY_LEN, HELLO_VERSION, Hello, HelloAnswer};
pub use refusal::Refusal;
pub use request::{MAX_OFFERS, MAX_TOMBSTONES, OwnerProof, Request, SubscribeRequest, TtlUpdate};
pub use response::{Deleted, ListPage, MAX_ENTRIES, MAX_FOUND, OfferAnswer, Response, StoreStatus};
pub use signed::{ListText, RetrieveText, SubscribeText};
