//! Devices that fail, lie, hang up or are not there: the right nonce comes all the same.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::VecDeque;
use std::process::Command;
use std::time::Duration;

use toxdrop_pow::{
    ClientId, CpuSolver, Device, DeviceChoice, DeviceError, DeviceKind, DeviceState, Job, Pool,
    PoolConfig, Solution, SolveError, SubmitError, Work, open_every_kernel,
};
use toxdrop_proto::pow;

/// What goes wrong with a device, and after how many ranges on real jobs.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    /// Names a nonce that does not hold.
    WrongNonce,
    /// Names an offset outside the range.
    OutsideRange,
    /// Overlooks every solution, then names a wrong nonce.
    Blind,
    Lost,
    SubmitFails,
    Panics,
}

/// A device that computes on the CPU until its fault shows.
struct Faulty {
    fault: Fault,
    /// Ranges that it still does right.
    good: u32,
    queue: VecDeque<Work>,
}

impl Faulty {
    fn boxed(fault: Fault, good: u32) -> Box<dyn Device> {
        Box::new(Self {
            fault,
            good,
            queue: VecDeque::new(),
        })
    }

    /// The test and the measurement at start count 7 and more, all done right; real jobs have this target.
    fn is_real(work: &Work) -> bool {
        work.initial_hash == job().initial_hash
    }
}

impl Device for Faulty {
    fn name(&self) -> &str {
        "faulty"
    }
    fn driver(&self) -> &str {
        "test"
    }
    fn kind(&self) -> DeviceKind {
        DeviceKind::Gpu
    }
    fn max_batch(&self) -> u64 {
        1 << 14
    }
    fn submit(&mut self, work: &Work) -> Result<(), DeviceError> {
        assert!(self.queue.len() < 2, "three ranges in flight");
        if self.fault == Fault::SubmitFails && self.good == 0 && Self::is_real(work) {
            return Err(DeviceError::Driver("injected".into()));
        }
        self.queue.push_back(*work);
        Ok(())
    }
    fn collect(&mut self) -> Result<Option<u64>, DeviceError> {
        let work = self.queue.pop_front().unwrap();
        let right =
            CpuSolver::best().search(&work.initial_hash, work.target, work.start, work.count);
        if !Self::is_real(&work) {
            return Ok(right);
        }
        if self.good > 0 {
            self.good -= 1;
            return Ok(if self.fault == Fault::Blind {
                None
            } else {
                right
            });
        }
        match self.fault {
            Fault::None | Fault::SubmitFails => Ok(right),
            Fault::WrongNonce | Fault::Blind => Ok(Some(right.map_or(0, |o| o ^ 1))),
            Fault::OutsideRange => Ok(Some(work.count)),
            Fault::Lost => Err(DeviceError::Lost("injected".into())),
            Fault::Panics => panic!("injected"),
        }
    }
}

const LEN: u64 = 400_000;

/// A range with exactly one solution, somewhere in it.
fn job() -> Job {
    static JOB: std::sync::OnceLock<Job> = std::sync::OnceLock::new();
    *JOB.get_or_init(|| {
        let initial_hash = pow::initial_hash(b"faults");
        let solver = CpuSolver::best();
        let mut target = u64::MAX >> 10;
        // The least value of the range, by lowering the target until nothing is left.
        let mut start = 0;
        while let Some(offset) = solver.search(&initial_hash, target - 1, start, LEN - start) {
            start += offset;
            target = pow::trial_value(start, &initial_hash);
            start += 1;
        }
        Job {
            initial_hash,
            target,
            start: 0,
            span: Some(LEN),
        }
    })
}

fn only_the_device() -> PoolConfig {
    PoolConfig {
        devices: DeviceChoice::CpuOnly,
        cpu_threads: Some(0),
        ..PoolConfig::default()
    }
}

fn solve(pool: &Pool) -> Result<Solution, SolveError> {
    pool.submit(ClientId::new("test"), job())
        .unwrap()
        .wait_blocking()
}

#[track_caller]
fn assert_right(solution: &Solution) {
    let job = job();
    assert_eq!(solution.value, job.target);
    assert!(pow::verify(solution.nonce, &job.initial_hash, job.target));
}

#[test]
fn device_without_a_fault_does_the_whole_job() {
    let pool = Pool::start_with(only_the_device(), vec![Faulty::boxed(Fault::None, 0)]).unwrap();
    let solution = solve(&pool).unwrap();
    assert_right(&solution);
    assert_eq!(solution.device, "faulty");
    assert_eq!(pool.devices().len(), 1);
}

#[test]
fn failing_device_is_dropped_and_the_cpu_finds_the_nonce() {
    for fault in [
        Fault::WrongNonce,
        Fault::OutsideRange,
        Fault::Blind,
        Fault::Lost,
        Fault::SubmitFails,
        Fault::Panics,
    ] {
        for good in [0, 3] {
            let pool =
                Pool::start_with(only_the_device(), vec![Faulty::boxed(fault, good)]).unwrap();
            let solution = solve(&pool).unwrap();
            assert_right(&solution);
            let devices = pool.devices();
            // Three right ranges may hold the solution already.
            if good == 0 {
                assert!(
                    matches!(devices[0].state, DeviceState::Dropped(_)),
                    "{devices:?}"
                );
                assert_ne!(solution.device, "faulty");
            }
            assert_right(&solve(&pool).unwrap());
        }
    }
}

#[test]
fn job_in_the_queue_of_a_failing_device_is_not_lost() {
    let pool = Pool::start_with(only_the_device(), vec![Faulty::boxed(Fault::Lost, 1)]).unwrap();
    let tickets: Vec<_> = (0..5)
        .map(|i| pool.submit(ClientId::new(&i.to_string()), job()).unwrap())
        .collect();
    for ticket in tickets {
        assert_right(&ticket.wait_blocking().unwrap());
    }
}

#[test]
fn device_that_fails_its_test_gets_no_work() {
    struct Liar;
    impl Device for Liar {
        fn name(&self) -> &str {
            "liar"
        }
        fn driver(&self) -> &str {
            ""
        }
        fn kind(&self) -> DeviceKind {
            DeviceKind::Gpu
        }
        fn max_batch(&self) -> u64 {
            1 << 20
        }
        fn submit(&mut self, _: &Work) -> Result<(), DeviceError> {
            Ok(())
        }
        fn collect(&mut self) -> Result<Option<u64>, DeviceError> {
            Ok(None)
        }
    }
    let pool = Pool::start_with(only_the_device(), vec![Box::new(Liar)]).unwrap();
    assert!(pool.wait_settled(Duration::from_secs(60)));
    let dropped = pool.devices().into_iter().find(|d| d.name == "liar");
    assert!(matches!(dropped.unwrap().state, DeviceState::Dropped(_)));
    assert_right(&solve(&pool).unwrap());
}

#[test]
fn job_for_one_device_is_done_there_or_by_others_once_it_fails() {
    let config = PoolConfig {
        cpu_threads: Some(1),
        ..only_the_device()
    };
    let devices = vec![Faulty::boxed(Fault::None, 0)];
    let pool = Pool::start_with(config.clone(), devices).unwrap();
    let submit = |pool: &Pool, device: &str| {
        pool.submit_to(ClientId::new("test"), job(), &[device.to_owned()])
    };
    for name in ["faulty", "FAULTY"] {
        let solution = submit(&pool, name).unwrap().wait_blocking().unwrap();
        assert_eq!(solution.device, "faulty");
    }
    let solution = submit(&pool, "cpu").unwrap().wait_blocking().unwrap();
    assert_ne!(solution.device, "faulty");
    let refused = submit(&pool, "abacus");
    assert!(matches!(
        refused.err(),
        Some(SubmitError::UnknownDevice { available, .. }) if available.contains(&"faulty".to_owned())
    ));

    let pool = Pool::start_with(config, vec![Faulty::boxed(Fault::Lost, 1)]).unwrap();
    assert_right(&submit(&pool, "faulty").unwrap().wait_blocking().unwrap());
}

/// A real adapter that is lost after a few ranges.
struct Mortal {
    device: Box<dyn Device>,
    ranges_left: u32,
}

impl Device for Mortal {
    fn name(&self) -> &str {
        self.device.name()
    }
    fn driver(&self) -> &str {
        self.device.driver()
    }
    fn kind(&self) -> DeviceKind {
        self.device.kind()
    }
    fn max_batch(&self) -> u64 {
        // Many short ranges, so that it fails in the middle.
        1 << 14
    }
    fn submit(&mut self, work: &Work) -> Result<(), DeviceError> {
        self.device.submit(work)
    }
    fn collect(&mut self) -> Result<Option<u64>, DeviceError> {
        let answer = self.device.collect()?;
        // Six known answers and the measurement come first.
        self.ranges_left = self
            .ranges_left
            .checked_sub(1)
            .ok_or_else(|| DeviceError::Lost("injected".into()))?;
        Ok(answer)
    }
}

#[test]
fn adapter_lost_in_mid_job_hands_its_range_to_the_cpu() {
    let mut kernels = open_every_kernel("wgpu:");
    let Some(kernel) = kernels.pop() else {
        println!("skipped: this machine has no Vulkan, Metal or Direct3D driver");
        return;
    };
    let mortal = Box::new(Mortal {
        device: kernel.device.unwrap(),
        ranges_left: 10,
    });
    let pool = Pool::start_with(only_the_device(), vec![mortal]).unwrap();
    let endless = Job {
        span: Some(3_000_000),
        target: 1,
        ..job()
    };
    let ticket = pool.submit(ClientId::new("test"), endless).unwrap();
    let exhausted = Err(SolveError::Exhausted { trials: 3_000_000 });
    assert_eq!(ticket.wait_blocking(), exhausted);
    let devices = pool.devices();
    assert!(
        matches!(devices[0].state, DeviceState::Dropped(_)),
        "{devices:?}"
    );
    assert_right(&solve(&pool).unwrap());
}

#[test]
fn software_adapter_is_used_only_if_named_and_then_solves() {
    let kernels = open_every_kernel("wgpu:");
    let Some(Ok(device)) = kernels.into_iter().map(|k| k.device).next() else {
        println!("skipped: this machine has no Vulkan, Metal or Direct3D driver");
        return;
    };
    let (name, kind) = (device.name().to_owned(), device.kind());
    drop(device);
    let start = |devices| {
        let pool = Pool::start(PoolConfig {
            devices,
            ..PoolConfig::default()
        });
        let pool = pool.unwrap();
        assert!(pool.wait_settled(Duration::from_secs(120)));
        pool
    };
    let named = start(DeviceChoice::Only(vec![name.to_uppercase()]));
    assert_eq!(named.devices().len(), 1);
    assert_eq!(named.devices()[0].state, DeviceState::Ready);
    let solution = solve(&named).unwrap();
    assert_right(&solution);
    assert_eq!(solution.device, name);
    if kind == DeviceKind::SoftwareGpu {
        let auto = start(DeviceChoice::Auto).devices();
        assert!(auto.iter().all(|d| d.name != name), "{auto:?}");
    }
}

#[test]
fn without_any_adapter_the_cpu_works() {
    // Drivers are found through the environment, and a process must not change its own while threads run.
    let inside = std::env::var_os("TOXDROP_TEST_NO_ADAPTER").is_some();
    if !inside {
        let nowhere = "/nonexistent/icd.json";
        let output = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "without_any_adapter_the_cpu_works",
                "--nocapture",
            ])
            .env("TOXDROP_TEST_NO_ADAPTER", "1")
            .env("VK_ICD_FILENAMES", nowhere)
            .env("VK_DRIVER_FILES", nowhere)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        return;
    }
    if cfg!(target_os = "linux") {
        assert_eq!(open_every_kernel("wgpu:").len(), 0);
    }
    let pool = Pool::start(PoolConfig::default()).unwrap();
    assert_right(&solve(&pool).unwrap());
    assert!(pool.wait_settled(Duration::from_secs(60)));
    assert!(
        pool.devices()
            .iter()
            .all(|d| d.kind == DeviceKind::Cpu || cfg!(not(target_os = "linux")))
    );
}
