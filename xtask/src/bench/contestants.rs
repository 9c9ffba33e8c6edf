//! Everything that can solve proof of work here: our solvers, OpenSSL's loop, and the sha2 crates.
//!
//! Does not compare them.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use toxdrop_pow::{CpuSolver, Device, Work, open_every_kernel};

use crate::workspace::root;

/// The baseline's name.
pub(super) const OPENSSL: &str = "openssl-loop";

/// A message hash for everybody; any will do.
const INITIAL_HASH: [u8; 64] = [0; 64];

/// Runs so many trials and says how long they took.
type Trials = Box<dyn FnMut(u64) -> Result<Duration>>;

/// Someone who solves.
pub(super) struct Contestant {
    pub(super) name: String,
    /// Runs trials on one core, or on the whole of a device.
    pub(super) run: Trials,
    /// A device needs long runs, to hide what starting it costs.
    pub(super) is_device: bool,
}

impl Contestant {
    fn on_cpu(name: &str, run: impl FnMut(u64) -> Result<Duration> + 'static) -> Self {
        Self {
            name: name.to_owned(),
            run: Box::new(run),
            is_device: false,
        }
    }
}

/// Times something that must not be left out by the compiler.
fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let started = Instant::now();
    std::hint::black_box(work());
    started.elapsed()
}

/// All of them; those that are not to be had here are left out with a sentence.
pub(super) fn all() -> Vec<Contestant> {
    let mut all: Vec<Contestant> = CpuSolver::available()
        .into_iter()
        .map(|solver| {
            Contestant::on_cpu(solver.name(), move |trials| {
                // Target 0 is reached once in 2^64 trials.
                Ok(timed(|| solver.search(&INITIAL_HASH, 0, 0, trials)))
            })
        })
        .collect();
    match openssl_loop() {
        Ok(contestant) => all.push(contestant),
        Err(error) => eprintln!("{OPENSSL} left out: {error:#}"),
    }
    all.push(Contestant::on_cpu("sha2-0.10", |trials| {
        Ok(timed(|| least_with_sha2_0_10(trials)))
    }));
    all.push(Contestant::on_cpu("sha2-0.11", |trials| {
        Ok(timed(|| least_with_sha2_0_11(trials)))
    }));
    all.extend(devices());
    all
}

fn devices() -> Vec<Contestant> {
    let mut contestants = Vec::new();
    for opened in open_every_kernel("wgpu:") {
        match opened.device {
            Ok(mut device) => contestants.push(Contestant {
                name: format!("{} ({} kernel)", device.name(), opened.kernel),
                is_device: true,
                run: Box::new(move |trials| on_device(device.as_mut(), trials)),
            }),
            Err(error) => eprintln!("{} kernel left out: {error}", opened.kernel),
        }
    }
    contestants
}

fn on_device(device: &mut dyn Device, trials: u64) -> Result<Duration> {
    let work = Work {
        initial_hash: INITIAL_HASH,
        target: 0,
        start: 0,
        count: trials.min(device.max_batch()),
    };
    let started = Instant::now();
    device.submit(&work)?;
    device.collect()?;
    let elapsed = started.elapsed();
    // As if all had been done, where the device takes less at a time.
    Ok(elapsed.mul_f64(trials as f64 / work.count as f64))
}

fn least_with_sha2_0_10(trials: u64) -> u64 {
    // The definition in `toxdrop_proto` is a loop over this crate.
    (0..trials)
        .map(|nonce| toxdrop_proto::pow::trial_value(nonce, &INITIAL_HASH))
        .fold(u64::MAX, u64::min)
}

fn least_with_sha2_0_11(trials: u64) -> u64 {
    use sha2_0_11::{Digest as _, Sha512};
    let mut least = u64::MAX;
    for nonce in 0..trials {
        let inner = Sha512::new()
            .chain_update(nonce.to_be_bytes())
            .chain_update(INITIAL_HASH)
            .finalize();
        let outer = Sha512::digest(inner);
        if let Some(head) = outer.first_chunk::<8>() {
            least = least.min(u64::from_be_bytes(*head));
        }
    }
    least
}

/// Compiles the C loop with the system's compiler and OpenSSL.
fn openssl_loop() -> Result<Contestant> {
    let source = root().join("xtask/src/bench/openssl_loop.c");
    let directory = root().join("target/bench");
    std::fs::create_dir_all(&directory)?;
    let program: PathBuf = directory.join("openssl_loop");
    // SHA512_Init and its like are deprecated since OpenSSL 3, and still what such programs call.
    let output = Command::new("cc")
        .args(["-O3", "-Wno-deprecated-declarations", "-o"])
        .arg(&program)
        .arg(&source)
        .arg("-lcrypto")
        .output()
        .context("no C compiler: install gcc or clang")?;
    if !output.status.success() {
        bail!(
            "it does not compile; install OpenSSL's headers (Debian: libssl-dev)\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(Contestant::on_cpu(OPENSSL, move |trials| {
        let output = Command::new(&program).arg(trials.to_string()).output()?;
        let text = String::from_utf8(output.stdout)?;
        let nanoseconds = text.lines().next().context("it printed nothing")?;
        Ok(Duration::from_nanos(nanoseconds.parse()?))
    }))
}
