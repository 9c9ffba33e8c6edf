//! What `cargo xtask demo` can be told.
//!
//! Does nothing with it.

use std::path::PathBuf;

/// Options of `cargo xtask demo`.
#[derive(Debug, clap::Args)]
pub(crate) struct DemoArgs {
    /// End when the story is told; the exit status is 0 only if every step held.
    #[arg(long)]
    pub(super) once: bool,
    /// How many node processes to start, besides the sender's and the receiver's.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u16).range(9..=64))]
    pub(super) nodes: u16,
    /// Where the demo keeps its nodes' data; emptied at the start.
    #[arg(long, default_value = "target/demo")]
    pub(super) dir: PathBuf,
    /// Use this `toxdrop` instead of building one.
    #[arg(long, value_name = "FILE")]
    pub(super) binary: Option<PathBuf>,
}
