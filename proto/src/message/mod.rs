//! Messages: sealed so that only the receiver reads them, in parts of one packet each.
//!
//! Needs no state and no clock; that a message id is sealed only once is the outbox's duty.
//!
//! ```text
//! body        = ephemeral Ed25519 key 32 ‖ outer box
//! outer plain = sender's inbox key 32 ‖ inner nonce 24 ‖ inner box
//! inner plain = message id 16 ‖ part 1 ‖ parts 1 ‖ sent (ms) 8 ‖ not after (s) 8 ‖ content type 1 ‖ length 2
//!               ‖ content ‖ zero padding
//! ```
//!
//! Both boxes are `crypto_box` (X25519, XSalsa20-Poly1305). The inner one is from the sender to the receiver, as Tox
//! encrypts; the outer one, from a key that serves one packet only, hides the sender from whoever holds the packet.

mod content;
pub(crate) mod layout;
mod open;
mod seal;

pub use content::{CONTENT_FILE, CONTENT_TEXT, Content, ContentError, MAX_CONTENT, MAX_FILE_NAME};
pub use layout::{CONTENT_AREAS, INNER_HEADER_LEN, MAX_PART_CONTENT, MAX_PARTS, MESSAGE_BODY_LENS};
pub use open::{JoinError, OpenError, OpenedPart, join, open};
pub use seal::{Seal, SealError, ephemeral_secret, seal};
