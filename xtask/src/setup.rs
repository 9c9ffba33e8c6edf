//! Finds the programs and libraries that building, testing and the demo need, and installs what is missing.
//!
//! Installs only through the system's own package manager and only where it may; elsewhere it says
//! in one sentence what to install. The compiler for WebAssembly is in [`wasm`].

pub(crate) mod target;
pub(crate) mod wasm;

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::process::{find_program, output_of, run};

/// Something outside of Cargo that is needed.
pub(crate) struct Need {
    /// What it is, in words.
    what: &'static str,
    /// What it is needed for.
    purpose: &'static str,
    /// Debian's packages.
    packages: &'static [&'static str],
    /// Whether it is there.
    present: fn() -> bool,
}

/// A real Tox bootstrap node, to interoperate with.
pub(crate) const TOX_BOOTSTRAPD: Need = Need {
    what: "tox-bootstrapd",
    purpose: "joining through a real Tox node",
    packages: &["toxcore-utils"],
    present: || find_program("tox-bootstrapd").is_some(),
};

/// Tox itself and a compiler, to make a client with.
pub(crate) const TOX_CLIENT: Need = Need {
    what: "libtoxcore's headers and a C compiler",
    purpose: "the tests with real Tox clients",
    packages: &["libtoxcore-dev", "gcc", "libc6-dev"],
    present: || {
        let headers = output_of(Command::new("pkg-config").args(["--exists", "toxcore"])).is_some()
            || Path::new("/usr/include/tox/tox.h").is_file();
        headers && find_program("cc").is_some()
    },
};

/// What makes networks with NATs inside this machine; only Linux has it.
pub(crate) const NAMESPACES: Need = Need {
    what: "`ip` and `nft`",
    purpose: "the tests behind NATs, in network namespaces",
    packages: &["iproute2", "nftables"],
    present: || {
        let is_there = |program: &str| {
            ["/usr/sbin", "/sbin"]
                .iter()
                .any(|folder| Path::new(folder).join(program).is_file())
                || find_program(program).is_some()
        };
        !cfg!(target_os = "linux") || (is_there("ip") && is_there("nft"))
    },
};

/// Tox itself, to make a profile with.
pub(crate) const LIBTOXCORE: Need = Need {
    what: "libtoxcore and Python 3",
    purpose: "a Tox profile that Tox itself made",
    packages: &["libtoxcore2", "python3"],
    present: || python_with_libtoxcore().is_some(),
};

/// A Vulkan driver, so that the shader runs; on Linux without a GPU, Mesa's lavapipe.
pub(crate) const VULKAN: Need = Need {
    what: "a Vulkan driver",
    purpose: "running the proof-of-work shader",
    packages: &["mesa-vulkan-drivers", "libvulkan1"],
    present: vulkan_present,
};

/// A browser that tests can drive.
pub(crate) const BROWSER: Need = Need {
    what: "Chromium and chromedriver",
    purpose: "the browser test of the inspector",
    packages: &["chromium", "chromium-driver"],
    present: || {
        find_program("chromedriver").is_some()
            && ["chromium", "chromium-browser", "google-chrome", "chrome"]
                .iter()
                .any(|name| find_program(name).is_some())
    },
};

/// Python with PyNaCl, for the second implementation that checks the test vectors.
pub(crate) const PYNACL: Need = Need {
    what: "Python 3 with PyNaCl",
    purpose: "the independent check of the test vectors",
    packages: &["python3", "python3-nacl"],
    present: || python().is_some(),
};

/// OpenSSL's headers: the yardstick of the proof-of-work benchmark.
pub(crate) const OPENSSL: Need = Need {
    what: "OpenSSL's headers",
    purpose: "the benchmark's baseline, PyBitmessage's solver",
    packages: &["libssl-dev"],
    present: || {
        output_of(Command::new("pkg-config").args(["--exists", "openssl"])).is_some()
            || Path::new("/usr/include/openssl/sha.h").is_file()
    },
};

/// What runs programs for 64-bit Arm on other machines.
pub(crate) const ARM_EMULATOR: Need = Need {
    what: "qemu-aarch64 and a linker for it",
    purpose: "the tests of the Arm solvers",
    packages: &[
        "qemu-user",
        "gcc-aarch64-linux-gnu",
        "libc6-dev-arm64-cross",
    ],
    present: || {
        find_program("qemu-aarch64").is_some() && find_program("aarch64-linux-gnu-gcc").is_some()
    },
};

/// A Python that has PyNaCl.
pub(crate) fn python() -> Option<&'static str> {
    python_that("import nacl.bindings")
}

/// A Python that can call libtoxcore.
pub(crate) fn python_with_libtoxcore() -> Option<&'static str> {
    python_that("import ctypes; ctypes.CDLL('libtoxcore.so.2')")
}

/// A Python that can do something: the first on PATH may be one of a version manager, which the system's packages don't reach.
fn python_that(can: &str) -> Option<&'static str> {
    ["python3", "/usr/bin/python3"]
        .into_iter()
        .find(|program| output_of(Command::new(program).args(["-c", can])).is_some())
}

fn vulkan_present() -> bool {
    if !cfg!(target_os = "linux") {
        return true; // Metal, DirectX, or the driver's own installer.
    }
    let loader = output_of(Command::new("/sbin/ldconfig").arg("-p"))
        .is_some_and(|list| list.contains("libvulkan.so.1"));
    let driver = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"]
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .any(|mut entries| entries.next().is_some());
    loader && driver
}

/// Everything that any command of xtask may want.
pub(crate) fn everything() -> Result<()> {
    let toolchain = wasm::find_or_install(false)?;
    println!("WebAssembly: {toolchain}");
    ensure(&[
        &TOX_BOOTSTRAPD,
        &TOX_CLIENT,
        &NAMESPACES,
        &LIBTOXCORE,
        &VULKAN,
        &BROWSER,
        &PYNACL,
        &OPENSSL,
    ])?;
    println!("Nothing is missing.");
    Ok(())
}

/// Installs what is missing of `needs`, or fails with one sentence that names it all.
pub(crate) fn ensure(needs: &[&Need]) -> Result<()> {
    let missing = absent(needs);
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().flat_map(|n| n.packages).copied().collect();
    if let Some(mut apt) = apt_get() {
        println!("Installing {}", packages.join(" "));
        let mut install = apt();
        install.args(["install", "-y", "--no-install-recommends"]);
        install.args(&packages);
        if run(&mut install).is_err() {
            // The lists may be missing or out of date; without a network the sentence below tells what to do.
            run(apt().arg("update")).ok();
            let mut again = apt();
            again.args(["install", "-y", "--no-install-recommends"]);
            run(again.args(&packages)).ok();
        }
    }
    let missing = absent(needs);
    if missing.is_empty() {
        return Ok(());
    }
    let list: Vec<String> = missing
        .iter()
        .map(|n| format!("{} (for {})", n.what, n.purpose))
        .collect();
    bail!(
        "missing: {}; install it, on Debian or Ubuntu with `sudo apt-get install {}`, and run this again",
        list.join(", "),
        packages.join(" ")
    );
}

fn absent<'a>(needs: &[&'a Need]) -> Vec<&'a Need> {
    needs.iter().copied().filter(|n| !(n.present)()).collect()
}

/// Makes `apt-get` commands, where there is one and we may use it without a question.
fn apt_get() -> Option<impl FnMut() -> Command> {
    find_program("apt-get")?;
    let root = output_of(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0");
    if !root && output_of(Command::new("sudo").args(["-n", "true"])).is_none() {
        return None;
    }
    Some(move || {
        let mut command = if root {
            Command::new("apt-get")
        } else {
            let mut sudo = Command::new("sudo");
            sudo.args(["-n", "apt-get"]);
            sudo
        };
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    })
}
