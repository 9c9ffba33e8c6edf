//! The Arm solvers on other machines: cross-compiled, and run by qemu's emulator.
//!
//! Does not measure: an emulator's speed says nothing about a processor's.

use anyhow::{Result, bail};

use crate::process::{cargo, follow};
use crate::setup::{self, ARM_EMULATOR};
use crate::tally::Tally;
use crate::workspace::root;

const TARGET: &str = "aarch64-unknown-linux-gnu";

/// Runs the solvers' tests, or prints in one sentence why that cannot be done here.
pub(crate) fn test(tally: &mut Tally) -> Result<()> {
    if cfg!(target_arch = "aarch64") {
        println!("skipped: this machine is an Arm, the ordinary tests have covered its solvers");
        return Ok(());
    }
    if let Err(reason) = set_up() {
        println!("skipped: {reason:#}");
        return Ok(());
    }
    let ok = follow(
        cargo()
            .args(["test", "-p", "toxdrop-pow", "--target", TARGET])
            .args([
                "--test",
                "solvers",
                "--test",
                "statistics",
                "--",
                "--nocapture",
            ])
            .env("CARGO_TARGET_DIR", root().join("target/arm"))
            .env(
                "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER",
                "aarch64-linux-gnu-gcc",
            )
            .env(
                "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER",
                "qemu-aarch64 -L /usr/aarch64-linux-gnu",
            )
            // Flags meant for the host's processor mean nothing to this target.
            .env_remove("RUSTFLAGS"),
        |line| tally.read(line),
    )?;
    if !ok {
        bail!("see above");
    }
    Ok(())
}

fn set_up() -> Result<()> {
    if !setup::target::find_or_add(TARGET) {
        bail!("the compiler has no standard library for {TARGET}, and rustup cannot add it");
    }
    setup::ensure(&[&ARM_EMULATOR])
}
