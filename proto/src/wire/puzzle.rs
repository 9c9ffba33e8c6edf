//! The puzzle that a node under load sets who says Hello through the onion, where addresses prove nothing.
//!
//! An asker looks for a number whose hash begins with enough zero bits; checking takes one hash of one block. Seeds are
//! made in `mint.rs`; how hard a puzzle is, its node decides.

use std::ops::Range;

use super::limits::TOKEN_LEN;
use super::token::{Token, first_token};
use crate::domain;
use crate::hash::hash;
use crate::keys::DhtPublicKey;

/// Bits of an ordinary puzzle: 2,048 tries. With its own share of a Hello it costs an asker ten times what it costs the
/// node that answers (measured on one core: 501 + 56 µs against 56 µs; a wrong solution costs the node 0.9 µs).
pub const PUZZLE_BITS: u8 = 11;
/// The hardest puzzle there is: some seconds of one core. An asker may well refuse easier ones.
pub const MAX_PUZZLE_BITS: u8 = 24;

/// Bytes of the token field that tell a solution from everything else.
const MARK: usize = TOKEN_LEN / 2;

/// What is to be solved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Puzzle {
    /// The node's MAC over the asker's address and key, and the time.
    pub seed: [u8; 16],
    /// How many zero bits the hash must begin with.
    pub bits: u8,
}

impl Puzzle {
    /// The hash of one try: SHA-512(domain ‖ seed 16 ‖ node's key 32 ‖ asker's key 32 ‖ solution 8), 105 bytes, so that
    /// it takes one block; its first 8 bytes as a number.
    #[must_use]
    pub fn value(&self, node: &DhtPublicKey, asker: &DhtPublicKey, solution: u64) -> u64 {
        let fields: [&[u8]; 4] = [
            &self.seed,
            node.as_bytes(),
            asker.as_bytes(),
            &solution.to_be_bytes(),
        ];
        u64::from_be_bytes(hash(domain::PUZZLE, &fields))
    }

    /// Whether that solves it.
    #[must_use]
    pub fn is_solved_by(&self, node: &DhtPublicKey, asker: &DhtPublicKey, solution: u64) -> bool {
        self.value(node, asker, solution).leading_zeros() >= u32::from(self.bits)
    }

    /// The first solution among `tries`; so a caller can give up, or do something else between.
    #[must_use]
    pub fn solve(
        &self,
        node: &DhtPublicKey,
        asker: &DhtPublicKey,
        mut tries: Range<u64>,
    ) -> Option<u64> {
        tries.find(|solution| self.is_solved_by(node, asker, *solution))
    }

    /// The token field that brings a solution: the first 8 bytes of the node's first token ‖ solution 8.
    #[must_use]
    pub fn solution_field(node: &DhtPublicKey, solution: u64) -> Token {
        let mut field = *first_token(node).as_bytes();
        field[MARK..].copy_from_slice(&solution.to_be_bytes());
        Token::from_bytes(field)
    }

    /// The solution in a token field; `None` if it holds something else.
    #[must_use]
    pub fn solution_in(node: &DhtPublicKey, field: &Token) -> Option<u64> {
        let first = first_token(node);
        let (mark, solution) = field.as_bytes().split_last_chunk()?;
        let marked = mark == &first.as_bytes()[..MARK] && *field != first;
        marked.then(|| u64::from_be_bytes(*solution))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SEED: [u8; 16] = [3; 16];

    fn keys() -> (DhtPublicKey, DhtPublicKey) {
        (
            DhtPublicKey::from_bytes([1; 32]),
            DhtPublicKey::from_bytes([2; 32]),
        )
    }

    #[test]
    fn the_text_of_a_try_fits_one_block() {
        // SHA-512 appends at least 17 bytes to fill blocks of 128.
        assert!(domain::PUZZLE.len() + 16 + 32 + 32 + 8 + 17 <= 128);
    }

    #[test]
    fn every_bit_more_doubles_the_tries_on_average() {
        let (node, asker) = keys();
        let total = |bits| -> u64 {
            (0..200u8)
                .map(|n| {
                    Puzzle {
                        seed: [n; 16],
                        bits,
                    }
                    .solve(&node, &asker, 0..1 << 20)
                    .unwrap()
                        + 1
                })
                .sum()
        };
        // 200 exponential draws: the mean is within a third of its expectation, by far.
        for bits in [4, 7] {
            let expected = 200u64 << bits;
            assert!(
                (expected * 2 / 3..expected * 4 / 3).contains(&total(bits)),
                "{bits} bits"
            );
        }
    }

    #[test]
    fn a_puzzle_of_no_bits_is_solved_by_anything_and_too_few_tries_find_nothing() {
        let (node, asker) = keys();
        assert_eq!(
            Puzzle {
                seed: SEED,
                bits: 0
            }
            .solve(&node, &asker, 5..6),
            Some(5)
        );
        assert_eq!(
            Puzzle {
                seed: SEED,
                bits: 64
            }
            .solve(&node, &asker, 0..100),
            None
        );
    }

    #[test]
    fn the_first_token_is_no_solution() {
        let (node, _) = keys();
        assert_eq!(Puzzle::solution_in(&node, &first_token(&node)), None);
    }

    proptest! {
        #[test]
        fn a_solution_is_found_in_its_field_by_its_node_only(solution: u64, other: [u8; 32], field: [u8; 16]) {
            let (node, other) = (keys().0, DhtPublicKey::from_bytes(other));
            let written = Puzzle::solution_field(&node, solution);
            prop_assert_eq!(Puzzle::solution_in(&node, &written), Some(solution));
            prop_assert_eq!(Puzzle::solution_in(&other, &written), None);
            prop_assert_eq!(Puzzle::solution_in(&node, &Token::from_bytes(field)), None);
        }
    }
}
