//! Writes the test vectors in `proto/v2/vectors`: `cargo run -p toxdrop-proto-v2 --example make-vectors`.
//!
//! Deterministic: the same code gives the same files, which a test checks. An optional argument names another folder.

mod files;

use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let folder = std::env::args_os().nth(1).map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors"),
        PathBuf::from,
    );
    std::fs::create_dir_all(&folder)?;
    for (name, text) in files::all() {
        let path = folder.join(name);
        std::fs::write(&path, text)?;
        println!("{}", path.display());
    }
    Ok(())
}
