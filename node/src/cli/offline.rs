//! Completion scripts and manual pages, from the command tree itself.
//!
//! Installs nothing.

use std::path::Path;

use clap::CommandFactory;

use super::args::Cli;
use super::failure::{Exit, Failure};
use super::output::Output;

/// Prints a completion script.
pub(super) fn completions(output: Output, shell: clap_complete::Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "toxdrop", &mut script);
    output.bytes(&script)
}

/// Writes a manual page for the program and one for each command.
pub(super) fn man(dir: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(dir)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), dir))
        .map_err(|error| {
            Failure::new(
                Exit::Invalid,
                format!(
                    "cannot write manual pages into {}: {error}; choose a directory that you may write to",
                    dir.display()
                ),
            )
        })
}
