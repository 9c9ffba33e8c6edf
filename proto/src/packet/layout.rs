//! Where the fields of a stored packet stand, and how long each kind is.
//!
//! Offsets and sizes only: each layout is written here once, and read and written through these.
//!
//! ```text
//! nonce 8 ‖ expires 8 ‖ version 1 ‖ kind 1 ‖ last 2 ‖ location 32 ‖ body
//!
//! message  ephemeral key 32 ‖ outer box
//! record   place key 32 ‖ version number 8 ‖ terms 4 ‖ nonce 24 ‖ box 216 ‖ signature 64
//! prepaid  place key 32 ‖ ephemeral key 32 ‖ outer box ‖ signature 64
//! deposit  place key 32 ‖ size 4 ‖ signature 64
//! ```

use std::ops::Range;

use crate::keys::{EphemeralPublicKey, InboxPublicKey, MAC_LEN, NONCE_LEN, SIGNATURE_LEN};
use crate::place::PlaceSecret;
use crate::seal::SEAL_KEYS_LEN;

/// The largest packet, in bytes: with it, requests and answers pass through Tox's onion on ordinary links.
pub const MAX_PACKET: usize = 1_024;
/// Bytes before the body.
pub const HEADER_LEN: usize = 52;
/// The version that this program writes and reads.
pub const VERSION: u8 = 2;

/// Where the nonce stands.
pub const NONCE: Range<usize> = 0..8;
/// Where the expiry stands.
pub const EXPIRES: Range<usize> = 8..16;
/// Where the version stands; from here on everything is covered by the packet's id.
pub const VERSION_AT: usize = 16;
/// Where the kind stands.
pub const KIND_AT: usize = 17;
/// Where the last day stands.
pub const LAST: Range<usize> = 18..20;
/// Where the location stands.
pub const LOCATION: Range<usize> = 20..52;

/// Where the place key of a record, prepaid part or deposit stands.
pub(crate) const PLACE_KEY: Range<usize> = 52..84;
/// Where the ephemeral key of a message stands.
pub(crate) const MESSAGE_EPHEMERAL: Range<usize> = 52..84;
/// Where the ephemeral key of a prepaid part stands.
pub(crate) const PREPAID_EPHEMERAL: Range<usize> = 84..116;
/// Where a record's version number stands.
pub(crate) const RECORD_VERSION: Range<usize> = 84..92;
/// Where a record's terms stand.
pub(crate) const RECORD_TERMS: Range<usize> = 92..96;
/// Where the nonce of a record's box stands.
pub(crate) const RECORD_NONCE: Range<usize> = 96..120;
/// Where a record's box stands.
pub(crate) const RECORD_BOX: Range<usize> = 120..336;
/// Where a deposit's size stands.
pub(crate) const DEPOSIT_SIZE: Range<usize> = 84..88;

/// Bytes of a record's terms.
pub const TERMS_LEN: usize = 4;
/// Bytes of what is sealed in a record: revision 4 ‖ made 8 ‖ front door's secret 16 ‖ terms 4 ‖ seal keys 168.
pub const RECORD_CONTENTS_LEN: usize = 4 + 8 + PlaceSecret::LEN + TERMS_LEN + SEAL_KEYS_LEN;
/// Bytes of a record packet.
pub const RECORD_LEN: usize = RECORD_BOX.end + SIGNATURE_LEN;
/// Bytes of a deposit packet.
pub const DEPOSIT_LEN: usize = DEPOSIT_SIZE.end + SIGNATURE_LEN;

/// The most bytes of packets that a deposit can pay for (64 KiB).
pub const MAX_DEPOSIT: u32 = 65_536;

/// Bytes of a part's inner plaintext before the content area.
pub const INNER_HEADER_LEN: usize = 40;

/// Bytes of a message packet that are not content area.
pub const MESSAGE_OVERHEAD: usize =
    MESSAGE_EPHEMERAL.end + MAC_LEN + InboxPublicKey::LEN + NONCE_LEN + MAC_LEN + INNER_HEADER_LEN;

/// Bytes of a prepaid packet that are not content area.
pub const PREPAID_OVERHEAD: usize = MESSAGE_OVERHEAD + 32 + SIGNATURE_LEN;

/// Sizes that the content of a message's part is padded to.
pub const MESSAGE_AREAS: [usize; 4] = [128, 288, 512, MAX_PACKET - MESSAGE_OVERHEAD];

/// Sizes that the content of a prepaid part is padded to.
pub const PREPAID_AREAS: [usize; 4] = [128, 288, 512, MAX_PACKET - PREPAID_OVERHEAD];

const _: () = {
    assert!(LOCATION.end == HEADER_LEN);
    assert!(PREPAID_EPHEMERAL.end == MESSAGE_EPHEMERAL.end + EphemeralPublicKey::LEN);
    assert!(RECORD_BOX.end - RECORD_BOX.start == MAC_LEN + RECORD_CONTENTS_LEN);
    assert!(RECORD_NONCE.end - RECORD_NONCE.start == NONCE_LEN);
    assert!(RECORD_TERMS.end - RECORD_TERMS.start == TERMS_LEN);
    assert!(RECORD_LEN <= MAX_PACKET);
    assert!(MESSAGE_AREAS[3] == 812 && PREPAID_AREAS[3] == 716);
};

/// What a packet holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum PacketKind {
    /// A sealed part of a message.
    Message = 1,
    /// An inbox record.
    Record = 2,
    /// A sealed part of a message that a deposit pays for.
    Prepaid = 3,
    /// Work shown in advance, for prepaid parts.
    Deposit = 4,
}

impl PacketKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Message, Self::Record, Self::Prepaid, Self::Deposit];

    /// The kind with this code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == code)
    }

    /// Whether its body begins with the key of its place and ends with that key's signature.
    #[must_use]
    pub const fn is_signed(self) -> bool {
        !matches!(self, Self::Message)
    }

    /// Sizes that the content of a part is padded to; none for kinds that hold no part of a message.
    #[must_use]
    pub const fn content_areas(self) -> &'static [usize] {
        match self {
            Self::Message => &MESSAGE_AREAS,
            Self::Prepaid => &PREPAID_AREAS,
            Self::Record | Self::Deposit => &[],
        }
    }

    /// Lengths that a packet of this kind may have, shortest first.
    #[must_use]
    pub fn lengths(self) -> Vec<usize> {
        let plus = |overhead: usize| self.content_areas().iter().map(|n| n + overhead).collect();
        match self {
            Self::Message => plus(MESSAGE_OVERHEAD),
            Self::Prepaid => plus(PREPAID_OVERHEAD),
            Self::Record => vec![RECORD_LEN],
            Self::Deposit => vec![DEPOSIT_LEN],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_read_back_from_its_code_and_no_other_code_is_one() {
        let known: Vec<_> = (0..=u8::MAX).filter_map(PacketKind::from_code).collect();
        assert_eq!(known, PacketKind::ALL);
        for kind in known {
            assert_eq!(PacketKind::from_code(kind as u8), Some(kind));
        }
    }

    #[test]
    fn every_kind_has_a_few_lengths() {
        let lengths = PacketKind::ALL.map(PacketKind::lengths);
        let expected = [
            vec![340, 500, 724, 1024],
            vec![400],
            vec![436, 596, 820, 1024],
            vec![152],
        ];
        assert_eq!(lengths, expected);
    }
}
