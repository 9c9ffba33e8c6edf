//! What offline messaging says on the wire: envelopes, directly beside Tox's own packets or through Tox's onion.
//!
//! Layouts, signed texts, and what can be judged without keeping state. Whom a node answers, and how often, is its
//! business. The bytes are described in PROTOCOL.md, sections 11 to 13.

mod body;
mod carriage;
mod challenge;
mod command;
mod dial;
mod entry;
mod envelope;
mod find;
mod hello;
mod limits;
mod mint;
mod outcome;
mod puzzle;
mod refusal;
mod request;
mod response;
mod signed;
mod token;
mod tombstones;

pub use carriage::{Carriage, EnvelopeId};
pub use challenge::{COOKIE, COOKIE_LEN, Challenge, Demand, PUZZLE_LEN};
pub use command::Command;
pub use dial::{DIAL_COOKIE_LEN, DIALLED, DIALLED_LEN, Dial, DialCookie, Dialled};
pub use entry::{ENTRY_LEN, Entry, OFFER_LEN, Offer};
pub use envelope::{Head, OpenError, Plain, SealError, open, peek, seal};
pub use find::{Find, FindAnswer, MAX_FIND_ROOM, MAX_FOUND, find_body_len};
pub use hello::{CAP_STORES, HELLO_BODY_LEN, Hello, HelloAnswer, PROTOCOL_VERSION};
pub use limits::{
    CARRIED_PACKET_MAX, HEAD_LEN, OVERHEAD, REQUEST_BODY_MAX, REQUEST_MAX, RESPONSE_BODY_MAX,
    RESPONSE_MAX,
};
pub use mint::{Bearer, EPOCH, Mint, TOKEN_USABLE};
pub use outcome::{Deleted, StoreStatus};
pub use puzzle::{MAX_PUZZLE_BITS, PUZZLE_BITS, Puzzle};
pub use refusal::Refusal;
pub use request::{MAX_OFFERS, PlaceProof, Request, SubscribeRequest, TtlUpdate};
pub use response::{ListPage, MAX_ENTRIES, OfferAnswer, Response};
pub use signed::{ListText, RetrieveText, SubscribeText};
pub use token::{Token, first_token};
pub use tombstones::{MIN_TOMBSTONES, delete_batches};
