//! Standard libraries for other targets than the machine's own.
//!
//! Knows rustup only; what else may stand in is up to the caller.

use std::path::Path;
use std::process::Command;

use crate::process::{find_program, output_of, run};
use crate::workspace::root;

/// Whether the compiler that cargo uses has the target's standard library, added by rustup if need be.
pub(crate) fn find_or_add(target: &str) -> bool {
    if is_there(target) {
        return true;
    }
    if find_program("rustup").is_none() {
        return false;
    }
    println!("Adding the target {target} with rustup");
    let added = run(Command::new("rustup")
        .args(["target", "add", target])
        .current_dir(root()));
    added.is_ok() && is_there(target)
}

fn is_there(target: &str) -> bool {
    output_of(Command::new("rustc").current_dir(root()).args([
        "--print",
        "target-libdir",
        "--target",
        target,
    ]))
    .is_some_and(|folder| {
        std::fs::read_dir(folder.trim())
            .is_ok_and(|entries| entries.flatten().any(|e| is_core(&e.path())))
    })
}

fn is_core(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with("libcore-"))
}
