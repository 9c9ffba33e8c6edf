//! `cargo xtask test`: every check that a change must pass, with the time that each took.
//!
//! Holds no tests of the product; those lie in the crates. The last line printed counts them.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::build::node_features;
use crate::process::{cargo, find_program, follow, output_of, run};
use crate::setup::{self, BROWSER, NAMESPACES, PYNACL, TOX_BOOTSTRAPD, TOX_CLIENT, VULKAN};
use crate::steps::Steps;
use crate::tally::Tally;
use crate::workspace::root;

/// The simulator's program, which `cargo xtask sim` builds by itself.
const SIMULATOR: &str = "toxdrop-sim/cli";

/// Encrypted Tox profiles, whose tests need it.
const PROFILES: &str = "toxdrop-proto/profile";

/// A second implementation of the formats for each version of the protocol, which shares no code with the first.
const CHECKERS: [&str; 1] = ["proto/vectors/check.py"];

/// Runs all steps, also after one has failed: a formatting slip should not hide a broken test.
pub(crate) fn run_all() -> Result<()> {
    let mut steps = Steps::new();
    let mut tally = Tally::default();
    if steps.run("set-up", set_up).is_none() {
        bail!("nothing was tested");
    }
    steps.run("format", || run(cargo().args(["fmt", "--all", "--check"])));
    steps.run("order of the source", crate::house::check);
    steps.run("page", || crate::page::build(false));
    steps.run(
        "protocol crate in WebAssembly",
        crate::page::check_protocol_crate,
    );
    steps.run("lints", lints);
    steps.run("documentation", documentation);
    steps.run("tests", || tests(&mut tally));
    steps.run("doc tests", || doc_tests(&mut tally));
    steps.run("Arm solvers, by qemu", || crate::arm::test(&mut tally));
    steps.run("vectors, by Python", || vectors(&mut tally));
    steps.summary();
    let failed_steps = steps.failed();
    println!("{}", tally.line(failed_steps));
    if failed_steps > 0 {
        bail!("{failed_steps} of the steps above failed");
    }
    Ok(())
}

fn set_up() -> Result<()> {
    setup::wasm::find_or_install(false)?;
    setup::ensure(&[
        &TOX_BOOTSTRAPD,
        &TOX_CLIENT,
        &NAMESPACES,
        &VULKAN,
        &BROWSER,
        &PYNACL,
    ])
}

fn lints() -> Result<()> {
    run(cargo()
        .args(["clippy", "--workspace", "--all-targets"])
        .args(node_features())
        .args(["--features", SIMULATOR, "--features", PROFILES])
        .args(["--", "-D", "warnings"]))
}

/// Every page of every crate, with no broken link.
fn documentation() -> Result<()> {
    run(cargo()
        .args(["doc", "--workspace", "--no-deps"])
        .args(node_features())
        .args(["--features", SIMULATOR, "--features", PROFILES])
        .env("RUSTDOCFLAGS", "-D warnings"))
}

/// Unit, property, vector, integration, interop and browser tests: all that are in the workspace.
fn tests(tally: &mut Tally) -> Result<()> {
    let mut command = cargo();
    if has_nextest() {
        command.args(["nextest", "run", "--no-fail-fast", "--color", "never"]);
    } else {
        command.args([
            "test",
            "--no-fail-fast",
            "--lib",
            "--bins",
            "--tests",
            "--examples",
        ]);
    }
    command.arg("--workspace").args(node_features());
    command.args(["--features", PROFILES]);
    counted(&mut command, tally)
}

/// nextest does not run these.
fn doc_tests(tally: &mut Tally) -> Result<()> {
    counted(
        cargo()
            .args(["test", "--doc", "--workspace"])
            .args(node_features())
            .args(["--features", PROFILES]),
        tally,
    )
}

/// Runs every checker, also after one has failed; each counts by itself.
fn vectors(tally: &mut Tally) -> Result<()> {
    let python = setup::python().context("no Python with PyNaCl")?;
    let mut outcome = Ok(());
    for script in CHECKERS {
        let result = run(Command::new(python).arg(root().join(script)));
        tally.add(result.is_ok());
        outcome = outcome.and(result.with_context(|| format!("{script} disagrees")));
    }
    outcome
}

fn counted(command: &mut Command, tally: &mut Tally) -> Result<()> {
    let ok = follow(command, |line| tally.read(line))?;
    if !ok {
        bail!("see above");
    }
    Ok(())
}

fn has_nextest() -> bool {
    find_program("cargo-nextest").is_some()
        && output_of(Command::new("cargo").args(["nextest", "--version"])).is_some()
}
