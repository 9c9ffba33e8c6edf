//! Where the workspace lies.
//!
//! Knows nothing of what is in it.

use std::path::PathBuf;

/// The workspace's root folder.
pub(crate) fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map_or(here.clone(), PathBuf::from)
}
