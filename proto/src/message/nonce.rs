//! The nonce of a message's outer box.
//!
//! Not sent: both ends derive it from what is public, so that nothing public can be changed without the box staying
//! shut.

use crate::day::Day;
use crate::domain;
use crate::hash::hash;
use crate::ids::Location;
use crate::keys::{DhtPublicKey, EphemeralPublicKey, NONCE_LEN};
use crate::packet::{PacketKind, VERSION};

/// hash24(domain ‖ version 1 ‖ kind 1 ‖ last 2 ‖ location 32 ‖ ephemeral key 32 ‖ the X25519 key that it is sealed for 32).
pub(super) fn outer_nonce(
    kind: PacketKind,
    last: Day,
    location: &Location,
    ephemeral: &EphemeralPublicKey,
    sealed_for: &DhtPublicKey,
) -> [u8; NONCE_LEN] {
    hash(
        domain::OUTER_NONCE,
        &[
            &[VERSION, kind as u8],
            &last.number().to_be_bytes(),
            location.as_bytes(),
            ephemeral.as_bytes(),
            sealed_for.as_bytes(),
        ],
    )
}
