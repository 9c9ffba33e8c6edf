//! Stored packets: what nodes keep, check and hand on.
//!
//! Says how a packet is laid out and named, and what its stamp is worth. What is in a message stands in
//! [`crate::message`], what is in a record in [`crate::record`].
//!
//! ```text
//! nonce 8 ‖ expires 8 ‖ version 1 ‖ kind 1 ‖ location 32 ‖ body
//! ```
//!
//! The head is BitMessage's (protocol v3, "object"), so that the proof of work is too.

pub(crate) mod head;
mod parsed;
mod policy;

pub use head::{
    EXPIRES, HEADER_LEN, KIND_AT, LOCATION, MAX_PACKET, NONCE, PacketKind, VERSION, VERSION_AT,
};
pub use parsed::Packet;
pub use policy::{CLOCK_SKEW, MAX_TTL, PacketError, PacketPolicy, Rank, StampedPacket};
