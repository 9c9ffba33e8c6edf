//! What a simulated network did, in figures of virtual time only: the same for the same seed and the same program.
//!
//! What the simulation itself cost is not in here.

use std::time::Duration;

use serde::Serialize;

/// Shares, counts and times of one run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// Nodes, on and off together.
    pub nodes: usize,
    /// Nodes switched on at the end.
    pub online: usize,
    /// Virtual time in hours, joining not counted.
    pub hours: f64,
    /// Datagrams that a node sent in a second, on average over nodes and time.
    pub datagrams_per_node_second: f64,
    /// Bytes of UDP payload that a node sent in a second, likewise.
    pub bytes_per_node_second: f64,
    /// Capable nodes that a node knows at the end, on average.
    pub capable_known: f64,
    /// Of the eight nodes truly closest to a letter's location, the share that was asked to store it; a Store that did
    /// not end is left out.
    pub lookups_right: f64,
    /// Of all Stores that ended, the share that asked all eight.
    pub lookups_all_right: f64,
    /// What became of the letters.
    pub messages: Messages,
    /// Of the letters that were looked for, the share that was found.
    pub packets_found: f64,
    /// Nodes switched on that hold a letter at the end, on average.
    pub holders: f64,
    /// How long storing took, in milliseconds.
    pub store_ms: Quantiles,
    /// How long listing took, in milliseconds.
    pub list_ms: Quantiles,
}

/// What became of the letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Messages {
    /// Sent.
    pub sent: usize,
    /// Held by five nodes or more, which is what a sender is told to be success.
    pub stored: usize,
    /// Looked for by their receivers.
    pub looked_for: usize,
    /// Found by them.
    pub found: usize,
}

/// Where a half, and where nineteen of twenty, of some times lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Quantiles {
    /// The median.
    pub p50: u64,
    /// 95 of a hundred are below.
    pub p95: u64,
}

impl Quantiles {
    /// Of these times, in milliseconds.
    pub(crate) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |percent: usize| {
            let place = (times.len() * percent / 100).min(times.len().saturating_sub(1));
            let time = times.get(place).copied().unwrap_or_default();
            u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
        };
        Self {
            p50: at(50),
            p95: at(95),
        }
    }
}

/// A part of a whole; 1 where there is nothing.
pub(crate) fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        return 1.0;
    }
    ratio(part, whole)
}

/// One count by another; 0 where there is nothing to divide by.
#[allow(
    clippy::cast_precision_loss,
    reason = "counts in a simulation are far below 2^53"
)]
pub(crate) fn ratio(a: usize, b: usize) -> f64 {
    if b == 0 { 0.0 } else { a as f64 / b as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_what_was_seen() {
        let times = (1..=100).map(Duration::from_millis).collect();
        assert_eq!(Quantiles::of(times), Quantiles { p50: 51, p95: 96 });
        let one = vec![Duration::from_millis(7)];
        assert_eq!(Quantiles::of(one), Quantiles { p50: 7, p95: 7 });
        assert_eq!(Quantiles::of(Vec::new()), Quantiles::default());
    }
}
