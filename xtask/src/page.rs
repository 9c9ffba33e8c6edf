//! Builds the inspector's page: Rust to WebAssembly, and the few files around it, into target/inspector.
//!
//! Serves nothing: the node embeds the folder, and `serve` shows it without a node.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::process::run;
use crate::setup::wasm::{self, TARGET};
use crate::workspace::root;

/// Where the page's files lie when it is built.
pub(crate) fn folder() -> PathBuf {
    root().join("target/inspector")
}

/// Builds the page; `debian` insists on the compiler from Debian's packages.
pub(crate) fn build(debian: bool) -> Result<PathBuf> {
    let toolchain = wasm::find_or_install(debian)?;
    run(toolchain.cargo_build().args([
        "--profile",
        "wasm",
        "--package",
        "toxdrop-web-inspector",
        "--bin",
        "inspector",
    ]))?;
    let built = toolchain
        .target_dir()
        .join(TARGET)
        .join("wasm/inspector.wasm");
    let out = folder();
    if up_to_date(&built, &out) {
        return Ok(out);
    }
    assemble(&built, &out)?;
    Ok(out)
}

/// Checks that the protocol crate by itself, without gRPC, compiles to WebAssembly.
pub(crate) fn check_protocol_crate() -> Result<()> {
    let toolchain = wasm::find_or_install(false)?;
    run(toolchain.cargo_build().args(["--package", "toxdrop-proto"]))
}

/// The static files, as (name in the page, source).
fn static_files() -> [(&'static str, PathBuf); 2] {
    let folder = root().join("web-inspector/static");
    [
        ("index.html", folder.join("index.html")),
        ("style.css", folder.join("style.css")),
    ]
}

/// Whether every output is newer than what it is made from.
fn up_to_date(built: &Path, out: &Path) -> bool {
    let time = |path: &Path| path.metadata().and_then(|m| m.modified()).ok();
    let newer = |output: &str, input: &Path| matches!((time(&out.join(output)), time(input)), (Some(o), Some(i)) if o >= i);
    let this_program = std::env::current_exe().unwrap_or_default();
    newer("inspector.js", built)
        && newer("inspector.js", &this_program)
        && newer("inspector_bg.wasm", built)
        && static_files()
            .iter()
            .all(|(name, source)| newer(name, source))
}

/// Makes the folder's four files. They are written beside it first: who reads the folder meanwhile
/// sees the old page or the new one.
fn assemble(built: &Path, out: &Path) -> Result<()> {
    let parent = out.parent().context("target has no parent")?;
    let fresh = tempfile::tempdir_in(parent).context("cannot write into target")?;
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(built)
        .out_name("inspector")
        .typescript(false)
        .omit_default_module_path(false)
        .remove_name_section(true)
        .remove_producers_section(true);
    bindgen
        .web(true)
        .and_then(|b| b.generate(fresh.path()))
        .context("wasm-bindgen cannot process the page")?;
    start_by_itself(&fresh.path().join("inspector.js"))?;
    for (name, source) in static_files() {
        std::fs::copy(&source, fresh.path().join(name))
            .with_context(|| format!("cannot copy {}", source.display()))?;
    }
    std::fs::create_dir_all(out).context("cannot make target/inspector")?;
    for entry in std::fs::read_dir(fresh.path())? {
        let entry = entry?;
        std::fs::rename(entry.path(), out.join(entry.file_name()))
            .context("cannot move a file into target/inspector")?;
    }
    let size = std::fs::metadata(out.join("inspector_bg.wasm"))?.len();
    eprintln!(
        "target/inspector: {} kB of WebAssembly, to be served with Content-Security-Policy 'wasm-unsafe-eval'",
        size / 1000
    );
    Ok(())
}

/// wasm-bindgen's module waits to be called; a strict policy forbids the inline script that would.
fn start_by_itself(glue: &Path) -> Result<()> {
    let mut script = std::fs::read_to_string(glue).context("cannot read inspector.js")?;
    if !script.contains("function __wbg_init(") {
        bail!("this version of wasm-bindgen has no __wbg_init; adapt xtask/src/page.rs");
    }
    script.push_str("\n__wbg_init();\n");
    std::fs::write(glue, script).context("cannot write inspector.js")
}
