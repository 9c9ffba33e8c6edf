//! The pool on the CPU: fairness, limits, cancelling, ranges.
#![allow(clippy::unwrap_used)]

use std::collections::HashSet;
use std::time::Duration;

use toxdrop_pow::{
    ClientId, DeviceChoice, DeviceState, Job, Pool, PoolConfig, PoolError, SolveError, SubmitError,
};
use toxdrop_proto::pow;

fn cpu_config() -> PoolConfig {
    PoolConfig {
        devices: DeviceChoice::CpuOnly,
        cpu_threads: Some(2),
        ..PoolConfig::default()
    }
}

/// A job that nobody lives to see done.
fn endless() -> Job {
    Job::new([9; 64], 1)
}

fn client(name: &str) -> ClientId {
    ClientId::new(name)
}

#[test]
fn solution_holds_and_reports_what_it_took() {
    let pool = Pool::start(cpu_config()).unwrap();
    let job = Job::new([1; 64], u64::MAX / 50_000);
    let ticket = pool.submit(client("a"), job).unwrap();
    let progress = ticket.progress();
    let solution = ticket.wait_blocking().unwrap();
    assert!(pow::verify(solution.nonce, &job.initial_hash, job.target));
    assert_eq!(
        solution.value,
        pow::trial_value(solution.nonce, &job.initial_hash)
    );
    assert!(solution.trials > 0);
    assert!(progress.borrow().trials >= solution.trials);
}

#[test]
fn bad_jobs_are_refused_with_the_reason() {
    let pool = Pool::start(cpu_config()).unwrap();
    let zero = Job {
        target: 0,
        ..endless()
    };
    let empty = Job {
        span: Some(0),
        ..endless()
    };
    let refused = |job| pool.submit(client("a"), job).err();
    assert_eq!(refused(zero), Some(SubmitError::ZeroTarget));
    assert_eq!(refused(empty), Some(SubmitError::EmptyRange));
}

#[test]
fn client_over_its_limit_is_refused_until_a_job_is_gone() {
    let pool = Pool::start(PoolConfig {
        max_jobs_per_client: 2,
        ..cpu_config()
    })
    .unwrap();
    let first = pool.submit(client("a"), endless()).unwrap();
    let _second = pool.submit(client("a"), endless()).unwrap();
    let third = pool.submit(client("a"), endless());
    assert_eq!(third.err(), Some(SubmitError::ClientLimit { limit: 2 }));
    let _other = pool.submit(client("b"), endless()).unwrap();
    drop(first);
    let _third = pool.submit(client("a"), endless()).unwrap();
}

#[test]
fn short_job_is_done_while_another_clients_endless_jobs_run() {
    let pool = Pool::start(cpu_config()).unwrap();
    let _endless: Vec<_> = (0..10)
        .map(|_| pool.submit(client("greedy"), endless()).unwrap())
        .collect();
    let job = Job::new([3; 64], u64::MAX / 10_000);
    let short = pool.submit(client("modest"), job).unwrap();
    assert!(short.wait_blocking().is_ok());
}

#[test]
fn jobs_of_one_client_are_done_in_order() {
    let pool = Pool::start(PoolConfig {
        cpu_threads: Some(1),
        ..cpu_config()
    })
    .unwrap();
    let job = |n: u8| Job::new([n; 64], u64::MAX / 100_000);
    let first = pool.submit(client("a"), job(1)).unwrap();
    let second = pool.submit(client("a"), job(2)).unwrap();
    let first_progress = first.progress();
    second.wait_blocking().unwrap();
    assert!(first_progress.borrow().trials > 0);
    assert!(first.wait_blocking().is_ok());
}

#[test]
fn range_without_a_solution_is_reported_as_exhausted() {
    let pool = Pool::start(cpu_config()).unwrap();
    let job = Job {
        start: u64::MAX - 1_000,
        span: Some(300_007),
        ..endless()
    };
    let ticket = pool.submit(client("a"), job).unwrap();
    let exhausted = SolveError::Exhausted { trials: 300_007 };
    assert_eq!(ticket.wait_blocking(), Err(exhausted));
}

#[test]
fn the_only_solution_of_a_range_that_wraps_is_found_wherever_it_lies() {
    let pool = Pool::start(cpu_config()).unwrap();
    let hash = pow::initial_hash(b"wrap");
    let start = u64::MAX - 4_999;
    let (least, nonce) = (0..10_000u64)
        .map(|i| start.wrapping_add(i))
        .map(|nonce| (pow::trial_value(nonce, &hash), nonce))
        .min()
        .unwrap();
    let job = Job {
        initial_hash: hash,
        target: least,
        start,
        span: Some(10_000),
    };
    let solution = pool.submit(client("a"), job).unwrap().wait_blocking();
    assert_eq!(solution.unwrap().nonce, nonce);
}

#[test]
fn closing_the_pool_ends_its_jobs() {
    let pool = Pool::start(cpu_config()).unwrap();
    let ticket = pool.submit(client("a"), endless()).unwrap();
    drop(pool);
    assert_eq!(ticket.wait_blocking(), Err(SolveError::Closed));
}

#[test]
fn cpu_proves_itself_and_states_its_rate() {
    let pool = Pool::start(cpu_config()).unwrap();
    assert!(pool.wait_settled(Duration::from_secs(60)));
    let devices = pool.devices();
    assert_eq!(devices.len(), 1);
    assert_eq!(devices[0].state, DeviceState::Ready);
    assert_eq!(devices[0].threads, 2);
    assert!(devices[0].trials_per_s > 0.0);
}

#[test]
fn unknown_device_name_is_answered_with_the_names_there_are() {
    let config = PoolConfig {
        devices: DeviceChoice::Only(vec!["abacus".into()]),
        ..PoolConfig::default()
    };
    let error = Pool::start(config).unwrap_err();
    let PoolError::UnknownDevice { name, available } = &error else {
        panic!("{error}");
    };
    assert_eq!(name, "abacus");
    assert!(available.iter().any(|n| n == "portable"));
    assert!(error.to_string().contains("portable"), "{error}");
    let none = PoolConfig {
        devices: DeviceChoice::Only(vec![]),
        ..PoolConfig::default()
    };
    assert_eq!(Pool::start(none).unwrap_err(), PoolError::NoDevice);
}

#[test]
fn cpu_device_can_be_chosen_by_name() {
    let config = PoolConfig {
        devices: DeviceChoice::Only(vec!["Portable".into()]),
        cpu_threads: Some(1),
        ..PoolConfig::default()
    };
    let pool = Pool::start(config).unwrap();
    let names: HashSet<_> = pool.devices().into_iter().map(|d| d.name).collect();
    assert_eq!(names, HashSet::from(["portable".to_owned()]));
    let solution = pool
        .submit(client("a"), Job::new([4; 64], u64::MAX / 1000))
        .unwrap()
        .wait_blocking();
    assert_eq!(solution.unwrap().device, "portable");
}

#[test]
fn low_priority_pool_solves_as_well() {
    let pool = Pool::start(PoolConfig {
        low_priority: true,
        ..cpu_config()
    })
    .unwrap();
    let job = Job::new([5; 64], u64::MAX / 10_000);
    assert!(
        pool.submit(client("a"), job)
            .unwrap()
            .wait_blocking()
            .is_ok()
    );
}
