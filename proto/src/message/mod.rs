//! Messages: sealed so that only the receiver reads them, in parts of one packet each.
//!
//! Needs no state, no clock and no randomness but a [`MessageSecret`]; that it is used only once is the outbox's duty.
//!
//! ```text
//! body        = ephemeral Ed25519 key 32 ‖ outer box
//! outer plain = sender's inbox key 32 ‖ inner nonce 24 ‖ inner box
//! inner plain = message id 16 ‖ part 2 ‖ parts 2 ‖ sent (ms) 8 ‖ not after (s) 8 ‖ content type 1 ‖ flags 1 ‖ length 2
//!               ‖ payload ‖ zero padding
//! ```
//!
//! The outer box (X25519, HSalsa20, XSalsa20-Poly1305), from a key that serves one packet only to the seal key of one
//! week, hides the sender from whoever holds the packet, and the content from who finds the inbox's key later. The inner
//! one is between sender and receiver, by the same primitives under a key of our own: it proves the sender to the
//! receiver, and to nobody else.

mod content;
mod intro;
mod join;
mod nonce;
mod open;
mod part;
mod seal;
mod secret;
mod time;

pub use content::{CONTENT_FILE, CONTENT_TEXT, Content, ContentError, MAX_CONTENT, MAX_FILE_NAME};
pub use intro::{DisplayName, Intro, MAX_INTRO_LEN, MAX_NAME, NameError};
pub use join::{JoinError, Joined, join};
pub use open::{OpenError, open};
pub use part::{MAX_PART_PAYLOAD, MAX_PARTS, OpenedPart};
pub use seal::{Postage, Seal, SealError, seal};
pub use secret::MessageSecret;
pub use time::{MAX_NOT_AFTER, drop_after, seal_weeks};
