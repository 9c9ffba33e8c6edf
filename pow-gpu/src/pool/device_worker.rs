//! A thread that feeds one accelerator: two ranges in flight, each about as long as a desktop does not notice.
//!
//! Does not trust the device: it must pass a test first, every nonce is verified, and whatever goes wrong
//! gives its ranges back to the queue, where others (in the end the CPU) take them.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::job_cell::{Chunk, DeviceId};
use super::shared::{Ended, Shared};
use crate::device::{Device, DeviceError, DeviceState, Work};
use crate::self_test;

/// A dispatch takes about this long: short enough for a smooth desktop and for every driver's watchdog.
const DISPATCH: Duration = Duration::from_millis(50);
/// The same in low-priority mode, with a pause of the same length after each.
const DISPATCH_LOW_PRIORITY: Duration = Duration::from_millis(10);
/// The first range of the measurement at start.
const FIRST_BATCH: u64 = 1 << 12;
/// Never less than this in a dispatch: below it the cost of submitting shows.
const LEAST_BATCH: u64 = 1 << 10;

/// A range that the device works on.
struct InFlight {
    chunk: Chunk,
    submitted: Instant,
}

struct DeviceWorker<'a> {
    shared: &'a Arc<Shared>,
    id: DeviceId,
    name: String,
    device: Box<dyn Device>,
    /// Trials of the next dispatch.
    batch: u64,
    in_flight: VecDeque<InFlight>,
    last_collected: Instant,
}

/// Runs a device until the pool closes or the device errs.
pub(super) fn run(shared: &Arc<Shared>, id: DeviceId, device: Box<dyn Device>) -> Ended {
    let name = device.name().to_owned();
    let mut worker = DeviceWorker {
        shared,
        id,
        name,
        device,
        batch: FIRST_BATCH,
        in_flight: VecDeque::new(),
        last_collected: Instant::now(),
    };
    let result = worker.prove_itself().and_then(|()| worker.work());
    match result {
        Ok(()) => Ended::Closed,
        Err(error) => {
            worker.drop_device(&error);
            Ended::Dropped
        }
    }
}

impl DeviceWorker<'_> {
    fn dispatch_time(&self) -> Duration {
        if self.shared.low_priority {
            DISPATCH_LOW_PRIORITY
        } else {
            DISPATCH
        }
    }

    /// Known answers, then a measurement that doubles until a dispatch is long enough.
    fn prove_itself(&mut self) -> Result<(), DeviceError> {
        guarded(&mut self.device, self_test::prove)?;
        let most = self.device.max_batch().max(1);
        let mut batch = FIRST_BATCH.min(most);
        loop {
            let work = Work {
                initial_hash: [0; 64],
                // Reached once in 2^64 trials.
                target: 0,
                start: 0,
                count: batch,
            };
            let started = Instant::now();
            guarded(&mut self.device, |device| {
                device.submit(&work)?;
                device.collect()
            })?;
            let elapsed = started.elapsed();
            if elapsed * 4 > self.dispatch_time() || batch == most || self.shared.closing() {
                self.tune(batch, elapsed);
                break;
            }
            batch = batch.saturating_mul(4).min(most);
        }
        self.shared.roster.set_state(self.id, DeviceState::Ready);
        tracing::info!(
            device = self.name,
            batch = self.batch,
            "proof-of-work device is ready"
        );
        Ok(())
    }

    /// Takes in that `count` trials took `elapsed`.
    fn tune(&mut self, count: u64, elapsed: Duration) {
        let rate = count as f64 / elapsed.as_secs_f64().max(1e-6);
        self.shared.roster.measured(self.id, rate);
        let ideal = (rate * self.dispatch_time().as_secs_f64()) as u64;
        // At most a factor of two a step, so that one odd measurement does little harm.
        let ideal = ideal.clamp(self.batch / 2, self.batch.saturating_mul(2));
        let most = self.device.max_batch().max(1);
        self.batch = ideal.max(LEAST_BATCH).min(most);
    }

    fn work(&mut self) -> Result<(), DeviceError> {
        let depth = if self.shared.low_priority { 1 } else { 2 };
        loop {
            while self.in_flight.len() < depth {
                let chunk = if self.in_flight.is_empty() {
                    self.shared.queue.claim(self.id, self.batch)
                } else {
                    self.shared.queue.try_claim(self.id, self.batch)
                };
                match chunk {
                    Some(chunk) => self.submit(chunk)?,
                    None if self.in_flight.is_empty() => return Ok(()),
                    None => break,
                }
            }
            self.collect()?;
            if self.shared.low_priority {
                std::thread::sleep(DISPATCH_LOW_PRIORITY);
            }
        }
    }

    fn submit(&mut self, chunk: Chunk) -> Result<(), DeviceError> {
        let work = Work {
            initial_hash: chunk.job.job.initial_hash,
            target: chunk.job.job.target,
            start: chunk.start(),
            count: chunk.count(),
        };
        // On the list first, so that an error gives it back.
        self.in_flight.push_back(InFlight {
            chunk,
            submitted: Instant::now(),
        });
        guarded(&mut self.device, |device| device.submit(&work))
    }

    fn collect(&mut self) -> Result<(), DeviceError> {
        let answer = guarded(&mut self.device, |device| device.collect())?;
        let Some(InFlight { chunk, submitted }) = self.in_flight.pop_front() else {
            return Ok(());
        };
        let now = Instant::now();
        let busy_since = submitted.max(self.last_collected);
        self.last_collected = now;
        let job = Arc::clone(&chunk.job);
        match answer {
            None => {
                let count = chunk.count();
                // Short ranges say little about the rate.
                if count * 2 >= self.batch {
                    self.tune(count, now - busy_since);
                }
                job.count(count);
                self.shared.queue.tried(chunk, Some(self.id));
            }
            Some(offset) => {
                job.count(offset.saturating_add(1).min(chunk.count()));
                if !self.shared.queue.found(chunk, offset, &self.name) {
                    return Err(DeviceError::WrongAnswer("a nonce it found does not hold"));
                }
            }
        }
        Ok(())
    }

    /// Gives everything back and leaves the work to others.
    fn drop_device(&mut self, error: &DeviceError) {
        tracing::warn!(device = self.name, %error, "proof-of-work device dropped; others take its work");
        self.shared
            .roster
            .set_state(self.id, DeviceState::Dropped(error.to_string()));
        if matches!(error, DeviceError::WrongAnswer(_)) {
            self.shared.queue.distrust(self.id);
        }
        for InFlight { chunk, .. } in self.in_flight.drain(..) {
            self.shared.queue.give_back(chunk);
        }
        self.shared.queue.device_gone(self.id);
    }
}

/// A panic inside a driver's library must not take the pool with it.
fn guarded<T>(
    device: &mut Box<dyn Device>,
    call: impl FnOnce(&mut (dyn Device + 'static)) -> Result<T, DeviceError>,
) -> Result<T, DeviceError> {
    // Unwind safety: after a panic the device is not used again.
    catch_unwind(AssertUnwindSafe(|| call(device.as_mut())))
        .unwrap_or_else(|_| Err(DeviceError::Driver("its library panicked".into())))
}
