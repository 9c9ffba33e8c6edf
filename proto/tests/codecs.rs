//! Every decoder: gives back what was encoded, takes no damage silently, and panics on nothing.

mod common;
mod wire_examples;

use common::Example;
use proptest::prelude::*;
use toxdrop_proto::packet::PacketKind;
use wire_examples::all;

/// Damaged bytes are refused, or mean something that is written as just these bytes.
fn holds(example: &Example, damaged: &[u8]) {
    match (example.recode)(damaged) {
        Ok(again) => assert_eq!(again, damaged, "{}", example.name),
        Err(error) => assert!(
            error.offset <= damaged.len(),
            "{}: {error} lies outside",
            example.name
        ),
    }
}

#[test]
fn decoding_then_encoding_is_the_identity() {
    for example in all() {
        assert_eq!(
            (example.recode)(&example.bytes).as_ref(),
            Ok(&example.bytes),
            "{}",
            example.name
        );
    }
}

#[test]
fn every_truncation_is_refused_or_means_itself() {
    for example in all() {
        for len in 0..example.bytes.len() {
            holds(&example, &example.bytes[..len]);
        }
    }
}

#[test]
fn every_byte_left_out_is_refused_or_means_what_is_left() {
    for example in all() {
        for at in 0..example.bytes.len() {
            let mut cut = example.bytes.clone();
            cut.remove(at);
            holds(&example, &cut);
        }
    }
}

#[test]
fn an_added_byte_is_refused_or_means_itself() {
    for example in all() {
        let mut longer = example.bytes.clone();
        longer.push(0);
        holds(&example, &longer);
    }
}

#[test]
fn every_flipped_bit_is_refused_or_means_itself() {
    for example in all() {
        let mut damaged = example.bytes.clone();
        for bit in 0..damaged.len() * 8 {
            damaged[bit / 8] ^= 1 << (bit % 8);
            holds(&example, &damaged);
            damaged[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

#[test]
fn stored_packets_cut_anywhere_are_refused() {
    // Only a part of a message has several lengths; cut to a shorter one it is well-formed, and stays shut.
    for example in common::stored() {
        for len in 0..example.bytes.len() {
            let lengths = match example.name.split(' ').next() {
                Some("message") => PacketKind::Message.lengths(),
                Some("prepaid") => PacketKind::Prepaid.lengths(),
                _ => Vec::new(),
            };
            let outcome = (example.recode)(&example.bytes[..len]);
            assert_eq!(
                outcome.is_ok(),
                lengths.contains(&len),
                "{} at {len}",
                example.name
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn arbitrary_bytes_panic_nowhere(bytes in prop::collection::vec(any::<u8>(), 0..1300)) {
        for example in all() {
            holds(&example, &bytes);
        }
    }

    #[test]
    fn valid_beginnings_with_arbitrary_ends_panic_nowhere(keep in 0usize..200, end in prop::collection::vec(any::<u8>(), 0..1200)) {
        for example in all() {
            let keep = keep.min(example.bytes.len());
            let bytes = [&example.bytes[..keep], &end].concat();
            holds(&example, &bytes);
        }
    }
}
