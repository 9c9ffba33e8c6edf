//! The programs that a testbed runs: found, or made from C source.
//!
//! Installs nothing.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::{Error, Missing};
use crate::process::said;

/// The client's source.
const CLIENT_SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tox_client.c");

/// How often this process has compiled it.
static COMPILED: AtomicUsize = AtomicUsize::new(0);

/// All programs of a testbed with Tox clients.
#[derive(Clone, Debug)]
pub struct Tools {
    /// `tox_client`, just compiled.
    pub client: PathBuf,
    /// `tox-bootstrapd`.
    pub bootstrapd: PathBuf,
    /// `toxdrop`.
    pub toxdrop: PathBuf,
}

impl Tools {
    /// Finds `tox-bootstrapd` and compiles the client into `folder`; `toxdrop` is the caller's.
    ///
    /// # Errors
    /// [`Error::Missing`] where the machine lacks something, others where something is wrong.
    pub fn find(toxdrop: &Path, folder: &Path) -> Result<Self, Error> {
        let bootstrapd = find("tox-bootstrapd").ok_or(Missing::Bootstrapd)?;
        Ok(Self {
            client: Self::client(folder)?,
            bootstrapd,
            toxdrop: toxdrop.to_owned(),
        })
    }

    /// Compiles the client alone into `folder`.
    ///
    /// # Errors
    /// As [`Tools::find`].
    pub fn client(folder: &Path) -> Result<PathBuf, Error> {
        compile_client(folder)
    }
}

/// A program on PATH or where systems keep those for administrators.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/local/sbin", "/sbin"].map(PathBuf::from))
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

fn compile_client(folder: &Path) -> Result<PathBuf, Error> {
    if find("cc").is_none() {
        return Err(Missing::Compiler.into());
    }
    if !has_headers()? {
        return Err(Missing::Libtoxcore.into());
    }
    std::fs::create_dir_all(folder).map_err(Error::system(format!("make {}", folder.display())))?;
    // Tests compile it side by side: each under a name of its own, and the last step cannot be seen half done.
    let number = COMPILED.fetch_add(1, Ordering::Relaxed);
    let fresh = folder.join(format!("tox_client-{}-{number}", std::process::id()));
    let output = Command::new("cc")
        .args(["-std=c11", "-D_POSIX_C_SOURCE=200809L", "-O1"])
        .args(["-Wall", "-Wextra", "-Wpedantic"])
        .arg("-o")
        .arg(&fresh)
        .args([CLIENT_SOURCE, "-ltoxcore"])
        .output()
        .map_err(Error::system("start cc"))?;
    if !output.status.success() {
        return Err(Error::Compile {
            source_file: CLIENT_SOURCE.into(),
            said: said(&output),
        });
    }
    let program = folder.join("tox_client");
    std::fs::rename(&fresh, &program)
        .map_err(Error::system(format!("rename {}", fresh.display())))?;
    Ok(program)
}

/// Whether the compiler finds libtoxcore's headers.
fn has_headers() -> Result<bool, Error> {
    let mut child = Command::new("cc")
        .args(["-E", "-x", "c", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(Error::system("start cc"))?;
    if let Some(mut input) = child.stdin.take() {
        // A compiler that ends before it has read all says the same by its status.
        let _ = input.write_all(b"#include <tox/tox.h>\n");
    }
    let status = child.wait().map_err(Error::system("wait for cc"))?;
    Ok(status.success())
}
