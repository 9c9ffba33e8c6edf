//! How long what travels may be, and why: every request and answer fits through Tox's onion, by whichever carrier it goes.
//!
//! Numbers only; the layouts stand with their types.

use crate::keys::{DhtPublicKey, MAC_LEN, NONCE_LEN};
use crate::packet::MAX_PACKET;
use crate::tox::{
    ONION_REQUEST_MAX, ONION_REQUEST_OVERHEAD, ONION_RESPONSE_MAX, ONION_RESPONSE_OVERHEAD,
};

/// Bytes of the token field.
pub(super) const TOKEN_LEN: usize = 16;
/// Bytes of the head: id 1 ‖ sender's key 32 ‖ token 16 ‖ nonce 24.
pub const HEAD_LEN: usize = 1 + DhtPublicKey::LEN + TOKEN_LEN + NONCE_LEN;
/// Bytes in the box before the body: id 1 ‖ request id 8 ‖ command 1.
pub(super) const INNER_HEAD_LEN: usize = 1 + 8 + 1;
/// Bytes that an envelope is longer than the command's body.
pub const OVERHEAD: usize = HEAD_LEN + MAC_LEN + INNER_HEAD_LEN;

/// The longest envelope with a request.
pub const REQUEST_MAX: usize = ONION_REQUEST_MAX;
/// The longest envelope with a response.
pub const RESPONSE_MAX: usize = ONION_RESPONSE_MAX;
/// The longest body of a request.
pub const REQUEST_BODY_MAX: usize = REQUEST_MAX - OVERHEAD;
/// The longest body of a response.
pub const RESPONSE_BODY_MAX: usize = RESPONSE_MAX - OVERHEAD;

/// The longest stored packet that travels.
pub const CARRIED_PACKET_MAX: usize = MAX_PACKET;

/// IPv6's least MTU of 1280 less 48 bytes of IPv6 and UDP header: nothing that is sent directly is ever fragmented.
const UNFRAGMENTED: usize = 1232;

const _: () = {
    assert!(OVERHEAD == 99);
    assert!(REQUEST_BODY_MAX == 1075 && RESPONSE_BODY_MAX == 1123);
    assert!(REQUEST_MAX <= UNFRAGMENTED && RESPONSE_MAX <= UNFRAGMENTED);
    // A Deliver is a request that travels the way of a response.
    assert!(REQUEST_MAX <= RESPONSE_MAX);
    // A Store request, and a Retrieve answer with its status, on the onion's longest links.
    assert!(OVERHEAD + CARRIED_PACKET_MAX + ONION_REQUEST_OVERHEAD == 1349);
    assert!(OVERHEAD + 1 + CARRIED_PACKET_MAX + ONION_RESPONSE_OVERHEAD == 1302);
    // The longest refusal: status, code, target, and the record that asks for it.
    assert!(1 + 1 + 8 + CARRIED_PACKET_MAX <= RESPONSE_BODY_MAX);
};
