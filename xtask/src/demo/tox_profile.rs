//! A Tox profile that c-toxcore itself makes: `libtoxcore`, called from Python.
//!
//! Knows nothing of toxdrop, and neither does what makes it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::setup::python_with_libtoxcore;

/// The program that calls the library.
const SCRIPT: &str = include_str!("tox_profile.py");

/// A profile as a Tox client leaves it on disk.
pub(super) struct ToxProfile {
    /// The file.
    pub(super) file: PathBuf,
    /// What its owner gives to friends: 76 hexadecimal digits.
    pub(super) tox_id: String,
}

/// Makes one for a person of that name; `None` where the library is not installed.
pub(super) fn make(dir: &Path, name: &str) -> Option<Result<ToxProfile>> {
    python_with_libtoxcore().map(|python| make_by(python, dir, name))
}

fn make_by(python: &str, dir: &Path, name: &str) -> Result<ToxProfile> {
    let file = dir.join(format!("{name}.tox"));
    let output = Command::new(python)
        .args(["-c", SCRIPT])
        .arg(&file)
        .arg(name)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("could not run {python}"))?;
    ensure!(
        output.status.success(),
        "libtoxcore made no profile: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    let tox_id = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok(ToxProfile { file, tox_id })
}
