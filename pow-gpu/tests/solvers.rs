//! Every processor solver against the plain arithmetic of `toxdrop_proto::pow`.

use proptest::prelude::*;
use toxdrop_pow::CpuSolver;
use toxdrop_proto::pow::{self, InitialHash};

/// The slow truth: the first offset in the range whose value holds.
fn reference(hash: &InitialHash, target: u64, start: u64, count: u64) -> Option<u64> {
    (0..count).find(|offset| pow::verify(start.wrapping_add(*offset), hash, target))
}

#[test]
fn every_solver_finds_the_nonce_of_bitmessages_own_test() {
    let hash: InitialHash = hex::decode(
        "3758f55b5a8d902fd3597e4ce6a2d3f23daff735f65d9698c270987f4e67ad590b93f3ffeba0ef2fd08a8dc2f87b68ae5a0dc819ab57f22ad2c4c9c8618a43b3",
    )
    .unwrap()
    .try_into()
    .unwrap();
    let target = 54_227_212_183;
    // The first nonce from 0 on that holds. Getting there takes 224 million trials, so the test starts nearby.
    let found = 224_121_278;
    assert!(pow::verify(found, &hash, target));
    for solver in CpuSolver::available() {
        let start = found - 5_000;
        assert_eq!(
            solver.search(&hash, target, start, 6_000),
            Some(5_000),
            "{}",
            solver.name()
        );
        assert_eq!(
            solver.search(&hash, target, start, 5_000),
            None,
            "{}",
            solver.name()
        );
        assert_eq!(
            solver.search(&hash, target, start, 5_001),
            Some(5_000),
            "{}",
            solver.name()
        );
    }
}

proptest! {
    #[test]
    fn every_solver_agrees_with_the_reference(
        hash in any::<[u8; 64]>(),
        // From about every second nonce to about one in a thousand.
        shift in 1u32..11,
        start in prop_oneof![any::<u64>(), (u64::MAX - 200)..=u64::MAX],
        count in 0u64..300,
    ) {
        let target = u64::MAX >> shift;
        let expected = reference(&hash, target, start, count);
        for solver in CpuSolver::available() {
            prop_assert_eq!(solver.search(&hash, target, start, count), expected, "{}", solver.name());
        }
    }

    #[test]
    fn no_solver_finds_what_is_not_there(hash in any::<[u8; 64]>(), start in any::<u64>()) {
        for solver in CpuSolver::available() {
            // One in 2^50 would be a surprise worth a failure.
            prop_assert_eq!(solver.search(&hash, u64::MAX >> 50, start, 1000), None, "{}", solver.name());
        }
    }
}

/// Seen with `--nocapture`: which solvers the tests above have tried.
#[test]
fn solvers_are_listed_with_the_portable_one_last() {
    let names: Vec<_> = CpuSolver::available().iter().map(CpuSolver::name).collect();
    println!("solvers: {}", names.join(", "));
    assert_eq!(names.last(), Some(&"portable"));
    assert_eq!(CpuSolver::best().name(), names[0]);
}
