//! What a node under load says instead of answering: send this cookie back, or solve this puzzle.
//!
//! In clear and as cheap as can be: one MAC, no X25519. When a node is under load is its own business.
//!
//! ```text
//! id 1 ‖ answerer's key 32 ‖ the request's nonce 24 ‖ cookie 16             0xA4, to who asked directly
//! id 1 ‖ answerer's key 32 ‖ the request's nonce 24 ‖ seed 16 ‖ bits 1      0x86, back through the onion
//! ```

use super::limits::{OVERHEAD, TOKEN_LEN};
use super::puzzle::{MAX_PUZZLE_BITS, Puzzle};
use super::token::{Token, echo_of};
use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};
use crate::keys::{DhtPublicKey, NONCE_LEN};
use crate::tox::ONION_DATA_RESPONSE;

/// First byte of a datagram with a cookie.
pub const COOKIE: u8 = 0xa4;
/// Bytes of a datagram with a cookie.
pub const COOKIE_LEN: usize = 1 + DhtPublicKey::LEN + NONCE_LEN + TOKEN_LEN;
/// Bytes of a payload with a puzzle.
pub const PUZZLE_LEN: usize = COOKIE_LEN + 1;

// Shorter than any envelope: what comes back through the onion is told apart by its length, and no request is
// answered with more than it brought.
const _: () = assert!(PUZZLE_LEN < OVERHEAD);

/// What is demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Demand {
    /// The same request again, with this in the token field.
    Cookie(Token),
    /// The same request again, with a solution in the token field.
    Puzzle(Puzzle),
}

/// The demand, and which request it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Challenge {
    /// The node's key.
    pub node: DhtPublicKey,
    /// The request's nonce: who did not see the request cannot make this up.
    pub nonce: [u8; NONCE_LEN],
    /// What is demanded.
    pub demand: Demand,
}

impl Challenge {
    /// Whether these bytes have a challenge's id and length.
    #[must_use]
    pub fn is_challenge(bytes: &[u8]) -> bool {
        bytes.first() == Some(&COOKIE)
            || (bytes.first() == Some(&ONION_DATA_RESPONSE) && bytes.len() == PUZZLE_LEN)
    }

    /// What the answer to the challenged request would have in its token field: who keeps requests by that finds it.
    #[must_use]
    pub fn echo(&self) -> Token {
        echo_of(&self.nonce)
    }

    /// The datagram, or the payload for the way back.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(PUZZLE_LEN);
        let (id, value) = match &self.demand {
            Demand::Cookie(cookie) => (COOKIE, cookie.as_bytes()),
            Demand::Puzzle(puzzle) => (ONION_DATA_RESPONSE, &puzzle.seed),
        };
        writer
            .u8(id)
            .bytes(self.node.as_bytes())
            .bytes(&self.nonce)
            .bytes(value);
        if let Demand::Puzzle(puzzle) = &self.demand {
            writer.u8(puzzle.bits);
        }
        writer.finish()
    }

    /// Reads it.
    ///
    /// # Errors
    /// [`DecodeError`] for another id or length, or a puzzle of none or more than [`MAX_PUZZLE_BITS`] bits.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let id_at = reader.clone();
        let id = reader.u8()?;
        if id != COOKIE && id != ONION_DATA_RESPONSE {
            return Err(id_at.error(DecodeErrorKind::UnknownValue {
                what: "packet id",
                value: id,
            }));
        }
        let node = DhtPublicKey::from_bytes(reader.take_array()?);
        let nonce = reader.take_array()?;
        let value = reader.take_array()?;
        let demand = if id == COOKIE {
            Demand::Cookie(Token::from_bytes(value))
        } else {
            Demand::Puzzle(Puzzle {
                seed: value,
                bits: read_bits(&mut reader)?,
            })
        };
        reader.finish()?;
        Ok(Self {
            node,
            nonce,
            demand,
        })
    }
}

fn read_bits(reader: &mut Reader<'_>) -> Result<u8, DecodeError> {
    let at = reader.clone();
    let bits = reader.u8()?;
    if (1..=MAX_PUZZLE_BITS).contains(&bits) {
        return Ok(bits);
    }
    Err(at.error(DecodeErrorKind::OutOfRange {
        what: "bits of a puzzle",
        value: bits.into(),
        min: 1,
        max: MAX_PUZZLE_BITS.into(),
    }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_challenge_is_read_as_it_was_written(node: [u8; 32], nonce: [u8; 24], value: [u8; 16], bits in 1..=MAX_PUZZLE_BITS) {
            let node = DhtPublicKey::from_bytes(node);
            let puzzle = Puzzle { seed: value, bits };
            for demand in [Demand::Cookie(Token::from_bytes(value)), Demand::Puzzle(puzzle)] {
                let challenge = Challenge { node, nonce, demand };
                let bytes = challenge.encode();
                prop_assert!(Challenge::is_challenge(&bytes));
                prop_assert_eq!(Challenge::decode(&bytes), Ok(challenge));
            }
        }

        #[test]
        fn arbitrary_bytes_are_refused_or_written_back(mut bytes in prop::collection::vec(any::<u8>(), 0..80), id in prop::sample::select(vec![COOKIE, ONION_DATA_RESPONSE, 0xa0])) {
            if let Some(first) = bytes.first_mut() {
                *first = id;
            }
            match Challenge::decode(&bytes) {
                Ok(challenge) => prop_assert_eq!(challenge.encode(), bytes),
                Err(error) => prop_assert!(error.offset <= bytes.len()),
            }
        }
    }
}
