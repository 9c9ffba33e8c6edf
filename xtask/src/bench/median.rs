//! The middle of many measurements: what a busy moment cannot move.
//!
//! Knows nothing of what was measured.

/// The median, the upper one of two; 0 where there is nothing.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
