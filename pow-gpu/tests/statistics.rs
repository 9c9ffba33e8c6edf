//! The number of trials that solvers need follows the geometric distribution: no nonce is skipped or tried twice.
#![allow(clippy::unwrap_used)]

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use toxdrop_pow::{
    ClientId, CpuSolver, Device, DeviceChoice, Job, Pool, PoolConfig, Work, expected_trials,
    open_every_kernel,
};

const SOLVES: usize = 2_000;
/// One nonce in 512 holds on average.
const TARGET: u64 = u64::MAX >> 9;

/// Hashes and starts, the same in every run.
fn questions() -> impl Iterator<Item = ([u8; 64], u64)> {
    let mut rng = ChaCha8Rng::seed_from_u64(0x746f_7864_726f_7000);
    (0..SOLVES).map(move |_| {
        let mut hash = [0; 64];
        rng.fill_bytes(&mut hash);
        (hash, rng.next_u64())
    })
}

/// Kolmogorov–Smirnov against the geometric distribution with `p = 1 / expected_trials`.
///
/// For a discrete distribution the test is conservative. Limit: 1.63 / √n, passed by chance in 99 of 100 seeds; ours is fixed.
#[track_caller]
fn assert_geometric(name: &str, mut trials: Vec<u64>) {
    assert_eq!(trials.len(), SOLVES);
    trials.sort_unstable();
    let n = trials.len() as f64;
    let log_miss = (-1.0 / expected_trials(TARGET)).ln_1p();
    let cumulative = |k: u64| -(k as f64 * log_miss).exp_m1();
    let mut distance: f64 = 0.0;
    for k in &trials {
        // Ties count once, at both ends of their step.
        let below = trials.partition_point(|t| t < k) as f64 / n;
        let upto = trials.partition_point(|t| t <= k) as f64 / n;
        distance = distance
            .max((cumulative(*k) - upto).abs())
            .max((cumulative(k - 1) - below).abs());
    }
    let limit = 1.63 / n.sqrt();
    println!("{name}: distance {distance:.4}, limit {limit:.4}");
    assert!(distance < limit, "{name}: {distance} ≥ {limit}");
}

/// The test itself must be able to fail: a solver that skips every other nonce needs half as many trials by its own count.
#[test]
#[should_panic(expected = "skipping")]
fn solver_that_skips_nonces_would_be_caught() {
    let solver = CpuSolver::best();
    let trials = questions().map(|(hash, start)| {
        let offset = solver.search(&hash, TARGET, start, u64::MAX).unwrap();
        offset / 2 + 1
    });
    assert_geometric("skipping", trials.collect());
}

#[test]
fn trials_of_every_cpu_solver_are_geometric() {
    for solver in CpuSolver::available() {
        let trials = questions()
            .map(|(hash, start)| solver.search(&hash, TARGET, start, u64::MAX).unwrap() + 1);
        assert_geometric(solver.name(), trials.collect());
    }
}

#[test]
fn trials_of_every_kernel_are_geometric() {
    const BATCH: u64 = 4_096;
    let solve = |device: &mut dyn Device, initial_hash, start: u64| {
        let mut tried = 0;
        loop {
            device
                .submit(&Work {
                    initial_hash,
                    target: TARGET,
                    start: start.wrapping_add(tried),
                    count: BATCH,
                })
                .unwrap();
            match device.collect().unwrap() {
                Some(offset) => return tried + offset + 1,
                None => tried += BATCH,
            }
        }
    };
    let kernels = open_every_kernel("wgpu:");
    if kernels.is_empty() {
        println!("skipped: this machine has no Vulkan, Metal or Direct3D driver");
    }
    for kernel in kernels {
        let mut device = kernel.device.unwrap();
        let trials = questions()
            .map(|(hash, start)| solve(device.as_mut(), hash, start))
            .collect();
        assert_geometric(kernel.kernel, trials);
    }
}

#[test]
fn trials_of_a_pool_are_geometric_and_counted_right() {
    let pool = Pool::start(PoolConfig {
        devices: DeviceChoice::CpuOnly,
        // With one thread nonces are tried in order, so the nonce says how many were tried.
        cpu_threads: Some(1),
        ..PoolConfig::default()
    });
    let pool = pool.unwrap();
    let trials = questions().map(|(initial_hash, start)| {
        let job = Job {
            initial_hash,
            target: TARGET,
            start,
            span: None,
        };
        let ticket = pool.submit(ClientId::new("statistics"), job).unwrap();
        let solution = ticket.wait_blocking().unwrap();
        assert_eq!(solution.nonce.wrapping_sub(start) + 1, solution.trials);
        solution.trials
    });
    assert_geometric("pool", trials.collect());
}
