//! The vector files in the repository are what the program makes today: a change of any format shows here.

#[path = "../examples/make-vectors/files/mod.rs"]
mod files;

#[test]
fn the_vector_files_are_what_the_program_makes() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    for (name, made) in files::all() {
        let kept = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert!(
            kept == made,
            "{name} differs: if the format was meant to change, run `cargo run -p toxdrop-proto-v2 --example make-vectors`"
        );
    }
}
