//! What the end of a Tox onion path sees: a payload with the way back behind it, and how an answer takes that way.
//!
//! The layers that a client wraps around a payload stand in `onion_path`, the relays' part in `onion_relay`.

use super::ids::ONION_RESPONSE_3;

/// No onion packet is longer, on any link (c-toxcore, `ONION_MAX_PACKET_SIZE`).
pub const ONION_MAX_PACKET: usize = 1400;
/// Bytes of the way back that one relay adds: nonce 24 ‖ MAC 16 ‖ address 19.
pub const ONION_RETURN_STEP: usize = 24 + 16 + 19;
/// Bytes of the way back that the third relay appends: three times that, one in the other.
pub const ONION_RETURN_LEN: usize = 3 * ONION_RETURN_STEP;
/// Bytes that a payload grows by on its way out, on the first and longest link: id 1 ‖ nonce 24 ‖ three times
/// (address 19 ‖ key 32 ‖ MAC 16).
pub const ONION_REQUEST_OVERHEAD: usize = 1 + 24 + 3 * (19 + 32 + 16);
/// Bytes that an answer grows by on its way back, on the first and longest link: id 1 ‖ the way back.
pub const ONION_RESPONSE_OVERHEAD: usize = 1 + ONION_RETURN_LEN;
/// The longest payload outward.
pub const ONION_REQUEST_MAX: usize = ONION_MAX_PACKET - ONION_REQUEST_OVERHEAD;
/// The longest payload back.
pub const ONION_RESPONSE_MAX: usize = ONION_MAX_PACKET - ONION_RESPONSE_OVERHEAD;

const _: () = {
    assert!(ONION_REQUEST_MAX == 1174);
    assert!(ONION_RESPONSE_MAX == 1222);
};

/// The way back to whoever sent an onion packet; opaque, of use to the relay that it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReturnPath([u8; ONION_RETURN_LEN]);

impl ReturnPath {
    /// Takes the bytes as they are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; ONION_RETURN_LEN]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; ONION_RETURN_LEN] {
        &self.0
    }

    /// The datagram that carries `payload` back: 0x8c ‖ way back ‖ payload. It goes to the relay that the request came
    /// from; relays drop a payload that does not begin with 0x84, 0x86 or 0x88, or is longer than
    /// [`ONION_RESPONSE_MAX`].
    #[must_use]
    pub fn carry_back(&self, payload: &[u8]) -> Vec<u8> {
        [&[ONION_RESPONSE_3], &self.0[..], payload].concat()
    }
}

/// Takes a datagram that came out of the onion apart: payload, and the way back behind it. `None` if it is too short.
#[must_use]
pub fn split_return_path(datagram: &[u8]) -> Option<(&[u8], ReturnPath)> {
    let (payload, back) = datagram.split_last_chunk()?;
    Some((payload, ReturnPath(*back)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_shorter_than_a_way_back_came_through_no_onion() {
        assert_eq!(split_return_path(&[0x85; ONION_RETURN_LEN - 1]), None);
        let (payload, back) = split_return_path(&[0x85; ONION_RETURN_LEN]).unwrap();
        assert_eq!((payload.len(), back.as_bytes()[0]), (0, 0x85));
    }

    proptest! {
        #[test]
        fn an_answer_goes_the_way_that_came_with_the_request(payload in prop::collection::vec(any::<u8>(), 0..1300), back in any::<[u8; 32]>()) {
            let back = ReturnPath(std::array::from_fn(|i| back[i % 32]));
            let arrived = [&payload[..], back.as_bytes()].concat();
            prop_assert_eq!(split_return_path(&arrived), Some((&payload[..], back)));
            let answer = back.carry_back(&payload);
            prop_assert_eq!(answer.len(), ONION_RESPONSE_OVERHEAD + payload.len());
            prop_assert_eq!(&answer[1..=ONION_RETURN_LEN], back.as_bytes());
        }
    }
}
