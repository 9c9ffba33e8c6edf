//! A compiler for wasm32-unknown-unknown: rustup's, or the newer one that Debian packages for its browsers.
//!
//! Does not build the page (see `page`). Debian's is unpacked, not installed, because as a package it
//! conflicts with other compilers; its standard library is built from source by cargo.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::target;
use crate::process::{cargo, find_program, output_of, run};
use crate::workspace::root;

/// The target's name.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Where the compiler comes from.
pub(crate) enum Toolchain {
    /// The ordinary compiler has the target.
    Ordinary,
    /// Debian's, unpacked.
    Debian(Debian),
}

/// An unpacked rustc-web.
pub(crate) struct Debian {
    rustc: PathBuf,
    /// For the dynamic loader.
    libraries: String,
    /// PATH with rust-lld in front.
    path: std::ffi::OsString,
}

impl fmt::Display for Toolchain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ordinary => f.write_str("the ordinary compiler"),
            Self::Debian(d) => write!(f, "Debian's {}", d.rustc.display()),
        }
    }
}

impl Toolchain {
    /// `cargo build` for WebAssembly; arguments may follow. Each compiler has a target folder of
    /// its own, so that neither invalidates the other's work.
    pub(crate) fn cargo_build(&self) -> Command {
        let mut command = cargo();
        command.args(["build", "--target", TARGET]);
        command.env("CARGO_TARGET_DIR", self.target_dir());
        // Flags meant for the host's processor mean nothing to this target.
        command.env_remove("RUSTFLAGS");
        if let Self::Debian(debian) = self {
            command
                .env("RUSTC", &debian.rustc)
                .env("RUSTC_BOOTSTRAP", "1")
                .env("LD_LIBRARY_PATH", &debian.libraries)
                .env("PATH", &debian.path)
                .args(["-Z", "build-std=std,panic_abort", "--config"])
                .arg(format!("target.{TARGET}.linker=\"rust-lld\""));
        }
        command
    }

    /// The target folder of this compiler.
    pub(crate) fn target_dir(&self) -> PathBuf {
        let name = match self {
            Self::Ordinary => "wasm",
            Self::Debian(_) => "wasm-debian",
        };
        root().join("target").join(name)
    }
}

/// Finds a compiler, or gets one.
pub(crate) fn find_or_install(debian_only: bool) -> Result<Toolchain> {
    if !debian_only && target::find_or_add(TARGET) {
        return Ok(Toolchain::Ordinary);
    }
    debian().context(format!(
        "no compiler for {TARGET}: run `rustup target add {TARGET}` where rustup can download it \
         (on Debian 12 or newer xtask unpacks rustc-web instead)"
    ))
}

/// Unpacks Debian's compiler, unless that is done already.
fn debian() -> Result<Toolchain> {
    let folder = root().join("target/wasm-toolchain");
    let rustc = folder.join("usr/bin/rustc");
    let complete = folder.join(".complete");
    if !complete.is_file() {
        if find_program("apt-get").is_none() || find_program("dpkg").is_none() {
            bail!("this is not a Debian machine");
        }
        unpack(&folder)?;
        std::fs::write(&complete, b"").context("cannot write into target/wasm-toolchain")?;
    }
    let multiarch = output_of(Command::new("dpkg-architecture").arg("-qDEB_HOST_MULTIARCH"))
        .map_or_else(|| guess_multiarch(&folder), |s| Some(s.trim().to_owned()))
        .context("cannot tell the machine's library folder")?;
    let llvm = std::fs::read_dir(folder.join("usr/lib"))?
        .flatten()
        .map(|e| e.path())
        .find(|p| {
            p.file_name()
                .is_some_and(|n| n.to_string_lossy().starts_with("llvm-"))
        })
        .context("the unpacked packages hold no LLVM")?;
    let libraries = format!(
        "{}:{}",
        folder.join("usr/lib").join(multiarch).display(),
        llvm.join("lib").display()
    );
    Ok(Toolchain::Debian(Debian {
        rustc,
        libraries,
        path: path_with_lld()?,
    }))
}

/// The only folder of usr/lib named like `x86_64-linux-gnu`.
fn guess_multiarch(folder: &Path) -> Option<String> {
    std::fs::read_dir(folder.join("usr/lib"))
        .ok()?
        .flatten()
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .find(|name| name.contains("-linux-"))
}

/// PATH with the folder of the ordinary compiler's rust-lld in front.
fn path_with_lld() -> Result<std::ffi::OsString> {
    let sysroot = output_of(Command::new("rustc").args(["--print", "sysroot"]))
        .context("cannot run `rustc --print sysroot`")?;
    let rustlib = Path::new(sysroot.trim()).join("lib/rustlib");
    let lld = std::fs::read_dir(&rustlib)
        .with_context(|| format!("cannot read {}", rustlib.display()))?
        .flatten()
        .map(|e| e.path().join("bin"))
        .find(|bin| bin.join("rust-lld").is_file())
        .context("the compiler has no rust-lld; install Rust by rustup")?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(lld).chain(std::env::split_paths(&path)))
        .context("PATH cannot be extended")
}

/// Downloads the packages and unpacks them into `folder`.
fn unpack(folder: &Path) -> Result<()> {
    let packages = match resolve() {
        Ok(packages) => packages,
        Err(_) => {
            // A bare machine has no package lists yet.
            run(Command::new("apt-get").arg("update")).context("cannot get Debian's lists")?;
            resolve()?
        }
    };
    println!(
        "Unpacking {} into target/wasm-toolchain",
        packages.join(" ")
    );
    let downloads = folder.join("deb");
    std::fs::create_dir_all(&downloads).context("cannot make target/wasm-toolchain")?;
    run(Command::new("apt-get")
        .current_dir(&downloads)
        .args(["download", "--quiet"])
        .args(&packages))?;
    for entry in std::fs::read_dir(&downloads)? {
        let package = entry?.path();
        run(Command::new("dpkg").arg("-x").arg(&package).arg(folder))?;
    }
    std::fs::remove_dir_all(&downloads).context("cannot tidy target/wasm-toolchain")
}

/// The five packages; the versions in two of their names move, so they are asked for.
fn resolve() -> Result<Vec<String>> {
    let runtime = dependency("libstd-rust-web-dev", "libstd-rust-web-")?;
    let llvm = dependency(&runtime, "libllvm")?;
    let fixed = ["rustc-web", "libstd-rust-web-dev", "rust-web-src"].map(str::to_owned);
    Ok(fixed.into_iter().chain([runtime, llvm]).collect())
}

/// The package that `package` depends on and whose name starts with `prefix`.
fn dependency(package: &str, prefix: &str) -> Result<String> {
    let list = output_of(Command::new("apt-cache").args(["depends", package]))
        .with_context(|| format!("Debian's lists do not have {package}"))?;
    parse_dependency(&list, prefix)
        .with_context(|| format!("{package} depends on nothing named {prefix}*"))
}

fn parse_dependency(list: &str, prefix: &str) -> Option<String> {
    list.lines()
        .filter_map(|line| line.trim().strip_prefix("Depends: "))
        .find(|name| name.starts_with(prefix))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versioned_package_is_found_among_dependencies() {
        let list =
            "libstd-rust-web-1.96\n  Depends: libc6\n  Depends: libllvm22\n  Conflicts: libllvm1\n";
        assert_eq!(
            parse_dependency(list, "libllvm").as_deref(),
            Some("libllvm22")
        );
        assert_eq!(parse_dependency(list, "libstd"), None);
    }
}
