//! Stored packets: what nodes keep, check and hand on.
//!
//! Says how a packet is laid out and named, what its stamp is worth, and what binds it. What is in a message stands in
//! [`crate::message`], what is in a record in [`crate::record`].
//!
//! ```text
//! nonce 8 ‖ expires 8 ‖ version 1 ‖ kind 1 ‖ last 2 ‖ location 32 ‖ body
//! ```
//!
//! The head is BitMessage's (protocol v3, "object"), so that the proof of work is too.

mod deposit;
pub(crate) mod layout;
mod policy;
mod standing;
mod stored;
mod terms;

pub use crate::clock::CLOCK_SKEW;
pub use deposit::{Deposit, PrepaidError};
pub use layout::{
    DEPOSIT_LEN, EXPIRES, HEADER_LEN, INNER_HEADER_LEN, KIND_AT, LAST, LOCATION, MAX_DEPOSIT,
    MAX_PACKET, MESSAGE_AREAS, MESSAGE_OVERHEAD, NONCE, PREPAID_AREAS, PREPAID_OVERHEAD,
    PacketKind, RECORD_CONTENTS_LEN, RECORD_LEN, TERMS_LEN, VERSION, VERSION_AT,
};
pub use policy::{Arrival, MAX_RECORD_AHEAD, MAX_TTL, PacketError, PacketPolicy, StampedPacket};
pub use standing::Standing;
pub use stored::Packet;
pub(crate) use terms::record_last;
pub use terms::{RecordHead, Terms, TermsError};
