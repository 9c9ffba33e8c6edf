//! Known answers that a device must give before it is used.
//!
//! Does not measure speed.

use toxdrop_proto::pow::{self, InitialHash};

use crate::device::{Device, DeviceError, Work};

/// Nonces in a question. The reference computes each of them, so a few milliseconds.
const COUNT: u64 = 2_000;

/// A question and its answer.
struct KnownAnswer {
    initial_hash: InitialHash,
    start: u64,
    /// The least value in the range, and where it is.
    least: u64,
    offset: u64,
}

impl KnownAnswer {
    fn new(seed: &[u8], start: u64, count: u64) -> Self {
        let initial_hash = pow::initial_hash(seed);
        let (mut least, mut offset) = (u64::MAX, 0);
        for i in 0..count {
            let value = pow::trial_value(start.wrapping_add(i), &initial_hash);
            if value < least {
                (least, offset) = (value, i);
            }
        }
        Self {
            initial_hash,
            start,
            least,
            offset,
        }
    }

    fn ask(&self, target: u64, count: u64) -> Work {
        Work {
            initial_hash: self.initial_hash,
            target,
            start: self.start,
            count,
        }
    }
}

/// Starts in the middle of nowhere, where the low half carries into the high half, and where nonces wrap.
const STARTS: [u64; 3] = [
    0x0123_4567_89ab_cdef,
    (1 << 32) - COUNT / 2,
    0u64.wrapping_sub(COUNT / 2),
];

/// Asks the device for the one nonce of a range that holds, and for one that is not there.
pub(crate) fn prove(device: &mut (dyn Device + 'static)) -> Result<(), DeviceError> {
    let count = COUNT.min(device.max_batch().max(1));
    for (seed, start) in (0u8..).zip(STARTS) {
        let known = KnownAnswer::new(&[seed], start, count);
        device.submit(&known.ask(known.least, count))?;
        device.submit(&known.ask(known.least.saturating_sub(1), count))?;
        if device.collect()? != Some(known.offset) {
            return Err(DeviceError::WrongAnswer("it missed a known nonce"));
        }
        if device.collect()?.is_some() {
            return Err(DeviceError::WrongAnswer("it found a nonce where none is"));
        }
    }
    Ok(())
}

/// The same for a CPU solver, on a shorter range.
pub(crate) fn holds(search: impl Fn(&InitialHash, u64, u64, u64) -> Option<u64>) -> bool {
    const SHORT: u64 = 100;
    let known = KnownAnswer::new(b"cpu", 0u64.wrapping_sub(SHORT / 2), SHORT);
    let ask = |target| search(&known.initial_hash, target, known.start, SHORT);
    ask(known.least) == Some(known.offset) && ask(known.least.saturating_sub(1)).is_none()
}
