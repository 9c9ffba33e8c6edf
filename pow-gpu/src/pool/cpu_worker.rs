//! A CPU thread: claims chunks, tries them, sleeps when there are none.
//!
//! Does not choose the solver; a solver that errs is replaced by the portable one.

use std::sync::Arc;
use std::time::Instant;

use super::job_cell::{Chunk, DeviceId};
use super::shared::{Ended, Shared};
use crate::cpu::CpuSolver;
use crate::device::{DeviceError, DeviceState};

/// A chunk takes about this long, in seconds.
const CHUNK_S: f64 = 0.05;
/// So often, in seconds, a thread looks whether its job is still wanted.
const SLICE_S: f64 = 0.001;
/// Trials of the measurement at start: a few milliseconds.
const MEASURED_TRIALS: u64 = 16_384;

/// How many trials fill `seconds`.
fn trials_in(rate: f64, seconds: f64) -> u64 {
    ((rate * seconds) as u64).max(64)
}

/// Trials a second of `solver` on this thread.
fn measure(solver: CpuSolver) -> f64 {
    let started = Instant::now();
    // Target 0 is reached once in 2^64 trials.
    let found = solver.search(&[0; 64], 0, 0, MEASURED_TRIALS);
    let seconds = started.elapsed().as_secs_f64();
    MEASURED_TRIALS as f64 * f64::from(u8::from(found.is_none())) / seconds.max(1e-9)
}

enum Outcome {
    Done,
    Wrong,
}

/// Runs until the queue is closed or even the portable solver errs.
pub(super) fn run(shared: &Arc<Shared>, device: DeviceId, solver: CpuSolver) -> Ended {
    let mut solver = solver;
    if !solver.self_test() && !fall_back(shared, device, &mut solver) {
        return Ended::Dropped;
    }
    let mut rate = measure(solver);
    shared.roster.measured(device, rate);
    shared.roster.set_state(device, DeviceState::Ready);
    while let Some(chunk) = shared.queue.claim(device, trials_in(rate, CHUNK_S)) {
        let started = Instant::now();
        let mut tried = 0;
        let outcome = try_chunk(shared, chunk, solver, trials_in(rate, SLICE_S), &mut tried);
        let seconds = started.elapsed().as_secs_f64();
        if seconds > SLICE_S {
            let measured = tried as f64 / seconds;
            rate += 0.3 * (measured - rate);
            shared.roster.measured(device, measured);
        }
        if matches!(outcome, Outcome::Wrong) && !fall_back(shared, device, &mut solver) {
            return Ended::Dropped;
        }
    }
    Ended::Closed
}

fn try_chunk(
    shared: &Arc<Shared>,
    chunk: Chunk,
    solver: CpuSolver,
    slice: u64,
    tried: &mut u64,
) -> Outcome {
    let (start, count) = (chunk.start(), chunk.count());
    while !chunk.job.stopped() {
        let slice = slice.min(count - *tried);
        let from = start.wrapping_add(*tried);
        if let Some(offset) = solver.search_prepared(&chunk.job.prepared, from, slice) {
            let offset_in_chunk = *tried + offset;
            chunk.job.count(offset + 1);
            *tried += offset + 1;
            return if shared.queue.found(chunk, offset_in_chunk, solver.name()) {
                Outcome::Done
            } else {
                Outcome::Wrong
            };
        }
        chunk.job.count(slice);
        *tried += slice;
        if *tried == count {
            shared.queue.tried(chunk, None);
            return Outcome::Done;
        }
    }
    shared.queue.give_back(chunk);
    Outcome::Done
}

/// Replaces a solver that erred. False if even the portable one did.
fn fall_back(shared: &Arc<Shared>, device: DeviceId, solver: &mut CpuSolver) -> bool {
    let name = solver.name();
    if name == CpuSolver::PORTABLE.name() {
        tracing::error!("the portable solver computes wrong values: check this machine's memory");
        let error = DeviceError::WrongAnswer("a nonce does not hold");
        shared
            .roster
            .set_state(device, DeviceState::Dropped(error.to_string()));
        shared.queue.device_gone(device);
        return false;
    }
    tracing::warn!(
        solver = name,
        "computes wrong values on this processor: using portable code instead"
    );
    *solver = CpuSolver::PORTABLE;
    shared.roster.rename(device, solver.name());
    true
}
