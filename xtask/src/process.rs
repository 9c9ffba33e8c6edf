//! Running other programs: cargo with the right variables, output captured or passed on.
//!
//! Decides nothing about what is run.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::workspace::root;

/// The cargo that started us, with the workspace's root as its folder.
pub(crate) fn cargo() -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(root());
    // What `cargo run` sets for us must not leak into another crate's build.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// Runs to the end with our own input and output; an unsuccessful exit is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = describe(command);
    let status = command
        .status()
        .with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` ended with {status}");
    }
    Ok(())
}

/// Runs silently; `None` where it can't be started or fails, else what it printed.
pub(crate) fn output_of(command: &mut Command) -> Option<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs to the end, prints each line as it comes (both streams) and hands it to `line` too.
/// The answer is whether the program ended well.
pub(crate) fn follow(command: &mut Command, mut line: impl FnMut(&str)) -> Result<bool> {
    let shown = describe(command);
    let (reader, writer) = std::io::pipe().context("cannot make a pipe")?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(writer.try_clone().context("cannot share a pipe")?)
        .stderr(writer)
        .spawn()
        .with_context(|| format!("cannot start `{shown}`"))?;
    // The command holds our copies of the writing end: the reader would wait for them for ever.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut out = std::io::stdout().lock();
    for text in BufReader::new(reader).split(b'\n') {
        let text = text.context("cannot read what a program prints")?;
        let text = String::from_utf8_lossy(&text);
        writeln!(out, "{text}").context("cannot print")?;
        line(&text);
    }
    Ok(child.wait().context("cannot wait for a program")?.success())
}

/// The command as one would type it.
fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or(OsStr::new("?"))
        .to_string_lossy()
        .into_owned();
    std::iter::once(program)
        .chain(command.get_args().map(|a| a.to_string_lossy().into_owned()))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Where `program` lies on PATH.
pub(crate) fn find_program(program: &str) -> Option<PathBuf> {
    let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(&file))
        .find(|path| path.is_file())
}
