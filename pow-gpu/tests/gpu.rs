//! The kernels on a real driver (lavapipe where there is no card).
#![allow(clippy::unwrap_used)]

use std::cell::RefCell;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use toxdrop_pow::{Device, Work, open_every_kernel};
use toxdrop_proto::pow;

/// Every kernel on every adapter. Empty, with a sentence, only where there is no driver at all.
fn kernels() -> Vec<(&'static str, Box<dyn Device>)> {
    let kernels: Vec<_> = open_every_kernel("wgpu:")
        .into_iter()
        .map(|opened| (opened.kernel, opened.device.unwrap()))
        .collect();
    if kernels.is_empty() {
        println!(
            "skipped: this machine has no Vulkan, Metal or Direct3D driver (on Debian: mesa-vulkan-drivers)"
        );
    }
    kernels
}

fn answer(device: &mut dyn Device, work: &Work) -> Option<u64> {
    device.submit(work).unwrap();
    device.collect().unwrap()
}

#[test]
fn every_kernel_finds_the_nonce_of_bitmessages_own_test() {
    let initial_hash = hex::decode(
        "3758f55b5a8d902fd3597e4ce6a2d3f23daff735f65d9698c270987f4e67ad590b93f3ffeba0ef2fd08a8dc2f87b68ae5a0dc819ab57f22ad2c4c9c8618a43b3",
    )
    .unwrap()
    .try_into()
    .unwrap();
    let found = 224_121_278;
    for (kernel, mut device) in kernels() {
        let work = Work {
            initial_hash,
            target: 54_227_212_183,
            start: found - 5_000,
            count: 6_000,
        };
        assert_eq!(answer(device.as_mut(), &work), Some(5_000), "{kernel}");
        let short = Work {
            count: 5_000,
            ..work
        };
        assert_eq!(answer(device.as_mut(), &short), None, "{kernel}");
    }
}

#[test]
fn every_kernel_agrees_with_the_reference() {
    for (kernel, device) in kernels() {
        let device = RefCell::new(device);
        let strategy = (
            any::<[u8; 64]>(),
            1u32..11,
            prop_oneof![
                any::<u64>(),
                (u64::MAX - 200)..=u64::MAX,
                ((1u64 << 32) - 200)..(1u64 << 32)
            ],
            1u64..300,
        );
        let mut runner = TestRunner::new(ProptestConfig::with_cases(100));
        let result = runner.run(&strategy, |(initial_hash, shift, start, count)| {
            let target = u64::MAX >> shift;
            let expected =
                (0..count).find(|i| pow::verify(start.wrapping_add(*i), &initial_hash, target));
            let work = Work {
                initial_hash,
                target,
                start,
                count,
            };
            prop_assert_eq!(answer(device.borrow_mut().as_mut(), &work), expected);
            Ok(())
        });
        assert!(result.is_ok(), "{kernel}: {result:?}");
    }
}

#[test]
fn two_ranges_in_flight_are_answered_in_order() {
    let initial_hash = pow::initial_hash(b"order");
    let target = u64::MAX >> 8;
    let (found, _) = (0u64..)
        .map(|nonce| (nonce, pow::verify(nonce, &initial_hash, target)))
        .find(|(_, holds)| *holds)
        .unwrap();
    let work = |start, count| Work {
        initial_hash,
        target,
        start,
        count,
    };
    for (kernel, mut device) in kernels() {
        for _ in 0..5 {
            device.submit(&work(0, found + 1)).unwrap();
            device.submit(&work(found, 1)).unwrap();
            assert_eq!(device.collect().unwrap(), Some(found), "{kernel}");
            assert_eq!(device.collect().unwrap(), Some(0), "{kernel}");
        }
    }
}
