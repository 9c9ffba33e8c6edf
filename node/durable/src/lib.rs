//! What the files that must survive a crash have in common: a rename or a removal that still holds after it, and damage that
//! ends in an error instead of a panic.
//!
//! Does not write files and knows no database; the store, the mail file and the key files do.
//!
//! ```
//! # fn main() -> std::io::Result<()> {
//! let dir = tempfile::tempdir()?;
//! let (beside, name) = (dir.path().join("name.new"), dir.path().join("name"));
//! // Written and flushed under another name first: `name` is never half there.
//! std::fs::write(&beside, "whole")?;
//! std::fs::File::open(&beside)?.sync_all()?;
//! toxdrop_durable::rename(&beside, &name)?;
//! assert_eq!(std::fs::read(&name)?, b"whole");
//!
//! assert_eq!(toxdrop_durable::guarded(|| 1), Ok(1));
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

mod folder;
mod guarded;
mod remove;
mod rename;

pub use guarded::guarded;
pub use remove::remove;
pub use rename::rename;
