//! The head that all stored packets share: where its fields stand, and the kinds that follow it.
//!
//! Knows no body; those build on this file.

use std::ops::Range;

/// The largest packet, in bytes: a Store request of it fits into 1232 bytes of UDP payload.
pub const MAX_PACKET: usize = 1104;
/// Bytes before the body.
pub const HEADER_LEN: usize = 50;
/// The version that this program writes and reads.
pub const VERSION: u8 = 1;

/// Where the nonce stands.
pub const NONCE: Range<usize> = 0..8;
/// Where the expiry stands.
pub const EXPIRES: Range<usize> = 8..16;
/// Where the version stands.
pub const VERSION_AT: usize = 16;
/// Where the kind stands.
pub const KIND_AT: usize = 17;
/// Where the location stands.
pub const LOCATION: Range<usize> = 18..50;

/// What a packet holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum PacketKind {
    /// A sealed part of a message.
    Message = 1,
    /// An inbox record.
    Record = 2,
}

const _: () = assert!(LOCATION.end == HEADER_LEN);
