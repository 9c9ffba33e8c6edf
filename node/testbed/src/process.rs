//! A process whose output goes to a log file, and that never outlives its handle.
//!
//! Knows nothing of what runs.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};

use crate::error::Error;

/// Lines of a log that are shown when something fails.
const SHOWN_LINES: usize = 12;

/// A running process; killed when dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts it; what it prints goes to `log`, except for streams that the command has redirected itself by `piped`.
    pub(crate) fn start(
        name: &str,
        command: &mut Command,
        log: &Path,
        piped: bool,
    ) -> Result<Self, Error> {
        let file = File::create(log).map_err(Error::system(format!("write {}", log.display())))?;
        let shared = file
            .try_clone()
            .map_err(Error::system(format!("share {}", log.display())))?;
        command.stderr(file);
        if !piped {
            command.stdout(shared);
        }
        let child = command
            .spawn()
            .map_err(Error::system(format!("start {name}")))?;
        Ok(Self {
            name: name.to_owned(),
            child,
            log: log.to_owned(),
        })
    }

    /// What it is called in messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The end of what it printed.
    pub fn log(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n")
    }

    /// An error if it has ended.
    pub(crate) fn check(&mut self) -> Result<(), Error> {
        match self.child.try_wait() {
            Ok(Some(status)) => Err(Error::Ended {
                who: self.name.clone(),
                status: status.to_string(),
                log: self.log(),
            }),
            Ok(None) => Ok(()),
            Err(source) => Err(Error::System {
                what: format!("see whether {} runs", self.name),
                source,
            }),
        }
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing else to do about either failure.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a command to its end; an error, with what it printed, unless it ended well.
pub(crate) fn run(command: &mut Command) -> Result<Output, Error> {
    let shown = shown(command);
    let output = command
        .output()
        .map_err(Error::system(format!("start `{shown}`")))?;
    if output.status.success() {
        return Ok(output);
    }
    Err(Error::Failed {
        command: shown,
        status: output.status.to_string(),
        said: said(&output),
    })
}

/// What a program printed, errors first.
pub(crate) fn said(output: &Output) -> String {
    let [errors, rest] = [&output.stderr, &output.stdout].map(|b| String::from_utf8_lossy(b));
    format!("{errors}{rest}").trim().to_owned()
}

fn shown(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}
