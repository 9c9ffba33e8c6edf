//! Times `SharedKey::seal` and `SharedKey::open` once, for `cargo xtask bench box`, which builds this in several ways.
//!
//! Prints a line for each size: bytes of the box, nanoseconds to seal it, nanoseconds to open it. Compares nothing.

#![allow(clippy::expect_used, reason = "a measurement that fails must say so")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use toxdrop_proto::keys::{DhtKeyPair, MAC_LEN, NONCE_LEN, SharedKey};

/// Bytes of the boxes: a ping, a nodes response, a message of 40 words, the largest that fits in a datagram.
const SIZES: [usize; 4] = [40, 120, 400, 1120];
/// A measurement takes at least this long.
const LEAST: Duration = Duration::from_millis(4);
/// Calls between two looks at the clock.
const BATCH: u32 = 256;

fn main() {
    let (ours, theirs) = (
        DhtKeyPair::from_secret_bytes([1; 32]),
        DhtKeyPair::from_secret_bytes([2; 32]),
    );
    let key = SharedKey::new(&ours.secret, &theirs.public).expect("sound keys");
    let nonce = [3; NONCE_LEN];
    for size in SIZES {
        let plain = vec![4; size - MAC_LEN];
        let boxed = key.seal(&nonce, &plain).expect("sealing");
        let seal = nanoseconds(|| black_box(key.seal(&nonce, black_box(&plain))).is_ok());
        let open = nanoseconds(|| black_box(key.open(&nonce, black_box(&boxed))).is_ok());
        println!("{size} {seal:.1} {open:.1}");
    }
}

/// Nanoseconds a call.
fn nanoseconds(mut call: impl FnMut() -> bool) -> f64 {
    let started = Instant::now();
    let mut calls = 0;
    loop {
        for _ in 0..BATCH {
            assert!(call(), "a box was refused");
        }
        calls += BATCH;
        let elapsed = started.elapsed();
        if elapsed >= LEAST {
            return elapsed.as_secs_f64() * 1e9 / f64::from(calls);
        }
    }
}
