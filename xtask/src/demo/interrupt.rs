//! Ctrl-C: noticed between two steps, so that every process is ended in order.
//!
//! Ends nothing itself.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};

/// Set by Ctrl-C: every wait in the demo ends soon after.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C is noticed and does not end this process at once.
pub(super) fn listen() -> Result<()> {
    ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::Relaxed))
        .context("could not listen for Ctrl-C")
}

/// Fails once Ctrl-C was pressed, so that `?` unwinds the story and drops (ends) every process.
pub(super) fn check() -> Result<()> {
    anyhow::ensure!(!INTERRUPTED.load(Ordering::Relaxed), "interrupted");
    Ok(())
}
