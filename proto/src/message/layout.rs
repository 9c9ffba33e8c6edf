//! Sizes of a message packet's body, and the nonce of its outer box.
//!
//! Neither seals nor opens.

use super::content::MAX_CONTENT;
use crate::hash::{self, hash};
use crate::ids::Location;
use crate::keys::{InboxPublicKey, MAC_LEN, NONCE_LEN};
use crate::packet::head::{PacketKind, VERSION};

/// Bytes of the inner plaintext before the content.
pub const INNER_HEADER_LEN: usize = 37;

/// Sizes that the content of a part is padded to.
pub const CONTENT_AREAS: [usize; 4] = [96, 256, 512, 897];

/// The most content that a part holds.
pub const MAX_PART_CONTENT: usize = CONTENT_AREAS[CONTENT_AREAS.len() - 1];

/// Bytes of the body that are not content area.
const BODY_OVERHEAD: usize =
    InboxPublicKey::LEN + MAC_LEN + InboxPublicKey::LEN + NONCE_LEN + MAC_LEN + INNER_HEADER_LEN;

/// Lengths that the body of a message packet may have.
pub const MESSAGE_BODY_LENS: [usize; 4] = [
    BODY_OVERHEAD + CONTENT_AREAS[0],
    BODY_OVERHEAD + CONTENT_AREAS[1],
    BODY_OVERHEAD + CONTENT_AREAS[2],
    BODY_OVERHEAD + CONTENT_AREAS[3],
];

/// How many parts a message of [`MAX_CONTENT`] bytes has.
pub const MAX_PARTS: u8 = 74;

const _: () = assert!(MAX_CONTENT.div_ceil(MAX_PART_CONTENT) == MAX_PARTS as usize);

/// The outer nonce: the first 24 bytes of SHA-512(domain ‖ version ‖ kind ‖ location ‖ ephemeral key ‖ receiver's key).
///
/// So nothing public in the packet can be changed without decryption failing.
pub(super) fn outer_nonce(
    location: &Location,
    ephemeral: &InboxPublicKey,
    receiver: &InboxPublicKey,
) -> [u8; NONCE_LEN] {
    hash(
        hash::OUTER_NONCE,
        &[
            &[VERSION, PacketKind::Message as u8],
            location.as_bytes(),
            ephemeral.as_bytes(),
            receiver.as_bytes(),
        ],
    )
}
