//! Giving way to other programs.
//!
//! Does nothing where the platform has no priority for a single thread that can be set safely.

/// Gives the calling thread the least priority.
pub(crate) fn lower_this_thread() {
    #[cfg(target_os = "linux")]
    {
        // On Linux "this process" means the calling thread here.
        if let Err(error) = rustix::process::setpriority_process(None, 19) {
            tracing::debug!(%error, "priority not lowered");
        }
    }
}
