//! Inbox records: what an owner tells senders, sealed for who knows the inbox's key, and signed by the key of each place.
//!
//! A record is a packet of its own kind, kept at the inbox's record points and where its mail lies. Says nothing about
//! how it is stored or found.
//!
//! ```text
//! key      = hash32("toxdrop v2 record key"   ‖ K 32 ‖ K′ 32)
//! nonce    = hash24("toxdrop v2 record nonce" ‖ key 32 ‖ version 8 ‖ contents 200)
//! contents = revision 4 ‖ made 8 ‖ front door's secret 16 ‖ terms 4 ‖ first week 8 ‖ five seal keys of 32
//! ```
//!
//! In clear stand the place's key, a version number, the terms, and the week by its last day: nothing that two places of
//! an inbox have in common beyond what many inboxes have.

mod contents;
mod sealed;
mod version;

pub use contents::{RecordContents, newest};
pub use sealed::{OpenRecordError, RecordError, open_record, seal_record};
pub use version::{MAX_REVISION, version_number};
